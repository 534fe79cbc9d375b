"""Values that record: running the rewritten function with them builds the graph.

Each recorded value carries its flavour - Python number, NumPy scalar or array - since their
arithmetic differs.  The tracer's hooks decide for every call and operator: concrete values mean
plain Python, recorded ones a lowering found by the function object, a Python function is rewritten
in turn, and everything else is a TraceError at the user's line.
"""

import contextlib
import dataclasses
import functools
import gc
import inspect
import random
import sys
import traceback
import types
import warnings
from pathlib import Path

import numpy as np

from .attempts import Attempts
from .branches import Branches
from .choices import Choices
from .errors import TraceError
from .graph import Program, ShapeError
from .hooks import Hooks
from .kinds import Joiner
from .loops import Loops
from .pieces import State
from .recorded import (
    ARRAY,
    INTERNAL,
    PYTHON,
    Either,
    Method,
    Raised,
    Recorded,
    Text,
    active,
    apply_lowering,
    attributes,
    describe,
    holds_recorded,
    lowerings,
    promoted,
)
from .rewrite import is_rewritten, rewrite, shorten, show_source
from .rules import (
    ALWAYS_LOWERED,
    CHANGES_FIRST,
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
    is_own,
    may_run,
    name_of,
    reads_file,
    refuse_here,
    unwrap,
)


class Tracer(Hooks, Choices, Branches, Loops, Attempts):
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
        self.stops: list = []
        self.caught = None
        self._fresh: dict[int, tuple] = {}
        self._views: dict[int, tuple] = {}

    # ---- where we are ----
    def _locate(self, frames) -> tuple[int, str, str]:
        """Line, file and expression of the first rewritten function among the frames."""
        for frame, line in frames:
            if is_rewritten(frame.f_code) and not is_own(frame):
                return line, shorten(frame.f_code.co_filename, self.root), _expression(frame)
        return 0, "", ""

    def note_decision(self) -> None:
        """What is traced now is decided when the model runs."""
        for frame, line in traceback.walk_stack(sys._getframe(1)):
            if is_rewritten(frame.f_code) and not is_own(frame):
                self.program.decisions.add((frame.f_code.co_filename, line))
                return

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
        older = dict(promoted)
        promoted.clear()
        active.append(self)
        gc.disable()  # finalizers of others are not the function's doing
        sys.setprofile(watch)
        try:
            yield
        finally:
            sys.setprofile(before)
            active.pop()
            promoted.clear()
            promoted.update(older)
            if collects:
                gc.enable()
        if strayed:  # whoever called it may have caught the exception
            raise strayed[0]

    def run(self, function, arguments: tuple, keywords: dict):
        """Calls the user's function with recorded arguments; every refusal gets the user's line."""
        return self.finish(lambda: self._call(function, arguments, keywords))

    def finish(self, action):
        """Does something outside of every branch, where an exception would be that of every run."""
        try:
            return self._guard(action)
        except Raised as error:
            reason = f"Python raised {error.type.__name__} while compiling: {error.message}"
            line, file, expression = error.place
            raise TraceError(reason, file=file, line=line, expression=expression) from None

    def here(self) -> tuple[int, str, str]:
        """Line, file and expression of the user's that is traced now."""
        return self._locate(traceback.walk_stack(sys._getframe(1)))

    def raised(self, type, message) -> Raised:
        """An exception of the traced function, with its place."""
        error = Raised(type, message)
        error.place = self.here()
        return error

    def python(self, action):
        """Something concrete: what Python raises is the function's own exception."""
        try:
            return action()
        except (TraceError, Raised, ShapeError, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise self.raised(type(error), str(error)) from error

    def _guarded(self, action):
        return self._guard(action)

    def _guard(self, action):
        line, file, expression = here = self._locate(traceback.walk_stack(sys._getframe(1)))
        if line:
            self.program.location = (line, file)
        try:
            return action()
        except Raised:
            raise
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
            return result

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

    def call_list_method(self, owner, name, arguments, keywords):
        """A method of a list, whose length or elements may be recorded."""
        if name not in ("copy", "index", "count"):
            self._guard(lambda: self._check_fresh(owner))
            self.touch(owner)
        return self._guard(
            lambda: lowerings["list_method"](self, owner, name, *arguments, **keywords)
        )

    def _check_fresh(self, thing):
        if id(thing) not in self._fresh and id(thing) not in promoted:
            refuse_here(
                "it changes an object that was there before the call, which would be baked into the file",
                "a copy, or a value that is returned",
            )

    # ---- objects of the traced function ----
    def record_array(self, thing) -> Recorded:
        """From now on what an array of the function's own holds is recorded; views on it see stores."""
        if id(thing) in promoted:
            return promoted[id(thing)][1]
        if id(thing) in self._views:
            _, base, key = self._views[id(thing)]
            whole = self.record_array(base)
            if id(thing) in promoted:  # with the other views on it
                return promoted[id(thing)][1]
            view = lowerings["getitem"](self, whole, key)
            promoted[id(thing)] = thing, view.as_view(whole, key)
        else:
            self.touch(thing)
            self.promote(thing, Recorded(self.graph.constant(thing), ARRAY))
        for view, base, _ in list(self._views.values()):
            if base is thing:
                self.record_array(view)
        return promoted[id(thing)][1]

    def note_view(self, result, thing, key) -> None:
        """A part of an array of the function's own, as NumPy gives it."""
        if (
            isinstance(thing, np.ndarray)
            and isinstance(result, np.ndarray)
            and result.base is not None
        ):
            self._views[id(result)] = result, thing, key

    def is_traced_class(self, kind) -> bool:
        """A class written in Python whose methods are rewritten: the user's, or of a library that is traced."""
        module = getattr(kind, "__module__", "").split(".")[0]
        plain = not (
            issubclass(kind, BaseException | tuple | str | int | float | list | dict | set | type)
        )
        return (
            plain
            and not is_opaque(kind)
            and module not in sys.stdlib_module_names
            and module != "builtins"
        )

    def make_instance(self, kind, arguments, keywords):
        """``Class(...)``: a new object, and its ``__init__`` traced."""
        new = kind.__new__
        if new is not object.__new__:
            refuse_here(f"{kind.__name__}.__new__ is not compiled", "a class with __init__")
        thing = self.fresh(object.__new__(kind))
        initialize = kind.__init__
        if isinstance(initialize, types.FunctionType):
            self._call_python(initialize, (thing, *arguments), keywords)
        elif arguments or keywords:
            raise self.raised(TypeError, f"{kind.__name__}() takes no arguments")
        return thing

    def _fill_dataclass(self, thing, kind, arguments, keywords):
        signature = inspect.signature(kind.__init__)
        try:
            bound = signature.bind(thing, *arguments, **keywords)
        except TypeError as error:
            raise self.raised(TypeError, str(error)) from None
        for field in dataclasses.fields(kind):
            if field.name in bound.arguments:
                value = bound.arguments[field.name]
            elif field.default_factory is not dataclasses.MISSING:
                value = self.call(field.default_factory)
            elif field.default is not dataclasses.MISSING:
                value = field.default
            else:
                continue
            object.__setattr__(thing, field.name, value)
        if hasattr(type(thing), "__post_init__"):
            self._call_python(type(thing).__post_init__, (thing,), {})

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
        result = self.python(lambda: function(*arguments, **keywords))
        is_new = (
            is_in(function, MAKES_NEW)
            or isinstance(function, type)
            or name_of(function).startswith("numpy.")
            and isinstance(result, np.ndarray)
        )
        return self._keep_new(result, *arguments, *keywords.values()) if is_new else result

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
        filled = _dataclass_of(function, arguments)
        if filled is not None:
            return self._fill_dataclass(arguments[0], filled, arguments[1:], keywords)
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


def _dataclass_of(function, arguments):
    """The class whose ``__init__`` that ``dataclass`` wrote this is, for an object of it or of a class made from it."""
    if function.__name__ != "__init__" or function.__code__.co_filename != "<string>":
        return None
    classes = filter(dataclasses.is_dataclass, type(arguments[0]).__mro__)
    return next((k for k in classes if vars(k).get("__init__") is function), None)


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
