"""What the lessons claim: published numbers beside ours, tables, and the README's scoreboard."""

from collections.abc import Callable, Sequence

__all__ = ["on_mnist", "published", "table"]


def on_mnist(is_mnist: bool) -> Callable[[bool, str], None]:
    """What a lesson on digits asserts with: `claim(holds, sentence)`, where the sentence is the text's own.

    On other digits than MNIST nothing is asserted, and one line says so here.
    The claim raises: AssertionError with the sentence where it doesn't hold, also where Python skips asserts (-O).
    """
    if not is_mnist:
        print("The numbers in the text are MNIST's: on these digits they are not checked.")

    def claim(holds: bool, sentence: str) -> None:
        if is_mnist and not holds:
            raise AssertionError(f"this doesn't hold: {sentence}")

    return claim


def published(
    what: str,
    ours: float,
    theirs: float,
    source: str,
    *,
    within: float = 0.0,
    at_most: bool = False,
    applies: bool = True,
) -> str:
    """One line that sets our number beside a published one, once it holds: within `within`, or `at_most` theirs.

    Where the data is not the published one (`applies` false) it says that the comparison is skipped.
    Raises: AssertionError where our number doesn't hold, also where Python skips assert statements (-O).
    """
    if not applies:
        return f"{what}: {theirs:.2f} was published ({source}) for MNIST; not compared on the embedded digits"
    held = ours <= theirs if at_most else abs(ours - theirs) <= within
    asked = "at most that" if at_most else f"within {within:g}"
    if not held:
        numbers = f"ours is {ours:.4f}, published is {theirs} ({source})"
        raise AssertionError(f"{what}: {numbers}, asked for is {asked}")
    return f"{what}: ours {ours:.2f}, published {theirs:.2f} ({source}); {asked}: yes"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as text: the first column to the left, the others to the right, floats with two decimals."""
    texts = [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = [
        "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in texts
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
