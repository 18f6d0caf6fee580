"""Lesson 08's explorer: a string that the reader types, turned round through one vector and with attention."""

from collections.abc import Mapping

from torch import nn

from course_lib.models import GRUSeq2Seq
from course_lib.plotting import Figure

from .pack import layer, pack
from .shown import Live


def layers(model: GRUSeq2Seq) -> list[nn.Linear]:
    """The model as layers for `pack`, in sequence.js' order; they share its weights. Rows of the first: the symbols."""
    weights = (
        (model.embed.weight, None),
        *((getattr(gru, f"weight_{way}_l0"), getattr(gru, f"bias_{way}_l0"))
          for gru in (model.reader, model.writer) for way in ("ih", "hh")),
        *((step.weight, step.bias) for step in (model.out, model.query) if step is not None),
    )  # fmt: skip
    return [layer(*each) for each in weights]


def attention_map(models: Mapping[str, GRUSeq2Seq], start: str, static: Figure, longest: int = 20) -> Live:
    """A string to type or to shuffle, written in reverse by two networks; where the second one looks.

    `models` are {name: without attention, name: with it}; `start` is the first string, `longest` how many digits may
    be typed. Raises ValueError where there aren't these two.
    """
    if [model.query is not None for model in models.values()] != [False, True]:
        raise ValueError("give two models: the one with one vector first, then the one with attention")
    networks = [{"name": name, "network": pack(layers(model))} for name, model in models.items()]
    return Live({"kind": "attend", "networks": networks, "start": start, "longest": longest}, static)
