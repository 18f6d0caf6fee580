"""What we patch, override or read in other people's packages: a new version that moved one of these is named here."""

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest

from course_lib.ground import ROOT

PLAYER, PLUGIN = "course_lib/books/kernels.py", "tests/commands/nbval_plugin.py"
KERNEL, GUARD = "course_lib/grading/sandbox/kernel.py", "course_lib/grading/sandbox/guard.py"
MESSAGES = "course_lib/grading/sandbox/messages.py"
SESSION = "jupyter_client.session.Session"
CLIENT, MANAGER = "nbclient.client.NotebookClient", "jupyter_client.manager.AsyncKernelManager"
CELL, FILE, RUNNING = "nbval.plugin.IPyNbCell", "nbval.plugin.IPyNbFile", "nbval.kernel.RunningKernel"
REPLY = ["msg_id", "cell", "timeout", "task_poll_output_msg", "task_poll_kernel_alive"]
# Whose, what, its parameters after self (None: it is an attribute), and where we lean on it
PRIVATES = [
    (CLIENT, "_async_poll_for_reply", REPLY, PLAYER),
    (CLIENT, "_async_handle_timeout", ["timeout", "cell"], KERNEL),
    (CLIENT, "process_message", ["msg", "cell", "cell_index"], KERNEL),
    (CLIENT, "async_execute", ["reset_kc", "kwargs"], PLAYER),
    (CLIENT, "setup_kernel", ["kwargs"], KERNEL),
    (CLIENT, "_check_raise_for_error", ["cell", "cell_index", "exec_reply"], KERNEL),
    *[(CLIENT, name, None, PLAYER) for name in ("kc", "km", "on_cell_execute", "on_cell_executed", "timeout_func")],
    *[(CLIENT, name, None, KERNEL) for name in ("owns_km", "error_on_timeout", "shutdown_kernel", "coalesce_streams")],
    (MANAGER, "write_connection_file", ["kwargs"], KERNEL),
    (MANAGER, "kernel_spec", None, KERNEL),
    (SESSION, "deserialize", ["msg_list", "content", "copy"], MESSAGES),
    (SESSION, "clone", [], MESSAGES),
    (MANAGER, "context", None, KERNEL),
    (MANAGER, "provisioner", None, GUARD),
    ("jupyter_client.provisioning.LocalProvisioner", "process", None, GUARD),
    ("ipykernel.kernelapp.IPKernelApp", "ignore_cwd", None, KERNEL),
    (CELL, "sanitize", ["s"], PLUGIN),
    (CELL, "setup", [], PLUGIN),
    (CELL, "runtest", [], PLUGIN),
    (CELL, "raise_cell_error", ["message", "args", "kwargs"], PLUGIN),
    *[(CELL, name, None, PLUGIN) for name in ("cell", "cell_num", "options", "test_outputs")],
    (FILE, "collect", [], PLUGIN),
    (FILE, "setup", [], PLUGIN),
    *[(FILE, name, None, PLUGIN) for name in ("kernel", "timed_out", "compare_outputs", "skip_compare")],
    (RUNNING, "execute_cell_input", ["cell_input", "allow_stdin"], PLUGIN),
    (RUNNING, "get_message", ["stream", "timeout"], PLUGIN),
    (RUNNING, "await_reply", ["msg_id", "timeout"], PLUGIN),
    (RUNNING, "is_alive", [], PLUGIN),
    (RUNNING, "kc", None, PLUGIN),
]
CLASSES = {whose.rpartition(".")[2]: whose for whose, *_ in PRIVATES}


def found(whose: str) -> type:
    """The class by this name."""
    module, _, name = whose.rpartition(".")
    return getattr(importlib.import_module(module), name)


def seen() -> list[list[str] | None]:
    """For each row what is there: the parameters after self, [] for an attribute, None where it has gone."""
    there = []
    for whose, name, wanted, _ in PRIVATES:
        owner, package = found(whose), whose.split(".")[0]
        lines = "".join(inspect.getsource(one) for one in owner.__mro__ if one.__module__.startswith(package))
        if not hasattr(owner, name) and not (wanted is None and re.search(rf"\bself\.{name}\b", lines)):
            there.append(None)
        else:
            there.append([] if wanted is None else list(inspect.signature(getattr(owner, name)).parameters)[1:])
    return there


@pytest.fixture(scope="module")
def fresh():
    """The same in a Python in which nothing is patched yet."""
    code = f"import json\nfrom {__name__} import seen\nprint(json.dumps(seen()))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


@pytest.mark.parametrize("row", range(len(PRIVATES)), ids=[f"{row[0].rpartition('.')[2]}.{row[1]}" for row in PRIVATES])
def test_what_we_lean_on_is_there(fresh, row):
    whose, name, wanted, where = PRIVATES[row]
    package = whose.split(".")[0]
    moved = f"{package} {version(package)} moved {whose}.{name}, on which {where} leans: adapt that, or pin {package}"
    assert fresh[row] is not None, moved
    assert fresh[row] == (wanted or []), f"{moved}: it takes {', '.join(fresh[row]) or 'nothing'}"


def test_a_kernel_is_started_with_whatever_popen_takes():
    """The sandbox hands its filter on as an open file."""
    from jupyter_client.launcher import launch_kernel

    kinds = [one.kind for one in inspect.signature(launch_kernel).parameters.values()]
    assert inspect.Parameter.VAR_KEYWORD in kinds, f"jupyter_client's launcher, on which {KERNEL} leans, has moved"


@pytest.mark.parametrize("where", sorted({where for *_, where in PRIVATES}))
def test_every_patch_is_in_the_table(where):
    """An assignment to one of these classes, or a method of a subclass that stands in for theirs."""
    known, patches = {(whose, name) for whose, name, *_ in PRIVATES}, set()
    for node in ast.walk(ast.parse((ROOT / where).read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            patches.add((CLASSES.get(getattr(node.value, "id", "")), node.attr))
        elif isinstance(node, ast.ClassDef):
            bases = [CLASSES.get(getattr(base, "id", "")) for base in node.bases]
            names = [one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            patches |= {(base, name) for base in filter(None, bases) for name in names}
    ours = ("_course", "_steady")  # the marks that say that it is done
    missing = {one for one in patches - known if one[0] and one[1] not in ours and hasattr(found(one[0]), one[1])}
    assert not missing, f"{where} patches {missing}, of which the table above says nothing"


@pytest.mark.parametrize("package", ["nbclient", "nbval"])
def test_patched_packages_are_pinned_to_what_was_tested(package):
    from packaging.requirements import Requirement

    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = map(Requirement, [*about["project"]["dependencies"], *about["dependency-groups"]["test"]])
    [pin] = [one.specifier for one in listed if one.name == package]
    assert {one.operator for one in pin} & {"<", "=="}, f"{package} is patched, so its next version must be tried first"
    assert version(package) in pin, f"{package} {version(package)} was never tried with our patches ({pin})"
