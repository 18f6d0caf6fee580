"""The website's pages as Sphinx reads them: the lessons with what lives in them awake, and what stands around them."""

import re
import shutil
from html import escape
from pathlib import Path

from course_lib.books import start
from course_lib.books.files import read
from course_lib.books.files import write as keep
from course_lib.books.lessons import page
from course_lib.books.shelf import BOOKS, START, lessons
from course_lib.claims.scoreboard import BEGIN, END
from course_lib.commands.slides.parts import outputs
from course_lib.ground import ROOT
from course_lib.live.page import LIVES

TASTE = "taste.html"  # the first explorer, put into the first page as it is
WIDE = "full-width"  # the theme's tag: its table of contents makes way for such a cell
FIRST = {"setup", "parameters"}  # tags of cells that a reader of pages doesn't need open
# the glossary's anchors are in lower case, its headings needn't be
NAMES = (
    "Adam AUC BCE beta-VAE ELBO GELU GRU He IWAE KL L0 L1 LSTM Muon NLL PCA PSNR ReLU SGD SSIM t-SNE U-Net VAE Xavier"
)
MAP = re.compile(r"!\[[^\]]*\]\(images/map\.svg\)")  # with its words, on the start page
IMPRINT = """# Imprint

The course's text and code are under the MIT licence.

The pages hold handwritten digits of **MNIST** (Yann LeCun, Corinna Cortes and Christopher Burges; made of NIST's
Special Databases 1 and 3), under [CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/): as pictures in
figures, and as numbers in the explorers. Networks in the explorers were trained on them.

No page asks anything of another server: no fonts, no scripts, no counting of visitors. What you click as a prediction
or an answer stays in your browser.

Made with [Sphinx](https://www.sphinx-doc.org), [MyST-NB](https://myst-nb.readthedocs.io), the
[book theme](https://sphinx-book-theme.readthedocs.io) and [ziamath](https://ziamath.readthedocs.io).
"""


def write(folder: Path) -> None:
    """Write all pages into the folder. Raises ValueError for a notebook that can't be read, OSError."""
    folder.mkdir(parents=True)
    shutil.copytree(BOOKS / "images", folder / "images")
    names = []
    for path in lessons():
        notebook = page(path)
        shown(notebook)
        keep(notebook, folder / path.name)
        names.append(path.stem)
    (folder / "glossary.md").write_text(glossary((BOOKS / "glossary.md").read_text("utf-8")), "utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    (folder / "scoreboard.md").write_text(scoreboard(readme), "utf-8")
    (folder / "instructors.md").write_text(chapter(readme, "For instructors", "# For instructors"), "utf-8")
    (folder / "imprint.md").write_text(IMPRINT, "utf-8")
    guide = []
    if (BOOKS / "guide").is_dir():
        shutil.copytree(BOOKS / "guide", folder / "guide")
        for file in (folder / "guide").glob("*.md"):
            file.write_text(file.read_text("utf-8").replace("](../../README.md", "](../instructors.md"), "utf-8")
        guide = ["guide/README", *sorted(f"guide/{f.stem}" for f in (folder / "guide").glob("[0-9]*.md"))]
    if taste := start.taste():
        (folder / TASTE).write_text(f'<div class="{WIDE}">{taste.data["text/html"]}</div>', "utf-8")
    (folder / "index.md").write_text(front(names, guide, bool(taste)), "utf-8")


def shown(notebook) -> None:
    """How MyST-NB shows the cells: set-up and explorers' code under a cover, cards without. Changes the notebook."""
    imports = next((cell.id for cell in notebook.cells if cell.source.startswith(("import ", "from "))
                    and "setup" not in cell.metadata.get("tags", [])), None)  # fmt: skip
    for cell in notebook.cells:
        tags = list(cell.metadata.get("tags", []))
        covered = FIRST & {*tags} or cell.id == imports or cell.metadata.get("jupyter", {}).get("source_hidden")
        if "card" not in tags and any(LIVES in text for text in outputs(cell, "text/html")):  # an explorer: more room
            cell.metadata["tags"] = tags = [*tags, WIDE]
            covered = True
        if cell.cell_type == "code" and covered and "remove-input" not in tags:
            cell.metadata["tags"] = [*tags, "hide-input"]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}


def chapter(readme: str, title: str, heading: str) -> str:
    """A chapter of the README as a page of its own; what it links to beside itself becomes plain words."""
    text = readme.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return f"{heading}\n{plain(text)}\n"


def plain(text: str) -> str:
    """Without links to files that the website doesn't have."""
    text = re.sub(r"\]\(notebooks/(\w+\.(?:ipynb|md))", r"](\1", text)
    return re.sub(r"\[([^\]]*)\]\((?!https?:|\w+\.(?:ipynb|md))[^)]*\)", r"\1", text)


def scoreboard(readme: str) -> str:
    """The README's scoreboard as a page. Raises ValueError where it isn't between its marks."""
    before, _, rest = readme.partition(BEGIN)
    table, _, after = rest.partition(END)
    if not table:
        raise ValueError("README.md has no scoreboard between its marks")
    words = before.rpartition("\n## The scoreboard\n")[2]
    return f"# The scoreboard\n{plain(words)}\n{table}\n{plain(after.partition(chr(10) + '## ')[0])}\n"


def glossary(text: str) -> str:
    """The glossary, its terms written as names are; in the file they are lower case, as links to them must be."""
    names = {name.lower(): name for name in NAMES.split()}

    def proper(heading: re.Match) -> str:
        return re.sub(r"[\w-]+", lambda word: names.get(word[0], word[0]), heading[0])

    return re.sub(r"^### .*$", proper, text, flags=re.MULTILINE)


def map_of_the_course() -> str:
    """The start page's map, with its text alternative. Raises ValueError where it has none."""
    found = next(filter(None, (MAP.search(cell.source) for cell in read(BOOKS / START).cells)), None)
    if not found:
        raise ValueError(f"{START} has no map of the course")
    return found[0]


def front(names: list[str], guide: list[str], taste: bool) -> str:
    """The first page: what this is, a first explorer, the map, and a way in for each of the three readers."""
    alive = f"```{{raw}} html\n:file: {TASTE}\n```" if taste else ""
    cards = [
        ("For students", "Begin with lesson 1. Predict by a click, read what came, play. To run the cells yourself, "
         "get the course and type <code>python -m course_lib</code>.", f"{names[0]}.html", "Lesson 1"),
        ("For lecturers", "A deck for each lesson that lives without a network, with notes and minutes; a guide of one "
         "page a lesson.", "guide/README.html" if guide else "scoreboard.html",
         "The guide" if guide else "The scoreboard"),
        ("For instructors", "Nine assignments; release, collect, a sandbox that grades strangers' code, feedback, "
         "marks.", "instructors.html", "Grading"),
    ]  # fmt: skip
    boxes = "".join(
        f'<div class="way"><p class="title">{title}</p><p>{words}</p><p><a href="{link}">{escape(label)}</a></p></div>'
        for title, words, link, label in cards
    )
    rows = "\n".join(names)
    more = f"```{{toctree}}\n:hidden:\n:caption: For lecturers\n\n{chr(10).join(guide)}\n```\n" if guide else ""
    return f"""# Autoencoders: a course that runs

Squeeze a picture into a few numbers and make it large again: what do the numbers keep? Ten lessons, from a straight
line to networks that draw digits nobody wrote. A cell that runs backs every claim, and a control every "because".

## Draw a digit

A network squeezes your drawing into 32 numbers, another into only 2. **Which of your digits do 2 numbers get wrong?**
[Lesson 3](03_mnist_autoencoder.ipynb) trains both, and explains.

{alive}

## Three ways in

<div class="ways">{boxes}</div>

## The map

<div class="map" tabindex="0" role="region" aria-label="map of the course">

{map_of_the_course()}

</div>

```{{toctree}}
:maxdepth: 1
:titlesonly:
:caption: Lessons

{rows}
```

{more}
```{{toctree}}
:hidden:
:caption: Beside them

glossary
scoreboard
instructors
imprint
```
"""
