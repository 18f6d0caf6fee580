"""Values that came out of a kernel: sent as they are, compared within a tolerance, every slip called by its name."""

import copy
import itertools
import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from course_lib.grading.autograde import marking
from course_lib.grading.autograde.marking import mark, name_slip, well_formed
from course_lib.grading.autograde.suspicion import HINT, other_numbers
from course_lib.grading.compare import array, near, same
from course_lib.grading.release.key import decode, is_shown, label
from course_lib.grading.sandbox import kernel_side
from course_lib.grading.sandbox.kernel_side import LONG, MOST, attempt, encode, publish, short, tools

TOLERANCE = {"rtol": 1e-4, "atol": 1e-6}
NOTHING = {"error": "nothing"}


def sent(value):
    """A value as it comes out of a kernel: encoded, and through JSON."""
    return json.loads(json.dumps(encode(value)))


# -- the way out of the kernel -----------------------------------------------------------------------------------

LARGE = {  # what a mistake can make of an answer: none of it may look like a forgery
    "long lists": [[0.5] * 100] * 500, "long lists of texts": ["a long explanation " * 20] * 2_000,
    "nothing, often": [None] * 30_000, "names": {i: {j: j for j in range(100)} for i in range(300)},
    "deep": [[[[[[[[[[1.0]]]]]]]]]], "empty, and wide": torch.zeros(0, 5_000), "commas": [",[{" * 600] * 100,
    "an alphabet": "é🙂" * 5_000, "dimensions": torch.zeros([1] * 20), "words": ["é" * 2_000] * 100,
}  # fmt: skip
LARGE["itself"] = [LARGE["deep"]]
LARGE["itself"].append(LARGE["itself"])


@pytest.mark.parametrize("what", LARGE)
def test_whatever_an_answer_returns_is_sent_as_one_value_that_can_be_read(what, monkeypatch):
    messages = []
    shell = type("", (), {"display_pub": type("", (), {"publish": lambda self, data, **_: messages.append(data)})()})
    monkeypatch.setattr(kernel_side, "get_ipython", shell, raising=False)
    tools("0" * 32, publish("question"))[2](1, "part", lambda: LARGE[what])
    [(text,)] = [one.values() for one in messages]
    assert short(text) and well_formed(json.loads(text)["value"])


FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
WHOLE = [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]


@pytest.mark.parametrize("dtype", [*FLOATS, *WHOLE, torch.bool], ids=str)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 3), (2, 0, 3), (2, 1, 3)], ids=str)
def test_a_tensor_comes_out_with_its_shape_and_its_numbers(dtype, shape):
    x = (torch.arange(math.prod(shape)).reshape(shape) % 2).to(dtype)
    x = x / 4 if dtype.is_floating_point else x
    out = decode(sent(x))
    assert out.dtype == torch.float64 and out.shape == x.shape and torch.equal(out, x.double())
    assert well_formed(sent(x))


def test_numpy_and_plain_numbers_come_out_alike():
    for value in (3, 3.0, np.float32(3), np.int64(3), np.array(3), torch.tensor(3), torch.tensor(3, dtype=torch.uint8)):
        assert sent(value) == {"shape": [], "data": [3.0]}
    for value in (True, np.bool_(True), torch.tensor(True), 1):
        assert sent(value) == {"shape": [], "data": [1.0]}
    assert sent(np.arange(6).reshape(2, 3)) == sent(torch.arange(6).reshape(2, 3))


def test_what_gives_its_values_one_after_the_other_is_a_list():
    numbers = {"a": 1.0, "b": 2.0}
    for value in (iter([1.0, 2.0]), (one for one in (1, 2)), numbers.values(), map(float, (1, 2)), range(1, 3)):
        assert sent(value) == sent([1.0, 2.0])
    assert sent(np.matrix([[1.0, 2.0]])) == sent(np.array([[1.0, 2.0]]))
    assert sent(itertools.count()) == {"other": "more than 4096 numbers"}


def test_infinities_and_nan_come_out():
    out = decode(sent(torch.tensor([math.inf, -math.inf, math.nan])))
    assert out[0] == math.inf and out[1] == -math.inf and out[2].isnan()


def test_gradients_transposes_and_strides_make_no_difference():
    x = torch.arange(6.0, requires_grad=True).reshape(2, 3)
    assert decode(sent(x.T)).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert decode(sent(x[:, ::2])).tolist() == [[0, 2], [3, 5]]
    assert decode(sent(torch.zeros(1).expand(3))).tolist() == [0, 0, 0]
    assert decode(sent(np.asfortranarray([[1, 2], [3, 4]]))).tolist() == [[1, 2], [3, 4]]


def test_lists_dicts_and_texts_come_out_nested():
    value = {"a": [1, (2.5, "text")], "b": {"c": None, 3: torch.ones(2)}, "d": [], "e": {}}
    out = decode(sent(value))
    assert well_formed(sent(value)) and list(out) == ["a", "b", "d", "e"]
    assert out["a"][0] == 1 and out["a"][1][0] == 2.5 and out["a"][1][1] == "text"
    assert out["b"]["c"] is None and out["b"]["3"].tolist() == [1, 1] and out["d"] == [] and out["e"] == {}
    assert decode(sent("text")) == "text" and decode(sent(None)) is None


@pytest.mark.parametrize(
    "value",
    [torch.zeros(MOST + 1), [torch.zeros(MOST), 1], [[0.0] * 4000, {"a": [0.0] * 97}]],
    ids=["one", "two", "deep"],
)
def test_too_many_numbers_are_not_sent(value):
    assert f"more than {MOST} numbers" in json.dumps(sent(value))
    assert well_formed(sent(value))


def test_as_many_as_may_be_are_sent():
    assert sent(torch.zeros(MOST))["shape"] == [MOST] and well_formed(sent(torch.zeros(MOST)))
    assert len(sent("x" * 9_999)["text"]) == LONG
    for value in ([0.5] * MOST, torch.zeros(MOST).tolist(), torch.zeros(64, 64).tolist(), [[0.5]] * (MOST // 2)):
        assert well_formed(sent(value)), "a plain list has as many numbers as a tensor"


@pytest.mark.parametrize("value", [object(), len, {1, 2}, b"bytes", 1j, torch.nn.Linear(1, 1), type])
def test_what_is_no_value_says_what_it_is(value):
    assert list(sent(value)) == ["other"] and well_formed(sent(value)) and decode(sent(value)) is None
    assert sent(value)["other"] == type(value).__name__


def test_complex_tensors_and_objects_that_lie_are_an_error_and_not_a_crash():
    class Liar:
        def detach(self):
            raise MemoryError

    assert list(attempt(lambda: torch.ones(2, dtype=torch.complex64))) == ["error"]
    assert attempt(lambda: Liar()) == {"error": "MemoryError"}


@pytest.mark.parametrize("error", [ValueError, NotImplementedError, SystemExit, GeneratorExit, RecursionError])
def test_what_an_answer_raises_is_sent_by_name(error):
    def fails():
        raise error("with a text that is not sent")

    assert attempt(fails) == {"error": error.__name__} and well_formed(attempt(fails))


def test_an_interrupt_is_passed_on():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupted)


def test_draws_depend_on_the_seed_alone():
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(found))
        draw, pick, probe = tools(seed, lambda **said: found.append(said))
        values = [pick(2, 4) for _ in range(60)]
        probe(2, "a part", lambda: draw(3), accept=len)  # noqa: B023  (asked at once)
        assert set(values) == {2, 3, 4}
    assert found[0]["value"] == found[1]["value"] != found[2]["value"]
    assert found[0] | {"value": 0} == {
        "part": "a part",
        "points": 2,
        "value": 0,
        "rtol": 1e-4,
        "atol": 1e-6,
        "accept": len,
        "shown": None,
    }


def test_a_kernel_sends_the_value_and_nothing_of_the_tolerance():
    class Display:
        display_pub = property(lambda self: self)

        def publish(self, data, metadata):
            self.data = data

    display = Display()
    publish.__globals__["get_ipython"] = lambda: display
    try:
        tools(1, publish("kl"))[2](2, "a part", lambda: 7, rtol=0.5)
    finally:
        del publish.__globals__["get_ipython"]
    [text] = display.data.values()
    assert json.loads(text) == {"question": "kl", "part": "a part", "value": {"shape": [], "data": [7.0]}}


# -- what is taken ------------------------------------------------------------------------------------------------

MALFORMED = {
    "a bare number": 3.0,
    "a bare text": "text",
    "a bare list": [1.0],
    "nothing in it": {},
    "two kinds": {"text": "a", "error": "b"},
    "an unknown kind": {"code": "1"},
    "whole numbers": {"shape": [1], "data": [1]},
    "true for a number": {"shape": [1], "data": [True]},
    "a text for a number": {"shape": [1], "data": ["1"]},
    "no numbers": {"shape": [2]},
    "too few": {"shape": [3], "data": [1.0]},
    "too many": {"shape": [], "data": [1.0, 2.0]},
    "a negative size": {"shape": [-1], "data": []},
    "two negative sizes": {"shape": [-1, -1], "data": [1.0]},
    "a size that is none": {"shape": [1.0], "data": [1.0]},
    "true for a size": {"shape": [True], "data": [1.0]},
    "a huge size beside 0": {"shape": [0, 10**12], "data": []},
    "many dimensions": {"shape": [1] * 17, "data": [1.0]},
    "shape is no list": {"shape": 1, "data": [1.0]},
    "data is no list": {"shape": [1], "data": {"0": 1.0}},
    "a list that is none": {"list": {"0": None}},
    "a dict that is none": {"dict": [None]},
    "malformed inside": {"list": [{"dict": {"a": 1}}]},
    "a long text": {"text": "x" * (LONG + 1)},
    "a long key": {"dict": {"x" * (LONG + 1): None}},
    "a text that is none": {"text": ["a"]},
    "an error that is none": {"error": None},
    "too many numbers": {"list": [{"shape": [MOST], "data": [0.0] * MOST}] * 3},
    "too many lists": {"list": [{"list": []}] * (5 * MOST)},
    "too much of nothing": {"list": [None] * (5 * MOST)},
}  # fmt: skip


def nested(depth):
    """Lists in lists."""
    value = None
    for _ in range(depth):
        value = {"list": [value]}
    return value


@pytest.mark.parametrize("what", MALFORMED)
def test_what_encode_never_makes_is_not_taken(what):
    assert not well_formed(MALFORMED[what])


def test_depth_is_bounded():
    assert well_formed(nested(8)) and not well_formed(nested(10)) and not well_formed(nested(400))


# -- equal within the tolerance -----------------------------------------------------------------------------------

SAME = [
    (torch.ones(2), [1.0, 1.0]), ([[1, 2], [3, 4]], torch.tensor([[1, 2], [3, 4]])), ((1, 2), [1, 2]), (True, 1.0),
    (torch.tensor(2.0), 2), ([torch.ones(2), torch.ones(2)], torch.ones(2, 2)), (math.nan, math.nan),
    ([math.inf, -math.inf], [math.inf, -math.inf]), ("text", "text"), (None, None), ([], []), ({}, {}),
    ([1, [2, 3]], [1, [2, 3]]), ({"a": [1], "b": None}, {"b": None, "a": torch.ones(1)}), (["a", 1], ["a", 1.0]),
    ([torch.ones(2), torch.ones(3)], [torch.ones(2), [1, 1, 1]]), (-0.0, 0.0),
]  # fmt: skip
OTHER = [
    (torch.ones(2), torch.ones(2, 1)), (1.0, torch.ones(1)), (torch.ones(2, 3), torch.ones(3, 2)), (1.0, "1"),
    (torch.ones(6), torch.ones(2, 3)), (None, 0.0), (0.0, None), ("", None), ([], None), ([], 0), ([], [1]), ({}, []),
    ([1, 2, 3], [1, 2]), ([1, 2], [1, 2, 3]), (["a"], ["a", "b"]), (["a", "b"], ["a"]), (math.nan, 0.0),
    (0.0, math.nan), (math.inf, 1e308), (1e308, math.inf), (math.inf, -math.inf), (math.inf, math.nan),
    ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": 1, "b": 2}), ({"a": 1, "b": 2}, {"a": 1}), ({"a": 1}, {"a": 2}),
    ([1], {"0": 1}), ("a", "b"),
    ([1, "a"], ["a", 1]), (object(), 1.0), (object(), None), ([torch.ones(2), torch.ones(3)], [torch.ones(2)] * 2),
]  # fmt: skip


@pytest.mark.parametrize("pair", SAME, ids=str)
def test_the_same(pair):
    one, other = map(sent, pair)
    assert same(one, other, **TOLERANCE) and same(other, one, **TOLERANCE)


@pytest.mark.parametrize("pair", OTHER)
def test_not_the_same(pair):
    one, other = map(sent, pair)
    assert not same(one, other, **TOLERANCE)


def test_one_number_may_come_in_any_shape_and_kind():
    for value in (torch.ones(1), np.ones((1, 1)), [1.0], Fraction(1), Decimal(1), torch.nn.Parameter(torch.ones(1, 1))):
        assert same(sent(value), sent(1.0), **TOLERANCE) and not same(sent(value), sent(2.0), **TOLERANCE)
    pair = torch.ones(1), torch.ones(1, 1)
    assert same(sent([pair[0], pair[0]]), sent([1, 1.0]), **TOLERANCE) and same(sent(pair), sent([1, 1]), **TOLERANCE)
    for value in (torch.ones(2, 1), [torch.ones(2), torch.ones(2)], torch.ones(1, 2), [1.0]):
        assert not same(sent(value), sent(torch.ones(2)), **TOLERANCE)
    assert not same(sent(torch.ones(2)), sent(1.0), **TOLERANCE) and not same(sent([]), sent(1.0), **TOLERANCE)


def test_the_tolerance_holds_on_both_sides_and_is_the_expected_values():
    for want in (100.0, -100.0):
        for off, right in ((0.0099, True), (-0.0099, True), (0.0103, False), (-0.0103, False)):
            assert near(want + off, want, 1e-4, 1e-6) is right
    assert near(9e-7, 0.0, 1e-4, 1e-6) and near(-9e-7, 0.0, 1e-4, 1e-6) and not near(2e-6, 0.0, 1e-4, 1e-6)
    assert near(2.0, 1.0, 1.0, 0) and near(1.0, 2.0, 0.5, 0) and not near(2.0, 1.0, 0.5, 0)
    assert not near(1.0, math.inf, 1e-4, 1e-6) and not near(-math.inf, math.inf, 1e-4, 1e-6)
    assert not near(math.inf, 1.0, math.inf, 0), "no tolerance makes infinity right"
    assert not near(math.nan, 1.0, 1.0, 1.0) and not near(1.0, math.nan, 1.0, 1.0)


def test_one_wrong_number_among_many_is_wrong():
    x = torch.zeros(1000)
    y = x.clone()
    y[-1] = 1
    assert not same(sent(y), sent(x), **TOLERANCE)


def test_array_says_shape_and_numbers():
    assert array(sent([[1, 2], [3, 4]])) == ([2, 2], [1, 2, 3, 4])
    assert array(sent(5)) == ([], [5]) and array(sent([])) is None and array(sent([[], []])) is None
    assert array(sent([1, [2]])) is None and array(sent("a")) is None and array(None) is None


# -- a question's mark --------------------------------------------------------------------------------------------

PARTS = [("the example", 1), ("any batch", 2), ("its gradient", 1)]
TRUE, MEAN, HALF = [4.0, 8.0, 2.0], [4.0, 2.0, 0.5], [4.0, 4.0, 1.0]


def question(personal=False, accept=()):
    """A key by hand: the right values, and two slips; with numbers of one's own all values are times the slope."""
    sets = [{"slope": slope} for slope in (1, 2, 3)] if personal else [{}]

    def values(numbers):
        return {label(one): [sent(number * one.get("slope", 1)) for number in numbers] for one in sets}

    parts = [{"name": name, "points": points, "accept": name in accept, **TOLERANCE} for name, points in PARTS]
    slips = [{"name": "the mean for the sum", "points": 1, "values": values(MEAN)},
             {"name": "half of it", "points": 1, "values": values(HALF)}]  # fmt: skip
    return {"points": 4, "personal": personal, "parts": parts, "expected": values(TRUE), "slips": slips}


def answers(*values):
    """What a kernel sends for the parts."""
    return {name: [sent(value)] for (name, _), value in zip(PARTS, values, strict=True)}


def test_all_right():
    result = mark(question(), "", answers(*TRUE))
    assert (result.points, result.most, result.slip, result.attempted, result.strange) == (4, 4, "", True, "")
    assert result.lines == ["✓ the example: 1 of 1", "✓ any batch: 2 of 2", "✓ its gradient: 1 of 1"]


@pytest.mark.parametrize("right", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (0, 0, 0)], ids=str)
def test_every_part_earns_its_own_points(right):
    result = mark(question(), "", answers(*[value if good else 77 for value, good in zip(TRUE, right, strict=True)]))
    assert result.points == sum(points for (_, points), good in zip(PARTS, right, strict=True) if good)
    assert [line[0] == "✓" for line in result.lines] == list(map(bool, right))
    assert all("(another value was expected)" in line for line in result.lines if line[0] == "✗")
    assert "0 of 2" in result.lines[1] or right[1]


def test_no_line_tells_the_expected_value():
    result = mark(question(), "", answers(1.2345, 1.2345, 1.2345))
    assert not any(number in "".join(result.lines) for number in ("4.0", "8.0", "1.23"))


def test_a_slip_is_named_where_all_its_values_come_out():
    result = mark(question(), "", answers(*MEAN))
    assert result.points == 1 and result.slip == "the mean for the sum"
    assert result.lines[-1] == "It looks like this slip: the mean for the sum"


def test_a_slip_that_agrees_in_a_part_is_not_named():
    for told in (
        (77, HALF[1], HALF[2]),
        (4.0, HALF[1], MEAN[2]),
        (4.0, MEAN[1], 2.0),
        (4.0, 77, 2.0),
        (4.0, MEAN[1], 9),
    ):
        assert mark(question(), "", answers(*told)).slip == ""


def test_two_slips_that_meet_are_both_left_out():
    key = question()
    key["slips"].append(copy.deepcopy(key["slips"][0]) | {"name": "another mistake with the same numbers"})
    assert mark(key, "", answers(*MEAN)).slip == "" and mark(key, "", answers(*HALF)).slip == "half of it"


def test_a_right_answer_is_no_slip_even_where_a_slip_has_its_values():
    key = question()
    key["slips"].append({"name": "the same by luck", "points": 4, "values": copy.deepcopy(key["expected"])})
    key["slips"].append(key["slips"].pop(0))
    assert mark(key, "", answers(*TRUE)).slip == ""


def test_the_same_error_names_a_slip_only_where_all_else_agrees():
    key = question()
    key["slips"] = [
        {"name": "one shape only", "points": 1, "values": {"": [sent(4), {"error": "RuntimeError"}, sent(7)]}}
    ]
    told = answers(4, 0, 7) | {"any batch": [{"error": "RuntimeError"}]}
    assert mark(key, "", told).slip == "one shape only"
    assert mark(key, "", told | {"its gradient": [sent(99)]}).slip == ""
    assert mark(key, "", told | {"the example": [sent(99)]}).slip == ""


def test_name_slip_alone():
    values = [sent(value) for value in MEAN]
    assert name_slip(question(), "", values) == "the mean for the sum"
    assert name_slip(question() | {"slips": []}, "", values) == ""
    assert name_slip(question(), "", [None, None, None]) == ""


# -- the visible cell, as it is shown -----------------------------------------------------------------------------


def shown_question():
    """A key whose first part is for the visible test; one slip changes its argument, so that only this cell fails."""
    key = question()
    key["parts"][0]["shown"] = True
    spoilt = {"name": "its argument is changed", "points": 3, "values": key["expected"], "shown": {"": False}}
    return key | {"slips": [*key["slips"], copy.deepcopy(spoilt)]}


def test_the_point_for_the_examples_needs_the_visible_cell_too():
    result = mark(shown_question(), "", answers(*TRUE), shown=False)
    assert result.points == 3 and result.slip == "its argument is changed" and result.attempted
    assert result.lines[0] == (
        "✗ the example: 0 of 1 (the value is right, but the test cell above fails as it is shown)"
    )
    assert result.lines[1:3] == ["✓ any batch: 2 of 2", "✓ its gradient: 1 of 1"]
    assert mark(shown_question(), "", answers(*TRUE)).points == 4


def test_a_visible_cell_that_passes_earns_nothing_by_itself():
    """A kernel that strips asserts passes every cell: what counts is the value, compared outside."""
    assert mark(shown_question(), "", answers(77, 77, 77), shown=True).points == 0
    assert mark(shown_question(), "", answers(*MEAN), shown=False).points == 0
    assert mark(shown_question(), "", answers(*MEAN), shown=False).slip == "the mean for the sum"


def test_where_no_part_is_for_the_visible_cell_the_values_decide():
    result = mark(question(), "", answers(*TRUE), shown=False)
    assert (result.points, result.slip, result.strange) == (4, "", "")


def test_a_part_is_for_the_visible_cell_by_its_name_or_its_word():
    for name in ("the example above", "the examples above", "the first example"):
        assert is_shown({"part": name}) and not is_shown({"part": name, "shown": False})
    for name in ("any batch", "counterexamples", "exampled"):
        assert not is_shown({"part": name, "shown": None}) and is_shown({"part": name, "shown": True})


# -- no answer, or a strange one ----------------------------------------------------------------------------------


def test_not_attempted():
    result = mark(question(), "", {name: [{"error": "NotImplementedError"}] for name, _ in PARTS})
    assert (result.points, result.attempted, result.slip, result.strange) == (0, False, "", "")
    assert all(f"({marking.NOTHING})" in line for line in result.lines)


def test_one_part_attempted_is_attempted():
    result = mark(
        question(), "", answers(77, 0, 0) | {name: [{"error": "NotImplementedError"}] for name, _ in PARTS[1:]}
    )
    assert result.attempted


@pytest.mark.parametrize("told", [{}, {"the example": []}, {"another part": [sent(4)]}], ids=str)
def test_no_answer_earns_nothing_and_says_so(told):
    result = mark(question(), "", told)
    assert result.points == 0 and result.attempted and not result.strange
    assert all(f"({marking.NOTHING})" in line for line in result.lines)


def test_two_answers_for_one_part_earn_nothing():
    result = mark(question(), "", answers(*TRUE) | {"any batch": [sent(8.0), sent(8.0)]})
    assert result.points == 2 and result.strange == "why were 2 answers sent for one part?"


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_value_earns_nothing_and_is_flagged(what):
    result = mark(question(), "", answers(*TRUE) | {"any batch": [MALFORMED[what]]})
    assert result.points == 2 and result.strange == "why was a value sent that is no answer?"


def test_nothing_at_all_is_a_value():
    key = question()
    key["expected"][""][1] = None
    told = answers(4, None, 2)
    assert mark(key, "", told).points == 4
    assert mark(question(), "", told).points == 2


@pytest.mark.parametrize(
    "error", ["ValueError", "NameError", "MemoryError", "NotImplementedError", "nothing", "<script>", "answer 7.25", ""]
)
def test_whatever_is_raised_has_one_word(error):
    """Among nineteen names an answer chose by the hidden input: 24 of its seed's 31 bits came out on one page."""
    result = mark(question(), "", answers(0, 8, 2) | {"the example": [{"error": error}]})
    assert result.points == 3 and result.lines[0] == f"✗ the example: 0 of 1 ({marking.NOTHING})"
    assert not error or error not in "".join([*result.lines, result.strange]).replace(marking.NOTHING, "")


def test_what_is_said_of_a_question_is_one_of_a_few_texts():
    """All that a kernel can send, in every combination: the texts of a page are as few as the bound says."""
    key, said = question(personal=True), set()
    sendable = [*TRUE, *MEAN, *HALF, *[3 * one for one in TRUE], *[2 * one for one in TRUE], 77.0, None, "text", [1, 2]]
    raised = [[{"error": name}] for name in ("NotImplementedError", "ValueError", "odd")] + [[], [sent(1), sent(2)]]
    for told in itertools.product([[sent(value)] for value in sendable] + raised, repeat=3):
        result = mark(key, label({"slope": 1}), dict(zip((name for name, _ in PARTS), told, strict=True)))
        said.add(tuple(result.lines if result.attempted else ["○ not attempted"]))
    assert 27 <= len(said) <= 1 + 2 * 3**3 + 2


def test_an_error_is_never_right_even_where_the_reference_fails_alike():
    """A student must not earn a part by raising what no reference raises: the bank's slips may."""
    assert not same({"error": "ValueError"}, sent(4.0), **TOLERANCE)
    assert not same(NOTHING, sent(None), **TOLERANCE)


# -- numbers of one's own, and parts with many right answers ---------------------------------------------------------


def test_ones_own_numbers_are_what_counts():
    key = question(personal=True)
    for slope in (1, 2, 3):
        result = mark(key, label({"slope": slope}), answers(*[slope * value for value in TRUE]))
        assert (result.points, result.slip, result.strange) == (4, "", "")


def test_a_slip_with_ones_own_numbers_is_named():
    assert mark(question(personal=True), label({"slope": 3}), answers(*[3 * value for value in MEAN])).slip == (
        "the mean for the sum"
    )


def test_the_answers_of_another_student_get_a_hint_and_one_number_alone_is_no_question():
    """When a question is asked stands in test_suspicion.py."""
    result = mark(question(personal=True), label({"slope": 1}), answers(*[3 * value for value in TRUE]))
    assert result.points == 0 and result.slip == "" and result.strange == ""
    assert result.lines[-1] == HINT
    mixed = mark(question(personal=True), label({"slope": 1}), answers(12, 24, 4))  # of two students
    assert mixed.slip == "" and mixed.strange == "" and len(mixed.lines) == 3


def test_a_question_without_numbers_of_ones_own_takes_no_notice_of_them():
    assert mark(question(), label({"slope": 3}), answers(*TRUE)).points == 4
    assert other_numbers(question(), "", [sent(value) for value in TRUE]) == ("", "")


def test_many_right_answers_are_tried_by_their_test():
    key, seen = question(accept={"any batch"}), []

    def accept(value):
        seen.append(value)
        return decode(value).item() > 5

    result = mark(key, "", answers(4, 99, 2), {"any batch": accept})
    assert result.points == 4 and seen == [sent(99)]
    assert mark(key, "", answers(4, 3, 2), {"any batch": accept}).points == 2
    assert mark(key, "", answers(*TRUE), None).points == 2, "without its test a part earns nothing"


def test_a_test_is_never_given_what_no_kernel_makes():
    key, seen = question(accept={"any batch"}), []
    mark(key, "", answers(*TRUE) | {"any batch": [{"shape": [0, 10**12], "data": []}]}, {"any batch": seen.append})
    assert seen == [NOTHING]
