"""What a function asks for: globals, attributes of modules, imports; and which of it an installed package brings."""

import builtins
import dis
import functools
import importlib.util
import inspect
import itertools
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

PLACES = {"site-packages", "dist-packages"}  # where pip, conda and Debian put packages
CALLS = {"eval", "exec", "globals", "locals", "vars", "input", "open", "__import__", "breakpoint"}
OUTSIDE = {"time", "datetime", "os", "posix", "nt", "io", "_io", "pathlib", "subprocess", "socket", "urllib", "http",
           "requests", "importlib", "tempfile", "glob", "shutil", "uuid", "secrets"}  # fmt: skip
READERS = re.compile(r"(?:load|read|open|fetch|urlopen|imread|fromfile|genfromtxt)(?:_.*|txt)?")


class Untold(Exception):
    """Something can't be compared with what the next run has; the message says what."""


def installed(name: str) -> bool:
    """True for a module that comes with Python or with an installed package; a learner's and the course's do not."""
    top = (name or "__main__").partition(".")[0]
    if top in ("__main__", __name__.partition(".")[0]):
        return False
    module = sys.modules.get(top)
    if module is None:
        try:
            spec = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            spec = None
        places = [spec.origin or "", *(spec.submodule_search_locations or [])] if spec else []
    else:
        places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", [])]
    return lies_in_packages(top, tuple(places))


@functools.cache
def lies_in_packages(top: str, places: tuple[str, ...]) -> bool:
    """True where one of the places is a folder of packages or Python's own library, or Python has the module inside."""
    if any(PLACES & set(Path(place).parts) for place in places):
        return True
    library = str(Path(dis.__file__).parent)
    return top in sys.stdlib_module_names and (not any(places) or any(place.startswith(library) for place in places))


def home(thing: object) -> str:
    """The name of the module that wrote a function, a class or an object's class."""
    if inspect.isfunction(thing):  # what decorators wrap says the name of the module that they were used in
        return thing.__globals__.get("__name__") or "__main__"
    if inspect.isclass(thing) or inspect.isroutine(thing):
        owner = getattr(thing, "__objclass__", None)  # of a method that is written in C
        return getattr(thing, "__module__", None) or getattr(owner, "__module__", None) or ""
    return type(thing).__module__


def named(thing: object) -> str:
    """The dotted name under which an installed function or class is found again; "" where there is none."""
    module, name = home(thing), getattr(thing, "__qualname__", None)
    if not isinstance(name, str) or not installed(module or "builtins"):
        return ""
    found = sys.modules.get(module or "builtins")
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    found = getattr(found, "__func__", found) if isinstance(found, staticmethod | classmethod) else found
    return f"{module} {name}" if found is thing else ""


def patched(space: dict) -> dict[str, object]:
    """The functions in an installed class or module that somebody else wrote, put there by hand."""
    return {key: value for key, value in space.items() if inspect.isfunction(value) and not installed(home(value))}


def uses(function: types.FunctionType) -> dict[str, object]:
    """What a function's code, and all code inside it, asks for: dotted name -> what lies there now.

    Of a module that is asked for attributes only these are given, of any other the module. Raises: Untold where the
    answer isn't in the code: eval, files, clocks, modules that are imported while it runs.
    """
    found = dict(asked(function.__code__, function.__globals__))
    for name, value in found.items():
        if reaches_outside(name, value):
            raise Untold(f"{function.__qualname__} uses {name}, and what that finds can't be told beforehand")
    return {name: found[name] for name in sorted(found)}


def reaches_outside(name: str, value: object) -> bool:
    """True for installed things that look at files, clocks, the network, or at code that is made while it runs."""
    if isinstance(value, types.ModuleType) or not installed(home(value) or "builtins"):
        return False
    if any(value is getattr(builtins, call) for call in CALLS):
        return True
    reader = callable(value) and READERS.fullmatch(name.rpartition(".")[2])
    return bool(reader) or home(value).partition(".")[0] in OUTSIDE


def asked(code: types.CodeType, space: dict) -> Iterator[tuple[str, object]]:
    """`uses`, unsorted and unchecked."""
    steps = [step for step in dis.get_instructions(code) if step.opname != "EXTENDED_ARG"]
    for i, step in enumerate(steps):
        if step.opname == "IMPORT_NAME":
            yield from imported(step.argval, steps[i - 2].argval, steps[i - 1].argval, space)
        elif step.opname.startswith(("STORE_GLOBAL", "DELETE_GLOBAL")):
            yield step.argval, space.get(step.argval)
        elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"):
            if step.argval in space or hasattr(builtins, step.argval):
                value = space[step.argval] if step.argval in space else getattr(builtins, step.argval)
                dotted = itertools.takewhile(lambda each: each.opname in ("LOAD_ATTR", "LOAD_METHOD"), steps[i + 1 :])
                yield along(step.argval, value, [each.argval for each in dotted])
    for part in code.co_consts:
        if inspect.iscode(part):
            yield from asked(part, space)


def along(name: str, value: object, attributes: list[str]) -> tuple[str, object]:
    """A module's attribute, its attribute and so on, as far as they are modules: mymodel, [error] -> mymodel.error."""
    for attribute in attributes:
        if not isinstance(value, types.ModuleType):
            break
        if attribute not in vars(value):
            return (f"{name}.{attribute}", None) if installed(value.__name__) else (name, value)
        name, value = f"{name}.{attribute}", vars(value)[attribute]
    return name, value


def imported(name: str, level: int, wanted: tuple[str, ...] | None, space: dict) -> Iterator[tuple[str, object]]:
    """What an import inside a function brings. Raises: Untold for a module that isn't imported yet."""
    package = space.get("__package__") or space.get("__name__", "").rpartition(".")[0]
    name = importlib.util.resolve_name("." * level + name, package) if level else name
    for each in {name, name.partition(".")[0]}:
        if each not in sys.modules and not installed(each):
            raise Untold(f"{each} isn't imported yet, so what it holds can't be told beforehand")
    module = sys.modules.get(name)
    if not wanted:
        yield name, module
        yield name.partition(".")[0], sys.modules.get(name.partition(".")[0])
    for part in wanted or ():
        value = getattr(module, "__dict__", {}).get(part, sys.modules.get(f"{name}.{part}"))
        yield f"{name}.{part}", module if part == "*" else value
