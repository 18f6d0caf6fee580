"""A kernel's messages: their size, number and shape are bounded before a parser sees them."""

from collections.abc import Callable, Sequence
from typing import Any

from jupyter_client.session import Session

FRAMES = 100  # of one message: a signature, three headers, the content, then what widgets attach
HEADER = 20_000  # bytes of each of the headers
PIECES = 200_000  # values, names and texts in one frame of JSON: each takes up to 100 bytes of ours
DEPTH = 100


def pieces(frame: bytes) -> int:
    """How many values and texts this JSON can hold at most; too many where its brackets are too deep.

    Only operations that take time in proportion to the length are used, and at most three times its memory.
    """
    quotes = frame.count(b'"')
    rough = quotes + sum(frame.count(one) for one in (b",", b":", b"[", b"{"))
    if rough > PIECES or rough - quotes > DEPTH:  # else there is nothing to look at more closely
        frame = frame.replace(b"\\\\", b"").replace(b'\\"', b"")
        quotes = frame.count(b'"')
        if quotes > PIECES:
            return quotes
        outside = b"".join(frame.split(b'"')[::2])
        rough = quotes + sum(outside.count(one) for one in (b",", b":", b"[", b"{"))
        if rough <= PIECES and deepest(outside) > DEPTH:
            return PIECES + 1
    return rough


def deepest(outside: bytes) -> int:
    """How deep the brackets go in JSON whose texts are taken out."""
    depth = most = 0
    for one in outside.translate(None, delete=bytes(set(range(256)) - set(b"[]{}"))):
        depth += 1 if one in b"[{" else -1
        most = max(most, depth)
    return most


def fault(frames: Sequence[bytes]) -> str:
    """Why these frames of one message are not to be parsed; "" where they may be."""
    if len(frames) > FRAMES or any(len(one) > HEADER for one in frames[:4]):
        return "its kernel broke the protocol: a message has too many parts, or too large a header"
    if any(pieces(one) > PIECES for one in frames[1:5]):
        return f"one of its messages held more than {PIECES} values"
    return ""


class Bounded(Session):
    """A session that refuses what is too large, too many or too deep; `told` is called with the reason."""

    told: Callable[[str], None] | None = None

    def clone(self) -> "Bounded":
        """The same for one connection."""
        made = super().clone()
        made.told = self.told
        return made

    def deserialize(self, msg_list: list[bytes], content: bool = True, copy: bool = True) -> dict[str, Any]:
        """The message. Raises ValueError where it is refused."""
        if why := fault(msg_list):
            if self.told:
                self.told(why)
            raise ValueError(why)
        return super().deserialize(msg_list, content, copy)
