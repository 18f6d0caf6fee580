"""The README is true: its figure is a notebook's, its links lead somewhere, its variables exist."""

import base64
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_figure_is_a_stored_output_of_notebook_03():
    notebook = json.loads((ROOT / "notebooks" / "03_mnist_autoencoder.ipynb").read_text("utf-8"))
    outputs = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    pictures = [base64.b64decode("".join(data["image/png"])) for data in outputs if "image/png" in data]
    shown = (ROOT / "notebooks" / "images" / "thirty_numbers.png").read_bytes()
    assert shown in pictures, "notebook 03 was run again: store its figure of section 5 as the README's anew"


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
