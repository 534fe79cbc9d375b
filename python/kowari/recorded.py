"""Values that are known only when the model runs, and the registry of what their uses mean.

Each carries its flavour - Python number, NumPy scalar or array - since their arithmetic differs.
What no hook sees acts on them through their special methods, which all refuse.
"""

import inspect
import types
from dataclasses import dataclass

from .errors import TraceError
from .graph import Value

PYTHON, SCALAR, ARRAY = "Python number", "NumPy scalar", "array"
lowerings: dict = {}
"""Function object to lowering; filled by the modules of ``lower``."""
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


@dataclass(eq=False)
class Recorded:
    """A value that is known only when the model runs.

    ``axes`` is the order in which the array's axes lie in ``value`` (None: the same order): sums follow the memory of a
    transposed array, not its axes.  ``strided`` says that it is a view with gaps, whose sum over several axes NumPy orders
    in its own way.
    """

    value: Value
    flavour: str
    axes: tuple | None = None
    strided: bool = False

    __array_ufunc__ = None
    __hash__ = None

    @property
    def kind(self) -> str:
        """NumPy's letter for the kind of type: b, i, u, f, or O for text."""
        return self.value.dtype.kind

    @property
    def rank(self) -> int:
        return self.value.rank

    @property
    def dims(self) -> tuple:
        dims = self.value.dims
        return dims if self.axes is None else tuple(dims[a] for a in self.axes)


for _name in [
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
]:
    setattr(Recorded, f"__{_name}__", _make_refusal(_name))


@dataclass(eq=False)
class Method:
    """A method of a recorded array, not called yet."""

    owner: Recorded
    name: str
    lowering: object


def holds_recorded(thing) -> bool:
    """Is a recorded value in it, at any depth of lists, tuples, dicts and slices?"""
    if isinstance(thing, Recorded | Method):
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
