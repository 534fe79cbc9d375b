"""Objects that the traced function made itself, which it may change: new lists and arrays, views, instances of classes."""

import dataclasses
import inspect
import sys
import types

import numpy as np

from .recorded import ARRAY, MAY_SHARE, Recorded, Shared, lowerings, promoted
from .rules import is_opaque, refuse_here


class Objects:
    """The part of the tracer that makes and marks objects: a mixin, over ``_fresh`` and ``_views``."""

    def _keep_new(self, result, *sources):
        """Marks the new list or array that an operation made; views and elements stay what they were."""
        for part in result if isinstance(result, list | tuple) else (result,):
            if isinstance(part, np.ndarray) and id(part) not in self._views:
                self._note_shared(part, sources)
        owned = (
            isinstance(result, list | dict | set)
            or hasattr(type(result), "__next__")
            or isinstance(result, np.ndarray)
            and (result.flags.owndata or id(result) in self._views)
        )
        if owned and not any(result is s for s in sources) and not _is_element(result, sources):
            self.fresh(result)
        return result

    def _check_fresh(self, thing):
        if id(thing) not in self._fresh and id(thing) not in promoted:
            refuse_here(
                "it changes an object that was there before the call, which would be baked into the file",
                "a copy, or a value that is returned",
            )

    def record_array(self, thing) -> Recorded:
        """From now on what an array of the function's own holds is recorded; views on it see stores."""
        if id(thing) in promoted:
            return promoted[id(thing)][1]
        if id(thing) in self._views:
            _, base, key = self._views[id(thing)]
            whole = self.record_array(base)
            if id(thing) in promoted:  # with the other views on it
                return promoted[id(thing)][1]
            self.promote(thing, self._read_first(thing, whole, key))
        else:
            self.touch(thing)
            self.promote(thing, Recorded(self.graph.constant(thing), ARRAY))
        return promoted[id(thing)][1]

    def show_recorded(self, thing) -> Recorded:
        """An array by a key that is recorded, which may give a view on it."""
        if id(thing) in self._fresh:
            return self.record_array(thing)
        older = Recorded(self.graph.constant(thing), ARRAY)
        older.older = True
        return older

    def _read_first(self, thing, whole: Recorded, key) -> Recorded:
        """A part of an array that has become recorded."""
        if not isinstance(key, Shared):
            return lowerings["getitem"](self, whole, key).as_view(whole, key)
        if key.read is not None:
            return key.read(self, whole).as_view(whole, key)
        view = Recorded(self.graph.constant(thing), ARRAY).as_view(whole, key)
        if whole.value.constant is None:
            view.spoiled = MAY_SHARE
        return view

    def views_on(self, thing) -> list:
        """Parts of an array of the function's own, while both are known."""
        return [view for view, base, _ in self._views.values() if base is thing]

    def note_view(self, result, thing, key) -> None:
        """A part of an array of the function's own, as NumPy gives it."""
        if (
            isinstance(thing, np.ndarray)
            and isinstance(result, np.ndarray)
            and result.base is not None
        ):
            self._views[id(result)] = result, thing, key

    def _note_shared(self, result, sources) -> None:
        """What shows the elements of an array of the function's own in another way, such as its transpose."""
        for source in (*sources, result.base):
            known = isinstance(source, np.ndarray) and id(source) in self._fresh
            if not known or source is result:
                continue
            if not np.may_share_memory(result, source):
                continue
            same = result.size == source.size and result.ctypes.data == source.ctypes.data
            ordered = result.flags.c_contiguous and source.flags.c_contiguous
            key = _in_shape(result.shape) if same and ordered else Shared()
            self._views[id(result)] = result, source, key
            return

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


def _in_shape(sizes: tuple) -> Shared:
    """All elements of an array, in other sizes."""

    def read(tracer, base):
        return Recorded(tracer.graph.add("reshape", tracer.plain(base), sizes=sizes), ARRAY)

    def write(tracer, base, value):
        return tracer.graph.add("reshape", value, sizes=base.dims)

    return Shared(read, write)


def dataclass_of(function, arguments):
    """The class whose ``__init__`` that ``dataclass`` wrote this is, for an object of it or of a class made from it."""
    if function.__name__ != "__init__" or function.__code__.co_filename != "<string>":
        return None
    classes = filter(dataclasses.is_dataclass, type(arguments[0]).__mro__)
    return next((k for k in classes if vars(k).get("__init__") is function), None)


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
