"""A graded notebook as people see it: what a student wrote is framed as theirs, bounded, and nothing but letters.

Every line that a submission printed begins with a bar, and its prose is a quotation: only the grader speaks without.
Done before anything is parsed, highlighted or drawn, so the bounds are those of pages, of Formgrader and of reports.
"""

import base64
import re
import struct
from typing import Any

from nbformat.v4 import new_output

from course_lib.books.handed_in import legible
from course_lib.grading.release.source import tame
from course_lib.grading.submissions.reading import inert

BAR, SAYS = "│ ", "The grader says:"  # before each line of theirs, before ours
LATE = "This cell was stopped after the time that a cell may take."
MOST_LINES, WIDEST, COLUMNS = 1_000, 2_000, 90  # of what a cell shows; characters of one line, and of one in sight
# A formula can draw to the left of its place, above it, or over the whole page: not beyond the frame it stands in.
CLIPPED = "<style>blockquote { overflow-x: auto; overflow-y: hidden; contain: paint }</style></head>"
MOST_PICTURES, MOST_PIXELS, LONGEST_SIDE, MOST_SCANS = 100, 16_000_000, 10_000, 40
MOST_PROSE, MOST_PROSE_IN_ALL = 10_000, 50_000  # characters of a text, and of all, that are set as markdown
RUN = re.compile(r"([^\n])\1{99,}")  # one character again and again: to set it, or to colour it, can take the square
FENCE = re.compile(r"^([ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)*)(`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
PLAIN = {"name": "python", "pygments_lexer": "python3"}  # IPython's takes the square of the length of some texts


def frame(nb: Any, told: dict[str, str], untouched: set[str], late: set[int]) -> None:
    """Put what is a student's into its frame, and below each test cell what the grader says of it.

    told: by the name of the cell; untouched: the cells that are as they were released; late: the numbers of the cells
    that were stopped.
    """
    pictures, prose = MOST_PICTURES, MOST_PROSE_IN_ALL
    for cell in nb.cells:
        mark = cell.metadata.get("nbgrader", {})
        theirs = not (mark.get("locked") and not mark.get("solution")) and mark.get("grade_id") not in untouched
        if cell.cell_type == "code":
            cell.source = tame(calm(legible(cell.source))) if theirs else cell.source  # (letters that can't be seen go)
            cell.outputs = framed(cell.outputs, pictures if theirs else 0, brief=not theirs)
            pictures -= sum(output.output_type == "display_data" for output in cell.outputs)
            says = [LATE] if cell.execution_count in late else []
            says += [told[mark["grade_id"]]] if mark.get("grade_id") in told else []
            cell.outputs += [note("\n".join([SAYS, *says]))] if says else []
        elif theirs and cell.source.strip():
            text = inert("markdown", calm(legible(cell.source)))  # (what is cut out must not make a link of the rest)
            cell.source = quoted(text, len(text) <= min(prose, MOST_PROSE), mark)
            prose -= len(text)
    nb.metadata["language_info"] = dict(PLAIN)


def note(said: str) -> Any:
    """A line of the grader in a cell's outputs."""
    return new_output("stream", name="stdout", text=said + "\n")


def calm(text: str) -> str:
    """A text without long runs of one character or of empty lines, with two spaces at the end of a line at most."""
    lines, empty = [], 0
    for line in text.split("\n"):
        bare = line.rstrip()
        empty = 0 if bare else empty + 1
        if empty <= 3:
            lines.append(line[: len(bare) + 2] if bare else "")
    return RUN.sub(lambda found: found[1] * 80 + f" ... {len(found[0])} times", "\n".join(lines))


def quoted(text: str, is_set: bool, mark: dict[str, Any]) -> str:
    """A student's prose as a quotation in markdown; what is too long is shown as it was typed, and not set."""
    if is_set:
        text = FENCE.sub(r"\1\2", text)  # a language that is named would choose by what it is coloured
    else:
        fence = "~" * (max(map(len, re.findall("~+", text)), default=0) + 4)
        text = f"{fence}\n{text}\n{fence}"
    said = "\n".join(f"> {line}" for line in text.split("\n"))
    return said if mark else f"*The student's own text:*\n\n{said}"


def framed(outputs: list[Any], pictures: int, brief: bool = False) -> list[Any]:
    """What a cell showed: each line of text behind the bar, errors in one line where `brief`, and so many pictures."""
    result, lines = [], []

    def put() -> None:
        if lines:
            more = len(lines) - MOST_LINES
            said = lines[:MOST_LINES] + ([f"... ({more} more lines)"] if more > 0 else [])
            result.append(note(tame("\n".join(BAR + line for line in said))))
            lines.clear()

    for output in outputs:
        data = output.get("data", {})
        picture = next(((kind, data[kind]) for kind in ("image/png", "image/jpeg") if kind in data), None)
        said = calm(legible(words(output, brief))).rstrip("\n")
        lines += [piece for line in said.split("\n") for piece in pieces(line)] if said or not picture else []
        if picture and pictures > 0 and drawable(picture[1]):
            lines.append("(a picture that the submission drew:)")
            put()
            result.append(new_output("display_data", data=dict([picture])))
            pictures -= 1
        elif picture:
            lines.append("(a picture that is not shown)")
    put()
    return result


def pieces(line: str) -> list[str]:
    """A line in pieces that a page doesn't break once more: what follows would stand there without its bar."""
    line, found, room = line[:WIDEST].expandtabs(), [""], COLUMNS
    for one in line:
        wide = 1 if one < "\u2e00" else 12 if one in "\u2e3a\u2e3b\ufdfa\ufdfb\ufdfc\ufdfd" or one > "\U00012000" else 2
        if wide > room:
            found, room = [*found, ""], COLUMNS
        found[-1], room = found[-1] + one, room - wide
    return found


def words(output: Any, brief: bool) -> str:
    """What an output says."""
    if output.output_type == "error":
        return "\n".join([] if brief else output.traceback) or f"{output.ename}: {output.evalue}"[:500]
    return output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")


def drawable(data: str) -> bool:
    """Whether this is a picture of a size that a browser can draw, by what its own head says; nothing is decoded."""
    try:
        raw = base64.b64decode(data.replace("\n", ""), validate=True)
        if raw[:8] == b"\x89PNG\r\n\x1a\n":
            sizes = [struct.unpack(">II", raw[16:24])] if raw[12:16] == b"IHDR" and b"acTL" not in raw else []
        else:
            sizes = heads(raw) if raw.count(b"\xff\xda") <= MOST_SCANS else []
    except (ValueError, struct.error, IndexError):
        return False
    return len(sizes) == 1 and all(
        0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS
        for width, height in sizes
    )


def heads(raw: bytes) -> list[tuple[int, int]]:
    """The sizes that the frames of a JPEG name, up to its first scan."""
    at, found = 2, []
    while raw[at] == 0xFF and raw[at + 1] != 0xDA:
        kind, length = raw[at + 1], struct.unpack(">H", raw[at + 2 : at + 4])[0]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", raw[at + 5 : at + 9])
            found.append((width, height))
        at += 2 + length
    return found
