"""A kernel's messages: their size, number and shape are bounded before a parser sees them."""

from collections.abc import Callable, Sequence
from typing import Any

from jupyter_client.session import Session

from course_lib.books.bounds import pieces

FRAMES = 100  # of one message: a signature, three headers, the content, then what widgets attach
HEADER = 20_000  # bytes of each of the headers
PIECES = 200_000  # values, names and texts in one frame of JSON: each takes up to 100 bytes of ours
CONTENT = 4  # the frame that holds what a message says
# What nobody reads, or only as text or a picture: a chart's hundred thousand points are no reason to end a kernel.
DRAWN = ("display_data", "update_display_data", "execute_result", "comm_open", "comm_msg")
UNREAD = f"(an output of more than {PIECES:,} values is not kept)"


class Unread(dict):
    """A content that was not parsed, with its bytes: they count as if it were kept."""

    def __init__(self, size: int) -> None:
        super().__init__(data={"text/plain": UNREAD})
        self.size = size


def fault(frames: Sequence[bytes]) -> str:
    """Why these frames of one message are not to be parsed; "" where they may be."""
    if len(frames) > FRAMES or any(len(one) > HEADER for one in frames[:4]):
        return "its kernel broke the protocol: a message has too many parts, or too large a header"
    if any(pieces(one, PIECES) > PIECES for one in frames[1:5]):
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
            if not fault([*msg_list[:CONTENT], b"{}"]) and len(msg_list) > CONTENT:
                message = super().deserialize(msg_list[: CONTENT + 1], content=False, copy=copy)
                if message["msg_type"] in DRAWN:
                    return message | {"content": Unread(len(msg_list[CONTENT]))}
            if self.told:
                self.told(why)
            raise ValueError(why)
        return super().deserialize(msg_list, content, copy)
