"""Which rooms of course_lib (modules and packages) code imports, and which files these need beside them."""

import ast
from collections.abc import Iterable
from pathlib import Path

from course_lib.ground import ROOT


def imports(tree: ast.AST, package: str = "") -> set[str]:
    """The rooms that this code imports; package: the one in which it stands, where dots in imports count from it."""
    names, parts = set(), package.split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = parts[: len(parts) + 1 - node.level] if node.level else []
            names |= {".".join(filter(None, [*above, node.module, name.name])) for name in node.names}
    return {name.split(".")[1] for name in names if name.startswith("course_lib.")}


def needed(rooms: Iterable[str]) -> list[Path]:
    """The files and folders of course_lib with these rooms and whatever they import, directly or around corners.

    A release says only what its notebook imports: which others that takes is the library's business, and changes.
    """
    library, found, todo = ROOT / "course_lib", {}, ["__init__", *rooms]
    while todo:
        if (room := todo.pop()) not in found:
            place = library / room if (library / room).is_dir() else library / f"{room}.py"
            found[room] = place
            for file in [place] if place.is_file() else place.rglob("*.py"):
                package = ".".join(["course_lib", *file.relative_to(library).parts[:-1]])
                todo += imports(ast.parse(file.read_text("utf-8")), package)
    return sorted(found.values())
