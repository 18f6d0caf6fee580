"""What a hidden test leaves and lets out: no name of a student's is overwritten, and little is told of the inputs."""

import ast
import json

import pytest

from course_lib.ground import ROOT
from tests import needs

needs.nbgrader()
needs.sandbox()

import nbformat  # noqa: E402

from course_lib.grading.autograde import attempt, canaries, marking  # noqa: E402
from course_lib.grading.release.key import Reference, make, values  # noqa: E402
from course_lib.grading.release.source import read, text  # noqa: E402
from course_lib.grading.sandbox import walls  # noqa: E402
from course_lib.handin import SHEET  # noqa: E402

FOLDER, SECRET = ROOT / "notebooks" / "assignments", "a secret for tests"
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
