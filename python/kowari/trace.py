"""Values that record: running the rewritten function with them builds the graph.

Each recorded value carries its flavour - Python number, NumPy scalar or array - since their
arithmetic differs.  The tracer's hooks decide for every call and operator: concrete values mean
plain Python, recorded ones a lowering found by the function object, a Python function is rewritten
in turn, and everything else is a TraceError at the user's line.
"""

import contextlib
import functools
import gc
import operator
import random
import sys
import traceback
import types
import warnings
from pathlib import Path

import numpy as np

from .errors import TraceError
from .graph import Program, ShapeError
from .recorded import (
    ARRAY,
    PYTHON,
    Method,
    Recorded,
    apply_lowering,
    attributes,
    holds_recorded,
    lowerings,
)
from .rewrite import is_rewritten, rewrite, shorten, show_source
from .rules import (
    CHANGES_FIRST,
    MAKES_NEW,
    MUTATORS,
    NOT_REPEATABLE,
    NOT_REPEATABLE_FUNCTIONS,
    NOT_REPEATABLE_NAMES,
    PARAMETER,
    SEQUENCES,
    STATELESS,
    STRUCTURAL,
    TAKES_RECORDED,
    UNBOUND,
    check_environment,
    holds_today,
    is_in,
    is_opaque,
    is_own,
    may_run,
    name_of,
    reads_file,
    refuse_here,
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
            if is_rewritten(frame.f_code) and not is_own(frame):
                return line, shorten(frame.f_code.co_filename, self.root), _expression(frame)
        return 0, "", ""

    @contextlib.contextmanager
    def watched(self):
        """Refuses Python functions that are reached without a hook: special methods, callbacks, descriptors.

        What they do - count, read the clock - would be done once, now, and its result be baked into the file.
        """
        strayed: list[TraceError] = []

        def watch(frame, event, argument):
            if event == "call" and not strayed and not may_run(frame):
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
                lambda: refuse_here(
                    "lists and tuples with values that are known only when the model runs do not compare"
                )
            )
        result = getattr(operator, name)(a, b)
        return (
            self._keep_new(result, a, b)
            if merged or isinstance(a, SEQUENCES) or isinstance(b, SEQUENCES)
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
            refuse_here(f"the operator {name.rstrip('_')!r} is not compiled")
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
                lambda: refuse_here("`is` on a value that is known only when the model runs", "==")
            )
        return (a is b) != negated

    def contains(self, thing, item, negated, /):
        """``item in thing``."""
        if isinstance(thing, Recorded) or isinstance(item, Recorded):
            refused = "`in` with a value that is known only when the model runs is not compiled"
            self._guard(
                lambda: refuse_here(refused, "np.logical_or(x == 1, x == 2), np.any(x == 1)")
            )
        self._guard(lambda: check_environment(thing))
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
                lambda: refuse_here(
                    "an augmented assignment changes the array in place, for every name it has",
                    "x = x + ...",
                )
            )
        if isinstance(a, (Recorded, *STATELESS)):
            return self.binary(name, a, b)
        self._guard(lambda: self._check_fresh(a))
        return getattr(operator, f"i{name.rstrip('_')}")(a, b)

    def get_item(self, thing, key, /):
        """``thing[key]``."""
        if isinstance(thing, Recorded) or holds_recorded(key):
            return self._guard(lambda: lowerings["getitem"](self, thing, key))
        self._guard(lambda: check_environment(thing))
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
            self._guard(lambda: check_environment(result))
            return result

        def find():
            if thing.flavour == PYTHON or name not in attributes:
                refuse_here(f"attribute {name!r} of this {thing.flavour} is not compiled")
            is_method, lowering = attributes[name]
            return Method(thing, name, lowering) if is_method else lowering(thing)

        return self._guard(find)

    def known(self, thing, what, /):
        """A value in a place that only takes what is known while compiling."""
        if holds_recorded(thing):
            self._guard(
                lambda: refuse_here(
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
            lambda: refuse_here("this `with` may change what happens when the model runs")
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
                refuse_here(
                    "a store into an array is not compiled",
                    "np.where or np.concatenate to make a new one",
                )
            if holds_recorded(key):
                refuse_here("the key of a store must be known while compiling")
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
            refuse_here(
                "it changes an object that was there before the call, which would be baked into the file",
                "a copy, or a value that is returned",
            )

    def _check_iterators(self, *things):
        if any(hasattr(type(t), "__next__") and id(t) not in self._fresh for t in things):
            refuse_here("it takes from an iterator that was there before the call", "a list")

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
                return apply_lowering(self, lowering, name_of(function), arguments, keywords)
        if (
            recorded
            and is_in(function, STRUCTURAL)
            and not any(isinstance(a, Recorded) for a in arguments)
        ):
            return self._keep_new(function(*arguments, **keywords), *arguments)
        owner = getattr(function, "__self__", None)
        estimator = _estimator_method(function, owner)
        if recorded and estimator:
            return lowerings["estimator"](self, owner, estimator, *arguments, **keywords)
        self._check_repeatable(function, owner, arguments, keywords)
        if isinstance(function, types.BuiltinMethodType) and not isinstance(
            owner, (types.NoneType, *STATELESS)
        ):
            return self._call_method(function, owner, arguments, keywords, recorded)
        of_object = isinstance(function, types.MethodType) and not isinstance(owner, type)
        if of_object and function.__func__.__module__ in sys.stdlib_module_names:
            refuse_here(
                f"{name_of(function)} may change an object, which would be baked into the file"
            )
        calls = getattr(type(function), "__call__", None)  # noqa: B004 - the function itself is wanted
        if isinstance(calls, types.FunctionType) and not is_opaque(calls):
            return self._call_python(calls, (function, *arguments), keywords)
        if isinstance(function, types.MethodType) and not is_opaque(function.__func__):
            return self._call_python(function.__func__, (owner, *arguments), keywords)
        of_python = (
            getattr(function, "__module__", None) in sys.stdlib_module_names and not recorded
        )
        if isinstance(function, types.FunctionType) and not is_opaque(function) and not of_python:
            return self._call_python(function, arguments, keywords)
        if recorded:
            refuse_here(
                f"{name_of(function)} has no lowering for values that are known only when the model runs"
            )
        result = function(*arguments, **keywords)
        is_new = (
            is_in(function, MAKES_NEW)
            or isinstance(function, type)
            or name_of(function).startswith("numpy.")
            and isinstance(result, np.ndarray)
        )
        return self._keep_new(result, *arguments, *keywords.values()) if is_new else result

    def _call_method(self, function, owner, arguments, keywords, recorded):
        kind = next((k for k in MUTATORS if isinstance(owner, k)), None)
        if kind is None:
            refuse_here(
                f"{type(owner).__name__}.{function.__name__} may change an object, which would be baked into the file"
            )
        if function.__name__ in MUTATORS[kind]:
            self._check_fresh(owner)
        if recorded and function.__name__ not in TAKES_RECORDED.get(kind, ()):
            refuse_here(f"{kind.__name__}.{function.__name__} has no lowering for recorded values")
        result = function(*arguments, **keywords)
        is_new = function.__name__ in MAKES_NEW or isinstance(result, np.ndarray)
        return self._keep_new(result, owner) if is_new else result

    def _check_repeatable(self, function, owner, arguments, keywords):
        """Refuses what answers otherwise next time, and what changes an object that was there before the call."""
        module = getattr(function, "__module__", None) or type(owner).__module__ or ""
        of_random = "numpy.random" in (module[:12], type(owner).__module__[:12])
        changing = module.split(".")[0] in NOT_REPEATABLE or is_in(
            function, NOT_REPEATABLE_FUNCTIONS
        )
        clock = getattr(function, "__name__", "") in NOT_REPEATABLE_NAMES or (
            (is_opaque(function) or isinstance(owner, np.ndarray | np.generic))
            and holds_today([owner, *arguments, *keywords.values()])
        )
        if (
            of_random
            or changing
            or clock
            or isinstance(owner, random.Random)
            or reads_file(function)
        ):
            refuse_here(
                f"what {name_of(function)} answers now would be baked into the file", PARAMETER
            )
        check_environment(owner, *arguments, *keywords.values())
        if module == "warnings" and "error" in (*arguments, *keywords.values()):
            refuse_here("warnings that become errors are not compiled")
        changed = [
            o for o in keywords.values() if "out" in keywords and isinstance(o, np.ndarray | list)
        ]
        if isinstance(function, np.ufunc):
            changed += arguments[function.nin :]
        if (
            is_in(function, CHANGES_FIRST)
            or module in ("_heapq", "_bisect")
            or isinstance(owner, np.ufunc)
        ):
            changed += (
                arguments[:1]
                if getattr(function, "__name__", "") not in ("reduce", "accumulate", "outer")
                else ()
            )
        owner_type = getattr(function, "__objclass__", None)
        if function.__class__ in UNBOUND and getattr(function, "__name__", "") in MUTATORS.get(
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


def _expression(frame) -> str:
    """The source of the call that a frame is in."""
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line, end_line, column, end = positions
    return (
        "" if line is None else show_source(frame.f_code.co_filename, line, end_line, column, end)
    )


def _find_getter(thing, name: str):
    """The function behind a property, or behind a cached one that was not asked yet."""
    found = getattr(type(thing), name, None)
    if isinstance(found, property):
        return found.fget if isinstance(found.fget, types.FunctionType) else None
    if isinstance(found, functools.cached_property):
        return None if name in vars(thing) else found.func
    return None


def _find_lowering(function):
    return lowerings[function] if is_in(function, lowerings) else None


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
    return name if known and hasattr(owner, "get_params") and is_opaque(type(owner)) else None
