"""`python -m course_lib`: open the course in JupyterLab, in copies of the lessons that are yours to write in.

    python -m course_lib lab 03 --port 9000

The lesson comes first, or another notebook's file (an assignment); what follows is JupyterLab's own. The copies lie
in work/ (COURSE_WORK names another folder); `python -m course_lib reset 03` gives a fresh one.
"""

import argparse
import json
import os
import sys
import webbrowser
from pathlib import Path

from course_lib.books import copies, kernels
from course_lib.books.shelf import BOOKS, START
from course_lib.setup.environment import environment
from course_lib.setup.processes import go_on, hand_over, with_library

from . import running
from .notebooks import choose

HELP = "open the course in JupyterLab (what happens where no command is named); arguments are JupyterLab's"
OURS = Path(__file__).parent / "jupyter"  # settings and style of the course's JupyterLab; the user's own come first
STATE = ".jupyter"  # in the folder of the copies: which of them were open, where the home can't be written to also rest
HIDDEN = ("__pycache__", "*.pyc", ".DS_Store", "*~", "images")
LAYOUT = {  # the first time: the start page, over the whole width
    "main": {
        "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [f"notebook:{START}"]},
        "current": f"notebook:{START}",
    },
    "left": {"collapsed": True, "visible": True},  # explorers want the width; the contents are one click away
    "right": {"collapsed": True, "visible": True},
}


def options(p: argparse.ArgumentParser) -> None:
    """`lab` hands on to JupyterLab what it doesn't know."""
    p.add_argument(
        "notebooks", nargs="*", metavar="LESSON", help="what to open: 03, or a name; default: where you were"
    )
    p.add_argument("rest", nargs="*", metavar="JUPYTERLAB ARGS", help="such as --no-browser, --port 9000")


def main(options: argparse.Namespace) -> int:
    """Make or renew the copies, then become JupyterLab on them. Raises UnknownNotebook."""
    number = next((i for i, word in enumerate(options.rest) if word.startswith("-")), len(options.rest))
    names, rest = options.rest[:number], options.rest[number:]
    chosen = choose(names)[:1] if names else []
    python = environment()
    go_on(python, ["lab", *options.rest])
    work = prepared()
    there = running.labs(work)
    tell(copies.renew(work, running.open_copies(work, there)))
    place, wanted = where(work, *chosen)
    ours = [lab for lab in there if lab.root == place.resolve()]
    if ours and set(rest) <= {"--no-browser"}:
        return again(ours[0].address(wanted), "--no-browser" in rest)
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # containers, class servers
    first = remember(work)
    page = wanted or (START if first else "")
    os.chdir(place)
    command = [python, "-m", "jupyterlab", *(["--allow-root"] if root else []), *shown(work, place, page), *rest]
    return hand_over(command, with_library(dict(os.environ)))


def where(work: Path, file: Path | None = None) -> tuple[Path, str]:
    """The folder that is shown, and the file in it: a lesson's copy, or a notebook from elsewhere (an assignment)."""
    if file is None or file.parent in (BOOKS, work.resolve()):
        return work, file.name if file else ""
    return file.parent, file.name


def prepared() -> Path:
    """The folder of the copies; Jupyter's variables are set, in a home that can't be written to as well."""
    work, said = copies.folder()
    if not kernels.home_is_writable():
        os.environ |= kernels.elsewhere(work / STATE)
        tell(["Your home folder can't be written to: JupyterLab keeps its settings beside your copies."])
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    config = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [config, str(OURS)]))
    tell([said] if said else [f"Your copies of the lessons are in {work}"])
    return work


def shown(work: Path, place: Path, page: str) -> list[str]:
    """JupyterLab's options for the course: the folder, what is opened, the style; nothing in the user's home.

    What was open is remembered in the folder of the copies, for the copies and for others apart.
    """
    state = "workspaces" if place == work else f"workspaces-{place.name}"
    style = json.dumps({"static_custom_path": [str(OURS / "custom")]})
    return [
        f"--ServerApp.root_dir={place}",
        f"--ServerApp.tornado_settings={style}",
        "--LabApp.custom_css=True",
        f"--LabApp.workspaces_dir={work / STATE / state}",
        f"--LabApp.default_url=/lab{f'/tree/{page}' if page else ''}",
        *(f"--ContentsManager.hide_globs={name}" for name in HIDDEN),
    ]


def remember(work: Path) -> bool:
    """Whether this is the first time; then the page's first layout is written. JupyterLab keeps it from then on."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    place = work / STATE / "workspaces"
    if any(place.glob("*.jupyterlab-workspace")):
        return False
    try:
        place.mkdir(parents=True, exist_ok=True)
        data = {"data": {"layout-restorer:data": LAYOUT}, "metadata": {"id": "default"}}
        WorkspacesManager(str(place)).save("default", json.dumps(data))
    except OSError as error:
        tell([f"JupyterLab won't remember what was open ({error.strerror or error})."])
    return True


def again(address: str, quietly: bool) -> int:
    """The course runs already: open it in the browser, or say where it is."""
    print(f"The course is open already: {address}", flush=True)
    if not quietly:
        webbrowser.open(address)
    return 0


def tell(lines: list[str]) -> None:
    """Say it, before JupyterLab's own lines."""
    for line in lines:
        print(f"course: {line}", file=sys.stderr, flush=True)
