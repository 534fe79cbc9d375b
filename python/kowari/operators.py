"""The operator table, read from the compiled library: names, signatures, attributes and how they lie in the file."""

import ctypes
import math
import struct
from dataclasses import dataclass
from functools import cache

import numpy as np

from ._library import DevAttribute, DevOperator, lib

RAISES, INPLACE, VALUES, STATE, APPROXIMATE, NULLABLE, STORE, TELLS = (1 << i for i in range(8))
NONE = 0xFFFFFFFF

TEXT = 9
"""Type code of text; its dtype here is object (str or None)."""

DTYPES = {
    1: np.dtype("f8"),
    2: np.dtype("f4"),
    3: np.dtype("i8"),
    4: np.dtype("i4"),
    5: np.dtype("i2"),
    6: np.dtype("i1"),
    7: np.dtype("u1"),
    8: np.dtype("?"),
    TEXT: np.dtype("O"),
    10: np.dtype("f2"),
    11: np.dtype("u2"),
    12: np.dtype("u4"),
    13: np.dtype("u8"),
}
SHORT_NAMES = dict(
    zip(
        ["f64", "f32", "i64", "i32", "i16", "i8", "u8", "bool", "text", "f16", "u16", "u32", "u64"],
        DTYPES,
        strict=True,
    )
)


def type_code(dtype) -> int:
    """Type code of a NumPy dtype; strings are text.  Raises TypeError for what no tensor can hold."""
    dtype = np.dtype(dtype)
    if dtype.kind in "UOT":
        return TEXT
    for code, known in DTYPES.items():
        if known == dtype:
            return code
    raise TypeError(f"{dtype} is not a type of tensors")


def as_texts(array: np.ndarray) -> np.ndarray:
    """Text as a tensor holds it: str, or None where an element is missing (None, NaN); TypeError for anything else."""
    texts = np.empty(array.shape, dtype=object)
    for index, element in enumerate(array.ravel().tolist()):
        if not isinstance(element, str) and element is not None and element == element:
            raise TypeError(f"element {index} is {type(element).__name__}, must be text")
        texts.ravel()[index] = element if isinstance(element, str) else None
    return texts


@dataclass(frozen=True)
class Attribute:
    """One attribute of an operator: ``kind`` is INT, REAL, FLAG, TYPE, TEXT, GRAPH or INTS."""

    name: str
    kind: str
    required: bool
    fallback: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Argument:
    """One input or output of a signature; ``dims`` None means any rank."""

    name: str
    type: str
    dims: tuple[str, ...] | None
    optional: bool
    variadic: bool


@dataclass(frozen=True)
class Operator:
    """One row of the table."""

    id: int
    version: int
    name: str
    signature: str
    plan: str
    doc: str
    reference: str
    flags: int
    attributes: tuple[Attribute, ...]
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]

    def complete(self, given: dict) -> dict:
        """All attributes with the fallbacks filled in; TypeError for one that is missing or not known."""
        unknown = set(given) - {a.name for a in self.attributes}
        if unknown:
            raise TypeError(f"{self.name} has no attribute {', '.join(sorted(unknown))}")
        values = {}
        for a in self.attributes:
            if a.name not in given and a.required:
                raise TypeError(f"{self.name} needs attribute {a.name}")
            values[a.name] = given.get(a.name, a.fallback)
        return values

    def encode(self, values: dict, add_ints, add_text) -> bytes:
        """The attribute struct of the file; ``add_ints`` and ``add_text`` put into the pools and return offset, count."""
        present, slots = 0, b""
        for index, a in enumerate(self.attributes):
            value = values[a.name]
            if value is None:
                slots += bytes(8)
                continue
            present |= 1 << index
            if a.kind == "REAL":
                slots += struct.pack("<d", value)
            elif a.kind == "INTS":
                slots += struct.pack("<II", *add_ints([int(v) for v in value]))
            elif a.kind == "TEXT":
                slots += struct.pack("<II", *add_text(value))
            else:
                slots += struct.pack("<q", int(value))
        return struct.pack("<Q", present) + slots


_KINDS = ["", "INT", "REAL", "FLAG", "TYPE", "TEXT", "GRAPH", "INTS"]


def _read_attribute(operator: int, index: int) -> Attribute:
    a = DevAttribute()
    lib.kw_dev_attribute_at(operator, index, ctypes.byref(a))
    required = a.fallback == -math.inf
    kind = _KINDS[a.kind]
    fallback = None if required or math.isnan(a.fallback) else a.fallback
    if fallback is not None and kind != "REAL":
        fallback = int(fallback)
    return Attribute(a.name.decode(), kind, required, fallback, a.low, a.high)


def _split(text: str) -> list[str]:
    """Splits at commas that stand outside brackets."""
    parts, depth = [""], 0
    for c in text:
        depth += (c == "[") - (c == "]")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts if p.strip()]


def _read_argument(text: str) -> Argument:
    name, _, kind = text.partition(":")
    kind, bracket, dims = kind.strip().partition("[")
    sizes = tuple(d.strip() for d in dims.rstrip("]").split(",") if d.strip()) if bracket else None
    return Argument(name.rstrip("?*"), kind, sizes, "?" in name, "*" in name)


@cache
def operators() -> dict[str, Operator]:
    """The table by name, in the order of the rows."""
    table = {}
    for i in range(lib.kw_dev_operator_count()):
        row = DevOperator()
        lib.kw_dev_operator_at(i, ctypes.byref(row))
        signature = row.signature.decode()
        ins, _, outs = signature.partition("->")
        name = row.name.decode()
        table[name] = Operator(
            row.id,
            row.version,
            name,
            signature,
            row.plan.decode(),
            row.doc.decode(),
            row.reference.decode(),
            row.flags,
            tuple(_read_attribute(i, k) for k in range(row.attributes)),
            tuple(_read_argument(t) for t in _split(ins)),
            tuple(_read_argument(t) for t in _split(outs)),
        )
    return table
