"""Values that are known only when the model runs, and the registry of what their uses mean.

Each carries its flavour - Python number, NumPy scalar or array - since their arithmetic differs.
What no hook sees acts on them through their special methods, which all refuse.
"""

import inspect
import types
from dataclasses import dataclass, fields, is_dataclass

from .errors import TraceError
from .graph import Value

PYTHON, SCALAR, ARRAY = "Python number", "NumPy scalar", "array"
COPY = "a .copy() first"
MAY_SHARE = "an array that may share memory with one that was stored into"
lowerings: dict = {}
"""Function object to lowering; filled by the modules of ``lower``."""
active: list = []
"""Tracers at work, the innermost last."""
promoted: dict = {}
"""Lists and arrays, by id, whose contents are recorded: (the object, Rows or Recorded)."""
attributes: dict = {}
"""Name of an attribute or method of arrays to (is it a method, lowering)."""


_REFUSALS = {
    "bool": (
        "a decision (if, while, and, or, not, assert) on",
        "np.where, np.logical_and, np.logical_or, np.logical_not",
    ),
    **dict.fromkeys(
        ("lt", "le", "gt", "ge"), ("a chain of comparisons on", "np.logical_and(0 < x, x < 1)")
    ),
    "iter": ("a loop over", "operations on whole arrays"),
    "format": ("text made of", ""),
    "str": ("text made of", ""),
}


def _make_refusal(name: str):
    what, instead = _REFUSALS.get(name, ("this use of", ""))

    def refuse(self, *arguments, **keywords):
        raise TraceError(
            f"{what} a value that is known only when the model runs is not compiled",
            instead=instead,
        )

    return refuse


class Recorded:
    """A value that is known only when the model runs.

    ``axes`` is the order in which the array's axes lie in ``value`` (None: the same order): sums follow the memory of a
    transposed array, not its axes.  ``strided`` says that it is a view with gaps, whose sum over several axes NumPy orders
    in its own way.

    An array has an identity, since stores change it for every name it has: its ``value`` is what it holds now.  A view has
    a ``base`` and the ``key`` that reads it, a subscript or a ``Shared``; stores go through to the base.  ``spoiled`` says why it cannot be read
    any more.
    """

    __array_ufunc__ = None
    __hash__ = None

    def __init__(
        self, value: Value, flavour: str, axes: tuple | None = None, strided: bool = False
    ):
        self._value, self.flavour, self.axes, self.strided = value, flavour, axes, strided
        self.base: Recorded | None = None
        self.key = None
        self.spoiled = ""
        self.known: object = None  # the array that it stands for, which was known first
        self.older = False  # it may be an array that was there before the call
        self.born = active[-1].graph if active else None
        self._seen = None

    @property
    def value(self) -> Value:
        if self.spoiled:
            raise TraceError(self.spoiled, instead=COPY)
        if self.base is not None:
            held = self.base.value
            if held is not self._seen or not active[-1].graph.reaches(self._value):
                self._value, self._seen = active[-1].read_view(self), held
        return self._value

    @value.setter
    def value(self, value: Value) -> None:
        self._value = value

    def as_view(self, base: "Recorded", key) -> "Recorded":
        """The same, as a part of another array."""
        self.base, self.key, self._seen = base, key, base.value
        return self

    def why_unreadable(self) -> str:
        """Empty, or why there is nobody who knows what it holds."""
        if self.spoiled or self.base is None:
            return self.spoiled
        hidden = isinstance(self.key, Shared) and self.key.read is None
        if hidden and self.base.value is not self._seen:
            return MAY_SHARE
        return self.base.why_unreadable()

    @property
    def kind(self) -> str:
        """NumPy's letter for the kind of type: b, i, u, f, or O for text."""
        return self._value.dtype.kind

    @property
    def rank(self) -> int:
        return self._value.rank

    @property
    def dims(self) -> tuple:
        dims = self.value.dims
        return dims if self.axes is None else tuple(dims[a] for a in self.axes)


_HOOKED = [
    "bool",
    "iter",
    "len",
    "index",
    "float",
    "int",
    "complex",
    "array",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "truediv",
    "rtruediv",
    "floordiv",
    "rfloordiv",
    "mod",
    "rmod",
    "pow",
    "rpow",
    "matmul",
    "rmatmul",
    "and",
    "rand",
    "or",
    "ror",
    "xor",
    "rxor",
    "neg",
    "pos",
    "invert",
    "abs",
    "round",
    "getitem",
    "setitem",
    "contains",
    "format",
    "str",
    "trunc",
    "floor",
    "ceil",
    "divmod",
    "rdivmod",
    "lshift",
    "rlshift",
    "rshift",
    "rrshift",
    "iadd",
    "isub",
    "imul",
    "itruediv",
]
for _name in _HOOKED:
    setattr(Recorded, f"__{_name}__", _make_refusal(_name))


@dataclass(eq=False)
class Shared:
    """How an array shows the elements of another: the key of a view that is no subscript.

    ``read(tracer, base)`` makes it anew, ``write(tracer, base, value)`` gives what the base becomes by a store into it.
    None: where only NumPy knows whether memory is shared, a store into either is refused.
    """

    read: object = None
    write: object = None


class Undefined:
    """What a variable holds that was not assigned on the way here."""

    def __repr__(self):
        return "undefined"


UNDEFINED = Undefined()


class Either:
    """One of several things of unlike type, known only when the model runs.

    ``flags`` are recorded bools, one for each of ``options`` but the last; at most one is true.
    """

    __hash__ = None

    def __init__(self, flags: tuple, options: tuple):
        self.flags, self.options = flags, options


for _name in _HOOKED:
    setattr(Either, f"__{_name}__", _make_refusal(_name))


@dataclass(eq=False)
class Text:
    """Text with recorded values in it: a template with ``{}`` in their places, for messages only."""

    template: str
    place: tuple = (0, "", "")


class Cell:
    """A variable that several functions store."""

    def __init__(self, value):
        self.value = value
        self.born = active[-1].graph if active else None


@dataclass(eq=False)
class Rows:
    """What a list holds whose length is known only when the model runs: a column for each number of an element."""

    kind: object
    columns: tuple


class Sequence:
    """Something that is gone over: ``length`` is an int or a recorded int, ``item(i)`` takes either.

    A range may be gone over again.  An iterator (zip, map, ...) is used up: ``used`` is then a cell that tells it.
    """

    def __init__(self, length, item, iterator: bool = False):
        self.length, self.item = length, item
        self.lists: tuple = ()  # what of the tracer's `lists_of` is gone over
        self.made_of: tuple = ()  # a range: what makes it, and of what
        self.used = Cell(False) if iterator else None


class Generator:
    """A generator expression: ``run(take)`` gives each of its elements to ``take``, once."""

    def __init__(self, run):
        self.run = run
        self.used = Cell(False)


INTERNAL = (Sequence, Generator, Text)


def describe(thing) -> str:
    """An object that stands for one of Python's, in words."""
    return {
        Sequence: "a range, zip or enumeration of recorded length",
        Generator: "a generator",
        Text: "text made of a value that is known only when the model runs",
    }[type(thing)]


class Raised(Exception):  # noqa: N818 - it stands for an exception of the user's
    """An exception that the traced function raises on the way that is being traced."""

    def __init__(self, type: type, message: str):
        super().__init__(message)
        self.type, self.message = type, message
        self.place = (0, "", "")


@dataclass(eq=False)
class Method:
    """A method of a recorded array, not called yet."""

    owner: Recorded
    name: str
    lowering: object


def record_fields(thing) -> tuple:
    """Fields of an object that nobody can change and that is nothing but them, so that an equal one is as good."""
    if isinstance(thing, type) or not is_dataclass(thing) or not thing.__dataclass_params__.frozen:
        return ()
    names = tuple(field.name for field in fields(thing))
    return names if set(getattr(thing, "__dict__", names)) == set(names) else ()


def holds_recorded(thing) -> bool:
    """Is a recorded value in it, at any depth of lists, tuples, dicts and slices?"""
    if (
        isinstance(thing, Recorded | Method | Either | Rows | Text | Sequence | Generator | Raised)
        or id(thing) in promoted
    ):
        return True
    if isinstance(thing, list | tuple | set):
        return any(holds_recorded(t) for t in thing)
    if isinstance(thing, dict):
        return any(holds_recorded(t) for t in thing.values())
    if isinstance(thing, slice):
        return any(holds_recorded(t) for t in (thing.start, thing.stop, thing.step))
    return isinstance(thing, types.MethodType | types.BuiltinMethodType) and holds_recorded(
        thing.__self__
    )


def apply_lowering(tracer, lowering, name, arguments, keywords):
    """Calls a lowering; a keyword that its signature does not list is refused."""
    try:
        bound = inspect.signature(lowering).bind(tracer, *arguments, **keywords)
    except TypeError as error:
        raise TraceError(f"{name} is not compiled with these arguments: {error}") from None
    return lowering(*bound.args, **bound.kwargs)


def lowers(*functions):
    """Registers a lowering: ``@lowers(np.mean)``; its keywords are the ones that are supported."""

    def register(lowering):
        for function in functions:
            lowerings[function] = lowering
        return lowering

    return register
