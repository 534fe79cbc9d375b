"""What a function returns, as named outputs: the same structure is read from recorded results and from Python's own.

A dict's keys are names; a tuple's parts are ``out0``, ``out1``, ...; anything else is ``out``.  What lies deeper is named
after its way there: ``"peaks.0"``.  A list of numbers is one array.
"""

import dataclasses

import numpy as np

from .errors import TraceError
from .kinds import Choice
from .lower.common import plain
from .recorded import ARRAY, UNDEFINED, Either, Recorded, Sequence, Text

LEAF, REAL, OPTIONAL, NONE = "leaf", "real", "optional", "none"
_NUMBER = bool | int | float | complex | str | np.generic


@dataclasses.dataclass
class Schema:
    """The structure of a result: a leaf, or parts by name."""

    kind: str
    parts: dict = dataclasses.field(default_factory=dict)
    dtype: object = None
    row: tuple = ()
    """The shape of an element."""

    def flatten(self, thing, name: str = "") -> dict:
        """Python's own result by names; what does not fit the structure stands where it is."""
        if self.kind == OPTIONAL:
            inner = self.parts["value"]
            return dict.fromkeys(inner.names(name)) if thing is None else inner.flatten(thing, name)
        if not self.parts:
            if isinstance(thing, list) and not thing:  # no element tells the type
                thing = np.zeros((0, *self.row), self.dtype)
            elif self.kind == REAL and isinstance(thing, bool | int | float | np.generic):
                thing = np.float64(thing)
            elif self.kind == REAL and thing is not None:
                thing = np.asarray(thing, dtype=np.float64)
            return {name or "out": _name_missing(thing) if self.dtype == object else thing}
        result: dict = {}
        for (key, part), item in zip(self.parts.items(), self._items(thing), strict=True):
            result |= part.flatten(item, join_names(name, self.kind, key))
        return result

    def _items(self, thing) -> list:
        if self.kind == "dict":
            return [thing[k] for k in self.parts]
        if self.kind == "object":
            return [getattr(thing, k) for k in self.parts]
        items = list(thing)
        if len(items) != len(self.parts):
            raise ValueError(
                f"Python returned {len(items)} parts, the compiled model {len(self.parts)}"
            )
        return items

    def names(self, name: str = "") -> list[str]:
        """The outputs' names."""
        if self.kind == OPTIONAL:
            return self.parts["value"].names(name)
        if not self.parts:
            return [name or "out"]
        return [n for k, p in self.parts.items() for n in p.names(join_names(name, self.kind, k))]


def _name_missing(thing):
    """NaN among texts leaves as None does: a missing text."""
    if isinstance(thing, float) and thing != thing:
        return None
    if isinstance(thing, np.ndarray) and thing.dtype == object:
        return np.array([None if t != t else t for t in thing.ravel()], object).reshape(thing.shape)
    return thing


def join_names(name: str, kind: str, key) -> str:
    if not name:
        return key if kind in ("dict", "object") else f"out{key}"
    return f"{name}.{key}"


def read_result(tracer, thing) -> tuple[Schema, dict]:
    """The structure of a recorded result, and its values by name."""
    values: dict = {}
    schema = _read(tracer, thing, "", values, None)
    return schema, values


def _read(tracer, thing, name, values, present) -> Schema:
    thing = tracer.not_broken(tracer.resolve(thing))
    if isinstance(thing, Either):
        return _read_choice(tracer, thing, name, values, present)
    if thing is UNDEFINED:
        raise tracer.raised(UnboundLocalError, "local variable referenced before assignment")
    if isinstance(thing, Text):
        line, file, expression = thing.place
        raise TraceError(
            "a result that is text made of a value that is known only when the model runs",
            instead="the value itself",
            file=file,
            line=line,
            expression=expression,
        )
    if isinstance(thing, Sequence):
        thing = tracer.call(list, thing)
    rows = tracer.rows(thing)
    if rows is not None:
        array = tracer.rows_as_array(rows)
        real = isinstance(rows.kind, Choice)
        return _leaf(tracer, array, name, values, present, REAL if real else LEAF)
    if isinstance(thing, dict):
        bad = [k for k in thing if not isinstance(k, str) or "\0" in k]
        if bad:
            raise TraceError(f"the result has the key {bad[0]!r}; keys must be text without NUL")
        return _parts(tracer, "dict", thing, name, values, present)
    if isinstance(thing, tuple) or isinstance(thing, list) and not _is_array(thing):
        return _parts(tracer, "tuple", dict(enumerate(thing)), name, values, present)
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        fields = {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing)}
        return _parts(tracer, "object", fields, name, values, present)
    if thing is None:
        values[name or "out"] = tracer.graph.add(
            "optional", tracer.graph.constant(False), tracer.graph.constant(0.0)
        )
        return Schema(NONE)
    return _leaf(tracer, thing, name, values, present, LEAF)


def _is_array(thing) -> bool:
    """A list of numbers of one type."""
    kinds = {
        (t.flavour, t.value.type) if isinstance(t, Recorded) and t.flavour != ARRAY else type(t)
        for t in thing
    }
    numbers = all(
        isinstance(t, _NUMBER) or isinstance(t, Recorded) and t.flavour != ARRAY for t in thing
    )
    return numbers and (len(kinds) == 1 or not any(isinstance(t, str) for t in thing))


def _parts(tracer, kind, things, name, values, present) -> Schema:
    schema = Schema(kind)
    for key, part in things.items():
        schema.parts[key] = _read(tracer, part, join_names(name, kind, key), values, present)
    return schema


def _leaf(tracer, thing, name, values, present, kind) -> Schema:
    value = plain(tracer, thing)
    if present is not None:
        value = tracer.graph.add("optional", present, value)
    values[name or "out"] = value
    row = tuple(d if isinstance(d, int) else 0 for d in value.dims[1:])
    return Schema(kind, dtype=value.dtype, row=row)


def _read_choice(tracer, either, name, values, present) -> Schema:
    """None or a value; or numbers of unlike type, which become float64."""
    if any(o is UNDEFINED for o in either.options):
        return _read(tracer, tracer.load(either, name), name, values, present)
    if not any(o is None for o in either.options):
        return _leaf(tracer, tracer.as_one_real(either), name, values, present, REAL)
    here, rest = tracer.without(either, None)
    if present is not None:
        here = tracer.graph.add("logical_and", present, here)
    return Schema(OPTIONAL, {"value": _read(tracer, rest, name, values, here)})
