"""Execute notebooks in order, each in a fresh kernel (`python -m course_lib run`), and go on after a stop.

A front room: it may import other modules of the library, at the top only such as need nothing but Python.
"""

import argparse
import contextlib
import hashlib
import json
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from course_lib.books import NOTE, cleaned, place, read, same, write
from course_lib.ground import ROOT, YES, command
from course_lib.kernels import code_cells, headless, play

NOTEBOOKS = ROOT / "notebooks"


class UnknownNotebook(Exception):
    """A name that no notebook has; says which ones there are."""


class Outcome(NamedTuple):
    """One line of the table."""

    name: str
    seconds: float
    result: str
    ok: bool


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the arguments of `run`."""
    p = argparse.ArgumentParser(
        "python -m course_lib run", description="Execute notebooks without a browser."
    )
    p.add_argument(
        "notebooks", nargs="*", metavar="NOTEBOOK", help="file, name or beginning (03); default: all"
    )
    p.add_argument(
        "--out", type=Path, default=ROOT / "build" / "executed", help="folder of the executed copies"
    )
    p.add_argument("--full", action="store_true", help="published numbers instead of minutes (a GPU helps)")
    p.add_argument("--fresh", action="store_true", help="run again what an earlier call has done")
    p.add_argument(
        "--in-place", action="store_true", help="for authors: store the outputs in the notebook itself"
    )
    p.add_argument("--timeout", type=int, default=1800, metavar="S", help="seconds that a cell may take (1800)")
    p.add_argument("--data", default="", help=argparse.SUPPRESS)  # what data.source() says; part of the key
    return p.parse_args(argv)


def choose(names: list[str], folder: Path = NOTEBOOKS) -> list[Path]:
    """The notebooks with these names, in the order given; all that begin with a digit by default.

    Raises UnknownNotebook.
    """
    there = sorted(folder.glob("*.ipynb"))
    chosen = [] if names else [path for path in there if path.stem[0].isdigit()]
    for name in names:
        file = Path(name)
        found = [file] if file.suffix == ".ipynb" and file.is_file() else []
        found = found or [path for path in there if same(name) in (same(path.stem), same(path.name))]
        found = found or [path for path in there if same(path.stem).startswith(same(name))]
        if not found:
            names_there = ", ".join(path.stem for path in there) or "none"
            raise UnknownNotebook(f"no notebook {name!r}; there are: {names_there}")
        chosen += found
    if not chosen:
        raise UnknownNotebook("there are no notebooks here")
    return list(dict.fromkeys(path.resolve() for path in chosen))


def key(notebook, source: str, env: dict[str, str]) -> str:
    """What an execution depends on, hashed: cells, library, data, mode and the version of PyTorch."""
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    library = [path.read_text("utf-8") for path in sorted((ROOT / "course_lib").rglob("*.py"))]
    with contextlib.suppress(metadata.PackageNotFoundError):
        library.append(metadata.version("torch"))
    mode = env.get("COURSE_FULL", "").strip().lower() in YES
    return hashlib.sha256(json.dumps([cells, library, source, mode]).encode()).hexdigest()


def done_before(copy: Path, wanted: str) -> Outcome | None:
    """The outcome that an earlier call left in a copy, where it passed with the same key."""
    with contextlib.suppress(ValueError):
        note = read(copy).metadata.get(NOTE, {})
        if note.get("key") == wanted and note.get("status") == "passed":
            return Outcome(copy.stem, note.get("seconds", 0.0), "passed (done before)", True)
    return None


def execute(path: Path, copy: Path, args: argparse.Namespace, env: dict[str, str], tick) -> Outcome:
    """Run one notebook and keep what came of it: a copy in the output folder, with `--in-place` itself too.

    What its kernel says on stderr lies beside the copy, in a .log. Raises KeyboardInterrupt.
    """
    before, start, log = path.read_bytes(), time.monotonic(), copy.with_suffix(".log")
    notebook = read(path)
    wanted = key(notebook, args.data, env)
    if not (args.fresh or args.in_place) and (outcome := done_before(copy, wanted)):
        return outcome
    try:
        with open(log, "wb") as said:
            why = play(notebook, path.parent, env, args.timeout, tick, said.fileno())
    finally:
        if log.exists() and not log.stat().st_size:
            log.unlink()
    seconds, status = round(time.monotonic() - start, 1), "failed" if why else "passed"
    told = {"key": wanted, "status": status, "seconds": seconds, "result": why or "passed"}
    notebook.metadata[NOTE] = {"source": str(path), **told}
    try:
        write(notebook, copy)
        if args.in_place and not why:
            if path.read_bytes() != before:
                why = "passed, but edited meanwhile: left as it is, the outputs are in the copy"
            else:
                write(cleaned(notebook), path)
    except OSError as error:
        why = f"{why or 'passed'}; could not be written: {error.strerror or error}"
    return Outcome(path.stem, seconds, why or "passed", not why)


def table(outcomes: list[Outcome]) -> str:
    """Notebook, seconds, result: one line per notebook."""
    width = max([8, *(len(outcome.name) for outcome in outcomes)])
    lines = [f"{'notebook':{width}}  {'seconds':>7}  result"]
    for o in outcomes:
        lines.append(f"{o.name:{width}}  {o.seconds:7.1f}  {'' if o.ok else 'FAILED  '}{o.result}")
    return "\n".join(lines)


def run(paths: list[Path], args: argparse.Namespace, scratch: Path) -> int:
    """Execute the notebooks behind one bar, print the table: 0 all passed, 1 one failed, 130 interrupted."""
    from tqdm import tqdm

    env, outcomes, interrupted, taken = headless(scratch), [], "", set()
    if args.full:
        env["COURSE_FULL"] = "1"
    pause = 0.0 if sys.stderr.isatty() else 15.0  # a log file wants few lines
    with tqdm(total=len(paths), bar_format="{desc} |{bar:20}| {elapsed}", leave=False) as bar:
        for number, path in enumerate(paths):
            cells, shown = 0, float("-inf")

            def tick(cell: int) -> None:
                nonlocal shown
                if time.monotonic() - shown >= pause:
                    bar.n = number + cell / (cells + 1)  # noqa: B023  (called only in this round)
                    bar.set_description_str(f"{path.stem}  cell {cell}/{cells}")  # noqa: B023
                    shown = time.monotonic()

            try:
                cells = len(code_cells(read(path)))
                tick(0)
                outcomes.append(execute(path, place(path, args.out, taken), args, env, tick))
            except (OSError, ValueError) as error:
                outcomes.append(Outcome(path.stem, 0.0, str(error), False))
            except KeyboardInterrupt:
                interrupted = path.stem
                break
    print(table(outcomes))
    print(f"Executed copies are in {args.out}.")
    if interrupted:
        print(
            f"Interrupted in {interrupted}. The same command goes on there; what has passed is not run again."
        )
        return 130
    return int(not all(outcome.ok for outcome in outcomes))


def main(argv: list[str]) -> int:
    """The command, in an environment that has what it needs."""
    args = parse(argv)
    try:
        paths = choose(args.notebooks)
        args.out = args.out.resolve()
        args.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as scratch:
            return run(paths, args, Path(scratch))
    except UnknownNotebook as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"course: can't write to {args.out}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(command(main, sys.argv[1:]))
