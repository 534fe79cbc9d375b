"""Runs the cases of an operator through one-node graphs and compares with the row's reference.

Three ways: named sizes (one graph, many runs), fixed sizes, and constants that lie at an odd multiple of 4 bytes.
"""

import ctypes
import itertools
import warnings
import zlib
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import oracles
import pandas as pd
import scipy
import scipy.special
import scipy.stats
import sklearn.utils
from cases import CASES, Case, Draw, typings
from domains import BOUNDS, CONSTANTS, FIXED, ZERO_SIGNS

from kowari import operators as ops
from kowari.errors import RunError
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Graph, Node, Program, ShapeError, Size, Value
from kowari.runtime import Model

FIXED_GRAPHS = 14
CONSTANT_GRAPHS = 8
RELATIVE = {np.dtype("f8"): 1e-9, np.dtype("f4"): 1e-5}
"""How far APPROXIMATE operators may be from the reference, as a share of it."""


class Difference(AssertionError):
    """The library and the reference disagree."""


@dataclass
class Cell:
    """What the battery did for one operator and type."""

    cases: int = 0
    nan: int = 0
    inf: int = 0
    empty: int = 0
    one_row: int = 0
    raised: int = 0
    worst: float = 0.0


@dataclass
class Answer:
    """What the reference gives: arrays (None for None), or the name of what it raises."""

    values: list = field(default_factory=list)
    raises: str = ""


# ---- the reference ----
@cache
def _compiled(operator: ops.Operator):
    return compile(operator.reference, operator.name, "eval")


def _as_value(x, case: Case):
    """A result as the library gives it: an array, text as objects, None where inputs are (np.array wraps it)."""
    all_none = len(case.none) == len(case.arrays())
    if (x is None and case.none) or (all_none and np.ndim(x) == 0 and np.asarray(x).item() is None):
        return None
    x = np.asarray(x)
    return x.astype(object) if x.dtype.kind == "U" else x


def _as_arguments(operator: ops.Operator, case: Case) -> dict:
    """Inputs by name, copied; variadic ones as a list."""
    given = {name: None if name in case.none or x is None else x.copy() for name, _, x in flat_inputs(operator, case)}
    variadic = {a.name for a in operator.inputs if a.variadic}
    return {k: [given[f"{k}{i}"] for i in range(len(v))] if k in variadic else given[k] for k, v in case.inputs.items()}


def _attribute_arguments(operator: ops.Operator, attributes: dict) -> dict:
    kinds = {a.name: a.kind for a in operator.attributes}
    shown = {"TYPE": ops.DTYPES.get, "INTS": lambda v: v if v is None else tuple(v)}
    return {k: shown[kinds[k]](v) if kinds[k] in shown else v for k, v in attributes.items() if kinds[k] != "GRAPH"}


def refer(operator: ops.Operator, case: Case) -> Answer:
    """Evaluates the row's reference."""
    names = {"np": np, "pd": pd, "scipy": scipy, "sklearn": sklearn, "oracle": oracles, "graph": lambda *x: x[::-1]}
    names |= _as_arguments(operator, case)
    names |= _attribute_arguments(operator, case.attributes)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            result = eval(_compiled(operator), names)
    except Exception as error:
        return Answer(raises=type(error).__name__)
    results = result if isinstance(result, tuple) else (result,)
    return Answer([_as_value(r, case) for r in results])


# ---- the graph ----
class Displaced(Model):
    """A model whose file lies 4 bytes behind a multiple of 64, so that no constant of 8 bytes is aligned."""

    @property
    def _words(self):
        return self._place

    @_words.setter
    def _words(self, words):
        room = ctypes.create_string_buffer(ctypes.sizeof(words) + 128)
        self._place = type(words).from_buffer(room, -ctypes.addressof(room) % 64 + 4)
        ctypes.memmove(self._place, words, ctypes.sizeof(words))


def flat_inputs(operator: ops.Operator, case: Case):
    """(port name, argument, array or None), with variadic arguments spread."""
    for a in operator.inputs:
        value = case.inputs[a.name]
        if isinstance(value, list):
            yield from ((f"{a.name}{i}", a, v) for i, v in enumerate(value))
        else:
            yield a.name, a, value


def size_names(operator: ops.Operator, name: str, argument: ops.Argument, rank: int) -> list[str]:
    """Names of sizes: the signature's; one for each axis where it has none, shared where the plan wants one shape."""
    if argument.dims is not None:
        return list(argument.dims)
    return [f"{'' if operator.plan == 'same' else name}.{d}" for d in range(rank)]


def text_bytes(case: Case) -> int:
    texts = itertools.chain.from_iterable(x.ravel() for x in case.arrays() if x.dtype == object)
    return sum(len(t.encode()) for t in texts if t is not None)


class Build:
    """One node in a graph of its own, for cases that share attributes and ranks."""

    def __init__(self, operator: ops.Operator, group: list, named: bool, constants=frozenset(), copies=False):
        self.operator, self.named, self.cases = operator, named, [case for case, _ in group]
        self.constants = constants | set(CONSTANTS.get(operator.name, ()))
        self.program = Program()
        self.graph = self.program.graph()
        self.sizes: dict = {}
        self.ports: list[Port] = []
        values = [self._value(*given) for given in flat_inputs(operator, self.cases[0])]
        if any(p.value.type == ops.TEXT for p in self.ports):
            self.program.size("text_bytes", max(1, *(text_bytes(c) for c in self.cases)))
        if copies:
            values = [self.graph.add("copy", v) if v is not None else None for v in values]
        outputs = self._add(values)
        self._bound(outputs, [answer.values for _, answer in group])
        self.graph.outputs = list(outputs)
        self.ports += [Port(OUTPUT, f"y{i}", v) for i, v in enumerate(outputs)]

    def _dim(self, size_name: str, name: str, axis: int):
        size = self._most(name, axis)
        if not self.named or size_name.isdigit() or size_name in FIXED.get(self.operator.name, ()):
            return size
        if size_name not in self.sizes:
            self.sizes[size_name] = self.program.size(size_name, 1)
        self.sizes[size_name].capacity = max(self.sizes[size_name].capacity, size)
        return self.sizes[size_name]

    def _most(self, name: str, axis: int) -> int:
        flat = itertools.chain.from_iterable(flat_inputs(self.operator, c) for c in self.cases)
        return max(x.shape[axis] for n, _, x in flat if n == name)

    def _value(self, name, argument, array):
        if array is None:
            return None
        if name in self.constants:
            return self.graph.constant(array, index=name in CONSTANTS.get(self.operator.name, ()))
        dims = [self._dim(s, name, d) for d, s in enumerate(size_names(self.operator, name, argument, array.ndim))]
        optional = any(name in case.none for case in self.cases)
        value = self.graph.input(ops.type_code(array.dtype), dims, name, optional=optional)
        self.ports.append(Port(INPUT, name, value))
        return value

    def _add(self, values) -> tuple:
        if self.operator.name == "call":
            return self._add_call(values)
        result = self.graph.add(self.operator.name, *values, **self.cases[0].attributes)
        outputs = result if isinstance(result, tuple) else (result,)
        for output in outputs:
            output.optional = all(v is not None and v.optional for v in values)
        return outputs

    def _bound(self, outputs, answers) -> None:
        """Computed sizes get half of the capacity that the answers need: the session has to grow."""
        for i, output in enumerate(outputs):
            for d, size in enumerate(output.dims):
                if isinstance(size, Size) and size not in self.sizes.values():
                    most = max((v[i].shape[d] for v in answers if v and v[i].ndim > d), default=0)
                    size.capacity = max(1, most // 2)

    def _add_call(self, values) -> tuple:
        """A callee that gives its arguments in turned order."""
        callee = self.program.graph("callee")
        callee.outputs = [callee.input(v.type, v.dims, optional=v.optional) for v in values][::-1]
        outputs = tuple(Value(self.graph, v.type, v.dims, optional=v.optional) for v in callee.outputs)
        self.graph.nodes.append(Node(self.operator, tuple(values), outputs, {"graph": callee}, raises=True))
        return outputs

    def open(self) -> Model:
        return Displaced(write(self.program, self.ports, {}))

    def run(self, model: Model, case: Case) -> list:
        given = {p.name for p in self.ports}
        flat = flat_inputs(self.operator, case)
        inputs = {name: None if name in case.none else x for name, _, x in flat if name in given}
        return list(model.run(**inputs).values())


# ---- comparing ----
def same_bits(got: np.ndarray, want: np.ndarray, any_zero: bool) -> np.ndarray:
    """Element by element: equal bits, or both NaN."""
    if got.dtype.kind == "b":
        got, want = got.view("u1"), want.view("u1")
    if got.dtype.kind != "f":
        return got == want
    equal = got.view(f"u{got.itemsize}") == want.view(f"u{want.itemsize}")
    if any_zero:
        equal |= got == want
    return equal | (np.isnan(got) & np.isnan(want))


def allowed_distance(operator: ops.Operator, case: Case, want: np.ndarray) -> np.ndarray:
    """How far from the reference an approximate result may be."""
    if operator.name in BOUNDS:
        return BOUNDS[operator.name](case.inputs)
    return RELATIVE[want.dtype] * np.maximum(np.abs(want), np.finfo(want.dtype).tiny)


def compare(operator: ops.Operator, case: Case, got, want) -> float:
    """The largest relative error; raises Difference."""
    if got is None or want is None:
        if got is not want:
            raise Difference(f"got {got!r}, want {want!r}")
        return 0.0
    if got.dtype != want.dtype or got.shape != want.shape:
        raise Difference(f"got {got.dtype}{got.shape}, want {want.dtype}{want.shape}")
    wrong, worst = ~np.asarray(same_bits(got, want, operator.name in ZERO_SIGNS), bool), 0.0
    if wrong.any() and operator.flags & ops.APPROXIMATE and got.dtype.kind == "f":
        with np.errstate(all="ignore"):
            distance = np.abs(got.astype("f8") - want.astype("f8"))
            close = np.isfinite(want) & (distance > 0) & (distance <= allowed_distance(operator, case, want))
            worst = float(np.max((distance / np.abs(want))[wrong & close], initial=0.0, where=want[wrong & close] != 0))
        wrong &= ~close
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise Difference(f"{int(wrong.sum())} of {got.size} differ, at {at}: got {got[at]!r}, want {want[at]!r}")
    return worst


def judge(operator: ops.Operator, case: Case, answer: Answer, act) -> float:
    """Compares what `act` gives, or raises, with the answer; the largest relative error."""
    try:
        got = act()
    except ShapeError as error:
        if not answer.raises:
            raise Difference(f"refused: {error}") from None
        return 0.0
    except RunError as error:
        if error.type != answer.raises or not answer.raises:
            raise Difference(f"{error}; want {answer.raises or 'a value'}") from None
        return 0.0
    if answer.raises:
        raise Difference(f"got {[None if g is None else g.shape for g in got]}, want {answer.raises}")
    if len(got) != len(answer.values):
        raise Difference(f"{len(got)} outputs, the reference gives {len(answer.values)}")
    errors = (compare(operator, case, g, w) for g, w in zip(got, answer.values, strict=True))
    return max(errors, default=0.0)


# ---- the battery ----
def _group(operator: ops.Operator, cases, key_of_array) -> list[list]:
    """Cases that fit into one graph."""
    groups: dict = {}
    must = CONSTANTS.get(operator.name, ())
    for case, answer in cases:
        flat = list(flat_inputs(operator, case))
        bytes_of = [x.tobytes() for name, _, x in flat if name in must]
        key = (repr(case.attributes), [(name, x is None or key_of_array(x)) for name, _, x in flat], bytes_of)
        groups.setdefault(repr(key), []).append((case, answer))
    return list(groups.values())


def _spread(groups: list, count: int) -> list:
    """Some of the groups, from all over the list, so that each scenario is among them."""
    return [groups[i] for i in sorted({int(i) for i in np.linspace(0, len(groups) - 1, count)})]


def _describe(operator, case, way, seed) -> str:
    lines = [f"{operator.name} {operator.signature}, {way}, KOWARI_SEED={seed}, attributes {case.attributes}"]
    for name, _, x in flat_inputs(operator, case):
        lines.append(f"  {name} = None" if x is None else f"  {name} = {x.dtype}{x.shape} {np.array2string(x, threshold=40)}")
    return "\n".join(lines)


def run_group(operator, group, way: str, seed: int, cell: Cell, **build) -> None:
    """One graph, a run for each of its cases."""
    built = model = refusal = None
    try:
        built = Build(operator, group, **build)
        model = built.open()
    except (ShapeError, RunError) as error:
        refusal = error
    for case, answer in group:

        def act(case=case):
            if refusal:
                raise refusal
            return built.run(model, case)

        try:
            cell.worst = max(cell.worst, judge(operator, case, answer, act))
        except Difference as difference:
            raise Difference(f"{difference}\n{_describe(operator, case, way, seed)}") from None


def run(name: str, typing: dict[str, int], seed: int, count: int = CASES) -> Cell:
    """The battery of one operator and typing; raises Difference."""
    operator = ops.operators()[name]
    draw = Draw(operator, typing, [seed, zlib.crc32(f"{name} {typing}".encode())])
    cases = [(case, refer(operator, case)) for case in draw.cases(count)]
    cell = Cell()
    for group in _group(operator, cases, lambda x: x.shape if name in FIXED else x.ndim):
        run_group(operator, group, "named sizes", seed, cell, named=True)
    fixed = _group(operator, cases, lambda x: x.shape)
    for group in _spread(fixed, FIXED_GRAPHS):
        copies = bool(operator.flags & ops.INPLACE)
        run_group(operator, group, "fixed sizes", seed, cell, named=False, copies=copies)
    for group in _spread(fixed, CONSTANT_GRAPHS):
        case = group[0][0]
        present = [n for n, _, x in flat_inputs(operator, case) if x is not None and n not in case.none]
        constants = frozenset(n for n in present if draw.chance(0.6)) or frozenset(present[:1])
        run_group(operator, group[:1], "constants", seed, cell, named=False, constants=constants)
    for case, answer in cases:
        cell.cases += 1
        cell.nan += case.has_nan
        cell.inf += case.has_inf
        cell.empty += case.is_empty
        cell.one_row += case.is_one_row
        cell.raised += bool(answer.raises)
    return cell


def type_name(operator: ops.Operator, typing: dict[str, int]) -> str:
    """The column of the table: the types bound to the variables, or the first input's."""
    names = {code: name for name, code in ops.SHORT_NAMES.items()}
    return ",".join(names[c] for c in typing.values()) or operator.inputs[0].type


def columns() -> list[tuple[str, dict[str, int], str]]:
    """(operator, typing, name of the types) of the whole table."""
    return [(name, t, type_name(op, t)) for name, op in ops.operators().items() for t in typings(op)]
