"""What a hidden test leaves and lets out: no name of a student's is overwritten, and little is told of the inputs."""

import ast
import json
import math
import re

import pytest

from course_lib.ground import ROOT
from tests import needs

needs.nbgrader()
needs.sandbox()

import nbformat  # noqa: E402
import torch  # noqa: E402

from course_lib.grading.autograde import attempt, canaries, marking  # noqa: E402
from course_lib.grading.release.key import Reference, make, values  # noqa: E402
from course_lib.grading.release.source import read, seed_of, text  # noqa: E402
from course_lib.grading.sandbox import kernel_side, walls  # noqa: E402
from course_lib.handin import SHEET  # noqa: E402

FOLDER, SECRET = ROOT / "notebooks" / "assignments", "a secret for tests"
RIGHT = re.compile(r"^# %% ([\w-]+) \| (.+)\n", re.MULTILINE)  # as in test_assignments.py
NAMES = sorted(folder.name for folder in FOLDER.iterdir())
STUDENT = "ada"


# -- names ---------------------------------------------------------------------------------------------------------


def bound(code):
    """The names that this code gives a value at its top level, as an interpreter sees them."""
    table = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            table.add(node.id)
    names = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    aliases = [
        one for node in ast.parse(code).body if isinstance(node, ast.Import | ast.ImportFrom) for one in node.names
    ]
    return table | names | {one.asname or one.name for one in aliases}


def taken(question, known):
    """The right answer, whose helpers have every name that its test cell gives a value; the answer calls them all."""
    code = question.solution.replace("### BEGIN SOLUTION", "pass").replace("### END SOLUTION", "pass")
    names = sorted((bound(question.visible) | bound(question.hidden)) - known - bound(code))
    helpers = "\n".join(f"def {name}():\n    return {number}" for number, name in enumerate(names))
    asks = "\n".join(f"    assert {name}() == {number}" for number, name in enumerate(names)) or "    pass"
    tree = ast.parse(code)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.body = [*ast.parse("use_them()").body, *node.body]
    return f"{helpers}\ndef use_them():\n{asks}\n{ast.unparse(tree)}\n", names


def handed_in(source, answers):
    """A notebook with these answers, as the kernel gets it."""
    nb = nbformat.v4.new_notebook()
    for cell in source.cells:
        if cell["cell_type"] == "code":
            mark = cell["metadata"].get("nbgrader", {})
            code = answers.get(mark.get("grade_id"), text(cell)).replace('STUDENT = ""', f"STUDENT = {STUDENT!r}")
            nb.cells.append(nbformat.v4.new_code_cell(code, metadata={"nbgrader": mark} if mark else {}))
    return nb


def graded(source, key, answers, tmp_path, salt="salt"):
    """Run and judge it: the run, the marks, the notebook."""
    (tmp_path / SHEET).write_text(json.dumps({"salt": salt}))
    tmp_path.chmod(0o755)
    nb = handed_in(source, answers)
    told = {"questions": {name: {"seed": about["seed"]} for name, about in key["questions"].items()}}
    told |= {"modules": key["modules"], "canaries": canaries.cells(SECRET, source.name, STUDENT)}
    ran = attempt.run(nb, told, {SHEET: tmp_path / SHEET}, walls.Limits(seconds=300, cell=60))
    reference = Reference(source, SECRET)

    def accepts(question, numbers):
        return reference.accepts(source.questions[question], numbers, key["questions"][question]["seed"])

    return ran, attempt.judge(nb, key, ran, STUDENT, salt, accepts, set()), nb


@pytest.fixture(scope="module", params=NAMES)
def source(request):
    return read(FOLDER / request.param)


@pytest.fixture(scope="module")
def key(source):
    return make(source, SECRET)


def test_an_answer_whose_helpers_have_the_names_of_its_tests_earns_all(source, key, tmp_path):
    """In all nine assignments: what is hidden, and what is shown, once wrote into the student's names."""
    known = {"torch", "math", "numbers"}
    asked = [one for one in source.questions.values() if not one.written]
    answers = {one.name: taken(one, known)[0] for one in asked}
    assert sum(len(taken(one, known)[1]) for one in asked) >= 20
    ran, marks, _ = graded(source, key, answers, tmp_path)
    assert not ran.stopped and not ran.flags and not ran.failed
    for question, mark in marks.items():
        assert mark.points == mark.most, (question, mark.lines)


ODD = [name for name in NAMES if (FOLDER / name / "right_answers.py").exists()]


@pytest.mark.parametrize("source", ODD, indirect=True)
def test_nobody_who_is_right_in_an_odd_style_is_asked_about(source, key, tmp_path):
    """One odd style for each question, the last of the file, in a kernel of their own."""
    _, *parts = RIGHT.split((FOLDER / source.name / "right_answers.py").read_text("utf-8"))
    ran, marks, _ = graded(source, key, dict(zip(parts[::3], parts[2::3], strict=True)), tmp_path)
    assert (
        not ran.stopped
        and not ran.flags
        and {name: mark.points for name, mark in marks.items()}
        == {name: about["points"] for name, about in key["questions"].items()}
    )


def test_the_bank_is_judged_in_the_same_way(source, key):
    """The reference runs at home; there no test takes a name away either."""
    reference = Reference(source, SECRET)
    for question in (one for one in source.questions.values() if not one.written):
        about = key["questions"][question.name]
        own = list(about["expected"])[0]
        numbers = json.loads(own) if own else reference.space.get("numbers", {})
        sent, said = reference.ask(question, numbers, taken(question, {"torch", "math", "numbers"})[0], about["seed"])
        sent = values(sent, [part["name"] for part in about["parts"]])
        told = {part["name"]: [value] for part, value in zip(about["parts"], sent, strict=True)}
        accept = reference.accepts(question, numbers, about["seed"])
        mark = marking.mark(about, own, told, accept, not said)
        assert mark.points == mark.most, (question.name, said, mark.lines)


# -- one notebook's names, from question to question -------------------------------------------------------------------

TEST = "assert {name}(2) == 4\nfound = {name}(3)\n### BEGIN HIDDEN TESTS\nsecret_input = draw(3)\n\n\ndef helper(x):\n"
TEST += '    return 0\n\n\nprobe(1, "any", lambda: {name}(secret_input))\n{more}\n### END HIDDEN TESTS'
STATE = {  # each question: what answers, and what its hidden test asks besides
    "first": ("def helper(x):\n    return 2 * x\n\n\ndef first(x):\n    return helper(x)", ""),
    "second": (  # a helper of the same name that does something else
        "def helper(x):\n    return x + x\n\n\ndef second(x):\n    return helper(x) if max(1, 2) == 2 else None",
        'probe(0, "left behind", lambda: sorted(n for n in second.__globals__ if n in ("secret_input", "probe")))',
    ),
    "third": (  # names that a test cell, or Python itself, has
        "found, helper, max, draw, exec = 2, 0, 7, 8, 9\n\n\ndef third(x):\n    return found * x",
        'probe(0, "own names", lambda: [third.__globals__[n] for n in ("found", "helper", "max", "draw", "exec")])',
    ),
    "late": (
        "def late(x):\n    raise NotImplementedError",
        'probe(0, "its test cell", lambda: found if "found" in globals() else 0)',
    ),
}


def small():
    """An assignment of these questions, as a source; the reference is right whatever its helpers are called."""
    cells = [{"cell_type": "code", "metadata": {}, "source": "import torch"}]
    for name, (_, more) in STATE.items():
        mark = {"grade_id": name, "solution": True, "grade": False, "locked": False}
        cells.append(
            {"cell_type": "code", "metadata": {"nbgrader": mark}, "source": f"def {name}(x):\n    return 2 * x"}
        )
        mark = {"grade_id": f"{name}-test", "solution": False, "grade": True, "locked": True, "points": 1}
        test = TEST.format(name=name, more=more)
        cells.append({"cell_type": "code", "metadata": {"nbgrader": mark}, "source": test})
    return cells


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """These answers, run; the last one is mended in a cell of its own, below its test cell."""
    place = tmp_path_factory.mktemp("names")
    place.chmod(0o755)
    nb = nbformat.v4.new_notebook()
    for cell in small():
        mark = cell["metadata"].get("nbgrader", {})
        code = STATE[mark["grade_id"]][0] if mark.get("solution") else cell["source"]
        nb.cells.append(nbformat.v4.new_code_cell(code, metadata=cell["metadata"]))
    nb.cells.append(nbformat.v4.new_code_cell("def late(x):\n    return 2 * x\n\n\nhelper = None\nprint(found)"))
    told = {"questions": {name: {"seed": SEEDS[0]} for name in STATE}, "modules": []}
    told["canaries"] = canaries.cells(SECRET, "small", STUDENT)
    return attempt.run(nb, told, {}, walls.Limits(seconds=120, cell=60)), nb


SEEDS = [seed_of(SECRET, name) for name in ("one", "other")]


def test_each_question_is_asked_with_the_names_that_its_own_test_cell_saw(ran):
    """A helper's name may come again with another meaning, and a later cell may call something `max`."""
    run, _ = ran
    assert not run.stopped and not run.flags and run.failed == {"late"}
    twice = [2 * number for number in kernel_side.tools(SEEDS[0], None)[0](3).tolist()]
    for name in STATE:
        assert run.sent[name]["any"][0]["data"] == pytest.approx(twice), name


def test_nothing_of_a_hidden_test_is_left_behind_and_the_students_names_are_as_they_were(ran):
    run, _ = ran
    assert run.sent["second"]["left behind"] == [{"list": []}]
    assert [one["data"] for one in run.sent["third"]["own names"][0]["list"]] == [[2.0], [0.0], [7.0], [8.0], [9.0]]


def test_names_that_a_test_cell_made_are_there_in_later_cells(ran):
    _, nb = ran
    assert [output.text for output in nb.cells[-1].outputs] == ["2\n"], "the student's own stays, however"


# -- 128 bits ----------------------------------------------------------------------------------------------------------


def drawn_with(seed):
    draw, pick, _ = kernel_side.tools(seed, None)
    return [*draw(2, 3).flatten().tolist(), *draw().flatten().tolist(), *(pick(0, 10**6) for _ in range(3))]


def test_every_bit_of_a_seed_changes_the_inputs():
    """torch's own generator takes 32 of them."""
    assert len(SEEDS[0]) == 32 and int(SEEDS[0], 16).bit_length() > 100 and SEEDS[0] != SEEDS[1]
    changed = [f"{int(SEEDS[0], 16) ^ (1 << bit):032x}" for bit in range(128)]
    assert len({tuple(drawn_with(seed)) for seed in [*changed, SEEDS[0]]}) == 129
    assert drawn_with(SEEDS[0]) == drawn_with(SEEDS[0])


def test_the_inputs_stay_what_they_are_whatever_a_notebook_sets():
    first, before = drawn_with(SEEDS[0]), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        torch.manual_seed(7)
        assert drawn_with(SEEDS[0]) == first and kernel_side.tools(SEEDS[0], None)[0](2).dtype == torch.float64
    finally:
        torch.set_default_dtype(before)
    assert first[:2] == pytest.approx([0.76110, -0.36681], abs=1e-4), (
        "numpy keeps these numbers from version to version"
    )


def test_the_inputs_of_an_old_key_stay_as_they_were():
    draw, pick, _ = kernel_side.tools(1234567, None)
    generator = torch.Generator().manual_seed(1234567)
    assert torch.equal(draw(3, 2), torch.randn(3, 2, generator=generator))
    assert pick(3, 900) == int(torch.randint(3, 901, (), generator=generator))


# -- how much a page can tell ------------------------------------------------------------------------------------------


def test_a_hand_in_lets_out_a_fraction_of_what_is_hidden(source, key):
    """The bound of marking.py for a whole notebook; before, 24 bits of 31 came out on one page."""
    bits = sum(math.log2(1 + 2 * 3 ** len(about["parts"]) + len(about["slips"])) for about in key["questions"].values())
    marks = sum(len(about["parts"]) for about in key["questions"].values())
    assert all(len(about["seed"]) * 4 == 128 for about in key["questions"].values())
    assert marks < bits < 128 / 3, "three pages at least, all about one question's seed"


def test_what_an_answer_prints_raises_or_takes_in_the_hidden_part_is_nowhere(tmp_path):
    """It sees the inputs, and tries all ways out: print, warnings, errors, its own name, pictures, the test's cell."""
    source = read(FOLDER / "sparse")
    key = make(source, SECRET)
    leak = """
def shrink(x, *rest):
    import sys, warnings
    said = "LEAK" + repr(x.flatten()[:3].tolist()) if x.numel() > 3 else ""
    if said:
        print(said); print(said, file=sys.stderr); warnings.warn(said)
        sys.__stdout__.write(said); get_ipython().display_pub.publish({"text/plain": said})
        globals()["STUDENT"] = said
        raise type(said, (Exception,), {})(said)
    return x
"""
    run, marks, nb = graded(source, key, {"shrink": leak}, tmp_path)
    told = json.dumps([cell.get("outputs") for cell in nb.cells]) + json.dumps([mark.lines for mark in marks.values()])
    assert not run.stopped and "LEAK" not in told and "LEAK" not in "".join(run.flags)
    for line in marks["shrink"].lines:
        assert re.sub(r"^[✓✗] .*: [\d.]+ of [\d.]+", "", line) in ("", f" ({marking.NOTHING})", f" ({marking.OTHER})")
