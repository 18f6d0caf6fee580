"""What runs in the student's kernel for a hidden test: it draws the inputs and sends out the values.

The text of this file is executed there as it is, so it imports nothing of course_lib. Nothing in it is trusted:
whoever rewrites it in the kernel still has to send the right values.
"""

import json

MIME = "application/x-course-values"
MOST = 4_096  # numbers in one value
LONG = 2_000  # characters in one text


def encode(value, room=None):
    """A value as something that JSON can hold; what can't be sent becomes {"other": its type}."""
    room = [MOST] if room is None else room
    if value is None or isinstance(value, str):
        return value if value is None else {"text": value[:LONG]}
    if isinstance(value, dict):
        return {"dict": {str(key)[:LONG]: encode(one, room) for key, one in list(value.items())[:MOST]}}
    if isinstance(value, list | tuple):
        return {"list": [encode(one, room) for one in value[:MOST]]}
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "tolist"):
        shape, data = list(value.shape), value.reshape(-1).tolist()
    elif hasattr(type(value), "__float__"):  # also a fraction or a decimal number
        shape, data = [], [value]
    else:
        return {"other": type(value).__name__[:40]}
    room[0] -= len(data)
    if room[0] < 0:
        return {"other": f"more than {MOST} numbers"}
    return {"shape": shape, "data": [float(one) for one in data]}


def attempt(answer):
    """The encoded value of answer(), or what it raised."""
    try:
        return encode(answer())
    except BaseException as error:
        if type(error).__name__ == "KeyboardInterrupt":
            raise
        return {"error": type(error).__name__[:40]}


def tools(seed, send):
    """draw, pick and probe for one question; send(part, points, value, ...) takes what a probe finds."""
    import torch

    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator)

    def pick(low, high):
        return int(torch.randint(low, high + 1, (), generator=generator))

    def probe(points, part, answer, rtol=1e-4, atol=1e-6, accept=None, shown=None):
        # shown: the part is for what the visible cell shows, which must pass as well (None: its name says "example")
        send(part=part, points=points, value=attempt(answer), rtol=rtol, atol=atol, accept=accept, shown=shown)

    return draw, pick, probe


def publish(question):
    """A send that publishes the values under a type of their own."""

    def send(part, value, **_):
        text = json.dumps({"question": question, "part": part, "value": value})
        get_ipython().display_pub.publish(data={MIME: text}, metadata={})  # noqa: F821  (a kernel has it)

    return send
