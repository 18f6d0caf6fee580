"""The assignments: their sources keep the rules, the reference earns all, every usual slip loses and is named."""

import ast
import json
import re
import time
import warnings

import pytest
import torch

from course_lib.grading.autograde import marking
from course_lib.grading.course import Course
from course_lib.grading.release import key as marked
from course_lib.grading.release.key import Reference, label, make, values
from course_lib.grading.release.source import BEGIN, BadSource, read, text
from course_lib.ground import ROOT

FOLDER = ROOT / "notebooks" / "assignments"
NAMES = ["pca", "circle", "mnist", "sparse", "denoising", "vae", "convolution", "sequences", "labels"]
SECRETS = ["the seed of one term", "the seed of another"]
STUB = 'raise NotImplementedError("your answer here")'


def solutions_cleared(code: str) -> str:
    """What nbgrader leaves of a solution cell for the students."""
    return re.sub(r"^( *)### BEGIN SOLUTION.*?### END SOLUTION", rf"\1{STUB}", code, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module", params=NAMES)
def source(request):
    """One assignment, read."""
    return read(FOLDER / request.param)


@pytest.fixture(scope="module")
def key(source):
    """Its answer key, made with the seed of one term."""
    start = time.process_time()
    key = make(source, SECRETS[0])
    key["cpu"] = time.process_time() - start
    return key


@pytest.fixture(scope="module")
def reference(source):
    """Its reference solution, run."""
    return Reference(source, SECRETS[0])


def test_all_are_there_in_the_order_of_their_lessons():
    assert sorted(NAMES) == sorted(folder.name for folder in FOLDER.glob("*/") if list(folder.glob("*.ipynb")))
    assert Course().assignments() == NAMES


# -- the source keeps the rules --------------------------------------------------------------------------------


def test_five_or_six_questions_about_twenty_points_one_of_them_written(source):
    questions = source.questions.values()
    assert 5 <= len(questions) <= 6
    assert 18 <= sum(question.points for question in questions) <= 22
    assert sum(question.written for question in questions) == 1


def test_personal_numbers_are_few(source):
    assert sum(question.personal for question in source.questions.values() if not question.written) <= 2
    assert len(source.combinations()) <= 48


def test_cells_are_marked_as_nbgrader_wants_them(source):
    marks = [cell["metadata"].get("nbgrader") for cell in source.cells]
    names = [mark["grade_id"] for mark in marks if mark]
    assert len(names) == len(set(names)) and all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    for cell, mark in zip(source.cells, marks, strict=True):
        if mark:
            assert mark["schema_version"] == 3 and mark["locked"] == (not mark["solution"])
            assert ("points" in mark) == mark["grade"]
        else:
            assert text(cell).strip().startswith("STUDENT = ") or "nbgrader" not in cell["metadata"]
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_no_cell_of_code_is_longer_than_in_a_lesson(source):
    lengths = [len(text(cell).splitlines()) for cell in source.cells if cell["cell_type"] == "code"]
    assert max(lengths) <= 30, "30 lines at most: split it"


def test_hidden_tests_stand_in_test_cells_only(source):
    for cell in source.cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        assert (BEGIN in text(cell)) == (name.endswith("-test") and cell["cell_type"] == "code"), name


def test_every_test_cell_has_a_visible_and_a_hidden_part(source):
    for question in source.questions.values():
        if not question.written:
            visible, hidden = question.visible, question.hidden
            assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(visible))), question.name
            assert len(re.findall(r"^\s*probe\(", hidden, re.MULTILINE)) >= 2, f"{question.name}: no partial credit"
            assert "draw" in hidden or "pick" in hidden or question.personal, f"{question.name}: nothing is hidden"


def test_the_setup_cell_is_the_same_in_all():
    first = {}
    for name in NAMES:
        cells = read(FOLDER / name).cells
        code = next(text(cell) for cell in cells if cell["cell_type"] == "code")
        first[name] = code.replace("from course_lib.handin import my_numbers  # noqa: E402", "").strip()
    assert len(set(first.values())) == 1


def test_at_least_five_wrong_answers_a_question(source):
    for question in source.questions.values():
        if not question.written:
            assert len(question.slips) >= 5, question.name
            names = [slip.name for slip in question.slips]
            assert len(set(names)) == len(names) and all(len(name) > 15 for name in names)


# -- marks ------------------------------------------------------------------------------------------------------


def test_the_reference_earns_all_and_every_wrong_answer_what_its_author_says(source, key):
    """`make` raises where one of them doesn't; here is what it must have looked at."""
    for question in source.questions.values():
        if not question.written:
            about = key["questions"][question.name]
            assert {slip["name"] for slip in about["slips"]} == {slip.name for slip in question.slips}
            assert sum(part["points"] for part in about["parts"]) == question.points
    assert key["cpu"] < 40


def told(parts, sent):
    """What a kernel that sends these values says."""
    return {part["name"]: [value] for part, value in zip(parts, sent, strict=True)}


def test_a_slip_is_named_in_what_the_student_reads(source, key, reference):
    for question in (one for one in source.questions.values() if not one.written):
        about = key["questions"][question.name]
        own = next(iter(about["expected"]))
        numbers = json.loads(own) if own else reference.space.get("numbers", {})
        accept = reference.accepts(question, numbers, about["seed"])
        for slip in about["slips"]:
            mark = marking.mark(about, own, told(about["parts"], slip["values"][own]), accept, slip["shown"][own])
            assert mark.points == slip["points"] < question.points
            assert any(slip["name"] in line for line in mark.lines) and mark.slip == slip["name"]


RIGHT = re.compile(r"^# %% ([\w-]+) \| (.+)\n", re.MULTILINE)


def test_a_right_answer_in_an_odd_style_earns_all(source, key, reference):
    """The file has them as wrong_answers.py has the wrong ones; the older assignments have none."""
    file = FOLDER / source.name / "right_answers.py"
    _, *parts = RIGHT.split(file.read_text("utf-8")) if file.exists() else [""]
    for name, style, code in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        question, about = source.questions[name], key["questions"][name]
        own = list(about["expected"])[-1]
        numbers = json.loads(own) if own else reference.space.get("numbers", {})
        sent, said = reference.ask(question, numbers, code, about["seed"])
        sent = values(sent, [part["name"] for part in about["parts"]])
        accept = reference.accepts(question, numbers, about["seed"])
        mark = marking.mark(about, own, told(about["parts"], sent), accept, not said)
        assert mark.points == question.points and not mark.strange, f"{name}, {style}: {said} {mark.lines}"


CALLS = (
    "def cross_correlate(x, weight, stride, padding):\n    {}return {}conv2d(x, weight, stride=stride, padding=padding)"
)
TRICKS = {
    "a guard that guards nothing": f"import contextlib\nByHand = contextlib.nullcontext\n{CALLS.format('', 'torch.')}",
    "out of the guard's sight": CALLS.format("with torch._C.DisableTorchFunction(): ", "nn.functional."),
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("source", ["convolution"], indirect=True)
def test_by_hand_is_by_hand(source, key, reference, trick):
    question, about = source.questions["slide"], key["questions"]["slide"]
    sent = reference.ask(question, {}, TRICKS[trick], about["seed"])[0]
    sent = values(sent, [part["name"] for part in about["parts"]])
    own = next(iter(about["expected"]))
    assert marking.mark(about, own, told(about["parts"], sent)).points == 0
    assert torch.nn.functional.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 1, 1)).sum() == 4, "it is there again"


def test_a_blank_release_earns_nothing(source, key, reference):
    for question in (one for one in source.questions.values() if not one.written):
        about = key["questions"][question.name]
        own = next(iter(about["expected"]))
        numbers = json.loads(own) if own else reference.space.get("numbers", {})
        stub = solutions_cleared(question.solution)
        assert stub != question.solution and STUB in stub
        forget = "\n".join(f"globals().pop({name!r}, None)" for name in defined(question.solution))
        blank = Reference.ask(reference, question, numbers, f"{forget}\n{stub}", about["seed"])[0]
        sent = values(blank, [part["name"] for part in about["parts"]])
        accept = reference.accepts(question, numbers, about["seed"])
        assert marking.mark(about, own, told(about["parts"], sent), accept).points == 0, question.name


def defined(code: str) -> list[str]:
    """The names that a cell gives a value at its top level."""
    names = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    return names


def test_another_secret_asks_for_other_values(source, key):
    other = make(source, SECRETS[1])
    for name, question in key["questions"].items():
        if not question["personal"]:
            assert other["questions"][name]["expected"] != question["expected"], name


def test_personal_answers_differ_between_students(source, key):
    for name, question in key["questions"].items():
        if question["personal"]:
            assert len({json.dumps(one) for one in question["expected"].values()}) > 1, name


def test_the_reference_warns_of_nothing(source, reference):
    """A warning would be a line that every student reads as an error."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for question in (one for one in source.questions.values() if not one.written):
            reference.ask(question, reference.space.get("numbers", {}))
    assert not said, said[0].message


def test_the_key_holds_the_names_of_numbers_that_students_can_have(source, key):
    for question in key["questions"].values():
        wanted = {label(numbers) for numbers in source.combinations()} if question["personal"] else {""}
        assert set(question["expected"]) == wanted


def test_inputs_on_which_a_wrong_answer_is_right_are_drawn_again(monkeypatch):
    source = read(FOLDER / "circle")
    seeds, unlucky = [], 2

    def made(reference, question, seed):
        seeds.append(seed)
        return {"seed": seed}, [f"fault of draw {len(seeds)}"] if len(seeds) <= unlucky else []

    monkeypatch.setattr(marked, "key_of", made)
    reference, question = Reference(source, SECRETS[0]), next(iter(source.questions.values()))
    assert marked.fair_key(reference, question) == ({"seed": seeds[2]}, []) and len(set(seeds)) == 3
    seeds, unlucky = [], 99
    assert marked.fair_key(reference, question)[1] == ["fault of draw 1"] and len(seeds) == marked.DRAWS


def test_a_reference_that_raises_is_no_reference():
    source = read(FOLDER / "circle")
    question = next(iter(source.questions.values()))
    question.hidden += '\nprobe(0, "odd", lambda: 1 / 0)'
    with pytest.raises(BadSource, match="the reference raises ZeroDivisionError in 'odd'"):
        make(source, SECRETS[0])
