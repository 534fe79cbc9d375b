"""Draws the inputs of an operator from its row: types, sizes, and attributes within their limits.

What one operator needs beyond its row (sorted points, indices in range) stands in domains.py.
"""

from dataclasses import dataclass, field

import network_domains  # noqa: F401 (registers domains)
import numpy as np
import quantized_domains  # noqa: F401 (registers domains)
import tensor_domains  # noqa: F401 (registers domains)
from domains import DOMAINS
from kowari import operators as ops

CASES = 112
"""Cases of one operator and type."""

CLASSES = {"f": [1, 2], "i": [3, 4], "n": [1, 2, 3, 4], "b": [1, 2, 3, 4, 8]}
CLASSES |= {"q": [4, 5, 6, 7], "w": [2, 6]}
CLASSES["a"] = [code for code in ops.DTYPES if code != ops.TEXT and ops.DTYPES[code] != np.float16]
CLASSES["t"] = [*ops.DTYPES]

SIZES = [1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 13, 16, 17, 20, 33]
LONG_SIZES = [64, 127, 128, 129, 200, 257, 1000]  # around the blocks of NumPy's sums
LARGE = 10_000
LARGE_TEXT = 1000
TEXTS = ["", "a", "b", "ab", "B", "a ", "häß", "日本", "zz", "NaN", "0", "a" * 40]
FLOAT_MODES = [
    "normal",
    "normal",
    "ties",
    "special",
    "special",
    "some_nan",
    "nan",
    "sorted",
    "constant",
    "halves",
]
INT_MODES = ["small", "wide", "extreme", "constant", "sorted"]


@dataclass
class Case:
    """One call of an operator: ``inputs`` by argument name (None: absent; a list where variadic).

    ``none`` names inputs that are None in this call; their array in ``inputs`` tells type and rank.
    """

    inputs: dict
    attributes: dict
    none: set = field(default_factory=set)

    def flat(self, operator: ops.Operator):
        """(name, argument, array or None) of each input, variadic ones numbered."""
        for a in operator.inputs:
            value = self.inputs[a.name]
            if a.variadic:
                yield from ((f"{a.name}{i}", a, x) for i, x in enumerate(value))
            else:
                yield a.name, a, value

    def arrays(self) -> list[np.ndarray]:
        """All inputs that are there."""
        values = self.inputs.values()
        return [x for v in values for x in (v if isinstance(v, list) else [v]) if x is not None]

    def lift_scalar(self) -> None:
        """Gives the first input an axis if it has none."""
        name, value = next(iter(self.inputs.items()))
        if isinstance(value, list):
            self.inputs[name] = [np.atleast_1d(x) for x in value]
        else:
            self.inputs[name] = np.atleast_1d(value)

    @property
    def has_nan(self) -> bool:
        return any(x.dtype.kind == "f" and np.isnan(x).any() for x in self.arrays())

    @property
    def has_inf(self) -> bool:
        return any(x.dtype.kind == "f" and np.isinf(x).any() for x in self.arrays())

    @property
    def is_empty(self) -> bool:
        return any(x.size == 0 for x in self.arrays())

    @property
    def is_one_row(self) -> bool:
        return any(x.ndim and x.shape[0] == 1 for x in self.arrays())

    @property
    def is_all_none(self) -> bool:
        return len(self.none) == len(self.arrays())

    @property
    def text_bytes(self) -> int:
        texts = (t for x in self.arrays() if x.dtype == object for t in x.ravel())
        return sum(len(t.encode()) for t in texts if t is not None)


def typings(operator: ops.Operator) -> list[dict[str, int]]:
    """Bindings of the inputs' type variables; of several, each is one type further."""
    types = dict.fromkeys(a.type for a in operator.inputs)
    variables = [t for t in types if t not in ops.SHORT_NAMES]
    choices = [CLASSES[v[0]] for v in variables]
    turns = range(max(map(len, choices), default=1))
    rows = [[c[(turn + i) % len(c)] for i, c in enumerate(choices)] for turn in turns]
    return [dict(zip(variables, row, strict=True)) for row in rows]


class Draw:
    """Random sizes, arrays and attributes for one operator under one typing."""

    def __init__(self, operator: ops.Operator, typing: dict[str, int], seed: list[int]):
        self.operator, self.typing = operator, typing
        self.rng = np.random.default_rng(seed)
        self.pool = [self._attributes() for _ in range(8)]
        self.pool[0] |= {a.name: a.fallback for a in operator.attributes if not a.required}

    def pick(self, choices):
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def integer(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self.rng.integers(low, high, endpoint=True))

    def code(self, argument: ops.Argument) -> int:
        return ops.SHORT_NAMES.get(argument.type) or self.typing[argument.type]

    # ---- values ----
    def _floats(self, dtype, n: int) -> np.ndarray:
        mode, info = self.pick(FLOAT_MODES), np.finfo(dtype)
        x = (self.rng.standard_normal(n) * 10.0 ** self.rng.uniform(-3, 3, n)).astype(dtype)
        special = [0.0, info.smallest_subnormal, info.tiny, info.eps, 0.5, 1.0, 2 / info.eps]
        special += [info.max, np.inf, np.nan, 1 + info.eps]
        special = np.array([*special, *np.negative(special)], dtype)
        if mode == "ties":
            x = self.rng.integers(-3, 3, n).astype(dtype)
        elif mode == "special":
            x = np.where(self.rng.random(n) < 0.5, x, self.rng.choice(special, n))
        elif mode == "some_nan":
            x[self.rng.random(n) < 0.25] = np.nan
        elif mode == "sorted":
            x.sort()
        elif mode == "constant":
            x[:] = x[:1]
        elif mode == "halves":
            x = (self.rng.integers(-40, 40, n) / 2).astype(dtype)
        elif mode == "nan":
            x[:] = np.nan
        return x

    def _integers(self, dtype, n: int) -> np.ndarray:
        mode, info = self.pick(INT_MODES), np.iinfo(dtype)
        x = self.rng.integers(max(info.min, -5), 6, n, dtype)
        if mode == "wide":
            x = self.rng.integers(info.min, info.max, n, dtype, endpoint=True)
        elif mode == "extreme":
            edges = np.array([info.min, info.min + 1, info.max, info.max - 1, 0, 1], dtype)
            x = np.where(self.rng.random(n) < 0.5, x, self.rng.choice(edges, n))
        elif mode == "constant":
            x[:] = x[:1]
        elif mode == "sorted":
            x.sort()
        return x

    def array(self, code: int, shape: tuple) -> np.ndarray:
        """Values of a type, special ones among them."""
        dtype, n = ops.DTYPES[code], int(np.prod(shape, dtype=int))
        if code == ops.TEXT:
            texts = np.array([*TEXTS, None], object)
            x = self.rng.choice(self.rng.choice(texts, 3) if self.chance(0.4) else texts, n)
        elif dtype.kind == "b":
            x = self.rng.random(n) < self.pick([0.0, 0.5, 0.5, 0.9, 1.0])
        else:
            x = self._floats(dtype, n) if dtype.kind == "f" else self._integers(dtype, n)
        return x.reshape(shape)

    # ---- sizes ----
    def size(self) -> int:
        return self.pick(SIZES)

    def shape(self, rank: int | None = None) -> tuple:
        """Any shape of few elements."""
        rank = self.pick([0, 1, 1, 1, 2, 2, 2, 3, 4]) if rank is None else rank
        shape = [self.size() if rank < 3 else self.integer(1, 5) for _ in range(rank)]
        if rank and self.chance(0.1):
            long = LONG_SIZES if rank == 1 else LONG_SIZES[:4]
            shape[self.integer(0, rank - 1)] = self.pick(long)
        return tuple(shape)

    def _bend(self, sizes: dict, scenario: str) -> None:
        """One of the sizes becomes what the scenario asks for, the others stay small."""
        if not sizes or scenario == "any":
            return
        first, some = next(iter(sizes)), self.pick(list(sizes))
        if scenario == "large":
            sizes.update({name: min(size, 4) for name, size in sizes.items()})
            has_text = ops.TEXT in map(self.code, self.operator.inputs)
            sizes[some if self.chance(0.3) else first] = LARGE_TEXT if has_text else LARGE
        elif scenario == "empty":
            sizes[some] = 0
        else:
            sizes[first] = 1

    def _free_shape(self, scenario: str) -> tuple:
        sizes = dict(enumerate(self.shape(None if scenario == "any" else self.pick([1, 1, 2]))))
        self._bend(sizes, scenario)
        return tuple(sizes.values())

    def _part(self, whole: tuple) -> tuple:
        """A shape that broadcasts with `whole`."""
        cut = self.integer(0, len(whole)) if self.chance(0.3) else 0
        return tuple(1 if self.chance(0.15) else size for size in whole[cut:])

    def shapes(self, scenario: str) -> list[tuple]:
        """A shape for each argument: named sizes agree; any rank where the signature names none."""
        names = [d for a in self.operator.inputs for d in a.dims or () if not d.isdigit()]
        sizes = dict(zip(dict.fromkeys(names), self.shape(len(set(names))), strict=True))
        self._bend(sizes, scenario)
        free = self._free_shape(scenario)
        shapes = []
        for a in self.operator.inputs:
            if a.dims is not None:
                shapes.append(tuple(int(d) if d.isdigit() else sizes[d] for d in a.dims))
            elif self.operator.plan == "broadcast":
                shapes.append(self._part(free) if self.chance(0.97) else self.shape())
            else:
                shapes.append(free)
        return shapes

    # ---- attributes ----
    def _attribute(self, a: ops.Attribute):
        if not a.required and self.chance(0.3):
            return a.fallback
        if a.kind == "FLAG":
            return self.chance(0.5)
        if a.kind == "TYPE":
            return self.pick(CLASSES["a"])
        if a.kind == "TEXT":
            return self.pick(TEXTS)
        if a.kind == "INTS":
            low, high = max(int(a.low), -5), min(int(a.high), 5)
            return [self.integer(low, high) for _ in range(self.integer(1, 3))]
        if a.kind == "GRAPH":
            return None
        tries = [a.low, a.low + 1, a.high, 0, 1, 2, 3, 5, self.integer(-40, 40)]
        if a.kind == "REAL":
            tries += [0.25, 0.5, self.rng.uniform(-5, 5)]
        value = self.pick([v for v in tries if a.low <= v <= a.high and abs(v) <= LARGE])
        return int(value) if a.kind == "INT" else float(value)

    def _attributes(self) -> dict:
        return {a.name: self._attribute(a) for a in self.operator.attributes}

    def _fit_axes(self, attributes: dict, rank: int) -> None:
        """Axes of the value, in rising order; now and then the one behind the last."""
        if attributes.get("axis") is not None:
            attributes["axis"] = rank if self.chance(0.03) else self.integer(0, rank - 1)
        if attributes.get("axes") is not None:
            some = self.rng.choice(rank, self.integer(min(rank, 1), rank), replace=False)
            attributes["axes"] = [*sorted(map(int, some)), *([rank] if self.chance(0.03) else [])]

    # ---- cases ----
    def _inputs(self, scenario: str) -> dict:
        inputs = {}
        for a, shape in zip(self.operator.inputs, self.shapes(scenario), strict=True):
            count = self.integer(1, 4) if a.variadic else 1
            arrays = [self.array(self.code(a), shape) for _ in range(count)]
            is_absent = a.optional and self.chance(0.3)
            inputs[a.name] = None if is_absent else arrays if a.variadic else arrays[0]
        return inputs

    def case(self, scenario: str) -> Case:
        """One case: its first input has the axes that the attributes name."""
        case = Case(self._inputs(scenario), dict(self.pick(self.pool)))
        if case.attributes.get("axis") is not None:
            case.lift_scalar()  # NumPy takes scalars for one row, the table does not
        self._fit_axes(case.attributes, case.arrays()[0].ndim)
        edit = DOMAINS.get(self.operator.name) or DOMAINS.get(self.operator.plan)
        if edit:
            edit(self, case)
        return case

    def cases(self, count: int) -> list[Case]:
        """Mostly of any size, some empty, of one row, large."""
        scenarios = ["empty"] * 9 + ["one"] * 9 + ["large"] * 2 + ["any"] * (CASES - 20)
        self.rng.shuffle(scenarios)
        return [self.case(s) for s in scenarios[:count]]


def may_be_empty(operator: ops.Operator) -> bool:
    """Does the signature have a size that can be 0?"""
    return any(a.dims is None or any(not d.isdigit() for d in a.dims) for a in operator.inputs)
