"""What a kernel shows, as text or a picture and nothing else: it goes onto pages that instructors and students open."""

import base64
import functools
import os
import re
import sys
from pathlib import Path
from typing import Any

from nbformat.v4 import new_output

from course_lib.grading.release.source import tame
from course_lib.ground import ROOT

TEXT, PICTURES = "text/plain", ("image/png", "image/jpeg")
LONGEST = 20_000  # characters of text kept for a cell


@functools.cache
def places() -> re.Pattern[str]:
    """The folders of this machine whose names a traceback tells: of Python, of the course, of whoever grades."""
    found = {str(Path(one)) for one in (sys.prefix, sys.base_prefix, ROOT, os.path.expanduser("~"))}
    named = (one for one in found if one.startswith("/") and one != "/" and not one.startswith("/usr"))
    return re.compile("|".join(map(re.escape, sorted(named, key=len, reverse=True))) or r"(?!)")


def said(text: str, most: int = LONGEST) -> str:
    """So much of a text, without the machine's folders."""
    return tame(places().sub("...", text[: 2 * most])[:most])


def harmless(kind: str | None, content: dict[str, Any]) -> Any:
    """What a message shows, as text or a picture and without any markup; None for everything else."""
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=said(str(content.get("text", ""))))
    if kind == "error":
        lines = content.get("traceback")
        lines = [said(str(line), LONGEST // 10) for line in lines[-20:]] if isinstance(lines, list) else []
        name, value = said(str(content.get("ename")), 100), said(str(content.get("evalue")), 2_000)
        return new_output("error", ename=name, evalue=value, traceback=lines)
    if kind in ("display_data", "execute_result") and isinstance(content.get("data"), dict):
        data = {}
        for mime in PICTURES:
            if isinstance(picture := content["data"].get(mime), str) and is_base64(picture):
                data[mime] = picture
        data[TEXT] = said(str(content["data"].get(TEXT, "")))
        return new_output("display_data", data=data)
    return None


def brief(error: Any) -> Any:
    """An error of which only its first words are kept."""
    return new_output("error", ename=error.ename, evalue=error.evalue[:200], traceback=[])


def is_base64(text: str) -> bool:
    """Whether this is a picture's data and can't be anything else on a page."""
    try:
        return base64.b64decode(text.replace("\n", ""), validate=True)[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0")
    except ValueError:
        return False


def add(outputs: list[Any], output: Any) -> None:
    """Append an output, a stream to its like; the text of a cell stays within its bound."""
    last = outputs[-1] if outputs else None
    if output.output_type == "stream" and last and last.output_type == "stream" and last.name == output.name:
        last.text = tame((last.text + output.text)[:LONGEST])
    elif len(outputs) < 50:
        outputs.append(output)
