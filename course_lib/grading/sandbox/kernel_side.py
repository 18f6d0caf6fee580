"""What runs in the student's kernel for the tests: it draws the hidden inputs and sends out the values.

The text of this file is executed there as it is, so it imports nothing of course_lib. Nothing in it is trusted:
whoever rewrites it in the kernel still has to send the right values.

No test cell takes a name from the student: each runs in a copy of the names, and what is hidden leaves none behind.
"""

import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from itertools import islice

ORDERED = Iterator | KeysView | ValuesView | ItemsView | range  # what gives its values one after the other
MIME = "application/x-course-values"
MOST, VALUES = 4_096, 16_384  # numbers in one value, and values in all
LONG, DEEP = 2_000, 8  # characters in one text; lists in lists
LONGEST, PARTS = 400_000, 60_000  # of what is sent for one part: characters; commas, brackets and braces


class TooMuch(Exception):
    """Why a value is not sent: it is large or odd, as a mistake can make it."""


def encode(value):
    """A value as something that JSON can hold; what can't be sent, as a whole or in part, becomes {"other": why}."""
    try:
        return packed(value, [MOST, VALUES], 0)
    except TooMuch as why:
        return {"other": str(why)}


def packed(value, room, depth):
    """The same of a value in a value; room: how many numbers, and values, may still come. Raises TooMuch."""
    room[1] -= 1
    if room[1] < 0 or depth > DEEP:
        raise TooMuch(f"more than {VALUES} values" if room[1] < 0 else "too many lists in lists")
    if value is None or isinstance(value, str):
        return value if value is None else {"text": value[:LONG]}
    if isinstance(value, dict):
        return {"dict": {str(key)[:LONG]: packed(one, room, depth + 1) for key, one in value.items()}}
    if isinstance(value, ORDERED):
        value = list(islice(value, VALUES + 1))
    if isinstance(value, list | tuple):
        return {"list": [packed(one, room, depth + 1) for one in value]}
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    elif hasattr(value, "__array__"):  # a matrix of numpy's, a column of pandas'
        value = value.__array__()
    if hasattr(value, "tolist"):
        shape, data = list(value.shape), value.reshape(-1)
        if room[0] < len(data):
            raise TooMuch(f"more than {MOST} numbers")
        data = data.tolist()
    elif hasattr(type(value), "__float__"):  # also a fraction or a decimal number
        shape, data = [], [value]
    else:
        return {"other": type(value).__name__[:40]}
    room[0] -= len(data)
    if room[0] < 0:
        raise TooMuch(f"more than {MOST} numbers")
    if len(shape) > 16 or max(shape, default=0) > MOST:  # without any number in it
        raise TooMuch("a shape that is too large")
    return {"shape": shape, "data": [float(one) for one in data]}


def short(text):
    """Whether this JSON is short enough to be sent, and to be read."""
    return len(text) <= LONGEST and sum(map(text.count, ",[{")) <= PARTS


def attempt(answer):
    """The encoded value of answer(), or what it raised."""
    try:
        return encode(answer())
    except BaseException as error:
        if type(error).__name__ == "KeyboardInterrupt":
            raise
        return {"error": type(error).__name__[:40]}


def shown(code, space, name, made, given):
    """Run what a test cell shows in a copy of these names; what it gave a name to stands in `given` then.

    Names that nobody had stay (a later cell may use them), and so do those that earlier test cells `made`; a helper or
    a variable of the student's own that has such a name is left as it is. Raises what the cell raises.
    """
    own = dict(space)
    try:
        exec(compile(code, f"<{name}>", "exec"), own)
    finally:
        given.update((one, value) for one, value in own.items() if one not in space or value is not space[one])
        for one, value in given.items():
            if one not in space or one in made and space[one] is made[one]:
                space[one] = made[one] = value


def hidden(code, space, given, tools, name):
    """Run what a test cell hides in a copy of these names, with what its open part gave a name to."""
    names = {**space, **given, **dict(zip(("draw", "pick", "probe"), tools, strict=True))}
    exec(compile(code, f"<{name}>", "exec"), names)


class Notebook:
    """The names of a student's notebook: how they were at each question's test cell, and what this one made."""

    def __init__(self, space):
        self.space, self.made, self.then = space, {}, {}

    def show(self, question, code):
        """Run what a test cell shows, where it stands."""
        given = {}
        try:
            shown(code, self.space, question, self.made, given)
        finally:
            self.then[question] = dict(self.space), given

    def ask(self, question, seed, code, at_its_cell):
        """Run what the test cell hides, with all names as they were there; where it failed, as they are at the end."""
        names, given = self.then.get(question, (self.space, {}))
        last = dict(self.space)
        try:
            if at_its_cell:
                self.put(names)
            hidden(code, self.space, given, tools(seed, publish(question)), question)
        finally:
            self.put(last)

    def put(self, names):
        """Give all names these values: a function looks its helpers up there."""
        names = dict(names)
        self.space.clear()
        self.space.update(names)


def source(seed):
    """normal(shape) and whole(low, high) from a seed: 32 hexadecimal digits, or a number as in the first keys."""
    import torch

    if isinstance(seed, int):
        old = torch.Generator().manual_seed(seed)
        return (
            lambda shape: torch.randn(*shape, generator=old),
            lambda low, high: int(torch.randint(low, high + 1, (), generator=old)),
        )
    import numpy

    # torch's own generator takes 32 bits of a seed. This one takes all 128, and numpy keeps its numbers for ever.
    random = numpy.random.RandomState(numpy.random.MT19937(numpy.random.SeedSequence(int(seed, 16))))

    def normal(shape):
        numbers = torch.from_numpy(numpy.asarray(random.standard_normal(shape), dtype="float32"))
        return numbers.to(torch.get_default_dtype())

    return normal, lambda low, high: int(random.randint(low, high + 1))


def tools(seed, send):
    """draw, pick and probe for one question; send(part, points, value, ...) takes what a probe finds."""
    normal, pick = source(seed)

    def draw(*shape):
        return normal(shape)

    def probe(points, part, answer, rtol=1e-4, atol=1e-6, accept=None, shown=None):
        # shown: the part is for what the visible cell shows, which must pass as well (None: its name says "example")
        send(part=part, points=points, value=attempt(answer), rtol=rtol, atol=atol, accept=accept, shown=shown)

    return draw, pick, probe


def publish(question):
    """A send that publishes the values under a type of their own."""

    def send(part, value, **_):
        text = json.dumps({"question": question, "part": part, "value": value})
        if not short(text):
            text = json.dumps({"question": question, "part": part, "value": {"other": "a text that is too long"}})
        get_ipython().display_pub.publish(data={MIME: text}, metadata={})  # noqa: F821  (a kernel has it)

    return send
