"""Values that record: running the rewritten function with them builds the graph.

Each recorded value carries its flavour - Python number, NumPy scalar or array - since their
arithmetic differs.  The tracer's hooks decide for every call and operator: concrete values mean
plain Python, recorded ones a lowering found by the function object, a Python function is rewritten
in turn, and everything else is a TraceError at the user's line.
"""

import contextlib
import functools
import gc
import inspect
import operator
import os
import random
import sys
import traceback
import types
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import operators as ops
from .errors import TraceError
from .graph import Program, ShapeError, Value
from .rewrite import BINARY, is_rewritten, rewrite, shorten, show_source

PYTHON, SCALAR, ARRAY = "Python number", "NumPy scalar", "array"
OPAQUE = ("numpy", "scipy", "pandas", "sklearn", "statsmodels", "pywt", "astropy", "numba")
OPAQUE += ("joblib", "threadpoolctl")
"""Packages whose functions are lowered or refused, never traced into."""

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


_MUTATORS = {
    list: "append extend insert pop remove clear sort reverse __setitem__ __delitem__ __iadd__ __imul__",
    dict: "clear pop popitem setdefault update __setitem__ __delitem__ __ior__",
    set: "add clear discard pop remove update difference_update intersection_update",
    bytearray: "append extend insert pop remove clear reverse",
    np.ndarray: "fill put resize sort partition setflags byteswap __setitem__",
}
_MUTATORS = {kind: set(names.split()) for kind, names in _MUTATORS.items()}
_TAKES_RECORDED = {
    list: {"append", "extend", "insert"},
    dict: {"update", "setdefault", "get", "pop"},
}
_SEQUENCES = (list, np.ndarray)
_STATELESS = (
    str,
    bytes,
    int,
    float,
    complex,
    tuple,
    frozenset,
    range,
    slice,
    type,
    np.generic,
    np.dtype,
    types.ModuleType,
)
"""Types whose methods change nothing."""
_MAKES_NEW = {list, dict, set, bytearray, sorted, "copy", "tolist", "split"}
_STRUCTURAL = {list, tuple, dict, zip, enumerate, reversed}
"""They move elements about, whatever these are."""
_CHANGES_FIRST = {
    np.copyto,
    np.put,
    np.place,
    np.putmask,
    np.fill_diagonal,
    np.put_along_axis,
    setattr,
    delattr,
}
_CHANGES_FIRST |= {getattr(operator, f"i{name.rstrip('_')}") for name in BINARY.values()}
_CHANGES_FIRST |= {operator.setitem, operator.delitem}
_NOT_REPEATABLE = (
    "time",
    "random",
    "secrets",
    "uuid",
    "os",
    "posix",
    "nt",
    "socket",
    "subprocess",
    "tempfile",
)
_NOT_REPEATABLE += (
    "platform",
    "genericpath",
    "pathlib",
    "shutil",
    "io",
    "_io",
    "logging",
    "inspect",
    "sys",
)
"""Modules whose functions answer otherwise next time."""
_NOT_REPEATABLE_NAMES = {"now", "today", "utcnow", "localtime"}
_NOT_REPEATABLE_FUNCTIONS = {id, hash, open, input, next, exec, eval, globals, locals, vars}
_UNBOUND = (types.MethodDescriptorType, types.WrapperDescriptorType)
_READS_FILES = {np.genfromtxt, np.fromfile, np.memmap}
_ENVIRONMENT = (os.environ, getattr(os, "environb", None), sys.argv, sys.path)
_PARAMETER = "a parameter of the function"


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


class Tracer:
    """The hooks that rewritten functions call, over one graph."""

    slice = slice

    def __init__(self, program: Program, root: Path):
        self.program = program
        self.graph = program.graphs[0]
        self.root = root
        self._fresh: dict[int, object] = {}

    # ---- where we are ----
    def _locate(self, frames) -> tuple[int, str, str]:
        """Line, file and expression of the first rewritten function among the frames."""
        for frame, line in frames:
            if is_rewritten(frame.f_code):
                return line, shorten(frame.f_code.co_filename, self.root), _expression(frame)
        return 0, "", ""

    @contextlib.contextmanager
    def watched(self):
        """Refuses Python functions that are reached without a hook: special methods, callbacks, descriptors.

        What they do - count, read the clock - would be done once, now, and its result be baked into the file.
        """
        strayed: list[TraceError] = []

        def watch(frame, event, argument):
            if event == "call" and not strayed and not _may_run(frame):
                name = f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}"
                reason = f"{name} would run now only, not when the model runs"
                strayed.append(TraceError(reason, instead="a call of it by name"))
                raise strayed[0]

        before, collects = sys.getprofile(), gc.isenabled()
        gc.disable()  # finalizers of others are not the function's doing
        sys.setprofile(watch)
        try:
            yield
        finally:
            sys.setprofile(before)
            if collects:
                gc.enable()
        if strayed:  # whoever called it may have caught the exception
            raise strayed[0]

    def run(self, function, arguments: tuple, keywords: dict):
        """Calls the user's function with recorded arguments; every refusal gets the user's line."""
        return self._guard(lambda: self._call(function, arguments, keywords))

    def _guard(self, action):
        line, file, expression = here = self._locate(traceback.walk_stack(sys._getframe(1)))
        if line:
            self.program.location = (line, file)
        try:
            return action()
        except TraceError as error:
            if error.file:
                raise
            line, file, expression = self._locate_error(error) or here
            raise TraceError(
                error.reason, instead=error.instead, file=file, line=line, expression=expression
            ) from None
        except Exception as error:
            line, file, expression = self._locate_error(error) or here
            known = isinstance(error, ShapeError)
            reason = (
                str(error)
                if known
                else f"Python raised {type(error).__name__} while compiling: {error}"
            )
            raise TraceError(reason, file=file, line=line, expression=expression) from (
                None if known else error
            )

    def _locate_error(self, error):
        """Where what no hook sees was refused: the innermost rewritten function that the error went through."""
        found = self._locate(reversed(list(traceback.walk_tb(error.__traceback__))))
        return found if found[0] else None

    # ---- hooks ----
    def call(self, function, /, *arguments, **keywords):
        """``function(*arguments, **keywords)``."""
        return self._guard(lambda: self._call(function, arguments, keywords))

    def binary(self, name, a, b, /):
        """An operator or comparison of two values."""
        if isinstance(a, Recorded) or isinstance(b, Recorded):
            return self._guard(lambda: self._lower(name, a, b))
        merged = name == "or_" and isinstance(a, dict) and isinstance(b, dict)
        if name not in ("add", "mul") and not merged and (holds_recorded(a) or holds_recorded(b)):
            self._guard(
                lambda: _raise(
                    "lists and tuples with values that are known only when the model runs do not compare"
                )
            )
        result = getattr(operator, name)(a, b)
        return (
            self._keep_new(result, a, b)
            if merged or isinstance(a, _SEQUENCES) or isinstance(b, _SEQUENCES)
            else result
        )

    def unary(self, name, a, /):
        """``-a``, ``+a``, ``~a``."""
        if isinstance(a, Recorded):
            return self._guard(lambda: self._lower(name, a))
        result = getattr(operator, name)(a)
        return self._keep_new(result, a) if isinstance(a, np.ndarray) else result

    def _lower(self, name, *operands):
        if name not in lowerings:
            _raise(f"the operator {name.rstrip('_')!r} is not compiled")
        return lowerings[name](self, *operands)

    def is_same(self, a, b, negated, /):
        """``a is b``: of recorded values only text may be None; what else it is the same object as, only Python knows."""
        if a is None or b is None:
            text = b if a is None else a
            if isinstance(text, Recorded) and text.kind == "O" and text.rank == 0:
                none = self.graph.constant(np.array(None))
                same = self.graph.add("text_equal", text.value, none)
                return Recorded(self.graph.add("logical_not", same) if negated else same, PYTHON)
            return (a is b) != negated
        if isinstance(a, Recorded) or isinstance(b, Recorded):
            self._guard(
                lambda: _raise("`is` on a value that is known only when the model runs", "==")
            )
        return (a is b) != negated

    def contains(self, thing, item, negated, /):
        """``item in thing``."""
        if isinstance(thing, Recorded) or isinstance(item, Recorded):
            refused = "`in` with a value that is known only when the model runs is not compiled"
            self._guard(lambda: _raise(refused, "np.logical_or(x == 1, x == 2), np.any(x == 1)"))
        self._guard(lambda: _check_environment(thing))
        return (item in thing) != negated

    def iterate(self, thing, /):
        """What a loop goes over: an iterator that was there before the call would be used up now."""
        self._guard(lambda: self._check_iterators(thing))
        return thing

    def unpack(self, thing, /):
        """``a, b = thing`` and ``f(*thing)``: arrays of a fixed size have that many elements."""
        if isinstance(thing, Recorded) and thing.rank and isinstance(thing.dims[0], int):
            return [self.get_item(thing, index) for index in range(thing.dims[0])]
        return self.iterate(thing)

    def augment(self, name, a, b, /):
        """``a += b``: a new value for numbers; arrays and lists change in place, so that other names see it."""
        if isinstance(a, Recorded) and a.flavour == ARRAY:
            return self._guard(
                lambda: _raise(
                    "an augmented assignment changes the array in place, for every name it has",
                    "x = x + ...",
                )
            )
        if isinstance(a, (Recorded, *_STATELESS)):
            return self.binary(name, a, b)
        self._guard(lambda: self._check_fresh(a))
        return getattr(operator, f"i{name.rstrip('_')}")(a, b)

    def get_item(self, thing, key, /):
        """``thing[key]``."""
        if isinstance(thing, Recorded) or holds_recorded(key):
            return self._guard(lambda: lowerings["getitem"](self, thing, key))
        self._guard(lambda: _check_environment(thing))
        result = thing[key]
        is_new = (
            isinstance(thing, list)
            and isinstance(key, slice)
            or isinstance(result, np.ndarray)
            and (isinstance(thing, np.ndarray) and thing.dtype != object)
        )
        return self._keep_new(result, thing) if is_new else result

    def get_attribute(self, thing, name, /):
        """``thing.name``."""
        if not isinstance(thing, Recorded):
            getter = _find_getter(thing, name)
            if getter is not None:
                return self._guard(lambda: self._call(getter, (thing,), {}))
            result = getattr(thing, name)
            self._guard(lambda: _check_environment(result))
            return result

        def find():
            if thing.flavour == PYTHON or name not in attributes:
                _raise(f"attribute {name!r} of this {thing.flavour} is not compiled")
            is_method, lowering = attributes[name]
            return Method(thing, name, lowering) if is_method else lowering(thing)

        return self._guard(find)

    def known(self, thing, what, /):
        """A value in a place that only takes what is known while compiling."""
        if holds_recorded(thing):
            self._guard(
                lambda: _raise(
                    f"{what} a value that is known only when the model runs is not compiled"
                )
            )
        return thing

    def context(self, manager, /):
        """``with manager``: those that only silence warnings mean nothing when the model runs."""
        if isinstance(manager, np.errstate):
            wishes = [getattr(manager, slot, None) for slot in np.errstate.__slots__]
            if not any(isinstance(w, str) and w not in ("ignore", "warn") for w in wishes):
                return manager
        elif isinstance(manager, warnings.catch_warnings):
            return manager
        return self._guard(
            lambda: _raise("this `with` may change what happens when the model runs")
        )

    def decorator(self, function, /):
        """``@function`` over a function defined in the traced one."""
        return functools.partial(self.call, function)

    def set_item(self, thing, key, value, /):
        """``thing[key] = value``."""

        def store():
            if isinstance(thing, Recorded | np.ndarray) and (
                isinstance(thing, Recorded) or holds_recorded((key, value))
            ):
                _raise(
                    "a store into an array is not compiled",
                    "np.where or np.concatenate to make a new one",
                )
            if holds_recorded(key):
                _raise("the key of a store must be known while compiling")
            self._check_fresh(thing)
            thing[key] = value

        self._guard(store)

    def fresh(self, thing, /):
        """Remembers an object that the traced function made itself: it may change it."""
        self._fresh[id(thing)] = thing
        return thing

    def _keep_new(self, result, *sources):
        """Marks the new list or array that an operation made; views and elements stay what they were."""
        owned = (
            isinstance(result, list | dict | set)
            or hasattr(type(result), "__next__")
            or isinstance(result, np.ndarray)
            and result.flags.owndata
        )
        if owned and not any(result is s for s in sources) and not _is_element(result, sources):
            self.fresh(result)
        return result

    def _check_fresh(self, thing):
        if id(thing) not in self._fresh:
            _raise(
                "it changes an object that was there before the call, which would be baked into the file",
                "a copy, or a value that is returned",
            )

    def _check_iterators(self, *things):
        if any(hasattr(type(t), "__next__") and id(t) not in self._fresh for t in things):
            _raise("it takes from an iterator that was there before the call", "a list")

    # ---- calls ----
    def _call(self, function, arguments, keywords):
        self._check_iterators(*arguments, *keywords.values())
        recorded = holds_recorded(arguments) or holds_recorded(keywords)
        if isinstance(function, Method):
            return apply_lowering(
                self, function.lowering, function.name, (function.owner, *arguments), keywords
            )
        if recorded:
            lowering = _find_lowering(function)
            if lowering is not None:
                return apply_lowering(self, lowering, _name_of(function), arguments, keywords)
        if (
            recorded
            and _is_in(function, _STRUCTURAL)
            and not any(isinstance(a, Recorded) for a in arguments)
        ):
            return self._keep_new(function(*arguments, **keywords), *arguments)
        owner = getattr(function, "__self__", None)
        estimator = _estimator_method(function, owner)
        if recorded and estimator:
            return lowerings["estimator"](self, owner, estimator, *arguments, **keywords)
        self._check_repeatable(function, owner, arguments, keywords)
        if isinstance(function, types.BuiltinMethodType) and not isinstance(
            owner, (types.NoneType, *_STATELESS)
        ):
            return self._call_method(function, owner, arguments, keywords, recorded)
        if isinstance(function, types.MethodType) and not isinstance(owner, type):
            if function.__func__.__module__ in sys.stdlib_module_names:
                _raise(
                    f"{_name_of(function)} may change an object, which would be baked into the file"
                )
        calls = getattr(type(function), "__call__", None)
        if isinstance(calls, types.FunctionType) and not _is_opaque(calls):
            return self._call_python(calls, (function, *arguments), keywords)
        if isinstance(function, types.MethodType) and not _is_opaque(function.__func__):
            return self._call_python(function.__func__, (owner, *arguments), keywords)
        of_python = (
            getattr(function, "__module__", None) in sys.stdlib_module_names and not recorded
        )
        if isinstance(function, types.FunctionType) and not _is_opaque(function) and not of_python:
            return self._call_python(function, arguments, keywords)
        if recorded:
            _raise(
                f"{_name_of(function)} has no lowering for values that are known only when the model runs"
            )
        result = function(*arguments, **keywords)
        is_new = (
            _is_in(function, _MAKES_NEW)
            or isinstance(function, type)
            or _name_of(function).startswith("numpy.")
            and isinstance(result, np.ndarray)
        )
        return self._keep_new(result, *arguments, *keywords.values()) if is_new else result

    def _call_method(self, function, owner, arguments, keywords, recorded):
        kind = next((k for k in _MUTATORS if isinstance(owner, k)), None)
        if kind is None:
            _raise(
                f"{type(owner).__name__}.{function.__name__} may change an object, which would be baked into the file"
            )
        if function.__name__ in _MUTATORS[kind]:
            self._check_fresh(owner)
        if recorded and function.__name__ not in _TAKES_RECORDED.get(kind, ()):
            _raise(f"{kind.__name__}.{function.__name__} has no lowering for recorded values")
        result = function(*arguments, **keywords)
        is_new = function.__name__ in _MAKES_NEW or isinstance(result, np.ndarray)
        return self._keep_new(result, owner) if is_new else result

    def _check_repeatable(self, function, owner, arguments, keywords):
        """Refuses what answers otherwise next time, and what changes an object that was there before the call."""
        module = getattr(function, "__module__", None) or type(owner).__module__ or ""
        of_random = "numpy.random" in (module[:12], type(owner).__module__[:12])
        changing = module.split(".")[0] in _NOT_REPEATABLE or _is_in(
            function, _NOT_REPEATABLE_FUNCTIONS
        )
        clock = getattr(function, "__name__", "") in _NOT_REPEATABLE_NAMES or (
            (_is_opaque(function) or isinstance(owner, np.ndarray | np.generic))
            and _holds_today([owner, *arguments, *keywords.values()])
        )
        if (
            of_random
            or changing
            or clock
            or isinstance(owner, random.Random)
            or _reads_file(function)
        ):
            _raise(
                f"what {_name_of(function)} answers now would be baked into the file", _PARAMETER
            )
        _check_environment(owner, *arguments, *keywords.values())
        if module == "warnings" and "error" in (*arguments, *keywords.values()):
            _raise("warnings that become errors are not compiled")
        changed = [
            o for o in keywords.values() if "out" in keywords and isinstance(o, np.ndarray | list)
        ]
        if isinstance(function, np.ufunc):
            changed += arguments[function.nin :]
        if (
            _is_in(function, _CHANGES_FIRST)
            or module in ("_heapq", "_bisect")
            or isinstance(owner, np.ufunc)
        ):
            changed += (
                arguments[:1]
                if getattr(function, "__name__", "") not in ("reduce", "accumulate", "outer")
                else ()
            )
        owner_type = getattr(function, "__objclass__", None)
        if function.__class__ in _UNBOUND and getattr(function, "__name__", "") in _MUTATORS.get(
            owner_type, ()
        ):
            changed += arguments[:1]
        for thing in changed:
            self._check_fresh(thing)

    def _call_python(self, function, arguments, keywords):
        if not is_rewritten(function.__code__):
            try:
                function = rewrite(function, self)
            except TraceError as error:
                file = shorten(error.file, self.root) if error.line else ""
                raise TraceError(
                    error.reason,
                    instead=error.instead,
                    file=file,
                    line=error.line,
                    expression=error.expression,
                ) from None
        return function(*arguments, **keywords)


def _may_run(frame) -> bool:
    """Does a function that no hook has seen do nothing but compute?"""
    code, module = frame.f_code, frame.f_globals.get("__name__", "").split(".")[0]
    known = module in (__package__, *OPAQUE) or module in sys.stdlib_module_names
    generated = code.co_filename == "<string>"  # by dataclasses and namedtuple
    return known or generated or is_rewritten(code) or code.co_name == "__del__"


def _check_environment(*things) -> None:
    if any(thing is known for thing in things for known in _ENVIRONMENT):
        _raise("the environment of this process would be baked into the file", _PARAMETER)


def _holds_today(thing) -> bool:
    """Text that NumPy and pandas read as the clock's time, at any depth."""
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "UO":
        thing = thing.tolist()
    if isinstance(thing, list | tuple):
        return any(map(_holds_today, thing))
    return isinstance(thing, str) and thing.lower() in ("now", "today")


def _reads_file(function) -> bool:
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", None) or ""
    by_name = name.startswith(("read_", "load", "fetch_")) or ".io." in f"{module}."
    return _is_opaque(function) and (by_name or _is_in(function, _READS_FILES))


def _raise(reason: str, instead: str = ""):
    raise TraceError(reason, instead=instead)


def _expression(frame) -> str:
    """The source of the call that a frame is in."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line, end_line, column, end = positions
    return (
        "" if line is None else show_source(frame.f_code.co_filename, line, end_line, column, end)
    )


def _name_of(function) -> str:
    module = getattr(function, "__module__", "") or ""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", repr(function))
    return name if module in ("", "builtins") else f"{module}.{name}"


def _find_getter(thing, name: str):
    """The function behind a property, or behind a cached one that was not asked yet."""
    found = getattr(type(thing), name, None)
    if isinstance(found, property):
        return found.fget if isinstance(found.fget, types.FunctionType) else None
    if isinstance(found, functools.cached_property):
        return None if name in vars(thing) else found.func
    return None


def _find_lowering(function):
    return lowerings[function] if _is_in(function, lowerings) else None


def _is_opaque(function) -> bool:
    module = (
        getattr(function, "__module__", None) or getattr(type(function), "__module__", "") or ""
    )
    return module.split(".")[0] in OPAQUE


def _is_in(function, known) -> bool:
    try:
        return function in known
    except TypeError:  # not hashable
        return False


def _is_element(result, sources) -> bool:
    """Was it in one of them before?"""
    for source in sources:
        elements = (
            source.values()
            if isinstance(source, dict)
            else source
            if isinstance(source, list | tuple)
            else ()
        )
        if any(result is e for e in elements):
            return True
    return False


def _estimator_method(function, owner) -> str | None:
    name = getattr(function, "__name__", "")
    known = name in ("predict", "predict_proba", "decision_function", "transform")
    return name if known and hasattr(owner, "get_params") and _is_opaque(type(owner)) else None


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


def is_scalar_type(thing) -> bool:
    return isinstance(thing, bool | int | float | np.generic)


def type_of(thing) -> int:
    """Type code of a recorded or concrete value."""
    return (
        thing.value.type if isinstance(thing, Recorded) else ops.type_code(np.asarray(thing).dtype)
    )
