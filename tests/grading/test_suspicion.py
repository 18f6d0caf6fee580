"""Nobody honest is accused: a busy machine, shared memory, an off-by-one and ordinary code raise no question."""

import contextlib
import itertools
import json
import math
import mmap
import os
import sys
import time
from types import SimpleNamespace

import pytest

from tests import needs

needs.nbgrader()
import numpy  # noqa: E402
import psutil  # noqa: E402
import torch  # noqa: E402

from course_lib.grading.autograde import canaries  # noqa: E402
from course_lib.grading.autograde.marking import mark  # noqa: E402
from course_lib.grading.autograde.suspicion import HINT, RARE, luck, other_numbers  # noqa: E402
from course_lib.grading.sandbox import counts  # noqa: E402
from course_lib.grading.sandbox.kernel_side import encode  # noqa: E402

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
TOLERANCE = {"rtol": 1e-4, "atol": 1e-6}


# -- another student's numbers -----------------------------------------------------------------------------------

SETS = [{"depth": depth, "weight": weight} for depth in (4, 5, 6, 7) for weight in (0.5, 1.5, 2, 3)]


def label(numbers):
    return json.dumps(numbers, sort_keys=True)


def sent(values):
    return [json.loads(json.dumps(encode(value))) for value in values]


def chain(depth, weight):
    """The factor of a network of sigmoids, what a step changes, and a number that all students share."""
    return [(weight / 4) ** depth, depth * weight + 0.1 * weight**2, [4.0, 1.0]]


WRONG = {
    "one layer too few": lambda depth, weight: [(weight / 4) ** (depth - 1), (depth - 1) * weight, [4.0, 1.0]],
    "the slope is forgotten": lambda depth, weight: [weight**depth, depth * weight, [1.0, 1.0]],
    "the sum for the product": lambda depth, weight: [depth * weight / 4, depth + weight, [4.0, 1.0]],
    "the slope of tanh": lambda depth, weight: [weight**-depth, depth - weight, [1.0, 4.0]],
    "base and exponent exchanged": lambda depth, weight: [depth ** (weight / 4), weight, [4.0, 4.0]],
}


def key_of(sets=SETS, answer=chain, wrong=WRONG):
    parts = [{"name": f"part {i}", "points": 1, "accept": False, **TOLERANCE} for i in range(len(answer(**sets[0])))]
    expected = {label(one): sent(answer(**one)) for one in sets}
    slips = [
        {"name": name, "points": 0, "values": {label(one): sent(function(**one)) for one in sets}}
        for name, function in wrong.items()
    ]
    return {"points": len(parts), "personal": True, "parts": parts, "expected": expected, "slips": slips}


KEY = key_of()


@pytest.mark.parametrize("own", SETS, ids=label)
def test_an_off_by_one_is_never_a_question(own):
    """What was measured: an off-by-one in the number of layers was "another student's" for 12 of 16 sets."""
    hints = 0
    for change in ({"depth": own["depth"] + 1}, {"depth": own["depth"] - 1}, {"weight": 2}, {"weight": 3}):
        other = own | change
        if other != own:
            result = mark(KEY, label(own), {f"part {i}": [one] for i, one in enumerate(sent(chain(**other)))})
            assert not result.strange and not result.slip
            if other in SETS:
                hints += 1
                assert result.lines[-1] == HINT
    assert hints >= 2


def test_no_wrong_answer_of_the_bank_is_a_question_whatever_numbers_it_is_given():
    for own, given, function in itertools.product(SETS, SETS, WRONG.values()):
        assert not mark(KEY, label(own), {f"part {i}": [one] for i, one in enumerate(sent(function(**given)))}).strange


def test_all_of_anothers_numbers_are_a_question_with_its_evidence():
    own, other = SETS[0], SETS[-1]
    hint, question = other_numbers(KEY, label(own), sent(chain(**other)))
    assert question.startswith(
        "are these answers another student's? They are right for depth = 7, weight = 3, and here"
    )
    assert "depth = 4, weight = 0.5. 2 values that depend on these numbers agree" in question
    count, chance = luck(KEY, label(own), label(other))
    assert count == 2 and chance < RARE and f"chance does less than 1 time in {int(1 / chance):,}" in question
    assert "another student" not in hint and "?" in hint, "the student reads a hint, and no accusation"
    told = mark(KEY, label(own), {f"part {i}": [one] for i, one in enumerate(sent(chain(**other)))})
    assert told.strange == question and told.lines[-1] == hint and not told.slip


def test_an_oversight_is_not_a_question():
    own, other = label(SETS[0]), label(SETS[-1])
    assert other_numbers(KEY, own, sent(chain(**SETS[-1])), {other}) == (HINT, "")


def test_exchanged_numbers_are_not_a_question():
    sets = [{"first": a, "second": b} for a in (1, 2, 3, 5) for b in (2, 3, 5)]
    key = key_of(sets, lambda first, second: [0.6 * first + 0.8 * second, 0.3 * first**second], {})
    values = sent([0.6 * 3 + 0.8 * 2, 0.3 * 3**2])
    hint, question = other_numbers(key, label({"first": 2, "second": 3}), values)
    assert hint == HINT and not question


def test_one_value_alone_or_an_empty_bank_excludes_no_chance():
    one = key_of(answer=lambda depth, weight: [depth * 10 + weight], wrong={"none": lambda depth, weight: [0.0]})
    assert other_numbers(one, label(SETS[0]), sent([73.0]))[1] == ""
    assert other_numbers(key_of(wrong={}), label(SETS[0]), sent(chain(**SETS[-1])))[1] == ""


def test_small_whole_numbers_that_many_sets_share_exclude_no_chance():
    key = key_of(answer=lambda depth, weight: [round(weight) + depth, depth], wrong={
        name: lambda depth, weight, by=by: [depth + by, depth + by] for by, name in enumerate("abcde", 1)})  # fmt: skip
    for own, other in itertools.product(SETS, SETS):
        assert not other_numbers(key, label(own), sent([round(other["weight"]) + other["depth"], other["depth"]]))[1]


# -- cells that must fail, and cells that must pass ----------------------------------------------------------------


class Fake:
    """A kernel that ends its cells as it is told: ends[True] those that must fail, ends[False] the others."""

    def __init__(self, made, ends):
        self.made, self.ends = {one["code"]: one for one in made}, ends

    def run(self, code, seconds=None):
        assert seconds >= 60, "a loaded core takes longer than a cell may"
        must_fail = self.made[code]["fails"]
        end = self.ends.get(must_fail, "AssertionError" if must_fail else "ok")
        end = end.pop(0) if isinstance(end, list) else end
        if end in ("ok", "timeout"):
            return [], end
        return [SimpleNamespace(output_type="error", ename=end)], "error"


class Honest:
    """Runs a cell in these names, as a kernel does."""

    def __init__(self, **names):
        self.names = names

    def run(self, code, seconds=None):
        try:
            exec(code, self.names)
        except Exception as error:
            return [SimpleNamespace(output_type="error", ename=type(error).__name__)], "error"
        return [], "ok"


def asked(ends):
    made = canaries.cells("a secret", "pca", "ada")
    return canaries.questions(Fake(made, ends), made)


@pytest.mark.parametrize("end", ["timeout", "MemoryError", "KeyboardInterrupt", "RuntimeError", "NameError"])
def test_what_a_busy_machine_or_a_full_one_does_is_no_evidence(end):
    assert asked({True: end}) == asked({False: end}) == asked({False: end, True: end}) == []


def test_once_is_no_evidence_and_twice_is_a_question():
    assert asked({}) == asked({True: ["ok", "AssertionError"] * 20}) == []
    assert asked({False: ["AssertionError", "ok"] * 20}) == []
    found = asked({True: "ok"})
    names = ", ".join(sorted([*canaries.KINDS, "division"]))
    assert found == [f"was the kernel changed? tests that must fail ended twice with no error ({names})"]
    assert asked({False: "AssertionError"}) == ["was the kernel changed? a test that must pass failed twice"]
    assert len(asked({True: "ok", False: "AssertionError"})) == 1, "one question"


@pytest.mark.parametrize("student", ["ada", "zoe"])
def test_an_honest_kernel_is_not_asked_about_whatever_its_names_are(student):
    made = canaries.cells("a secret", "pca", student)
    own = dict.fromkeys(["abs", "all", "t", "torch", "numpy", "np", "math", "a", "b", "x", "y", "isinstance"], 3)
    assert canaries.questions(Honest(), made) == canaries.questions(Honest(**own), made) == []
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        assert canaries.questions(Honest(), made) == []
    finally:
        torch.set_default_dtype(before)


def test_the_cells_are_drawn_anew_for_everybody():
    drawn = {who: canaries.cells("a secret", "pca", who) for who in map("student{}".format, range(20))}
    other = canaries.cells("another secret", "pca", "student0")
    assert canaries.cells("a secret", "pca", "student0") == drawn["student0"], "the same again, when it is graded again"
    codes = [one["code"] for made in [*drawn.values(), other] for one in made]
    assert len(set(codes)) == len(codes) == 21 * (len(canaries.KINDS) + 3)
    assert len({tuple(one["what"] for one in made) for made in drawn.values()}) > 15, "their order as well"


PATCHES = {
    "torch.isclose": lambda patch, yes: patch.setattr(torch, "isclose", lambda a, b, **k: a == a),
    "torch.allclose": lambda patch, yes: patch.setattr(torch, "allclose", yes),
    "torch.equal": lambda patch, yes: patch.setattr(torch, "equal", yes),
    "Tensor.__eq__": lambda patch, yes: patch.setattr(torch.Tensor, "__eq__", lambda a, b: torch.ones(len(a))),
    "numpy.testing": lambda patch, yes: patch.setattr(numpy.testing, "assert_allclose", lambda *a, **k: None),
    "math.isclose": lambda patch, yes: patch.setattr(math, "isclose", yes),
}


@pytest.mark.parametrize("what", PATCHES)
def test_a_tool_that_always_agrees_is_noticed_even_where_it_spares_what_was_published(what):
    made = canaries.cells("a secret", "pca", "ada")
    with pytest.MonkeyPatch.context() as patch:
        PATCHES[what](patch, lambda *a, **k: True)
        found = canaries.questions(Honest(), made)
    assert len(found) == 1 and "tests that must fail ended twice with no error (" in found[0] and what in found[0]


# -- memory ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def forked(count, work):
    """This many children, each after its work; they end with the block."""
    children, (out, into) = [], os.pipe()
    try:
        for _ in range(count):
            if (child := os.fork()) == 0:
                try:
                    kept = work()  # noqa: F841
                    os.write(into, b".")
                    time.sleep(60)
                finally:
                    os._exit(0)
            children.append(child)
        while count:
            count -= len(os.read(out, count))
        yield [psutil.Process(child) for child in children]
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)
        os.close(out), os.close(into)


MB = 2**20


@linux
def test_pages_that_processes_share_are_counted_once():
    hoard = bytearray(b"x") * (200 * MB)
    with forked(4, lambda: len(hoard)) as children:
        together = [psutil.Process(), *children]
        each = sum(one.memory_info().rss for one in together) / MB
        assert each > 1000, "every process counts the shared pages as its own"
        assert counts.memory(together) / MB < each - 700
        quick = counts.memory(together, most=(each + 1000) * MB) / MB
        assert quick >= each - 50, "the quick sum is taken where it is enough"


@linux
def test_pages_of_ones_own_are_counted_for_each():
    before = counts.memory([psutil.Process()])
    with forked(3, lambda: bytearray(b"x") * (100 * MB)) as children:
        assert (counts.memory([psutil.Process(), *children]) - before) / MB > 250


@linux
def test_a_shared_mapping_is_counted_once_and_cannot_be_hidden():
    def hides():
        block = mmap.mmap(-1, 100 * MB)
        block[:] = bytes(len(block))
        block.madvise(mmap.MADV_DONTNEED)  # nobody's page table has these pages now, and they are there
        return block

    with forked(1, hides) as [child]:
        assert counts.memory([child]) / MB > 100
    block = mmap.mmap(-1, 150 * MB)
    block[:] = bytes(len(block))
    with forked(4, lambda: sum(block[:: 2**12])) as children:
        each = sum(one.memory_info().rss for one in children) / MB
        assert each > 600 and 150 < counts.memory(children) / MB < each - 400


@linux
def test_a_files_name_hides_no_mapping(tmp_path):
    name = bytes(tmp_path) + b"/\xff"
    with open(name, "w+b") as file:
        file.truncate(4096)
        with mmap.mmap(-1, 50 * MB), mmap.mmap(file.fileno(), 4096):
            assert sum(counts.shared([psutil.Process()]).values()) >= 50 * MB


def test_pieces_of_a_mapping():
    assert counts.covered([]) == 0 and counts.covered([(0, 5), (3, 8), (10, 12)]) == 10
    assert counts.covered([(5, 9), (0, 20), (6, 7)]) == 20
