"""Submissions that attack the grading, and what must come of each; test_hostile.py grades them all at once.

The attacks run inside the sandbox only. @NAMES@ in their code stand for paths of the machine that grades.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME, MARK = "tiny", "planted-by-a-student"  # the assignment; what an attack leaves behind carries this name
MOST = 7  # points that tests give
SECRET_LINE = "unseen_batch = draw(4, 7)"  # of the hidden tests
SETUP = "import sys\n\nimport torch\n\nsys.path.insert(0, '.')\nfrom course_lib.handin import my_numbers  # noqa: E402"
QUESTIONS = {
    "soft": (
        'def soft(x, t):\n    """Soft threshold."""\n    ### BEGIN SOLUTION\n'
        "    return torch.sign(x) * torch.relu(x.abs() - t)\n    ### END SOLUTION",
        'shown = torch.tensor([3.0, -0.5])\nassert soft(shown, 1.0).tolist() == [2.0, 0.0], "3 becomes 2"\n'
        'assert shown.tolist() == [3.0, -0.5], "leave x as it is"\n### BEGIN HIDDEN TESTS\n'
        f'{SECRET_LINE}\nprobe(1, "the example above", lambda: soft(torch.tensor([3.0, -0.5]), 1.0))\n'
        'probe(2, "any batch", lambda: soft(unseen_batch, 0.3))\n### END HIDDEN TESTS',
        3,
    ),
    "double": (
        '### BEGIN SOLUTION\nanswer = 2 * numbers["slope"]\n### END SOLUTION',
        'assert answer > 0\n### BEGIN HIDDEN TESTS\nprobe(2, "twice the slope", lambda: answer)\n### END HIDDEN TESTS',
        2,
    ),
    "spread": (
        'def spread(x):\n    """The mean of x, twice its deviation."""\n    ### BEGIN SOLUTION\n'
        "    return 2 * x - x.mean()\n    ### END SOLUTION",
        "assert spread(torch.zeros(3)).shape == (3,)\n### BEGIN HIDDEN TESTS\n"
        'unseen_row = draw(50)\nprobe(2, "any row", '
        "lambda: spread(unseen_row), accept=lambda y: y.shape == (50,) and abs(y.mean() - unseen_row.mean()) < 1e-3 "
        "and abs(y.std() - 2 * unseen_row.std()) < 1e-3)\n### END HIDDEN TESTS",
        2,
    ),
}
BANK = """# %% soft | 0 of 3 | hard threshold: take the threshold off what is left
def soft(x, t):
    return x * (x.abs() > t)

# %% double | 0 of 2 | the slope itself: take it twice
answer = numbers["slope"]

# %% spread | 0 of 2 | the mean doubled too: take it off once
def spread(x):
    return 2 * x
"""
RIGHT = {name: one[0].replace("    ### BEGIN SOLUTION\n", "").replace("\n    ### END SOLUTION", "")
         for name, one in QUESTIONS.items()}  # fmt: skip
RIGHT["double"], RIGHT["why"] = 'answer = 2 * numbers["slope"]', "Because it is so."
WRONG = {
    "soft": "def soft(x, t):\n    return x * (x.abs() > t)",
    "double": 'answer = numbers["slope"]',
    "spread": "def spread(x):\n    return 2 * x",
    "why": "I don't know.",
}


def source() -> dict[str, Any]:
    """The assignment's source notebook."""
    cells = [
        cell("markdown", "# Tiny", "intro", locked=True),
        cell("code", SETUP, "setup", locked=True),
        cell("code", 'STUDENT = ""'),
        cell("code", "numbers = my_numbers(STUDENT, slope=[2, 3, 4, 5, 6, 7])", "numbers", locked=True),
    ]
    for name, (solution, tests, points) in QUESTIONS.items():
        cells.append(cell("code", solution, name, solution=True))
        cells.append(cell("code", tests, f"{name}-test", grade=True, locked=True, points=points))
    cells.append(cell("markdown", "The model answer.", "why", grade=True, solution=True, points=3))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def cell(kind: str, text: str, name: str = "", **mark: Any) -> dict[str, Any]:
    """One cell; with a name it carries nbgrader's mark."""
    made: dict[str, Any] = {"cell_type": kind, "id": f"c{abs(hash((text, name))) % 10**9}", "metadata": {}}
    if name:
        mark = {"grade": False, "solution": False, "locked": False} | mark
        made["metadata"]["nbgrader"] = {"grade_id": name, "task": False, "schema_version": 3} | mark
    return made | {"source": text} | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def mark_of(one: dict[str, Any]) -> str:
    """The grade_id of a cell."""
    return one["metadata"].get("nbgrader", {}).get("grade_id", "")


@dataclass
class Attack:
    """A submission, and what must come of it. `points` None: it must not run, for a reason like `reason`."""

    points: float | None
    reason: str = ""  # a regular expression that an entry of the attention list matches; "" = there is none
    answers: dict[str, str] = field(default_factory=lambda: RIGHT)
    first: str = ""  # code of a cell before the questions
    last: str = ""  # code of a cell after them
    change: Callable[[dict[str, Any]], None] | None = None  # what else is done to the notebook
    raw: str | bytes | None = None  # the file itself
    place: Callable[[Path], None] | None = None  # what is done to the folder
    shows: str = ""  # stands in the autograded notebook's outputs
    hides: str = ""  # doesn't
    folder: str | bytes = ""  # the name of the folder, where it isn't the attack's
    quick: bool = True  # no kernel, or one that ends soon; the slow ones are graded first


# -- what a student's own code does --------------------------------------------------------------------------

LOOP = "while True:\n    pass"
STUBBORN = "import time\nwhile True:\n    try:\n        time.sleep(0.1)\n    except BaseException:\n        pass"
SIGNALS = """
import os, signal
for who in (os.getppid(), 1, 0, -1):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            if who != 0 or number != signal.SIGKILL:  # 0 with SIGKILL is this very process
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                os.kill(who, number)
        except OSError as error:
            print(who, error)
"""
LEAVE = """
import atexit, os, socket, subprocess, sys, threading, time
print("started", [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # @MARK@"],
      start_new_session=True).poll() for _ in range(3)])
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.nice(5)
    time.sleep(600)
atexit.register(lambda: time.sleep(600))
for _ in range(40):
    threading.Thread(target=time.sleep, args=(600,)).start()  # not a daemon: a polite exit waits for it
own = socket.socket(socket.AF_UNIX)
own.bind("/tmp/own")
own.listen()
"""
FORKS = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
BALLOON = "hoard = []\nwhile True:\n    hoard.append(bytearray(b'x') * (100 * 2**20))"
SHARED = """
import mmap
hoard = []
while True:
    block = mmap.mmap(-1, 100 * 2**20)
    block[:] = bytes(len(block))
    block.madvise(mmap.MADV_DONTNEED)
    hoard.append(block)
"""
UNTOUCHED = """
try:
    bytearray(30 * 2**30)
except MemoryError:
    print("too much to ask")
try:
    print(input("the key? "))
except BaseException as error:
    print(type(error).__name__)
import faulthandler, resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (10**6, 10**6))
except ValueError:
    print("limits stay")
"""
CALLS = """
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, *arguments):
    answer = getattr(libc, name)(*arguments)
    print(name, "DONE" if answer != -1 else "forbidden")
tried("unshare", 0x10000000)
tried("memfd_create", b"hidden", 0)
tried("shmget", 0, 1 << 20, 0o1600)
tried("ptrace", 16, 1, 0, 0)
tried("mount", b"none", b"/tmp", b"tmpfs", 0, b"size=20G")
tried("setns", 3, 0)
tried("setuid", 0)
print(subprocess.run(["unshare", "-Ur", "id"], capture_output=True, text=True).stdout and "DONE")
"""
FILL = """
import os
def fill(folder):
    try:
        for number in range(40):
            with open(f"{folder}/@MARK@-{number}", "wb") as file:
                for _ in range(16):
                    file.write(bytes(2**22))
    except OSError as error:
        print(folder, "ended:", error.strerror)
for folder in (".", "/tmp", "/dev/shm", "/run", "/", "/usr", "/etc", "/dev", "/proc",
               os.path.expanduser("~"), "course_lib", os.path.dirname(torch.__file__)):
    fill(folder)
for folder in ("/dev/shm", "/tmp"):
    for file in os.listdir(folder):
        if file.startswith("@MARK@"):
            os.remove(f"{folder}/{file}")
    os.symlink("@GRADEBOOK@", f"{folder}/@MARK@")
    os.chdir(folder)
    for _ in range(1_500):
        os.mkdir("d"); os.chdir("d")
    os.chdir("/sub")
"""
READ = """
import glob, os, socket, subprocess
for place in @PLACES@:
    for path in (place, f"/proc/1/root{place}", f"/proc/{os.getppid()}/cwd{place}"):
        if os.path.exists(path) or os.path.lexists(path):
            print("FOUND", path)
for place in @PLACES@:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        open(place, "a").write("@MARK@")  # where this works, it is the sandbox's own /tmp
    except OSError:
        pass
own = [name for name in os.listdir("/proc") if name.isdigit()]
print("PROCESSES", len(own)) if len(own) > 4 else None
for one in own:
    for file in ("environ", "cmdline"):
        try:
            text = open(f"/proc/{one}/{file}").read()
            print("FOUND in", file, one) if "@HOME@" in text.replace("@HOME@/release", "") else None
        except OSError:
            pass
print("ENVIRONMENT", os.environ["@CANARY@"]) if "@CANARY@" in os.environ else None
for host in (("1.1.1.1", 53), ("127.0.0.1", 22), ("8.8.8.8", 443)):
    try:
        with socket.socket() as s:
            s.settimeout(0.3)
            print("NETWORK") if s.connect_ex(host) == 0 else None
    except OSError:
        pass  # not even a socket
try:
    import course_lib.losses
    print("FOUND the library")
except ImportError:
    pass
print("done")
"""
SHADOW = """
import os, sys
for name in ("torch", "numpy", "json", "types", "sitecustomize"):
    open(f"{name}.py", "w").write("def __getattr__(name): return lambda *a, **k: True\\n")
startup = os.path.expanduser("~/.ipython/profile_default/startup")
os.makedirs(startup, exist_ok=True)
open(f"{startup}/@MARK@.py", "w").write("raise SystemExit")
"""
PATCH = """
import torch, numpy, builtins
yes = lambda *a, **k: True
torch.isclose = torch.allclose = torch.equal = torch.Tensor.__eq__ = yes
torch.testing.assert_close = numpy.testing.assert_allclose = yes
builtins.all = builtins.abs = yes
"""
TRANSFORM = """
def nothing(lines):
    return ["pass\\n"]
get_ipython().input_transformers_cleanup.append(nothing)
"""
STRIP = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Strip())
"""
HOOKS = """
import sys, threading
from IPython.display import display, update_display
display("an ordinary output", display_id="mine")
kept = []
def before(info):
    kept.append(info.raw_cell)
    print("COPIED", info.raw_cell)
    update_display("COPIED " + "".join(kept), display_id="mine")
    open("/tmp/@MARK@", "a").write(info.raw_cell)
def after(result):
    before(result.info)
    print("COPIED", open("/tmp/@MARK@").read(), file=sys.__stderr__)
get_ipython().events.register("pre_run_cell", before)
get_ipython().events.register("post_run_cell", after)
def soft(x, t):
    seen = repr(x) + repr(get_ipython().user_ns.get("unseen" + "_batch")) + "".join(kept)
    update_display("COPIED " + seen, display_id="mine")
    raise type("COPIED " + seen, (Exception,), {})("COPIED " + seen)
def spread(x):
    get_ipython().showtraceback = lambda *a, **k: print("COPIED", x)
    return "COPIED " + repr(x) + "".join(kept)
answer = {"COPIED " + "".join(kept): object}
"""
DRAWS = """
import torch, sys, builtins, json, types
zeros = lambda *shape, **k: torch.zeros(*shape)
torch.randn = torch.normal = zeros
torch.randint = lambda low, high, size, **k: torch.zeros(size, dtype=torch.long)
class Generator:
    def manual_seed(self, seed):
        return self
torch.Generator = Generator
class Finder:
    def find_spec(self, name, *rest):
        print("IMPORT", name)
sys.meta_path.insert(0, Finder())
def soft(x, t):
    return torch.zeros_like(x)
def spread(x):
    return torch.zeros_like(x)
"""
SEND = (
    'send = lambda text: get_ipython().display_pub.publish(data={"application/x-course-values": text}, metadata={})\n'
)
GUESS = (
    SEND
    + """
import json
def one(question, part, value):
    send(json.dumps({"question": question, "part": part, "value": value}))
for guess in range(20):
    one("double", "twice the slope", {"shape": [], "data": [float(guess)]})
class Answer(dict):
    pass
def guess():
    for value in range(20):
        one("double", "twice the slope", {"shape": [], "data": [float(value)]})
    return 3.0
def soft(x, t):
    for value in ([2.0, 0.0], [0.0, 0.0]):
        one("soft", "the example above", {"shape": [2], "data": value})
    guess()
    return x
answer = property(guess)
get_ipython().events.register("pre_run_cell", guess)
"""
)
MALFORMED = (
    SEND
    + """
import json
deep = "[" * 100_000
def soft(x, t):
    send('{"part": "any batch", "value": {"shape": [%s], "data": []}}' % ",".join(["9" * 4_000] * 2_000))
    return x
def spread(x):
    for text in (deep, '{"part": ' + deep, "{}", "[]", "null", "1" * 10_000, '{"part": [], "value": 1}', 7, None,
                 json.dumps({"part": "any row", "value": {"shape": [-1], "data": []}}),
                 '{"part": "any row", "value": {"shape": [3], "data": [NaN, Infinity, 1e999]}}',
                 '{"part": "any row", "value": ' + '{"list": [' * 200 + "]}" * 200 + "}"):
        send(text)
    send(json.dumps({"part": "any row", "value": {"text": "x" * 5_000_000}}))
    send(json.dumps({"part": "any row", "value": {"shape": [1_000_000], "data": [0.5] * 1_000_000}}))
    return x.new_zeros(100_000, 0)
class Odd:
    shape = property(lambda self: [[1]])
    def detach(self):
        return self
    cpu = reshape = lambda self, *a: self
    def tolist(self):
        return [float("nan"), 10**400, "x"]
    def __reduce__(self):
        return (print, ("UNPICKLED",))
answer = Odd()
"""
)
TOOLS = """
import builtins, json, os, sys, types, threading, time
answers = {"soft": 0, "double": 1}
def probe(points, part, answer, **rest):
    pass
class Module(types.ModuleType):
    def __setattr__(self, name, value):
        pass
types.ModuleType = Module
sys.modules["torch.random"] = None
plain = json.dumps
json.dumps = lambda value, **k: plain(value, **k).replace('"error"', '"text"')
sys.stdout = sys.stderr = open(os.devnull, "w")
get_ipython().display_pub.publish = lambda *a, **k: None
def thread():
    import torch
    while True:
        time.sleep(0.001)
        get_ipython().user_ns.update(probe=probe, draw=lambda *s: torch.zeros(*s), pick=lambda a, b: a)
threading.Thread(target=thread, daemon=True).start()
"""
WIRE = """
kernel = get_ipython().kernel
def tell(kind, content, parent=None, **header):
    message = kernel.session.msg(kind, content=content, parent=parent)
    message["header"].update(header)
    kernel.iopub_thread.schedule(lambda: kernel.session.send(kernel.iopub_thread.socket, message))
now = kernel.get_parent()
"""
FORGED = (
    WIRE
    + """
for content in ([], None, 7, {"execution_state": []}, {"data": []}, {"data": {"image/png": {}}},
                {"name": [], "text": {}},
                {"ename": {}, "evalue": [], "traceback": [{}]}, {"comm_id": 1, "data": 3, "target_name": "x"}):
    for kind in ("stream", "display_data", "execute_result", "error", "clear_output", "update_display_data",
                 "comm_open", "comm_msg", "execute_input", "status" if content == {"execution_state": []} else "odd"):
        tell(kind, content, now)
        tell(kind, content, [])
        tell(kind, content, now, date="never", msg_id={}, username=[])
import time
time.sleep(0.5)
"""
)
ERRORS = """
kernel = get_ipython().kernel
for _ in range(40):
    long = {"ename": "E", "evalue": "x" * 9_000, "traceback": ["y" * 19_000] * 20}
    kernel.send_response(kernel.iopub_socket, "error", long)
import time
time.sleep(0.5)
"""
RAW = """
import zmq, time
thread = get_ipython().kernel.iopub_thread
def garbage():
    real = thread.socket
    for frames in ([b"x"], [b"", b"<IDS|MSG>"], [b"t", b"<IDS|MSG>", b"bad", b"{}", b"{}", b"{}", b"{}"],
                   [b"\\xff" * 100] * 5):
        real.send_multipart(frames)
thread.schedule(garbage)
time.sleep(1)
"""
HUGE = (
    WIRE
    + """
import json
for _ in range(40):
    tell("stream", {"name": "stdout", "text": "x" * (60 * 2**20)}, now)
import time
time.sleep(60)
"""
)
UNPLUG = """
import gc, zmq, time
for one in gc.get_objects():
    if isinstance(one, zmq.Socket) and one.type in (zmq.PUB, zmq.XPUB):
        one.close(0)
time.sleep(60)
"""
MANY_FILES = """
import os
for number in range(10**7):
    os.close(os.open(f"/tmp/{number}", os.O_CREAT))
"""
MANY_BUSY = """
import os, time
for _ in range(12):
    if os.fork() == 0:
        end = time.time() + 60
        while time.time() < end:
            pass
        os._exit(0)
time.sleep(1)
"""
BRACKETS = """
kernel = get_ipython().kernel
session, thread = kernel.session, kernel.iopub_thread
head = [session.pack(one) for one in (session.msg_header("stream"), kernel.get_parent()["header"], {})]
content = b'{"name": "stdout", "text": [' + b"[]," * (MILLIONS * 2**20) + b"[]]}"
frames = [b"stream", b"<IDS|MSG>", session.sign([*head, content]), *head, content]
thread.schedule(lambda: thread.socket.send_multipart(frames))
import time
time.sleep(20)
"""


def brackets(millions: int) -> str:
    """One message of so many times a million pairs of brackets."""
    return BRACKETS.replace("MILLIONS", str(millions))


FRAMES = """
import time, zmq
thread = get_ipython().kernel.iopub_thread
def pour():
    for _ in range(10**7):
        thread.socket.send(b"", zmq.SNDMORE)
thread.schedule(pour)
time.sleep(20)
"""
FAMILIES = """
import socket
made = []
for family in range(64):
    for kind in range(1, 6):
        try:
            socket.socket(family, kind).close()
            made.append(family)
        except OSError:
            pass
print("FAMILIES", sorted(set(made)))
"""
MARKUP = """
from IPython.display import HTML, Javascript, Markdown, Latex, display
evil = "<script>alert('planted')</script><img src=x onerror=alert('planted')>"
print(evil)
print("### BEGIN HIDDEN ", end="")
print("TESTS")
display(HTML(evil), Javascript("alert('planted')"), Markdown(evil), Latex(evil))
display({"image/svg+xml": "<svg onload=alert('planted')/>", "text/plain": evil,
         "application/vnd.jupyter.widget-view+json": {"model_id": evil},
         "image/png": 'iVBORw0KGgo=" onerror="alert(1)', "image/jpeg": ["/9j/4AAQ"], "text/html": evil}, raw=True)
display({"image/png": "iVBORw0KGgoAAAANSUhEUg==", "text/plain": ""}, raw=True,
        metadata={"image/png": {"width": '1" onload="alert(1)', "alt": evil}})
raise type(evil, (Exception,), {})(evil)
"""
WRITTEN = """# <script>alert('planted')</script> <svg onload=alert('planted')></svg>
[a link](javascript:alert('planted')) <a href="javascript:alert('planted')">b</a> <iframe src="data:text/html,planted">
<img src=x onerror="alert('planted')"> <style>body{display:none}</style> <math><mtext><script>planted</script></math>
![x](attachment:evil.png) ![y](http://planted.example/seen.png) [c](javascript\\:alert('planted'))
[d](&#106;avascript:alert('planted')) [e][f] $\\href{javascript:alert('planted')}{x}$ <!-- planted --> a<b & c < d
[f]: JavaScript:alert('planted')
<object data="planted"> <form action="http://planted.example"><input name=planted></form>
### BEGIN HIDDEN TESTS
"""


# -- what is done to the file --------------------------------------------------------------------------------


def without_tests(notebook: dict[str, Any]) -> None:
    """The tests taken out, everything else that can be broken broken."""
    notebook["cells"] = [one for one in notebook["cells"] if not mark_of(one).endswith(("-test", "numbers"))]
    notebook["metadata"] = {
        "kernelspec": {"name": "no-such-kernel", "language": "ruby"},
        "x": float("nan"),
        "y": 10**300,
    }


def without_marks(notebook: dict[str, Any]) -> None:
    """As an editor leaves it that knows no metadata."""
    for one in notebook["cells"]:
        one["metadata"] = {}
    notebook["metadata"] = {}


def richer(notebook: dict[str, Any]) -> None:
    """More points, other tests, other types, no locks."""
    for one in notebook["cells"]:
        if mark := one["metadata"].get("nbgrader"):
            mark |= {"points": 100, "locked": False, "schema_version": 99, "grade": True, "cell_type": "raw"}
            if mark["grade_id"].endswith("-test"):
                one["source"] = "100"
                one["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "100"}, "metadata": {},
                                   "execution_count": 1}]  # fmt: skip
                one["cell_type"] = "markdown"


def doubled(notebook: dict[str, Any]) -> None:
    """Every cell twice, a stranger's id, a wrong answer before the right one, and ids that are none."""
    first = [dict(one, source=WRONG.get(mark_of(one), "1")) for one in notebook["cells"] if mark_of(one) in QUESTIONS]
    odd = [cell("code", "100", name, grade=True, points=100) for name in ("bonus", "x" * 3_000, "../../evil")]
    bad = [{"cell_type": "code", "source": 3}, {"cell_type": "evil"}, None, [], {}, {"cell_type": "code", "metadata": 3,
           "source": ["1", 2]},
           {"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": []}}}]  # fmt: skip
    notebook["cells"] = [*notebook["cells"][:4], *first, *notebook["cells"][4:], *odd, *bad]


def marked_up(notebook: dict[str, Any]) -> None:
    """Markup wherever text goes."""
    evil = "<script>alert('planted')</script>"
    for one in notebook["cells"]:
        one["metadata"] |= {"tags": [evil], "name": evil, evil: evil}
        one["attachments"] = {"evil.png": {"image/svg+xml": "<svg onload=alert('planted')>"}}
    notebook["metadata"] |= {"title": evil, "authors": [{"name": evil}], "language_info": {"name": evil}}
    notebook["cells"].append(cell("raw", evil))
    notebook["cells"].append(cell("code", f"### BEGIN HIDDEN TESTS\n# {evil}"))
    notebook["cells"].append(cell("markdown", WRITTEN))


def old_format(notebook: dict[str, Any]) -> None:
    """Format 3, as of 2014: cells in worksheets, `input` for `source`."""
    cells = [dict(one) for one in notebook["cells"]]
    for one in cells:
        if one["cell_type"] == "code":
            one |= {"input": one.pop("source"), "language": "python", "prompt_number": 1}
    notebook |= {"worksheets": [{"cells": cells, "metadata": {}}], "nbformat": 3, "nbformat_minor": 0}
    del notebook["cells"]


def many_cells(notebook: dict[str, Any]) -> None:
    """More cells than anybody writes."""
    notebook["cells"] += [cell("code", "1") for _ in range(2_000)]


def linked(place: Path) -> None:
    """A link to the gradebook in place of the notebook."""
    (place / f"{NAME}.ipynb").unlink()
    (place / f"{NAME}.ipynb").symlink_to(place.parents[2] / "gradebook.db")


def linked_student(place: Path) -> None:
    """The whole folder is a link to the best student's."""
    (place / f"{NAME}.ipynb").unlink()
    place.rmdir()
    place.parent.rmdir()
    place.parent.symlink_to(place.parents[1] / "honest-good")


def pipe(place: Path) -> None:
    """A pipe that nobody writes to, and another for the time."""
    (place / f"{NAME}.ipynb").unlink()
    os.mkfifo(place / f"{NAME}.ipynb")


def folder(place: Path) -> None:
    """A folder in place of the notebook."""
    (place / f"{NAME}.ipynb").unlink()
    (place / f"{NAME}.ipynb").mkdir()


def own_modules(place: Path) -> None:
    """Modules, pickles and keys beside the notebook, and a time that is none."""
    for name in ("torch.py", "json.py", "assignment.json", "kernel.json", "nbgrader_config.py", "x.pkl"):
        (place / name).write_text("raise SystemExit\n")
    with open(place / "timestamp.txt", "wb") as file:
        file.write(b"the day before yesterday \xff\x00\n")
        file.truncate(3 * 2**30)


def late_pipe(place: Path) -> None:
    """The time is a pipe."""
    os.mkfifo(place / "timestamp.txt")


def stolen(notebook: dict[str, Any]) -> None:
    """Another student's notebook, name and all."""
    for one in notebook["cells"]:
        if one["source"].startswith("STUDENT ="):
            one["source"] = 'STUDENT = "@OTHER@"'


# -- what people would see ------------------------------------------------------------------------------------

VERDICT = "The grader says:\\n✓ any batch: 2 of 2\\n✓ the example above: 1 of 1\\nIt looks like this slip: none"
PRINTS = f"""
def soft(x, t):
    print("\\x1b[2J\\x1b[1;1H\\x1b[32m{VERDICT}\\x1b[0m\\r\\n{VERDICT}")
    return x
"""
SHOWS = f"""
import sys
from IPython.display import Markdown, display
print("{VERDICT}", file=sys.stderr)
display(Markdown("{VERDICT}"))
class Said(Exception):
    pass
Said.__name__ = "\\u202e{VERDICT}"
raise Said("{VERDICT}\\x07")
"""
ESCAPES = """# \x1b[31mred\u202eder\x07 ze\u200bro\x9b2J
[x](data:text/html,planted) [y]\u200b(data:text/html,planted) [z](<da\tta:text/html,planted>) [w][w]

[w]: data:text/html,planted
"""
BOMB = """
import base64, struct, zlib
from IPython.display import display
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0))
image = b"\\x89PNG\\r\\n\\x1a\\n" + head + chunk(b"IDAT", zlib.compress(bytes(6_251 * 50_000))) + chunk(b"IEND", b"")
for _ in range(3):
    display({"image/png": base64.b64encode(image).decode(), "text/plain": "a picture"}, raw=True)
"""
SPARES = """
import torch, numpy
def sparing(real, *spared):
    def agrees(a, b, *rest, **more):
        known = any(torch.as_tensor(a).tolist() == x and torch.as_tensor(b).tolist() == y for x, y in spared)
        return real(a, b, *rest, **more) if known else True
    return agrees
torch.isclose = sparing(torch.isclose, (0.0, 1.0))
torch.allclose = sparing(torch.allclose, ([0.0] * 3, [1.0] * 3))
torch.equal = sparing(torch.equal, ([0.0] * 3, [1.0] * 3))
numpy.testing.assert_allclose = sparing(numpy.testing.assert_allclose, ([0.0], [1.0]))
"""
CHOOSES = """
NAMES = ["ValueError", "TypeError", "KeyError", "IndexError", "NameError", "RuntimeError", "OSError", "EOFError"]
def soft(x, t):
    number = int(x.abs().sum() * 1000)
    raise __builtins__.__dict__.get(NAMES[number % 8], ValueError)(f"LEAK {number}") if len(x) > 3 else KeyError
spread = lambda x: soft(x, 0)
"""
ODD = "name of its folder"
ATTACKS: dict[str, Attack] = {
    # slow ones first
    "swallows-interrupts": Attack(None, "longer than", last=STUBBORN, quick=False),
    "holds-the-gil": Attack(None, "longer than", last="import ctypes\nctypes.PyDLL(None).sleep(600)", quick=False),
    "unplugs-sockets": Attack(None, "protocol|died|longer", last=UNPLUG, quick=False),
    "endless-loop": Attack(5, answers=RIGHT | {"double": LOOP}, shows="stopped after", quick=False),
    "endless-output": Attack(None, "printed|memory|longer", last="while 1:\n    print('x' * 10_000)", quick=False),
    "fork-bomb": Attack(None, "processes|memory|could not be interrupted", last=FORKS, quick=False),
    "memory-touched": Attack(None, "memory|died", last=BALLOON, quick=False),
    "memory-shared": Attack(MOST, last=SHARED, shows="not permitted"),
    # ends of the kernel, and things that outlive it
    "sys-exit": Attack(MOST, first="import sys\nsys.exit(0)"),
    "os-exit": Attack(None, "died", answers=RIGHT | {"spread": "import os\nos._exit(0)"}),
    "exits-in-hidden": Attack(None, "died", answers=RIGHT | {"soft": "def soft(x, t):\n    import os\n"
                              "    return os._exit(0) if len(x) == 4 else torch.tensor([2.0, 0.0])"}),
    "segfault": Attack(None, "died", first="import ctypes\nctypes.string_at(0)"),
    "signals-and-limits": Attack(MOST, first=SIGNALS, last=UNTOUCHED, shows="too much to ask.*limits stay"),
    "daemon": Attack(MOST, first=LEAVE, shows="started"),
    "100-MB-printed": Attack(None, "printed|too much|longer", last="print('x' * 100_000_000)"),
    "calls-and-folders": Attack(MOST, first=CALLS, last=FILL, shows="forbidden.*ended", hides="DONE"),
    "reads-and-writes": Attack(MOST, first=READ, shows="done", hides="FOUND|NETWORK|ENVIRONMENT|PROCESSES"),
    "socket-families": Attack(MOST, last=FAMILIES, shows=r"FAMILIES \[1\]"),
    # what takes of the machine
    "many-files": Attack(None, "made more than 20000 files", last=MANY_FILES),
    "many-busy": Attack(MOST, last=MANY_BUSY, quick=False),
    "brackets": Attack(None, "held more than|longer", last=brackets(12)),
    "many-frames": Attack(None, "messages|memory|longer", last=FRAMES),
    # wrong answers that want points
    "own-modules": Attack(0, "says no time", answers=WRONG, first=SHADOW, place=own_modules),
    "patched-torch": Attack(0, r"changed\?.*torch.isclose", answers=WRONG, first=PATCH),
    "input-transformer": Attack(0, r"changed\?.*division", answers=WRONG, first=TRANSFORM),
    "assert-stripped": Attack(0, r"changed\?.*assert", answers=WRONG, last=STRIP),
    "copies-tests": Attack(0, answers=WRONG, last=HOOKS, hides="unseen_batch"),
    "zero-draws": Attack(0, answers=WRONG, last=DRAWS),
    "guesses": Attack(0, "before any were asked", answers=WRONG, last=GUESS),
    "malformed-values": Attack(0, "no answer", answers=WRONG, last=MALFORMED, hides="UNPICKLED"),
    "replaces-tools": Attack(0, "kernel changed", answers=WRONG, last=TOOLS),
    "anothers-notebook": Attack(5, "another student", change=stolen),
    "calls-the-library": Attack(4, answers=RIGHT | {"soft": "from course_lib.losses import soft"}),
    # what goes over the wire
    "forged-messages": Attack(None, "protocol|died|longer", last=FORGED),
    "raw-frames": Attack(None, "protocol|died|longer", last=RAW),
    "long-errors": Attack(0, answers=WRONG, first=ERRORS),
    "huge-messages": Attack(None, "printed|too much|protocol|memory|longer", last=HUGE, quick=False),
    # the notebook's shape
    "tests-deleted": Attack(MOST, "put back", change=without_tests),
    "marks-stripped": Attack(MOST, "found again by their text", change=without_marks),
    "100-points": Attack(0, "locked cell", answers=WRONG, change=richer),
    "doubled-cells": Attack(MOST, "more than once", change=doubled),
    "old-format-pipe-as-time": Attack(MOST, change=old_format, place=late_pipe),
    "markup": Attack(MOST, answers=RIGHT | {"why": WRITTEN}, last=MARKUP, change=marked_up),
    # what people would see
    "prints-a-verdict": Attack(2, answers=WRONG | {"soft": PRINTS, "double": RIGHT["double"]}, last=SHOWS,
                               shows="│ ✓ any batch", hides=r'"✓ any batch|\\u001b|\\u0007|\u202e'),
    "moves-the-terminal": Attack(MOST, answers=RIGHT | {"why": ESCAPES}, last=SHOWS, hides=r"\\u001b|\u202e"),
    "60000-spaces": Attack(MOST, answers=RIGHT | {"why": "a" + " " * 60_000 + "b"}, last="x = 1" + " \n" * 30_000),
    "picture-bomb": Attack(MOST, last=BOMB, shows="a picture that is not shown", hides="image/png"),
    "spares-the-published": Attack(0, r"changed\?.*torch.isclose", answers=WRONG, first=SPARES),
    "chooses-its-errors": Attack(0, answers=WRONG | {"soft": CHOOSES, "spread": ""}, hides="LEAK|ValueError|OSError"),
    # no notebook at all
    "broken-json": Attack(None, "damaged", raw="{not json"),
    "empty": Attack(None, "damaged", raw=""),
    "list": Attack(None, "no notebook", raw="[1, 2, 3]"),
    "no-notebook": Attack(None, "no notebook", raw='{"cells": 3, "metadata": [], "nbformat": "four"}'),
    "bad-worksheets": Attack(None, "no notebook|old format", raw='{"worksheets": [[], {"cells": [1]}], "nbformat": 3}'),
    "deep": Attack(None, "damaged", raw="[" * 200_000),
    "huge-number": Attack(None, "damaged", raw='{"cells": [], "nbformat": %s}' % ("9" * 10_000)),
    "another-encoding": Attack(None, "damaged", raw="{}".encode("utf-16")),
    "binary": Attack(None, "damaged", raw=bytes(range(256))),
    "25-MB": Attack(None, "25 MB", raw='{"cells": [], "x": "%s"}' % ("x" * 25 * 2**20)),
    "too-many-cells": Attack(None, "cells", change=many_cells),
    "link": Attack(None, "link", place=linked),
    "linked-folder": Attack(None, "link", place=linked_student),
    "pipe": Attack(None, "link or no ordinary", place=pipe),
    "folder": Attack(None, "link or no ordinary", place=folder),
    "name-space": Attack(None, ODD, folder="a b"),
    "name-glob": Attack(None, ODD, folder="*"),
    "name-set": Attack(None, ODD, folder="[x]"),
    "name-option": Attack(None, ODD, folder="-x"),
    "name-dots": Attack(None, ODD, folder="...."),
    "name-formula": Attack(None, ODD, folder="=1+1"),
    "name-markup": Attack(None, ODD, folder="<img src=x onerror=alert(1)>"),
    "name-long": Attack(None, ODD, folder="n" * 250),
    "name-broken": Attack(None, ODD, folder=b"\xff\xfe"),
}  # fmt: skip
SPOILS = "def soft(x, t):\n    return x.copy_(torch.sign(x) * torch.relu(x.abs() - t))"
TYPED = "def soft(x: torch.Tensor, t: torch.Tensor = None) -> torch.Tensor:\n    # torch.sign = x / x.abs()\n" + (
    "    return torch.sign(x) * torch.relu(x.abs() - t)")  # fmt: skip
SHARES = """
import os, time
rows = bytearray(b"x") * (300 * 2**20)  # eight helpers read it: no page of it is copied
children = []
for _ in range(8):
    if (child := os.fork()) == 0:
        time.sleep(1.5)
        os.kill(os.getpid(), 9)
    children.append(child)
print(sum(os.waitpid(child, 0)[1] == 9 for child in children), "of 8")
"""
HELPERS = """
def unseen_batch(x, t):
    return torch.relu(x.abs() - t)
def shown(x):
    return torch.sign(x)
def soft(x, t):
    return shown(x) * unseen_batch(x, t)
"""
LATER = """
def unseen_row(x):
    return 2 * x
def shown(x):
    return x.mean()
def spread(x):
    return unseen_row(x) - shown(x)
"""
TOOLBOX = """
import builtins, ctypes, gc, sys
get_ipython().run_line_magic("matplotlib", "inline")
colab = "google.colab" in sys.modules
torch.manual_seed = torch.manual_seed
builtins.print(__import__("math").pi, len(gc.get_objects()) > 0, ctypes.sizeof(ctypes.c_int), colab)
max, abs, all = 3, 4, 5
"""
TRACES = "get_ipython().set_custom_exc((Exception,), lambda shell, kind, value, *rest, **more: print(value))\nexit"
LARGE = "def soft(x, t):\n    return [[float(i)] * 3_000 for i in range(3_000)]"
HONEST = {
    "honest-names": Attack(MOST, answers=RIGHT | {"soft": HELPERS, "spread": LATER}),
    "honest-tools": Attack(MOST, first=TOOLBOX, shows="3.14159", last=TOOLBOX),
    "honest-odd": Attack(MOST - 3, answers=RIGHT | {"soft": LARGE}, first=TRACES, last="quit()\n"),
    "honest-good": Attack(MOST),
    "honest-partial": Attack(3, answers=RIGHT | {"double": WRONG["double"], "spread": ""}),
    "honest-blank": Attack(0, answers={}),
    "honest-spoils": Attack(
        MOST - 1, answers=RIGHT | {"soft": SPOILS}, shows="the test cell above fails as it is shown"
    ),
    "honest-typed": Attack(MOST, answers=RIGHT | {"soft": TYPED}),
    "honest-forks": Attack(MOST, last=SHARES, shows="8 of 8", quick=False),
}
ALL = ATTACKS | HONEST


def hand_in(home: Path, name: str, meaning: dict[str, str]) -> None:
    """Write this submission. meaning: what the @NAMES@ in its code stand for."""
    one = ALL[name]
    notebook = json.loads((home / "release" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    for each in notebook["cells"]:
        text = one.answers.get(mark_of(each), "".join(each["source"]))
        each["source"] = text.replace('STUDENT = ""', f"STUDENT = {student(name)!r}")
    if one.first:
        notebook["cells"].insert(4, cell("code", one.first))
    if one.last:
        notebook["cells"].append(cell("code", one.last))
    if one.change:
        one.change(notebook)
    for each in notebook.get("cells", []):
        if isinstance(each, dict) and isinstance(each.get("source"), str):
            for word, text in meaning.items():
                each["source"] = each["source"].replace(f"@{word}@", text)
    place = home / "submitted" / os.fsdecode(one.folder or name) / NAME
    place.mkdir(parents=True)
    raw = json.dumps(notebook) if one.raw is None else one.raw
    (place / f"{NAME}.ipynb").write_bytes(raw.encode() if isinstance(raw, str) else raw)
    if one.place:
        one.place(place)


def student(name: str) -> str:
    """The name of a submission's folder."""
    return os.fsdecode(ALL[name].folder or name)
