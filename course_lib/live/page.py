"""HTML that lives by itself: a picture (or a text), and a script that puts something alive in its place.

It needs no kernel, no network and no library, and is the same in JupyterLab, on the website and on a slide. The
scripts are in js/: base.js, then what a kind needs, then the kind's own file; joined they are one module.
"""

import functools
import json
import secrets
from pathlib import Path

MIME = "application/vnd.autoencoder-course.live+json"  # a headless run's output: the explorer's numbers, for `html`
LIVES = "data-live="  # in the HTML of what lives in the page
SCRIPTS = Path(__file__).parent / "js"
NUMBERS = ("engine", "parts")  # what a kind needs that is not named here: networks, sliders, pictures, planes
NEEDS: dict[str, tuple[str, ...]] = {
    "ask": (),
    "atoms": (*NUMBERS, "signed"),
    "attend": (*NUMBERS, "sequence"),
    "brush": (*NUMBERS, "conv", "signed"),
    "progress": (),
    "draw": (*NUMBERS, "pen"),
    "thirty": (*NUMBERS, "pen"),
    "skip": (*NUMBERS, "conv"),
    "spread": (*NUMBERS, "graph"),
}


class Alive:
    """Something that lives in the page, as the last value of a cell: its output, by kind."""

    def __init__(self, data: dict[str, str]) -> None:
        self.data = data

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.data


@functools.cache
def script(kind: str) -> str:
    """The module for one kind. Raises: KeyError where js/ has no file of this name."""
    file = SCRIPTS / f"{kind}.js"
    if not file.is_file():
        there = ", ".join(sorted(each.stem for each in SCRIPTS.glob("*.js")))
        raise KeyError(f"js/ has no {file.name}: there are {there}")
    names = ["base", *NEEDS.get(kind, NUMBERS), kind]
    return "\n".join((SCRIPTS / f"{name}.js").read_text("utf-8") for name in names)


def html(config: dict, still: str) -> str:
    """What `config["kind"]` makes of the config. `still` is the HTML that stands there where no script may run."""
    name, kind = secrets.token_hex(6), config["kind"]
    module = f'{script(kind)}\nmount("{name}", {json.dumps(config)});'.replace("</", "<\\/")
    return f'<div {LIVES}"{name}" data-kind="{kind}">{still}</div>\n<script type="module">\n{module}\n</script>'
