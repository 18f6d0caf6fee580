"""How much JSON of a stranger's can make of itself when it is read, told without reading it."""

PIECES = (
    2_000_000  # values, names and texts of a notebook file: each takes up to 100 bytes (an honest one has thousands)
)
DEPTH = 100
MOST_SHOWN = 40 * 2**20  # bytes that the cells of one hand-in may print and draw: with more it isn't graded


def pieces(raw: bytes | str, most: int = PIECES) -> int:
    """How many values and texts this JSON can hold at most; more than `most` where its brackets are too deep.

    Only operations that take time in proportion to the length are used, and at most three times its memory.
    """
    raw = raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")
    quotes = raw.count(b'"')
    rough = quotes + sum(raw.count(one) for one in (b",", b":", b"[", b"{"))
    if rough > most or rough - quotes > DEPTH:  # else there is nothing to look at more closely
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
        quotes = raw.count(b'"')
        if quotes > most:
            return quotes
        outside = b"".join(raw.split(b'"')[::2])
        rough = quotes + sum(outside.count(one) for one in (b",", b":", b"[", b"{"))
        if rough <= most and deepest(outside) > DEPTH:
            return most + 1
    return rough


def deepest(outside: bytes) -> int:
    """How deep the brackets go in JSON whose texts are taken out."""
    depth = most = 0
    for one in outside.translate(None, delete=bytes(set(range(256)) - set(b"[]{}"))):
        depth += 1 if one in b"[{" else -1
        most = max(most, depth)
    return most
