"""A text that is equal for equal things, in this process and in the next one, whoever wrote them."""

import _thread
import copyreg
import dis
import functools
import hashlib
import inspect
import random
import sys
import types
import weakref

import numpy
import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedTensorMixin
from torch.utils.hooks import RemovableHandle

from .uses import Untold, home, installed, named, patched, uses

PLAIN = (str, bytes, int, float, bool, complex, types.NoneType, types.EllipsisType, range, torch.dtype,
         torch.device, torch.Size, torch.layout, torch.memory_format)  # fmt: skip
CODE = ("co_code", "co_names", "co_flags", "co_varnames", "co_freevars", "co_cellvars", "co_argcount",
        "co_posonlyargcount", "co_kwonlyargcount", "co_exceptiontable")  # fmt: skip
BY_PYTHON = {"__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "__static_attributes__",
             "__annotations__", "__annotate_func__", "__annotations_cache__", "__slotnames__", "__orig_bases__",
             "__parameters__", "_abc_impl", "_autograd_function_id"}  # fmt: skip
WITHOUT_NUMBERS = RemovableHandle, _thread.LockType, _thread.RLock
IN_C = (types.BuiltinFunctionType, types.MethodWrapperType, types.WrapperDescriptorType, types.MethodDescriptorType,
        types.ClassMethodDescriptorType)  # fmt: skip
BARE = {object, nn.Module}  # bases whose instances hold nothing but what stands in their __dict__ and __slots__


class Telling:
    """Tells things, one after the other; what was told once is then told as the same thing again.

    Tensors and arrays are told by value, shape and shared memory; functions by byte code, defaults, what they enclose
    and what they ask for (`uses`), classes by what stands in them and their bases, objects by their attributes;
    what comes with an installed package by name, its objects by what is in them. Of the tensors in `weights` the values
    are told apart, in `values`: they are what training may change.
    """

    def __init__(self, weights: list[Tensor]) -> None:
        self.weights = {id(each) for each in weights}
        self.values: list[str] = []
        self.packages: set[str] = set()
        self.devices: set[str] = set()
        self.seen: dict[object, tuple[int, object]] = {}
        self.kept: list[object] = []  # so that nothing new gets an id that was seen

    def of(self, thing: object) -> str:
        """The text. Raises: Untold where the next run's can't be compared with it."""
        kind = type(thing)
        if kind in PLAIN:
            return digest(repr(thing).encode()) if kind in (str, bytes) and len(thing) > 500 else repr(thing)
        if kind is tuple:
            return f"({', '.join(map(self.of, thing))})"
        if kind in (set, frozenset):
            return f"{{{', '.join(sorted(self.each_alone(thing)))}}}"
        if inspect.isfunction(thing) and "hooked" in vars(thing) and home(thing) == "torch.optim.optimizer":
            return self.of(thing.__wrapped__)  # an optimiser's step, which PyTorch wraps at its first use
        if id(thing) in self.seen:
            return f"as {self.seen[id(thing)][0]}"
        self.seen[id(thing)] = len(self.seen), thing
        return f"{kind.__name__} {self.of(self.inside(thing))}"

    def each_alone(self, things: set | frozenset) -> list[str]:
        """The text of each, whatever order a set has today."""
        before, texts = self.seen, []
        for thing in things:
            self.seen = dict(before)
            texts.append(self.of(thing))
            self.kept.append(self.seen)
        self.seen = before
        return texts

    def inside(self, thing: object) -> object:
        """What makes a thing what it is, as plain things and tuples of further ones."""
        if "_torchdynamo_orig_callable" in getattr(thing, "__dict__", {}) or isinstance(thing, torch.jit.ScriptModule):
            raise Untold("something is compiled")
        if isinstance(thing, Tensor):
            return self.tensor(thing)
        if isinstance(thing, numpy.ndarray) and not thing.dtype.hasobject:
            return self.kind(thing), thing.dtype.str, thing.shape, thing.strides, digest(thing.tobytes())
        if thing is torch.default_generator or thing is random._inst or thing is numpy.random.mtrand._rand:
            return "seeded by fit"
        if isinstance(thing, WITHOUT_NUMBERS):
            return ""
        if type(thing) in (list, dict, types.MappingProxyType):
            return tuple(thing.items() if type(thing) is not list else thing)
        if isinstance(thing, weakref.ref):
            return thing(), None
        if inspect.iscode(thing):
            return *(getattr(thing, name) for name in CODE), consts(thing)
        if isinstance(thing, types.CellType):
            return (thing.cell_contents,) if thing != types.CellType() else ()
        if isinstance(thing, property):
            return thing.fget, thing.fset, thing.fdel
        if isinstance(thing, staticmethod | classmethod | types.MethodType):
            return thing.__func__, getattr(thing, "__self__", None)
        if isinstance(thing, functools.cached_property):
            return thing.func, thing.attrname
        if isinstance(thing, functools._lru_cache_wrapper):
            return (thing.__wrapped__,)
        if inspect.ismodule(thing):
            own = {} if self.foreign(thing.__name__) else vars(thing)
            return thing.__name__, tuple((name, each) for name, each in own.items() if name[:2] != "__")
        if inspect.isclass(thing):
            return self.kind_of(thing)
        if name := named(thing):
            self.foreign(home(thing) or "builtins")
            return name
        if inspect.isfunction(thing):
            return self.function(thing)
        if isinstance(thing, types.MemberDescriptorType | types.GetSetDescriptorType):
            return thing.__objclass__, thing.__name__
        if isinstance(thing, IN_C):
            held = getattr(thing, "__self__", None)
            return thing.__name__, getattr(thing, "__objclass__", None), None if inspect.ismodule(held) else held
        if isinstance(thing, nn.Module):
            return type(thing), tuple(without_numbers(vars(thing)).items()), self.state(thing)
        return type(thing), self.state(thing)

    def foreign(self, module: str) -> bool:
        """Whether an installed package wrote it; its version counts then."""
        if installed(module):
            self.packages.add(module.partition(".")[0])
        return installed(module)

    def tensor(self, thing: Tensor) -> tuple:
        """Everything about a tensor; two that share memory are told as such."""
        extra = tuple(vars(thing).items()), self.kind(thing), thing.requires_grad
        hooks = [getattr(thing, name, None) for name in ("_backward_hooks", "_post_accumulate_grad_hooks")]
        extra += tuple(tuple(each.values()) for each in hooks if each)
        if isinstance(thing, UninitializedTensorMixin):
            return *extra, "not initialised yet"
        if thing.layout != torch.strided or thing.is_quantized or thing.device.type == "meta":
            raise Untold(f"a tensor is of a kind whose numbers can't be read ({thing.layout}, {thing.device.type})")
        self.devices.add(thing.device.type)
        memory = thing.untyped_storage()._cdata
        shared, _ = self.seen.setdefault(("memory", memory), (len(self.seen), thing))
        place = thing.dtype, thing.device.type, tuple(thing.shape), thing.stride(), thing.storage_offset(), shared
        with torch._C.DisableTorchFunctionSubclass():
            flat = thing.detach().resolve_conj().resolve_neg().cpu().contiguous().flatten()
            if flat.stride() != (1,):  # a single number may have any
                flat = torch.empty(flat.shape, dtype=flat.dtype, device="cpu").copy_(flat)
            value = digest(flat.view(torch.uint8).numpy())
        if id(thing) in self.weights:
            self.values.append(value)
            value = "a weight"
        return *extra, *place, value

    def kind(self, thing: object) -> type | str:
        """An object's class; the usual ones by name."""
        usual = type(thing) in (Tensor, nn.Parameter, nn.Buffer, numpy.ndarray)
        return type(thing).__name__ if usual else type(thing)

    def kind_of(self, thing: type) -> object:
        """A class: an installed one by name and by what others put into it."""
        if name := named(thing):
            self.foreign(home(thing))
            changed = {key: value for each in thing.__mro__ for key, value in patched(vars(each)).items()}
            return name, tuple(changed.items()) if all(installed(each.__module__) for each in thing.__mro__) else ()
        space = ((key, value) for key, value in vars(thing).items() if key not in BY_PYTHON)
        return thing.__name__, type(thing), thing.__bases__, tuple(space)

    def function(self, thing: types.FunctionType) -> tuple:
        """Code, defaults, what it encloses, what hangs on it; and what it asks for, where a learner wrote it."""
        used = () if self.foreign(home(thing)) else tuple(uses(thing).items())
        rest = thing.__defaults__, tuple((thing.__kwdefaults__ or {}).items()), thing.__closure__ or ()
        return thing.__code__, *rest, tuple(vars(thing).items()), used

    def state(self, thing: object) -> tuple:
        """An object's attributes; where its class builds on an installed one, what that says would make it anew."""
        if isinstance(thing, torch.Generator):
            return thing.device, thing.get_state()
        mine = [each for each in type(thing).__mro__ if not installed(each.__module__)]
        base = next(each for each in type(thing).__mro__ if each not in mine)
        slots = [name for each in mine for name in [vars(each).get("__slots__", ())]]
        names = [name for each in slots for name in ([each] if isinstance(each, str) else each)]
        held = tuple((name, getattr(thing, name, None)) for name in names)
        if isinstance(thing, nn.Module) and base.__module__.startswith("torch.nn"):
            return held
        own = tuple(vars(thing).items()) if mine and hasattr(thing, "__dict__") else ()
        if base in BARE:
            return (held, own) if mine else ()
        return held, own, *self.remade(thing)

    def remade(self, thing: object) -> tuple:
        """How pickle would make an object anew, but with the things themselves instead of their names."""
        reduce = copyreg.dispatch_table.get(type(thing), lambda thing: thing.__reduce_ex__(4))
        try:
            recipe = reduce(thing)
        except Exception as error:
            raise Untold(f"what is inside a {type(thing).__qualname__} can't be told") from error
        if isinstance(recipe, str):
            return (recipe,)
        return *recipe[:3], *(tuple(each or ()) for each in recipe[3:5])


def consts(code: types.CodeType) -> tuple:
    """A code's constants without its docstring: the text that nothing loads."""
    loaded = {step.arg for step in dis.get_instructions(code) if "CONST" in step.opname}
    return tuple(each if i in loaded or not isinstance(each, str) else None for i, each in enumerate(code.co_consts))


def digest(raw: object) -> str:
    """The fingerprint of some bytes."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def without_numbers(state: dict[str, object]) -> dict[str, object]:
    """A module's attributes; hooks are numbered through all modules of a process, so only their order is told."""
    hooks = {name: value for name, value in state.items() if name.startswith("_") and "_hooks" in name and value}
    order = {number: rank for rank, number in enumerate(sorted({number for each in hooks.values() for number in each}))}
    told = {name: tuple((order[number], hook) for number, hook in each.items()) for name, each in hooks.items()}
    return {**state, **told}


def surroundings(packages: set[str], devices: set[str]) -> tuple:
    """What else the numbers hang on: versions, and PyTorch's settings. Not: processor and threads, which round only."""
    versions = [(name, str(getattr(sys.modules.get(name), "__version__", ""))) for name in sorted(packages)]
    kinds = [(name, torch.is_autocast_enabled(name), torch.get_autocast_dtype(name)) for name in sorted(devices)]
    cudnn = torch.backends.cudnn
    switches = torch.are_deterministic_algorithms_enabled(), cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32
    number = torch.get_default_dtype(), torch.get_default_device(), torch.get_float32_matmul_precision()
    hooks = [value for name, value in sorted(vars(nn.modules.module).items()) if name.startswith("_global_")]
    hooks = [tuple(each.values()) for each in hooks if isinstance(each, dict)]
    mine = [tuple(patched(vars(each)).items()) for each in (nn.functional, Tensor)]
    by = sys.version_info[:3], torch.__version__, tuple(versions)
    return *by, tuple(kinds), switches, number, tuple(hooks), tuple(mine)
