"""Answers of strangers: right ones in odd styles, wrong ones that nobody listed, and ones that break something."""

import decimal
import itertools
import math
import random
import re
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.checks.compare import MOST, alike, as_tensor
from course_lib.checks.gradients import check_with_gradients
from course_lib.checks.verdict import verdict

X = [(torch.tensor([1.0, -3.0, 0.5]),), (torch.tensor([-2.0, 0.25, 7.0]),)]
ONE = [(torch.tensor([1.0, -3.0]),), (torch.tensor([-2.0, 0.25, 7.0]),)]


def double(x):
    return 2 * x


def total(x):
    return 2 * x.square().sum()


def on_rows(answer, slips=None, **how):
    return verdict(answer, double, X, slips or {}, **how)


def on_one(answer, slips=None, **how):
    return verdict(answer, total, ONE, slips or {}, **how)


def on_value(answer, right=0.125, slips=None, **how):
    return verdict(answer, lambda: right, [()], {name: lambda v=v: v for name, v in (slips or {}).items()}, **how)


# -- right, in another style ---------------------------------------------------------------------------------


class Symbol:
    """A number of some computer algebra."""

    def __float__(self):
        return 0.125


class Series:
    """A column of some table."""

    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.x, dtype=dtype)


NUMBERS = {
    "float": 0.125, "a fraction": Fraction(1, 8), "a decimal": decimal.Decimal("0.125"), "numpy": np.float32(0.125),
    "numpy, 0-d": np.array(0.125), "numpy (1,)": np.array([0.125]), "numpy of objects": np.array([Fraction(1, 8)]),
    "torch": torch.tensor(0.125), "torch (1,)": torch.tensor([0.125]), "torch (1, 1)": torch.tensor([[0.125]]),
    "half": torch.tensor(0.125, dtype=torch.float16), "a list of one": [0.125], "a tuple of a list": ([0.125],),
    "a parameter": nn.Parameter(torch.tensor(0.125)), "a symbol": Symbol(), "a function": lambda: 0.125,
    "sparse": torch.tensor([0.125]).to_sparse(), "a column": Series([0.125]), "a table": np.array([[0.125]]),
}  # fmt: skip
ROWS = {
    "a list": lambda x: [2 * float(one) for one in x], "fractions": lambda x: [2 * Fraction(float(one)) for one in x],
    "decimals": lambda x: tuple(2 * decimal.Decimal(float(one)) for one in x), "numpy": lambda x: 2 * x.numpy(),
    "float64": lambda x: 2 * x.double(), "a list of tensors": lambda x: [2 * one for one in x],
    "a list of (1,)": lambda x: np.array([2 * one for one in x.tolist()], dtype=object),
    "sparse": lambda x: 2 * x.to_sparse(),
    "with gradients": lambda x: (2 * x).requires_grad_(), "numpy scalars": lambda x: [np.float64(2 * one) for one in x],
    "a column": lambda x: Series(2 * x.numpy()), "strided": lambda x: torch.stack([2 * x, x])[0],
}  # fmt: skip


@pytest.mark.parametrize("style", NUMBERS)
def test_one_number_in_any_style(style):
    assert on_value(NUMBERS[style]) == "✓ correct"


@pytest.mark.parametrize("style", NUMBERS)
def test_one_number_in_any_style_is_wrong_where_it_is_wrong(style):
    assert on_value(NUMBERS[style], right=0.25) == "✗ not yet: 0.125 is too small"
    assert on_value(NUMBERS[style], right=0.25, slips={"half of it": 0.125, "a third": 0.25 / 3}) == "✗ half of it"


@pytest.mark.parametrize("style", ROWS)
def test_rows_in_any_style(style):
    assert on_rows(ROWS[style]) == "✓ correct"


@pytest.mark.parametrize(
    "answer",
    [lambda x: total(x)[None], lambda x: total(x).view(1, 1), lambda x: [float(total(x))], lambda x: total(x).item()],
)
def test_a_sum_that_kept_its_dimensions(answer):
    assert on_one(answer) == "✓ correct"


@pytest.mark.parametrize("true", [True, np.True_, np.array(True), torch.tensor(True)], ids=repr)
def test_truth_values(true):
    assert on_value(true, right=True) == on_value(True, right=true) == "✓ correct"


def test_one_number_is_not_a_row_of_one():
    assert verdict(lambda x: x.sum(), lambda x: x.sum()[None], X, {}) == "✗ has the shape (), expected (1,)"
    assert on_one(lambda x: 2 * x.square()).startswith("✗ has the shape (2,), expected ()")


# -- said in words, without the answer -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer, said",
    [
        (1.0, "not yet: 1 is too large"),
        (-0.1, "not yet: -0.1 is on the wrong side of 0"),
        (0.1245, "not yet: 0.1245 is nearly right: within 1 %; more digits are needed"),
        ("0.125", "returns a str, expected a number: write it without quotation marks"),
        ("an eighth", "returns a str, expected a number"),
        ({0.125}, "returns a set, expected a number: a set has no order, return a list or a tensor"),
        (0.125 + 0j, "returns complex numbers, expected a number: take the real part"),
        (iter([0.125]), "returns a list_iterator, expected a number: make it a list, list(...)"),
        ([], "returns an empty list, expected a number"),
        ([0.125, 0.125], "has the shape (2,), expected ()"),
        (math.nan, "has entries that are not finite"),
        (10**400, "returns an int, expected a number"),
        (True, "returns True, expected a number"),
    ],
)
def test_a_value_that_is_not_it(answer, said):
    assert on_value(answer).startswith(f"✗ {said}")


@pytest.mark.parametrize(
    "answer, said",
    [
        (lambda x: 3 * x, "not yet: all are 1.5 times what they should be"),
        (lambda x: -2 * x, "not yet: all have the wrong sign"),
        (lambda x: 2 * x + 1, "not yet: all are too large by the same amount"),
        (lambda x: x * x, "not yet at [1]: 9 is on the wrong side of 0"),
        (lambda x: 2 * x.sort().values, "not yet at [0]: -6 is on the wrong side of 0 (right for 1 of 2 inputs)"),
        (lambda x: 2 * x if x[0] > 0 else x, "not yet at [2]: 7 is too small (right for 1 of 2 inputs)"),
        (lambda x: (2 * x).int(), "not yet at [1]: 0 is too small (right for 1 of 2 inputs)"),
        (lambda x: 0 * x, "not yet at [1]: 0 is too large"),
        (lambda x: (2 * one for one in x), "returns a generator, expected numbers of shape (3,): make it a list"),
        (lambda x: map(double, x), "returns a map, expected numbers of shape (3,): make it a list"),
        (lambda x: {1: 2 * x}, "returns a dict, expected numbers of shape (3,)"),
        (lambda x: (2 * x)[:2], "has the shape (2,), expected (3,)"),
        (lambda x: [[1.0], [2.0, 3.0]], "returns a list of [1.0] and so on, expected numbers"),
        (lambda x: double, "returns the function double, expected numbers of shape (3,): call it"),
        (lambda x: "2x", "returns a str, expected numbers"),
        (torch.ones(3), "a function is needed here, and this is a Tensor"),
        (0.5, "a function is needed here, and this is a float"),
    ],
)
def test_a_function_that_is_not_it(answer, said):
    assert on_rows(answer).startswith(f"✗ {said}")


@pytest.mark.parametrize("answer", [-3.0, 0.1, 1.0, 7, 0.1249, 1e9, "7", [1, 2], {}, math.inf, 0, True])
def test_the_expected_value_is_never_said(answer):
    right = 0.12543
    for said in (on_value(answer, right=right), on_value([answer, 1.0], right=[right, right])):
        assert said.startswith("✗ ") and "0.125" not in said.replace(repr(answer), "")


# -- slips ---------------------------------------------------------------------------------------------------


def test_a_slip_that_agrees_in_some_cases_only_is_not_named():
    slips = {"the absolute value": lambda x: 2 * x.abs(), "squared": lambda x: x.square()}
    assert on_rows(lambda x: 2 * x.abs(), slips) == "✗ the absolute value"
    for partly in (lambda x: 2 * x.abs() if len(x) == 3 and x[0] > 0 else 0 * x, lambda x: torch.tensor([2.0, 6, 1])):
        assert "absolute" not in on_rows(partly, slips) and on_rows(partly, slips).startswith("✗ not yet")


def test_two_slips_that_meet_are_both_left_out():
    slips = {"twice": lambda x: x + x + 1, "again": lambda x: 2 * x + 1, "other": lambda x: 3 * x}
    assert on_rows(lambda x: 2 * x + 1, slips) == "✗ not yet: all are too large by the same amount"
    assert on_rows(lambda x: 3 * x, slips) == "✗ other"
    assert on_value(4, right=7, slips={"the square of 2": 4, "twice 2": 4}) == "✗ not yet: 4 is too small"


def test_an_error_that_a_slip_does_not_share():
    slips = {"of one element": lambda x: x.item()}
    assert on_rows(lambda x: x.item(), slips) == "✗ of one element"
    assert on_rows(lambda x: int("x"), slips).startswith("✗ raises ValueError: invalid literal")


# -- what breaks something -----------------------------------------------------------------------------------


class Hostile:
    """Fails at every question."""

    def __getattribute__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")

    def __iter__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


class Endless(list):
    """A list that never ends, whatever its length says."""

    def __iter__(self):
        return itertools.repeat(1.0)

    def __len__(self):
        return 3


def ring():
    found = []
    found.append(found)
    return found


BREAKING = {
    "hostile": Hostile(), "endless": Endless(), "a ring": ring(), "counting": itertools.count(), "a type": int,
    "huge": torch.zeros(1).expand(10**6, 10**6), "huge numpy": np.broadcast_to(0.0, (10**5, 10**5)),
    "long": [0.0] * (MOST + 1), "deep": eval("[" * 40 + "]" * 40), "on no device": torch.zeros(3, device="meta"),
    "bytes": b"abc", "a long text": "x" * 10**6, "a class": Hostile, "an error": ValueError("x" * 10**5),
    "complex": torch.zeros(3, dtype=torch.complex64), "objects": np.array([object()]), "nested": {"a": {"b": ring()}},
    "nan": float("nan"), "a huge int": 10**5000, "an array of texts": np.array(["a", "b", "c"]), "sparse and huge":
    torch.sparse_coo_tensor(torch.zeros(2, 1).long(), torch.ones(1), (10**6, 10**6)), "a module": torch,
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKING)
def test_no_answer_breaks_the_check(what):
    for judge in (on_value, on_rows, on_one):
        for answer in (BREAKING[what], lambda *_: BREAKING[what], lambda *_: [BREAKING[what], 1.0]):
            said = judge(answer)
            assert said.startswith("✗ ") and "\n" not in said and len(said) < 500, said[:200]


@pytest.mark.parametrize(
    "leave",
    [lambda x: sys.exit(3), lambda x: exit(), lambda x: (_ for _ in ()).throw(GeneratorExit)],
    ids=["sys", "exit", "gen"],
)
def test_an_answer_that_leaves(leave):
    assert on_rows(leave).startswith("✗ raises ")


def test_an_interrupt_is_passed_on():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_rows(interrupted)


def test_an_error_of_pytorch_is_not_a_stub():
    def unfinished(x):
        return nn.Module()(x)  # it raises NotImplementedError, as a stub does

    with pytest.raises(NotImplementedError):
        unfinished(1)
    assert on_rows(unfinished).startswith("✗ raises NotImplementedError: Module [Module] is missing")

    def stub(x):
        raise NotImplementedError("one line")

    assert on_rows(stub) == on_rows(lambda x: stub(x)) == "○ not attempted"


def test_what_is_global_is_as_it_was():
    def spoils(x):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_num_threads(3)
        torch.set_default_device("meta")
        for seed in (torch.manual_seed, np.random.seed, random.seed):
            seed(7)
        return 2 * x

    def states():
        return (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_device(),
                torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate())  # fmt: skip

    before = states()
    assert on_rows(spoils) == "✓ correct" and states() == before


def test_every_generator_draws_the_same_for_all():
    def noisy(x):
        return x + random.random() + np.random.rand() + torch.rand(())

    assert verdict(noisy, noisy, X, {}) == "✓ correct"


def test_an_answer_that_is_written_over_by_the_next_call_counts_as_it_was():
    buffer = torch.zeros(3)
    assert on_rows(lambda x: torch.mul(x, 2, out=buffer)) == "✓ correct"


def spoils_a_module(model, x):
    model.weight.data.mul_(2)
    return model.weight.sum() / 2 * x


@pytest.mark.parametrize(
    "answer, said",
    [
        (lambda x, rest: x.mul_(2), "`x`"),
        (lambda x, rest: [rest.clear(), 2 * x][1], "`rest`"),
        (lambda x, rest: [rest[0].zero_(), 2 * x][1], "`rest`"),
        (lambda x, rest: [rest.append(1), x.mul_(2)][1], "`x` and `rest`"),
    ],
)
def test_an_answer_that_changes_what_it_is_given_is_told(answer, said):
    case = (torch.tensor([1.0, 3.0]), [torch.ones(2)])
    found = verdict(answer, lambda x, rest: 2 * x, [case], {})
    assert found.startswith(f"✓ correct, but it changes {said} in place")


def test_a_changed_module_is_seen_and_gradients_that_it_collects_are_not():
    case = (nn.Linear(2, 1, bias=False), torch.ones(1))
    right = lambda model, x: model.weight.sum() * x  # noqa: E731
    assert verdict(spoils_a_module, right, [case], {}).startswith("✓ correct, but it changes `model` in place")

    def backward(model, x):
        model(torch.ones(1, 2)).backward()
        return right(model, x)

    assert verdict(backward, right, [case], {}) == "✓ correct"


def test_alike_is_not_fooled():
    assert not alike(Hostile(), 1.0) and not alike(1.0, Hostile()) and not alike([1.0], [1.0, 2.0])
    assert not alike("1", 1) and not alike(None, 0.0) and not alike(False, 0) and not alike(0, False)
    assert not alike(ValueError("a"), ValueError("b")) and alike(ValueError("a"), ValueError("a"))
    assert as_tensor([]).shape == (0,) and as_tensor([[1], [2]]).shape == (2, 1) and as_tensor([1, [2]]) is None
    assert as_tensor(range(3)).tolist() == [0, 1, 2] and as_tensor(b"ab") is None


# -- answers that are to be trained --------------------------------------------------------------------------


def kl(mu, log_var):
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1).mean()


def in_floats(mu, log_var):
    return float(kl(mu, log_var))


def in_numpy(mu, log_var):
    mu, log_var = np.asarray(mu), np.asarray(log_var)
    return 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var).sum(1).mean()


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


CODES = [(noise(3, 4), noise(3, 4) - 1), (noise(5, 2), noise(5, 2))]
oracles = pytest.mark.parametrize("oracle", [kl, in_floats, in_numpy])


def trained(answer, capsys, oracle=kl, cases=CODES, to=("mu", "log_var"), slips=None):
    check_with_gradients(answer, oracle, cases, {}, slips, to=to)
    [line] = capsys.readouterr().out.splitlines()
    return line


@oracles
@pytest.mark.parametrize(
    "answer",
    [kl, lambda m, s: kl(m.double(), s.double()), lambda m, s: kl(m, s)[None],
     lambda m, s: sum(kl(a[None], b[None]) for a, b in zip(m, s, strict=True)) / len(m)],
)  # fmt: skip
def test_right_gradients(oracle, answer, capsys):
    assert trained(answer, capsys, oracle) == "✓ correct"


@oracles
@pytest.mark.parametrize(
    "answer",
    [lambda m, s: kl(m, s).detach(), lambda m, s: kl(m, s).item(), lambda m, s: kl(m.data, s.data), torch.no_grad()(kl),
     lambda m, s: torch.tensor(kl(m, s).item(), requires_grad=True)],
)  # fmt: skip
def test_no_gradient_arrives(oracle, answer, capsys):
    said = trained(answer, capsys, oracle)
    assert said.startswith("✗ the values are right, but no gradient reaches `mu` and `log_var`: compute with PyTorch")


def test_a_gradient_that_arrives_in_part(capsys):
    assert " reaches `mu`: " in trained(lambda m, s: kl(m.detach(), s), capsys)
    assert " reaches `log_var`: " in trained(lambda m, s: kl(m, s.detach()), capsys)
    half = trained(lambda m, s: kl(m, s) - 0.5 * (m * (m - m.detach())).sum(1).mean(), capsys)
    assert half == "✗ the values are right, but the gradient at `mu` isn't: all are 0.5 times what they should be"
    odd = trained(lambda m, s: kl(m, s) + (s - s.detach()).pow(1).sum(), capsys)
    assert odd.startswith("✗ the values are right, but the gradient at `log_var` isn't: ")


def test_numpy_leaves_pytorch(capsys):
    said = trained(in_numpy, capsys)
    assert said.startswith("✗ the values are right, but no training step can follow it: with arguments that need")


def test_wrong_values_come_first_and_stubs_are_no_answers(capsys):
    assert trained(lambda m, s: 2 * kl(m, s).detach(), capsys) == "✗ not yet: all are 2 times what they should be"
    assert trained(None, capsys) == trained(..., capsys) == "○ not attempted"
    assert trained("seven", capsys).startswith("✗ a function is needed")


def test_a_slip_of_the_gradient_is_named_where_it_is_the_only_one(capsys):
    slips = {"mu is cut off": lambda m, s: kl(m.detach(), s), "all is cut off": lambda m, s: kl(m, s).detach()}
    assert trained(lambda m, s: kl(m.data, s), capsys, slips=slips) == "✗ mu is cut off"
    assert trained(lambda m, s: kl(m, s).item(), capsys, slips=slips) == "✗ all is cut off"
    assert "no gradient reaches" in trained(lambda m, s: kl(m, s.data), capsys, slips=slips)
    twins = slips | {"mu, once more": lambda m, s: kl(m.data, s)}
    assert "no gradient reaches `mu`" in trained(lambda m, s: kl(m.data, s), capsys, slips=twins)


def error(model, x, damage):
    return (model(damage(x)) - x).square().flatten(1).sum(1).mean()


def error_in_floats(model, x, damage):
    pairs = zip(model(damage(x)).flatten().tolist(), x.flatten().tolist(), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) / len(x)


@pytest.mark.parametrize("oracle", [error, error_in_floats])
def test_a_module_is_trained_by_its_parameters(oracle, capsys):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 4))
    how = {"oracle": oracle, "cases": [(model, noise(3, 4), lambda x: 0.5 * x), (model, noise(5, 4), torch.tanh)],
           "to": ("model",)}  # fmt: skip
    assert trained(error, capsys, **how) == "✓ correct"
    assert " no gradient reaches `model`: " in trained(lambda *a: error(*a).item(), capsys, **how)
    cut = trained(lambda m, x, d: (m(d(x)).detach() - x).square().sum() / len(x), capsys, **how)
    assert " no gradient reaches `model`: " in cut
    frozen = trained(lambda m, x, d: error(nn.Sequential(m[0].requires_grad_(False), *m[1:]), x, d), capsys, **how)
    assert re.match("✗ the values are right, but (the gradient at `model` isn't|no training)", frozen)
    assert all(one.grad is None and one.requires_grad for one in model.parameters())
