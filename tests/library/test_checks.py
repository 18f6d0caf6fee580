"""How an answer is judged, and the Your-turn exercises of all notebooks: the same shape, each with its check."""

import ast
import copy
import inspect
import random
import re

import numpy as np
import pytest
import torch

from course_lib import checks
from course_lib.checks.verdict import check, verdict
from tests.library.exercises import BOOKS, asked_by, coincident, exercises, raises, said_of, verdict_on

ALL = exercises()
each = pytest.mark.parametrize("exercise", ALL, ids=[f"{one.book[:2]} {one.name}" for one in ALL])
each_book = pytest.mark.parametrize("book", BOOKS, ids=[book.stem for book in BOOKS])


# -- the verdict -------------------------------------------------------------------------------------------


def double(x):
    return 2 * x


CASES = [(torch.tensor([1.0, 3.0]),), (torch.tensor([-2.0, 0.5]),)]


def judged(attempt, oracle=double, cases=None, slips=None, **how):
    return verdict(attempt, oracle, CASES if cases is None else cases, slips or {}, **how)


def stub(*_):
    raise NotImplementedError("one line")


@pytest.mark.parametrize("attempt", [None, ..., stub, lambda x: ...], ids=["None", "...", "stub", "body ..."])
def test_not_attempted(attempt):
    assert judged(attempt) == "○ not attempted"


@pytest.mark.parametrize(
    "attempt",
    [double, lambda x: x + x, lambda x: (2 * x).double(), lambda x: (2 * x).numpy(), lambda x: (2 * x).tolist()],
    ids=["itself", "written otherwise", "in double", "an array", "a list"],
)
def test_correct(attempt):
    assert judged(attempt) == "✓ correct"


def test_one_right_case_is_not_enough():
    assert judged(lambda x: x + 1, cases=[(torch.ones(2),), (torch.zeros(2),)]).startswith("✗ not yet")


def test_the_slip_is_named_only_where_every_case_agrees():
    slips = {"forgot the 2": lambda x: x, "squared": lambda x: x * x}
    cases = [(torch.tensor([1.0]),), (torch.tensor([3.0]),)]
    assert judged(lambda x: x, cases=cases, slips=slips) == "✗ forgot the 2"
    assert judged(lambda x: x**2, cases=cases, slips=slips) == "✗ squared"
    assert judged(lambda x: x if x[0] < 2 else 5 * x, cases=cases, slips=slips).startswith("✗ not yet at [0]")


def test_slips_may_come_from_one_function_or_be_values():
    def slips(x):
        return {"forgot the 2": x, "squared": x * x}

    assert judged(lambda x: x, slips=slips) == "✗ forgot the 2"
    assert judged(lambda x: x**2, slips=slips) == "✗ squared"
    assert judged(0.5, lambda: 0.25, [()], {"the root": 0.5}) == "✗ the root"
    assert judged(lambda x: x, slips=raises).startswith("✗ not yet")


def test_a_slip_may_be_an_exception():
    slips = {"a tensor has no item of many": lambda x: x.item()}
    assert judged(lambda x: x.item(), slips=slips) == "✗ a tensor has no item of many"


@pytest.mark.parametrize(
    "attempt, said",
    [
        (lambda x: None, "returns None: is there a `return`?"),
        (lambda x: "two", "returns a str, expected numbers of shape (2,)"),
        (lambda x: x.sum(), "has the shape (), expected (2,)"),
        (lambda x: x[:, None] * 2, "has the shape (2, 1), expected (2,)"),
        (lambda x: x / 0, "has entries that are not finite (nan or inf)"),
        (lambda x: 2 * x + torch.tensor([0.0, 3.0]), "not yet at [1]: 9 is too large"),
        (
            lambda x: (2 * x).to(torch.complex64),
            "returns complex numbers, expected numbers of shape (2,): take the real part",
        ),
        (lambda x: x.nothing, "raises AttributeError: 'Tensor' object has no attribute 'nothing'"),
        (lambda: 1, "raises TypeError: "),
        (raises, "raises ValueError: wrong turn"),
        ("seven", "a function is needed here, and this is a str: give its name, without brackets"),
    ],
)
def test_what_went_wrong_in_words(attempt, said):
    assert judged(attempt).startswith(f"✗ {said}")


def test_an_exception_names_the_line_of_the_cell():
    page = {}
    exec(compile("def f(x):\n    y = x + 1\n    return y @ y @ y", "<cell>", "exec"), page)
    assert judged(page["f"]).endswith(" (line 3 of the cell)")


def test_an_exception_whose_text_fails():
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError

    def odd(x):
        raise Odd

    assert judged(odd) == "✗ raises Odd: no message"


def test_several_values():
    def pair(x):
        return x.sum(), x

    assert judged(lambda x: [x.sum(), x], pair) == "✓ correct"
    assert judged(lambda x: x, pair) == "✗ returns one Tensor, expected 2 values"
    assert judged(lambda x: (x.sum(), x, x), pair) == "✗ returns 3, expected 2 values"
    assert judged(lambda x: (x.sum(), x + 1), pair) == "✗ value 2: not yet at [0]: 2 is too large"
    assert judged([0.1, 0.2], lambda: (0.1, 0.2), [()]) == judged(np.array([0.1, 0.2]), lambda: (0.1, 0.2), [()])
    assert judged([0.1], lambda: (0.1, 0.2), [()]) == "✗ returns 1, expected 2 values"


def test_a_dict():
    def terms(x):
        return {"loss": x.sum(), "kl": x}

    assert judged(lambda x: {"kl": x, "loss": x.sum()}, terms) == "✓ correct"
    assert judged(lambda x: {"loss": x.sum()}, terms).startswith("✗ returns the keys ['loss'], expected a dict with")
    assert judged(lambda x: x, terms).startswith("✗ returns one Tensor, expected a dict with the keys ['loss', 'kl']")
    assert judged(lambda x: {"loss": x.sum(), "kl": x[0]}, terms) == "✗ 'kl': has the shape (), expected (2,)"


def test_words_and_truth_values():
    assert judged("L1", lambda: "L1", [()]) == "✓ correct"
    assert judged("L2", lambda: "L1", [()]) == "✗ not yet: got 'L2'"
    assert judged(2, lambda: "L1", [()]) == "✗ returns an int, expected a text"
    for true in (True, torch.tensor(True), np.bool_(True)):
        assert judged(true, lambda: True, [()]) == "✓ correct"
        assert judged(true, lambda: False, [()]) == "✗ not yet: got True"
        assert judged(true, lambda: 1.0, [()]) == "✗ returns True, expected a number"
    assert judged(1, lambda: True, [()]) == "✗ returns an int, expected True or False"


def test_an_expected_exception():
    assert judged(raises, raises) == "✓ correct"
    assert judged(double, raises) == "✗ should raise ValueError, and returns a Tensor"


def test_the_tolerance_is_the_exercises():
    assert judged(0.33, lambda: 1 / 3, [()])[0] == "✗"
    assert judged(0.33, lambda: 1 / 3, [()], rtol=0.02) == "✓ correct"
    assert judged((0.33, 7), lambda: (1 / 3, 8), [()], rtol=0.02).startswith("✗ value 2")


def test_what_is_given_is_not_changed():
    case = (torch.tensor([1.0, 3.0]), [torch.zeros(2)])
    before = copy.deepcopy(case)

    def spoils(x, rest):
        rest.clear()
        return x.mul_(2)

    said = judged(spoils, lambda x, rest: 2 * x, [case])
    assert said.startswith("✓ correct, but it changes `x` and `rest` in place: work on a copy")
    assert torch.equal(case[0], before[0]) and len(case[1]) == 1


def test_random_numbers_are_the_same_for_all_and_go_on_afterwards():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    assert judged(lambda x: x + torch.randn(2), lambda x: torch.randn(2).add(x)) == "✓ correct"
    assert torch.equal(torch.rand(2), expected)


def test_gradients_are_there_whatever_the_notebook_has_switched_off():
    def slope(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(x.square().sum(), x)[0]

    with torch.no_grad():
        assert judged(slope) == "✓ correct"


def test_check_prints_one_line(capsys):
    check(raises, double, [(1,)])
    assert capsys.readouterr().out == "✗ raises ValueError: wrong turn\n"


# -- the exercises in the notebooks ------------------------------------------------------------------------


@each_book
def test_three_to_six_in_each_lesson_and_one_in_each_half_of_it(book):
    lesson, here = ([one.name for one in exercises(name)] for name in (book.stem[:2], book.stem))
    assert 3 <= len(lesson) <= 6, f"lesson {book.stem[:2]} has {len(lesson)} exercises: 3 to 6, please"
    assert here and len(set(lesson)) == len(lesson)


@each
def test_the_text_asks_gives_two_hints_and_a_solution(exercise):
    assert re.match("####? Your turn: .+\n\n", exercise.text), "an exercise is a heading: contents show it"
    folded = [summary for summary, _ in exercise.folded]  # a blank line after </summary>, one before </details>
    assert folded == ["Hint 1", "Hint 2", "Solution"]
    assert exercise.whole.count("<details>") == exercise.whole.count("</details>") == 3
    assert exercise.solution.strip()


@each
def test_the_stub_is_short_and_empty(exercise):
    cell = exercise.stub
    assert cell.cell_type == "code" and cell.outputs == []
    [last] = ast.parse(cell.source).body[-1:]
    assert len(cell.source.splitlines()) <= (18 if isinstance(last, ast.ClassDef) else 8)
    if isinstance(last, ast.ClassDef):  # a network: what is to be written are its methods
        assert ast.get_docstring(last)
        methods = [node for node in last.body if isinstance(node, ast.FunctionDef) and node.name != "__init__"]
        assert methods and all(map(is_empty, methods)), "every method but __init__ is to be written"
        name = last.name
    elif isinstance(last, ast.FunctionDef):
        assert ast.get_docstring(last) and is_empty(last), "a docstring with shapes"
        name = last.name
    else:
        assert isinstance(last, ast.Assign) and last.value.value is ..., "a function, or `answer = ...`"
        name = last.targets[0].id
    assert exercise.check.source.strip() == f"checks.{exercise.name}({name})", "the check follows the stub"


def is_empty(function):
    """Whether a stub's function has types, and says how long its answer is."""
    assert function.returns and all(one.annotation or one.arg == "self" for one in function.args.args), "types"
    last = function.body[-1]
    assert ast.unparse(last).startswith("raise NotImplementedError("), "raise NotImplementedError('...')"
    return len(last.exc.args[0].value) > 5


@each
def test_the_check_is_stored_as_not_attempted(exercise):
    assert "check" in exercise.check.metadata.tags
    assert exercise.name in checks.__all__
    [output] = exercise.check.outputs
    assert (output.output_type, output.name, output.text) == ("stream", "stdout", "○ not attempted\n")


@each
def test_the_solution_is_correct_and_the_stub_is_not_attempted(exercise):
    assert verdict_on(exercise, exercise.stub.source) == "○ not attempted"
    assert verdict_on(exercise, exercise.solution) == "✓ correct"


def test_every_check_has_its_exercise():
    found = [one.name for one in ALL]
    assert sorted(found) == sorted(checks.__all__), "one exercise a check, one check an exercise"


@pytest.mark.parametrize("name", checks.__all__)
def test_a_check_leaves_the_random_numbers_alone(name, capsys):
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    getattr(checks, name)(lambda *_: torch.zeros(()))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all() and random.getstate() == before[2]
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize("name", checks.__all__)
def test_a_check_says_what_it_asks_for(name):
    function = getattr(checks, name)
    assert inspect.getdoc(function) and len(inspect.signature(function).parameters) == 1


@pytest.mark.parametrize("name", checks.__all__)
def test_no_two_slips_of_a_check_coincide(name):
    assert coincident(name) == []


@pytest.mark.parametrize("name", [name for name in checks.__all__ if asked_by(name).cases == [()]])
def test_a_check_of_a_number_does_not_say_it(name):
    right = torch.as_tensor(asked_by(name).oracle(), dtype=torch.double)
    for wrong in (right * 1.37 + 0.211, right * 0.4 - 3.3, right * 1.02):
        said = said_of(name, wrong.tolist())
        shown = [f"{number:.3g}" for number in right.flatten().tolist() if number]
        assert said.startswith("✗ ") and not any(number in said.split(": ", 1)[-1].split() for number in shown), said


TRAINED = {
    "check_kl",
    "check_quiet_penalty",
    "check_denoising_error",
    "check_mended",
    "check_draw",
    "check_keep_largest",
}


@pytest.mark.parametrize("name", sorted(TRAINED))
def test_what_is_to_be_trained_must_have_gradients(name):
    """The right values without their gradients: a number, a detached tensor, a new leaf."""
    oracle = inspect.unwrap(asked_by(name).oracle)
    for cut in (
        lambda *given: torch.as_tensor(oracle(*given)).detach(),
        lambda *given: torch.as_tensor(oracle(*given)).detach().clone().requires_grad_(),
        torch.no_grad()(lambda *given: oracle(*given)),
    ):
        said = said_of(name, cut)
        assert said.startswith("✗ ") and ("gradient" in said or "detach" in said or "no training step" in said), said
