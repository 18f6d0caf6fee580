"""The README's scoreboard, made from the notebooks' own tables: nobody types a number.

    python -m course_lib scoreboard             write it anew into README.md from the stored outputs
    python -m course_lib scoreboard FOLDER      first take the full mode's tables from executed notebooks there

A notebook's table is the output of its cell tagged `scoreboard`: a line "MNIST, fast mode", then a plotting.table with
the columns model, codes, measure, ours, published, asked for; "-" stands for an empty field. The tables of the full
mode are kept in notebooks/scoreboard_full.txt.
"""

import json
import re
from pathlib import Path

from course_lib.ground import ROOT, write

FULL = Path("notebooks") / "scoreboard_full.txt"
BEGIN, END = "<!-- scoreboard: made by `python -m course_lib scoreboard` -->", "<!-- end of the scoreboard -->"
COLUMNS = ["model", "codes", "measure", "ours", "published", "asked for"]


class NoTable(ValueError):
    """A scoreboard's text isn't as it should be; the message says where."""


def printed(notebook: Path) -> str:
    """What a notebook's cell tagged `scoreboard` printed, or "" where there is no such cell. Raises: NoTable."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    for cell in cells:
        if "scoreboard" in cell["metadata"].get("tags", []):
            text = "".join("".join(output.get("text", [])) for output in cell["outputs"])
            if not text.startswith("MNIST, "):
                raise NoTable(f"{notebook.name}: the scoreboard wasn't made on MNIST, or the notebook has not been run")
            return text
    return ""


def rows(text: str, name: str) -> list[list[str]]:
    """The table's rows in a printed text, six texts each. Raises: NoTable where a line has not six fields."""
    lines = [re.split(r" {2,}", line.strip()) for line in text.strip().splitlines()[1:] if not line.startswith("---")]
    if not lines or lines[0] != COLUMNS:
        raise NoTable(f"{name}: the scoreboard's columns must be {', '.join(COLUMNS)}")
    for line in lines:
        if len(line) != len(COLUMNS):
            raise NoTable(f"{name}: a scoreboard line has {len(line)} fields instead of {len(COLUMNS)}: {line}")
    return lines[1:]


def tables(text: str) -> dict[str, str]:
    """The kept tables of the full mode: {notebook's stem: its printed text}."""
    parts = re.split(r"^# (\S+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def kept_tables(home: Path) -> dict[str, str]:
    """The tables in notebooks/scoreboard_full.txt, none where it isn't there yet."""
    return tables((home / FULL).read_text("utf-8")) if (home / FULL).exists() else {}


def markdown(home: Path = ROOT) -> str:
    """The scoreboard as a Markdown table, from the notebooks' stored outputs and the kept full mode's tables."""
    full = kept_tables(home)
    heads = ["notebook", "model", "codes", "measure", "fast", "full", "published", "asked for"]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|---|---|--:|--:|--:|---|"]
    for notebook in sorted((home / "notebooks").glob("*.ipynb")):
        text = printed(notebook)
        if not text:
            continue
        kept = rows(full[notebook.stem], notebook.stem) if notebook.stem in full else []
        longer = {(row[0], row[2]): row for row in kept}  # the number of active codes may differ
        for row in rows(text, notebook.stem):
            there = longer.get((row[0], row[2]), ["-"] * 6)
            asked = row[5] if there[5] in ("-", row[5]) else f"{row[5]} (full: {there[5]})"
            fields = [notebook.stem.partition("_")[0], *row[:4], there[3], row[4], asked]
            lines.append("| " + " | ".join("" if field == "-" else field for field in fields) + " |")
    return "\n".join(lines)


def keep_full(folder: Path, home: Path = ROOT) -> None:
    """Store the full mode's tables of the executed notebooks in `folder`, and leave those of others as they are.

    Raises: NoTable where a notebook there was run in fast mode.
    """
    kept = kept_tables(home)
    for notebook in sorted(folder.rglob("*.ipynb")):
        text = printed(notebook)
        if text and not text.startswith("MNIST, full mode"):
            raise NoTable(f"{notebook} was not run in full mode")
        if text:
            rows(text, notebook.stem)
            kept[notebook.stem] = text.strip() + "\n"
    write(home / FULL, "".join(f"# {stem}\n{text}" for stem, text in sorted(kept.items())))


def renew(readme: str, table: str) -> str:
    """The README's text with the table between its two marks. Raises: NoTable where a mark is missing."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        raise NoTable("README.md has lost a mark of the scoreboard")
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


def make_anew(home: Path = ROOT) -> None:
    """Write the scoreboard into README.md. Raises: NoTable, OSError."""
    file = home / "README.md"
    write(file, renew(file.read_text("utf-8"), markdown(home)))
