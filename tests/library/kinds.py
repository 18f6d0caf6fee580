"""Things of 80 kinds that a learner's code may hold, each as a function of one number: ALL[kind](n).

Told twice for the same number they are the same text, for another number another (tests/library/test_cache.py).
"""

import abc
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import logging
import operator
import pathlib
import random
import re
import types
import typing
import weakref

import numpy as np
import sklearn.decomposition
import torch
import torch.utils.checkpoint
from torch import nn
from torchvision import transforms


@dataclasses.dataclass
class Config:
    weight: float = 1.0
    names: list = dataclasses.field(default_factory=list)
    kind: "int | None" = None


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    weight: float


class Color(enum.Enum):
    A = 1
    B = 2


class Flag(enum.IntFlag):
    A = 1
    B = 2


class P(typing.NamedTuple):
    a: int
    b: int = 3


Q = collections.namedtuple("Q", "a b")


class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...


class Derived(Base):
    def __init__(self, n):
        self.n = n

    def f(self):
        return 1


class D(dict):
    pass


class L(list):
    pass


class F(float):
    pass


class S(str):
    pass


class T(torch.Tensor):
    pass


class A(np.ndarray):
    pass


class G(typing.Generic[typing.TypeVar("X")]):
    def __init__(self, n):
        self.n = n


class Old:
    __slots__ = ("n", "__weakref__")

    def __init__(self, n):
        self.n = n


class Desc:
    def __init__(self, n):
        self.n = n

    def __get__(self, o, t):
        return self.n


class Lazy:
    def __init__(self, n):
        self.n = n

    @functools.cached_property
    def twice(self):
        return 2 * self.n


class Meta(type):
    def __new__(m, n, b, d):
        return super().__new__(m, n, b, {**d, "x": 1})


class Act(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, g):
        return g


def closure(n):
    def f(x):
        return x * n

    return f


def gen(n):
    yield n


ALL = {
    "dataclass": lambda n: Config(n),
    "dataclass list": lambda n: Config(1, [n]),
    "slots": lambda n: Slotted(n),
    "enum": lambda n: list(Color)[n - 1],
    "flag": lambda n: Flag(n),
    "namedtuple": lambda n: P(n),
    "collections": lambda n: Q(n, 1),
    "abc": lambda n: Derived(n),
    "dict sub": lambda n: D(a=n),
    "list sub": lambda n: L([n]),
    "float sub": lambda n: F(n),
    "str sub": lambda n: S(n),
    "tensor sub": lambda n: torch.ones(n).as_subclass(T),
    "array sub": lambda n: np.ones(n).view(A),
    "generic": lambda n: G(n),
    "old slots": lambda n: Old(n),
    "descriptor": lambda n: type("C", (), {"d": Desc(n)}),
    "cached property": lambda n: Lazy(n),
    "metaclass": lambda n: Meta("M", (), {"y": n}),
    "function attr": lambda n: setattr(f := closure(1), "w", n) or f,
    "lru": lambda n: functools.lru_cache(closure(n)),
    "partialmethod": lambda n: functools.partialmethod(closure(n)),
    "methodcaller": lambda n: operator.methodcaller("f", n),
    "itemgetter": lambda n: operator.itemgetter(n),
    "counter": lambda n: collections.Counter("ab" * n),
    "defaultdict": lambda n: collections.defaultdict(list, a=n),
    "deque": lambda n: collections.deque([n]),
    "ordered": lambda n: collections.OrderedDict(a=n),
    "chainmap": lambda n: collections.ChainMap({"a": n}),
    "regex": lambda n: re.compile(str(n)),
    "path": lambda n: pathlib.Path(str(n)),
    "decimal": lambda n: decimal.Decimal(n),
    "fraction": lambda n: fractions.Fraction(n),
    "date": lambda n: datetime.date(2000, 1, n),
    "np scalar": lambda n: np.float32(n),
    "np object": lambda n: np.array([closure(n), None], dtype=object),
    "np rng": lambda n: np.random.default_rng(n),
    "np legacy": lambda n: np.random.RandomState(n),
    "random": lambda n: random.Random(n),
    "torch gen": lambda n: torch.Generator().manual_seed(n),
    "dtype": lambda n: [torch.float32, torch.float64][n - 1],
    "namespace": lambda n: types.SimpleNamespace(f=closure(n)),
    "proxy": lambda n: types.MappingProxyType({"a": n}),
    "slice": lambda n: slice(n),
    "complex": lambda n: complex(n),
    "bytearray": lambda n: bytearray([n]),
    "memory": lambda n: np.arange(4)[::n],
    "module dict": lambda n: nn.ModuleDict({"a": nn.Identity(), "b": nn.Dropout(n / 4)}),
    "param dict": lambda n: nn.ParameterDict({"a": torch.ones(n)}),
    "lstm": lambda n: (torch.manual_seed(n), nn.LSTM(2, 2))[1],
    "optimizer": lambda n: torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=n),
    "transform": lambda n: transforms.Lambda(closure(n)),
    "distribution": lambda n: torch.distributions.Normal(0.0, float(n)),
    "loss module": lambda n: nn.CrossEntropyLoss(label_smoothing=n / 10),
    "sklearn": lambda n: sklearn.decomposition.PCA(n),
    "dataset": lambda n: torch.utils.data.TensorDataset(torch.ones(n)),
    "vmap": lambda n: torch.func.vmap(closure(n)),
    "grad": lambda n: torch.func.grad(closure(n)),
    "no_grad": lambda n: torch.no_grad()(closure(n)),
    "checkpoint": lambda n: functools.partial(torch.utils.checkpoint.checkpoint, closure(n)),
    "autograd function": lambda n: type(
        "A", (torch.autograd.Function,), {"forward": staticmethod(closure(n)), "backward": staticmethod(closure(1))}
    ),
    "negative view": lambda n: torch.ones(n, dtype=torch.cfloat).conj().imag,
    "conj": lambda n: torch.ones(n, dtype=torch.cfloat).conj(),
    "bool tensor": lambda n: torch.ones(n).bool(),
    "expanded": lambda n: torch.ones(1).expand(n),
    "zero tensor": lambda n: torch.zeros(n, 0),
    "bf16": lambda n: torch.ones(n).bfloat16(),
    "fp8": lambda n: torch.ones(n).to(torch.float8_e4m3fn),
    "weakref": lambda n: weakref.ref(KEEP.setdefault(n, G(n))),
    "bound builtin": lambda n: [1] * n and ([0] * n).append,
    "ufunc": lambda n: [np.add, np.multiply][n - 1],
    "builtin": lambda n: [sum, max][n - 1],
    "torch fn": lambda n: [torch.relu, torch.sigmoid][n - 1],
    "method descr": lambda n: [torch.Tensor.add, torch.Tensor.mul][n - 1],
    "F": lambda n: [nn.functional.gelu, nn.functional.silu][n - 1],
    "logger": lambda n: logging.getLogger(str(n)),
    "compose": lambda n: transforms.Compose([closure(n)]),
    "tied list": lambda n: (lambda a: [a, a] if n == 1 else [a, list(a)])([1]),
    "long str": lambda n: "a" * 1000 + str(n),
    "nan": lambda n: [float("nan"), 0.0][n - 1],
    "minus zero": lambda n: [0.0, -0.0][n - 1],
    "true": lambda n: [1, True][n - 1],
    "set of functions": lambda n: {closure(n), closure(5)},
}
KEEP = {}
