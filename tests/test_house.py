"""The house rules: who imports whom, what happens at import, devices, and what is in the repository."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from course_lib.ground import ROOT

# One declared order: a module imports only from its left. Then the two wings, which never import each other.
LIBRARY = """ground live shapes repro data corrupt models losses optimisers cache training baselines claims evaluate
             plotting checks widgets""".split()
BESIDE = ["handin", "setup", "books"]  # students' numbers, the environment, notebook files and kernels: no maths
WINGS = ["commands", "grading"]
DOORS = {"curves": "data", "photographs": "data", "muon": "optimisers"}  # older names, for older notebooks
STARTS = "__main__"  # on a bare Python, and with it whatever it imports
HARMLESS = {"dataclass", "field", "cycler", "Path", "resolve", "no_grad", "enable_grad", "cache", "wraps"}
HARMLESS |= {"compile", "RLock"}  # of a regular expression; of what one thread at a time may do
TREES = {
    ".".join(file.relative_to(ROOT / "course_lib").with_suffix("").parts): ast.parse(file.read_text("utf-8"))
    for file in sorted((ROOT / "course_lib").rglob("*.py"))
}
modules = pytest.mark.parametrize("module", TREES)


def imported(statements: list[ast.stmt], module: str = "") -> set[str]:
    """The modules that these statements import anywhere inside them, "course_lib." always spelled out."""
    found = set()
    for node in (inner for statement in statements for inner in ast.walk(statement)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = ["course_lib", *module.split(".")][: -node.level] if node.level else []
            base = ".".join(filter(None, [*parts, node.module]))
            ours = base.split(".")[0] == "course_lib"
            found |= {f"{base}.{name.name}" for name in node.names} if ours else {base}
    return found


def own(names: set[str]) -> set[str]:
    """The files of course_lib behind them: data.digits, a function, -> data.__init__; data.mnist -> data.mnist."""
    found = set()
    for parts in (name.split(".")[1:] for name in names if name.startswith("course_lib.")):
        ways = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
        found |= {next(file for way in ways for file in (way, f"{way}.__init__") if file in TREES)}
    return found


def rooms(names: set[str]) -> set[str]:
    """The rooms, modules or packages of course_lib, among them: course_lib.data.mnist -> data."""
    return {file.split(".")[0] for file in own(names)}


def at_import(tree: ast.Module) -> list[ast.AST]:
    """What runs when a module is imported: not the bodies of functions and of `if __name__ == "__main__"`."""
    found, todo = [], list(tree.body)
    while todo:
        node = todo.pop()
        found.append(node)
        if isinstance(node, ast.Lambda) or isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            continue
        inside = ast.iter_child_nodes(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        todo += inside
    return found


def left_of(name: str) -> set[str]:
    """The rooms that a room may import."""
    if name in WINGS:
        return {*LIBRARY, *BESIDE}
    if name in BESIDE:
        return {"ground", "live", *BESIDE[: BESIDE.index(name)]}
    return set(LIBRARY[: LIBRARY.index(name)])


@modules
def test_a_module_imports_only_from_its_left(module):
    name, others = module.split(".")[0], rooms(imported(TREES[module].body, module))
    if name in DOORS:
        assert others == {DOORS[name]} and len(TREES[module].body) == 2, f"{module} is a door and no more"
    elif name in ("__main__", "__init__") or module == "grading.__main__":
        assert others <= {*WINGS, *BESIDE, "ground", "__main__"}, f"{module} is a door and imports {others}"
    else:
        wrong = others - {name} - left_of(name)
        assert not wrong, f"{module} imports {', '.join(sorted(wrong))}, which stands to its right"


def test_each_room_has_its_place_in_the_order():
    there = {module.split(".")[0] for module in TREES} - {"__init__", "__main__"}
    assert there == {*LIBRARY, *BESIDE, *WINGS, *DOORS}


def test_the_readme_lists_the_rooms_in_this_order():
    table = (ROOT / "README.md").read_text("utf-8").partition("| the library |")[2].partition("\n\n")[0]
    heads = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert [name.strip("/") for head in heads for name in re.findall(r"`([\w/]+)`", head)] == LIBRARY


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, directly or around some corners."""
    found, done = [], set()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            found.append([*path[path.index(name) :], name])
        elif name not in done:
            for other in graph.get(name, ()):
                walk(other, [*path, name])
            done.add(name)

    for name in graph:
        walk(name, [])
    return found


def test_no_modules_import_each_other():
    graph = {module: own(imported(tree.body, module)) - {module} for module, tree in TREES.items()}
    assert not circles(graph)


def test_the_package_is_empty():
    assert TREES["__init__"].body == [], "course_lib/__init__.py imports nothing and defines nothing"


def test_the_launcher_needs_only_the_standard_library():
    todo, seen = [STARTS], set()
    while todo:
        module = todo.pop()
        seen.add(module)
        now = [node for node in at_import(TREES[module]) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = imported(now, module)
        known = sys.stdlib_module_names | {"course_lib"}
        foreign = {name for name in names if name.split(".")[0] not in known}
        assert not foreign, f"{module} imports {', '.join(foreign)} before the environment is set up"
        inits = {f"{file.rpartition('.')[0]}.__init__" for file in own(names) if "." in file}
        todo += (own(names) | inits) - seen
    assert {"setup", "commands", "grading", "books"} <= {module.split(".")[0] for module in seen}


@modules
def test_no_module_is_over_250_lines(module):
    file = (ROOT / "course_lib").joinpath(*module.split(".")).with_suffix(".py")
    length = len(file.read_text("utf-8").splitlines())
    assert length <= 250, f"{file.name} has {length} lines: 250 at most"


@modules
def test_nothing_happens_at_import(module):
    faults = []
    for node in at_import(TREES[module]):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in HARMLESS and not (module.endswith(STARTS) and name in ("exit", "strays")):
                faults.append(f"line {node.lineno}: {ast.unparse(node)[:60]}")
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
            faults.append(f"line {node.lineno}: {ast.unparse(node)[:60]} changes something elsewhere")
    assert not faults, f"{module}, when it is imported: {'; '.join(faults)}. Put it into a function"


def device_names(tree: ast.AST) -> list[str]:
    """Where code names an accelerator, but for asking `device.type == "cuda"` about a device it was given."""
    asked = {
        id(constant)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "type"
        for constant in node.comparators
    }
    named = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("cuda", "mps")
        or isinstance(node, ast.Constant)
        and re.fullmatch(r"(?:cuda|mps)(?::\d+)?", str(node.value))
        and id(node) not in asked
    ]
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in named]


@pytest.mark.parametrize("module", [name for name in TREES if name != "repro"])
def test_only_repro_names_a_device(module):
    faults = device_names(TREES[module])
    assert not faults, f"{module}: {'; '.join(faults)}. Ask repro.pick_device(), or work where the data lies"


def test_no_notebook_names_a_device():
    faults = []
    for file in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for i, cell in enumerate(nbformat.read(file, as_version=4).cells):
            if cell.cell_type == "code":
                faults += [f"{file.name} cell {i} {fault}" for fault in device_names(ast.parse(cell.source))]
    assert not faults, f"{'; '.join(faults)}. Use DEVICE = repro.pick_device()"


def test_fit_can_be_read_in_one_sitting():
    [fit] = [node for node in TREES["training.__init__"].body if getattr(node, "name", "") == "fit"]
    length = fit.end_lineno - fit.lineno + 1
    assert length <= 80, f"fit has {length} lines: 80 at most"


# -- the repository ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tracked():
    """The files that git knows."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: which files belong to the project can't be told")
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [file for name in answer.stdout.split("\0") if name and (file := ROOT / name).is_file()]


def test_no_file_names_a_folder_of_one_machine(tracked):
    faults = []
    for file in tracked:
        text = file.read_bytes().decode("utf-8", errors="ignore")
        faults += [
            f"{file.relative_to(ROOT)}: {found[0]}"
            for found in re.finditer(r"(?<![\w.~*)\]}])/(?:home|root|work|Users)/[\w.]+", text)
        ]
    assert not faults, f"{'; '.join(faults)}. Say it relative to the repository"


def test_no_data_set_and_no_trained_model(tracked):
    kinds = r"-ubyte|\.(?:gz|zip|tar|npy|npz|pt|pth|pkl|safetensors|csv|parquet|h5|mat)"
    data = [str(file.relative_to(ROOT)) for file in tracked if re.search(rf"(?:{kinds})$", file.name)]
    large = [str(file.relative_to(ROOT)) for file in tracked if file.stat().st_size >= 1_000_000]
    assert not data + large, f"{', '.join(data + large)}: data are found or made by course_lib.data"


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is not installed")
@pytest.mark.parametrize("what", [[], ["--select=E501", "course_lib", "tests"]], ids=["rules", "line length"])
def test_ruff(what):
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", *what]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
