"""The README is true: its figure is a notebook's, its links lead somewhere, its variables exist."""

import base64
import json
import re
from pathlib import Path

from course_lib.ground import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_figure_is_a_stored_output_of_notebook_03b():
    notebooks = [json.loads(file.read_text("utf-8")) for file in sorted((ROOT / "notebooks").glob("03*.ipynb"))]
    cells = [cell for notebook in notebooks for cell in notebook["cells"]]
    outputs = ["".join(o.get("data", {}).get("text/html", "")) for cell in cells for o in cell.get("outputs", [])]
    urls = [url for output in outputs for url in re.findall(r'src="data:image/png;base64,([^"]+)"', output)]
    pictures = [base64.b64decode(url) for url in urls]
    shown = (ROOT / "notebooks" / "images" / "thirty_numbers.png").read_bytes()
    assert shown in pictures, "notebook 03b was run again: store its first figure of digits as the README's anew"


def test_links_lead_to_files_of_the_project():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("https://")]
    assert links and all((ROOT / link).is_file() for link in links)
    listed = {Path(link).name for link in links if link.endswith(".ipynb")}
    assert listed == {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}


def test_variables_are_read_by_the_library():
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "course_lib").rglob("*.py"))
    named = set(re.findall(r"`(COURSE_[A-Z]+)", README))
    assert named >= {"COURSE_DATA", "COURSE_CACHE", "COURSE_DEVICE", "COURSE_FULL"}
    assert all(f'"{name}"' in source for name in named)
