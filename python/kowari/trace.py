"""Values that record: running the rewritten function with them builds the graph.

Each recorded value carries its flavour - Python number, NumPy scalar or array - since their
arithmetic differs.  The tracer's hooks decide for every call and operator: concrete values mean
plain Python, recorded ones a lowering found by the function object, a Python function is rewritten
in turn, and everything else is a TraceError at the user's line.
"""

import functools
import random
import sys
import types
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from .attempts import Attempts
from .branches import Branches
from .choices import Choices
from .errors import TraceError
from .graph import Program
from .hooks import Hooks
from .kinds import Joiner
from .loops import Loops
from .objects import Objects, dataclass_of
from .pieces import State
from .places import Places
from .recorded import (
    INTERNAL,
    PYTHON,
    Either,
    Method,
    Recorded,
    Text,
    apply_lowering,
    attributes,
    describe,
    holds_recorded,
    lowerings,
    promoted,
)
from .rewrite import is_rewritten, rewrite, shorten
from .rules import (
    ALWAYS_LOWERED,
    CHANGES_FIRST,
    KEEPS_LENGTH,
    KNOWS_LISTS,
    MAKES_NEW,
    MUTATORS,
    NOT_REPEATABLE,
    NOT_REPEATABLE_FUNCTIONS,
    NOT_REPEATABLE_NAMES,
    PARAMETER,
    STATELESS,
    STRUCTURAL,
    TAKES_RECORDED,
    UNBOUND,
    check_environment,
    holds_today,
    is_in,
    is_opaque,
    name_of,
    reads_file,
    refuse_here,
    unwrap,
    wrapper_of,
)


class Tracer(Places, Objects, Hooks, Choices, Branches, Loops, Attempts):
    """The hooks that rewritten functions call: those of calls and attributes here, the others in the modules above."""

    slice = slice
    state = State

    def __init__(self, program: Program, root: Path):
        self.program = program
        self.graph = program.graphs[0]
        self.root = root
        self.joiner = Joiner(program)
        self.journals: list[dict] = []
        self.effects: list = []
        self.facts: dict = {}
        self.stops: list = []
        self.caught = None
        self.joined: dict[int, tuple] = {}
        self._fresh: dict[int, tuple] = {}
        self._views: dict[int, tuple] = {}
        self.resized: Counter = Counter()
        self._ties: dict[int, tuple] = {}

    def run(self, function, arguments: tuple, keywords: dict):
        """Calls the user's function with recorded arguments; every refusal gets the user's line."""
        return self.finish(lambda: self._call(function, arguments, keywords))

    # ---- hooks ----
    def call(self, function, /, *arguments, **keywords):
        """``function(*arguments, **keywords)``."""
        return self._guard(lambda: self._call(function, arguments, keywords))

    def get_attribute(self, thing, name, /):
        """``thing.name``."""
        thing = self.resolve(thing)
        if isinstance(thing, Either):
            return self.split(thing, lambda option: self.get_attribute(option, name))
        if isinstance(thing, INTERNAL):
            self._guard(lambda: refuse_here(f"attribute {name!r} of {describe(thing)}"))
        if not isinstance(thing, Recorded):
            getter = _find_getter(thing, name)
            if getter is not None:
                return self._guard(lambda: self._call(getter, (thing,), {}))
            result = self.python(lambda: getattr(thing, name))
            self._guard(lambda: check_environment(result))
            if isinstance(result, np.flatiter):
                self._guard(lambda: refuse_here("an iterator over an array", "np.ravel(x)"))
            return self._keep_new(result, thing) if isinstance(result, np.ndarray) else result

        def find():
            if thing.flavour == PYTHON or name not in attributes:
                refuse_here(f"attribute {name!r} of this {thing.flavour} is not compiled")
            is_method, lowering = attributes[name]
            return Method(thing, name, lowering) if is_method else lowering(thing)

        return self._guard(find)

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

    def _check_iterators(self, *things):
        if any(hasattr(type(t), "__next__") and id(t) not in self._fresh for t in things):
            refuse_here("it takes from an iterator that was there before the call", "a list")

    # ---- calls ----
    def _call(self, function, arguments, keywords):
        self._check_iterators(*arguments, *keywords.values())
        recorded = holds_recorded(arguments) or holds_recorded(keywords)
        if isinstance(function, Method):
            return self._lowered(
                function.lowering, function.name, (function.owner, *arguments), keywords
            )
        if isinstance(function, Either):
            return self.split(function, lambda f: self._call(f, arguments, keywords))
        wrapper = wrapper_of(function) if recorded else ""
        if wrapper:
            return self._lowered(
                lowerings[wrapper], name_of(function), (function, *arguments), keywords
            )
        if recorded or is_in(function, ALWAYS_LOWERED):
            lowering = _find_lowering(function)
            if lowering is not None:
                return self._lowered(lowering, name_of(function), arguments, keywords, function)
        if (
            recorded
            and getattr(function, "__name__", "") == "format"
            and isinstance(owner_of(function), str)
        ):
            return Text(owner_of(function), self.here())
        if recorded and isinstance(function, type) and issubclass(function, BaseException):
            return self.make_error(function, arguments)
        if (
            recorded
            and is_in(function, STRUCTURAL)
            and not any(isinstance(a, Recorded) for a in arguments)
        ):
            return self._keep_new(self.python(lambda: function(*arguments, **keywords)), *arguments)
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
        if isinstance(function, type) and self.is_traced_class(function):
            return self.make_instance(function, arguments, keywords)
        if isinstance(function, functools._lru_cache_wrapper):
            return self._call_python(function.__wrapped__, arguments, keywords)
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
        if is_opaque(function) and not isinstance(function, type):
            self._check_callbacks(function, *arguments, *keywords.values())
        result = self.python(lambda: function(*arguments, **keywords))
        is_new = (
            is_in(function, MAKES_NEW)
            or isinstance(function, type)
            or name_of(function).startswith("numpy.")
            and isinstance(result, np.ndarray | list | tuple)
        )
        return self._keep_new(result, *arguments, *keywords.values()) if is_new else result

    def _check_callbacks(self, function, *things):
        """What a package calls would see values that are not known yet, in a place where no hook is."""
        if any(isinstance(t, types.FunctionType) and is_rewritten(t.__code__) for t in things):
            refuse_here(f"{name_of(function)} calls a function of the traced one", "a loop")

    def _lowered(self, lowering, name, arguments, keywords, function=None):
        """A lowering takes one option of a choice at a time, and lists as arrays unless it knows lists."""
        for at, argument in enumerate(arguments):
            if isinstance(argument, Either):

                def call(option, at=at):
                    changed = (*arguments[:at], option, *arguments[at + 1 :])
                    return self._call_again(lowering, name, changed, keywords, function)

                return self.split(argument, call)
        for key, argument in keywords.items():
            if isinstance(argument, Either):
                return self.split(
                    argument,
                    lambda o, k=key: self._call_again(
                        lowering, name, arguments, {**keywords, k: o}, function
                    ),
                )
        if not is_in(function, KNOWS_LISTS):
            arguments = tuple(map(self.as_argument, arguments))
            keywords = {k: self.as_argument(v) for k, v in keywords.items()}
        return apply_lowering(self, lowering, name, arguments, keywords)

    def _call_again(self, lowering, name, arguments, keywords, function):
        if function is not None:
            return self._call(function, arguments, keywords)
        return self._lowered(lowering, name, arguments, keywords)

    def call_list_method(self, owner, name, arguments, keywords):
        """A method of a list, whose length or elements may be recorded."""
        mutates = name in MUTATORS[list]
        if mutates:
            self._guard(lambda: self._check_fresh(owner))
            self.touch(owner)
            self.resized[id(owner)] += name not in KEEPS_LENGTH
        result = self._guard(
            lambda: lowerings["list_method"](self, owner, name, *arguments, **keywords)
        )
        if mutates:
            self.changed(owner)
        return result

    def _call_method(self, function, owner, arguments, keywords, recorded):
        kind = next((k for k in MUTATORS if isinstance(owner, k)), None)
        if kind is None:
            refuse_here(
                f"{type(owner).__name__}.{function.__name__} may change an object, which would be baked into the file"
            )
        if kind is list and (recorded or id(owner) in promoted):
            return self.call_list_method(owner, function.__name__, arguments, keywords)
        if kind is np.ndarray and id(owner) in promoted:
            return self._call(self.get_attribute(owner, function.__name__), arguments, keywords)
        if function.__name__ in MUTATORS[kind]:
            self._check_fresh(owner)
            self.touch(owner)
            self.resized[id(owner)] += function.__name__ not in KEEPS_LENGTH
        if (
            kind in (dict, set)
            and arguments
            and holds_recorded(arguments[0])
            and function.__name__ != "update"
        ):
            refuse_here(f"a {kind.__name__} by a key that is known only when the model runs")
        if recorded and function.__name__ not in TAKES_RECORDED.get(kind, ()):
            refuse_here(f"{kind.__name__}.{function.__name__} has no lowering for recorded values")
        result = self.python(lambda: function(*arguments, **keywords))
        if function.__name__ in MUTATORS[kind]:
            self.changed(owner)
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
        function = unwrap(function)
        if function.__module__ == f"{__package__}.lower.common":  # what lowerings refuse
            return function(*arguments, **keywords)
        filled = dataclass_of(function, arguments)
        if filled is not None:
            return self._fill_dataclass(arguments[0], filled, arguments[1:], keywords)
        if not is_rewritten(function.__code__):
            try:
                with self.unwatched():
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


def _find_getter(thing, name: str):
    """The function behind a property, or behind a cached one that was not asked yet."""
    found = getattr(type(thing), name, None)
    if isinstance(found, property):
        return found.fget if isinstance(found.fget, types.FunctionType) else None
    if isinstance(found, functools.cached_property):
        return None if name in vars(thing) else found.func
    return None


def owner_of(function):
    """What a method belongs to."""
    return getattr(function, "__self__", None)


def _find_lowering(function):
    return lowerings[function] if is_in(function, lowerings) else None


def _estimator_method(function, owner) -> str | None:
    name = getattr(function, "__name__", "")
    known = name in ("predict", "predict_proba", "decision_function", "transform")
    return name if known and hasattr(owner, "get_params") and is_opaque(type(owner)) else None
