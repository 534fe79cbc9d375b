"""Hooks of operators, subscripts, stores, displays and comprehensions: a mixin of the tracer."""

import operator

import numpy as np

from .errors import TraceError
from .recorded import (
    ARRAY,
    INTERNAL,
    PYTHON,
    UNDEFINED,
    Cell,
    Either,
    Generator,
    Raised,
    Recorded,
    Sequence,
    Text,
    describe,
    holds_recorded,
    lowerings,
    promoted,
)
from .rules import STATELESS, check_environment, refuse_here

_SEQUENCES = (list, np.ndarray)


class Hooks:
    """What rewritten functions call."""

    undefined = UNDEFINED

    # ---- operators ----
    def binary(self, name, a, b, /):
        """An operator or comparison of two values."""
        a, b = self.resolve(a), self.resolve(b)
        if isinstance(a, Either) or isinstance(b, Either):
            return self._binary_choice(name, a, b)
        if (
            isinstance(a, INTERNAL)
            or isinstance(b, INTERNAL)
            or isinstance(a, str)
            and name == "mod"
        ):
            made = self._join_text(name, a, b)
            if made is not None:
                return made
        if self._are_lists(a, b) and holds_recorded((a, b)):
            return self._guard(lambda: lowerings["lists"](self, name, a, b))
        if isinstance(a, Recorded) or isinstance(b, Recorded):
            return self._guard(lambda: self._lower(name, a, b))
        merged = name == "or_" and isinstance(a, dict) and isinstance(b, dict)
        if name not in ("add", "mul") and not merged and (holds_recorded(a) or holds_recorded(b)):
            self._guard(
                lambda: refuse_here(
                    "lists and tuples with values that are known only when the model runs do not compare"
                )
            )
        method = self._special_method(name, a)
        if method is not None:
            return self.call(method, a, b)
        result = self.python(lambda: getattr(operator, name)(a, b))
        return (
            self._keep_new(result, a, b)
            if merged or isinstance(a, _SEQUENCES) or isinstance(b, _SEQUENCES)
            else result
        )

    def _join_text(self, name, a, b):
        """``"..." % x`` and ``text + text``, for messages."""
        if name == "mod" and isinstance(a, str):
            return Text(a, self.here()) if holds_recorded(b) else None
        if name == "add" and all(isinstance(t, str | Text) for t in (a, b)):
            both = (t.template if isinstance(t, Text) else t for t in (a, b))
            return Text("".join(both), self.here())
        thing = a if isinstance(a, INTERNAL) else b
        return self._guard(lambda: refuse_here(f"the operator {name!r} of {describe(thing)}"))

    def _special_method(self, name, thing):
        """A class's own operator, written in Python."""
        method = getattr(type(thing), f"__{name.rstrip('_')}__", None)
        return method if hasattr(method, "__code__") and self.is_traced_class(type(thing)) else None

    def _are_lists(self, a, b) -> bool:
        return isinstance(a, list) or isinstance(b, list) and not isinstance(a, Recorded)

    def _binary_choice(self, name, a, b):
        wide = self.widened(name, a, b)
        if wide is not None:
            return self.binary(name, *wide)
        if isinstance(a, Either):
            return self.split(a, lambda option: self.binary(name, option, b))
        return self.split(b, lambda option: self.binary(name, a, option))

    def unary(self, name, a, /):
        """``-a``, ``+a``, ``~a``."""
        a = self.resolve(a)
        if isinstance(a, Either):
            return self.split(a, lambda option: self.unary(name, option))
        if isinstance(a, Recorded):
            return self._guard(lambda: self._lower(name, a))
        if isinstance(a, INTERNAL):
            self._guard(lambda: refuse_here(f"the operator {name!r} of {describe(a)}"))
        result = self.python(lambda: getattr(operator, name)(a))
        return self._keep_new(result, a) if isinstance(a, np.ndarray) else result

    def _lower(self, name, *operands):
        if name not in lowerings:
            refuse_here(f"the operator {name.rstrip('_')!r} is not compiled")
        if any(o is None for o in operands):
            if name in ("eq", "ne") and all(o is None or not o.rank for o in operands):
                return name == "ne"
            if not any(isinstance(o, Recorded) and o.rank for o in operands):
                raise self.raised(TypeError, "unsupported operand type(s): 'NoneType'")
        return lowerings[name](self, *operands)

    def compare(self, name, a, b, /):
        """One comparison, `is` and `in` too."""
        if name in ("is", "is not"):
            return self.is_same(a, b, name == "is not")
        if name in ("in", "not in"):
            return self.contains(b, a, name == "not in")
        return self.binary(name, a, b)

    def is_same(self, a, b, negated, /):
        """``a is b``: of recorded values only text may be None; what else it is the same object as, only Python knows."""
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Either):
                return self.split(one, lambda option, o=other: self.is_same(option, o, negated))
        if a is None or b is None:
            text = b if a is None else a
            if isinstance(text, Recorded) and text.kind == "O" and text.rank == 0:
                self._guard(self.check_texts)
                none = self.graph.constant(np.array(None))
                same = self.graph.add("text_equal", text.value, none)
                return Recorded(self.graph.add("logical_not", same) if negated else same, PYTHON)
            return (a is b) != negated
        joined = a is not b and type(a) is type(b) and {id(a), id(b)} & self.joined.keys()
        if isinstance(a, Recorded) or isinstance(b, Recorded) or joined:
            self._guard(
                lambda: refuse_here("`is` on a value that is known only when the model runs", "==")
            )
        return (a is b) != negated

    def contains(self, thing, item, negated, /):
        """``item in thing``."""
        thing = self.resolve(thing)
        if isinstance(item, Either):
            return self.split(item, lambda option: self.contains(thing, option, negated))
        if holds_recorded(thing) and not isinstance(thing, dict) or isinstance(item, Recorded):
            found = self._guard(lambda: lowerings["contains"](self, thing, item))
            return self.negate(found) if negated else found
        self._guard(lambda: check_environment(thing))
        return self.python(lambda: item in thing) != negated

    def augment(self, name, a, b, /):
        """``a += b``: a new value for numbers; arrays and lists change in place, so that other names see it."""
        a, b = self.resolve(a), self.resolve(b)
        if isinstance(a, np.ndarray) and (holds_recorded(b) or self.journals):
            self._guard(lambda: self._check_fresh(a))
            a = self.record_array(a)
        if isinstance(a, Recorded) and a.flavour == ARRAY:
            return self._guard(lambda: lowerings["augment"](self, name, a, b))
        if isinstance(a, list) and name == "add":
            self.call_list_method(a, "extend", (b,), {})
            return a
        if isinstance(a, (Recorded, Either, Text, *STATELESS)) or a is None:
            return self.binary(name, a, b)
        method = self._special_method(f"i{name.rstrip('_')}", a) or self._special_method(name, a)
        if method is not None:
            return self.call(method, a, b)
        self._guard(lambda: self._check_fresh(a))
        self.touch(a)
        result = self.python(lambda: getattr(operator, f"i{name.rstrip('_')}")(a, b))
        self.changed(a)
        return result

    # ---- subscripts ----
    def get_item(self, thing, key, /):
        """``thing[key]``."""
        thing, key = self.resolve(self.not_broken(thing)), self._resolve_key(key)
        if isinstance(thing, Either):
            return self.split(thing, lambda option: self.get_item(option, key))
        if self._choice_in(key) is not None:
            return self.split_key(key, lambda k: self.get_item(thing, k))
        parts = isinstance(thing, np.ndarray) and holds_recorded(key)
        if parts and (thing.ndim > 1 or isinstance(key, slice | tuple)):
            thing = self._guard(lambda: self.show_recorded(thing))
        if isinstance(thing, Generator | Text):
            self._guard(lambda: refuse_here(f"an element of {describe(thing)}"))
        if isinstance(thing, Recorded):
            result = self._guard(lambda: lowerings["getitem"](self, thing, key))
            return result.as_view(thing, key) if _is_view(result, thing, key) else result
        if isinstance(thing, Sequence):
            if thing.used is not None:
                raise self.raised(TypeError, "an iterator is not subscriptable")
            return self.get_item(self.call(list, thing), key)
        if isinstance(thing, list) and (id(thing) in promoted or holds_recorded(key)):
            return self._guard(lambda: lowerings["list_item"](self, thing, key))
        if holds_recorded(key):
            return self._guard(lambda: lowerings["getitem"](self, thing, key))
        self._guard(lambda: check_environment(thing))
        method = self._special_method("getitem", thing)
        if method is not None:
            return self.call(method, thing, key)
        result = self.python(lambda: thing[key])
        self.note_view(result, thing, key)
        is_new = (
            isinstance(thing, list)
            and isinstance(key, slice)
            or isinstance(result, np.ndarray)
            and (isinstance(thing, np.ndarray) and thing.dtype != object)
        )
        return self._keep_new(result, thing) if is_new else result

    def _resolve_key(self, key):
        if isinstance(key, tuple):
            return tuple(map(self._resolve_key, key))
        if isinstance(key, list) and holds_recorded(key):
            return self.as_argument(key)
        return self.resolve(key)

    def _choice_in(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        for part in parts:
            inner = (part.start, part.stop, part.step) if isinstance(part, slice) else (part,)
            for one in inner:
                if isinstance(one, Either):
                    return one
        return None

    def split_key(self, key, action):
        """A key with a choice in it, option by option."""
        either = self._choice_in(key)

        def replace(part, option):
            if part is either:
                return option
            if isinstance(part, slice):
                return slice(*(replace(p, option) for p in (part.start, part.stop, part.step)))
            if isinstance(part, tuple):
                return tuple(replace(p, option) for p in part)
            return part

        return self.split(either, lambda option: action(replace(key, option)))

    def set_item(self, value, thing, key, /):
        """``thing[key] = value``."""
        thing, key = self.resolve(self.not_broken(thing)), self._resolve_key(key)
        if isinstance(thing, Either):
            self.split(thing, lambda option: self.set_item(value, option, key))
            return
        if self._choice_in(key) is not None:
            self.split_key(key, lambda k: self.set_item(value, thing, k))
            return
        if isinstance(thing, Recorded | np.ndarray) and isinstance(value, Either):
            self.split(value, lambda option: self.set_item(option, thing, key))
            return
        self.resized[id(thing)] += isinstance(key, slice)
        self._guard(lambda: self._store(thing, key, value))
        self.changed(thing)

    def _store(self, thing, key, value):
        if isinstance(thing, np.ndarray) and (holds_recorded((key, value)) or self.journals):
            self._check_fresh(thing)
            thing = self.record_array(thing)
        if isinstance(thing, Recorded):
            lowerings["setitem"](self, thing, key, value)
            return
        if isinstance(thing, list) and (id(thing) in promoted or holds_recorded(key)):
            self._check_fresh(thing)
            lowerings["list_store"](self, thing, key, value)
            return
        method = self._special_method("setitem", thing)
        if method is not None:
            self.call(method, thing, key, value)
            return
        if holds_recorded(key):
            refuse_here("the key of a store must be known while compiling")
        self._check_fresh(thing)
        self.touch(thing)
        self.python(lambda: operator.setitem(thing, key, value))

    def delete(self, thing, key, /):
        """``del thing[key]``."""
        if isinstance(thing, list) and (id(thing) in promoted or holds_recorded(key)):
            self._guard(lambda: self.call_list_method(thing, "pop", (key,), {}))
            return
        self._guard(lambda: self._check_fresh(thing))
        self.touch(thing)
        self.resized[id(thing)] += 1
        self.python(lambda: operator.delitem(thing, key))
        self.changed(thing)

    def set_attribute(self, value, thing, name, /):
        """``thing.name = value``: an object that the function made itself."""
        if isinstance(thing, Either):
            self.split(thing, lambda option: self.set_attribute(value, option, name))
            return
        setter = getattr(type(thing), name, None)
        if isinstance(setter, property) and setter.fset is not None:
            self.call(setter.fset, thing, value)
            return
        self._guard(lambda: self._check_fresh(thing))
        self.touch(thing)
        self.python(lambda: setattr(thing, name, value))
        self.changed(thing)

    # ---- variables of several functions ----
    def cell(self, value, /):
        return Cell(value)

    def read(self, cell, name, /):
        return self.load(cell.value, name)

    def write(self, cell, value, /):
        self.touch(cell)
        cell.value = value
        self.changed(cell)
        return value

    # ---- unpacking ----
    def unpack(self, thing, count=None, star=None, /):
        """``a, b = thing``: that many parts; ``star`` is the place of a starred one."""
        thing = self.resolve(self.not_broken(thing))
        if isinstance(thing, Either):
            return self.split(thing, lambda option: tuple(self.unpack(option, count, star)))
        items = self._guard(lambda: self.sequence(thing))
        if isinstance(items, Sequence):
            return self._unpack_recorded(thing, items, count, star)
        return self._unpack_known(items, count, star)

    def _unpack_known(self, items, count, star):
        if count is None:
            return items
        if star is None and len(items) != count or star is not None and len(items) < count - 1:
            few = len(items) < count
            message = (
                f"not enough values to unpack (expected {count}, got {len(items)})"
                if few
                else f"too many values to unpack (expected {count})"
            )
            raise self.raised(ValueError, message)
        if star is None:
            return items
        behind = count - star - 1
        middle = self.fresh(list(items[star : len(items) - behind]))
        return [*items[:star], middle, *items[len(items) - behind :]]

    def _unpack_recorded(self, thing, items, count, star):
        if isinstance(items.length, int):
            return self._unpack_known([items.item(k) for k in range(items.length)], count, star)
        if count is None or star is not None:
            self._guard(
                lambda: refuse_here(
                    "a number of values that is known only when the model runs is unpacked"
                )
            )
        fits = self.binary("eq", items.length, count)
        self.branch(
            fits,
            lambda: None,
            lambda: self._raise(ValueError, f"values to unpack (expected {count})"),
        )
        return [items.item(k) for k in range(count)]

    def _raise(self, kind, message):
        raise self.raised(kind, message)

    def pick(self, parts, index, /):
        """One of the parts that `unpack` gave."""
        return parts[index]

    def spread(self, thing, /):
        """``f(*thing)``."""
        if isinstance(thing, dict):
            return thing
        return self.unpack(thing)

    # ---- displays, comprehensions, text ----
    def fresh(self, thing, /):
        """Remembers an object that the traced function made itself: it may change it."""
        self._fresh[id(thing)] = thing, self.graph
        return thing

    def when(self, test, body, /):
        """``if test`` in a comprehension."""
        self.branch(test, body, lambda: None)

    def emit(self, take, /, *parts):
        """An element of a comprehension."""
        take(*parts)

    def comprehend(self, kind, run, /):
        """A comprehension: ``run(take)`` gives its elements to ``take``."""
        if kind == "generator":
            return Generator(run)
        if kind == "list":
            made = self.fresh([])
            self._without_stops(lambda: run(lambda item: self.append(made, item)))
            return made
        made = self.fresh({} if kind == "dict" else set())

        def store(key, *value):
            if holds_recorded(key) or isinstance(key, Either):
                self._guard(
                    lambda: refuse_here(
                        f"a {kind} with keys that are known only when the model runs"
                    )
                )
            self.touch(made)
            if kind == "dict":
                made[key] = value[0]
            else:
                made.add(key)

        self._without_stops(lambda: run(store))
        return made

    def _without_stops(self, action):
        stops, self.stops = self.stops, []
        try:
            action()
        finally:
            self.stops = stops

    def stop_test(self):
        """The loops of a generator end where who takes from it has enough."""
        return self.stops[-1] if self.stops else None

    def append(self, owner: list, item) -> None:
        self.call_list_method(owner, "append", (item,), {})

    def text(self, /, *parts):
        """An f-string."""
        template, known = "", True
        for part in parts:
            if isinstance(part, str):
                template += part
                continue
            value, conversion, spec = part
            if holds_recorded(value) or isinstance(value, Either) or isinstance(spec, Text):
                template, known = template + "{}", False
                continue
            convert = {115: str, 114: repr, 97: ascii}.get(conversion)
            shown = convert(value) if convert else value
            template += self.python(lambda v=shown, s=spec: format(v, s))
        return template if known else Text(template, self.here())

    # ---- exceptions ----
    def make_error(self, kind, arguments):
        """An exception whose message has recorded values in it."""
        message = next((a for a in arguments if isinstance(a, str | Text)), "{}")
        return Raised(kind, message.template if isinstance(message, Text) else message)

    def throw(self, error=None, /):
        """``raise error``."""
        if error is None:
            self._guard(
                lambda: refuse_here("raise without an exception", "raise with the exception's name")
            )
        if isinstance(error, Raised):
            raise self.raised(error.type, error.message)
        if isinstance(error, type) and issubclass(error, BaseException):
            raise self.raised(error, "")
        if not isinstance(error, BaseException):
            raise TraceError("raise of something that is no exception")
        raise self.raised(type(error), str(error))


def _is_view(result, thing: Recorded, key) -> bool:
    """Basic indexing gives a view; masks and index arrays a copy."""
    if not isinstance(result, Recorded) or result.flavour != ARRAY or thing.flavour != ARRAY:
        return False
    parts = key if isinstance(key, tuple) else (key,)
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice | int | np.integer)
        or isinstance(part, Recorded)
        and part.rank == 0
        and part.kind in "iu"
        for part in parts
    )
