"""What can be said of a notebook without running it."""

import ast
import re
import warnings
from collections import Counter
from typing import Any

from course_lib.books.handed_in import PASTED, Cell, digest
from course_lib.books.modules import imports

IPYTHON = re.compile(r"^([ \t]*)(?:\w+[ \t]*=[ \t]*)?[!%].*$", re.MULTILINE)  # a line that isn't Python
SHELL = re.compile(r"^[ \t]*(?:\w+[ \t]*=[ \t]*)?(?:!|%%?(?:pip|conda|mamba|bash|sh|system|sx)\b)", re.MULTILINE)


def shape(cells: list[Cell], wanted: dict[str, Any]) -> list[str]:
    """What is wrong with the cells: missing, double, changed, foreign."""
    there, last = Counter(cell.id for cell in cells if cell.id), {cell.id: cell for cell in cells}
    if not there:
        return [
            "none of the cells has its mark any more (some editors drop them): copy your answers into a fresh copy "
            "of the notebook, and edit it in JupyterLab"
        ]
    faults = []
    for cell in wanted["cells"]:
        name = cell["id"]
        if not there[name]:
            what = {"answer": "your answer", "written": "your written answer"}.get(cell["kind"], "a fixed cell")
            faults.append(f"the cell {name!r} is missing ({what}): copy it from a fresh copy of the notebook")
        elif there[name] > 1:
            faults.append(
                f"the cell {name!r} is there {there[name]} times, only the last one counts: delete the others"
            )
        elif cell["sha256"] and digest(last[name].text) != cell["sha256"]:
            faults.append(f"{last[name].where} is fixed, but was changed: the original is graded, so put it back")
    known = {cell["id"] for cell in wanted["cells"]}
    foreign = [name for name in there if name not in known]
    faults += [f"the cell {name!r} isn't this assignment's: it counts as a cell of your own" for name in foreign]
    return faults


def content(cells: list[Cell], wanted: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What would go wrong in grading, and the ids of the answers that are still as they were handed out."""
    about = {cell["id"]: cell for cell in wanted["cells"]}
    texts = {cell.id: cell.text for cell in cells if cell.id in about and about[cell.id]["kind"] != "fixed"}
    empty = [name for name, text in texts.items() if not text.strip() or digest(text) == about[name]["stub"]]
    faults, name = [], student(cells)
    if name is not None and not name.strip():
        faults.append("STUDENT is empty: write the name under which you hand in, your numbers depend on it")
    pasted = [cell for cell in cells if cell.id in texts and not cell.code and PASTED.search(cell.text)]
    faults += [f"{cell.where} holds a picture: only text is graded, so say it in words" for cell in pasted]
    for cell in (one for one in cells if one.code and about.get(one.id, {}).get("kind") != "fixed"):
        tree = parsed(cell.text)
        called = {getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if "input" in called:
            faults.append(f"{cell.where} asks for input(): nobody is there to answer when it is graded")
        if SHELL.search(cell.text) and not is_python(cell.text):
            faults.append(f"{cell.where} runs a shell command: the grader has no network and installs nothing")
        forbidden = sorted(imports(tree) - set(wanted["modules"]))
        faults += [f"{cell.where} imports course_lib.{module}: the grader doesn't have it" for module in forbidden]
    return faults, empty


def student(cells: list[Cell]) -> str | None:
    """What the last STUDENT = "..." says; None where nothing in the notebook depends on it."""
    trees = [parsed(cell.text) for cell in cells if cell.code]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    if not any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "my_numbers" for node in nodes):
        return None
    said = [
        node.value for node in nodes if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STUDENT"
    ]
    return said[-1].value if said and isinstance(getattr(said[-1], "value", None), str) else None


def is_python(code: str) -> bool:
    """Whether this is Python and nothing else."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def parsed(code: str) -> ast.Module:
    """The code without the lines that only IPython knows; empty where it is no Python all the same."""
    for text in (code, IPYTHON.sub(r"\1pass", code)):
        if is_python(text):
            with warnings.catch_warnings(action="ignore"):
                return ast.parse(text)
    return ast.Module([], [])
