"""Runs the cases of an operator and compares with the row's reference, in three ways.

Named sizes (one graph, many runs); fixed sizes, in place where the row allows it; constants.
"""

import zlib
from dataclasses import dataclass

import numpy as np
from cases import CASES, Case, Draw, typings
from domains import CONSTANTS, FIXED, TERMS, ZERO_SIGNS
from graphs import OneNode
from kowari import operators as ops
from kowari.errors import RunError
from kowari.graph import ShapeError
from references import Answer, refer

FIXED_GRAPHS = 24
CONSTANT_GRAPHS = 12
RELATIVE = {np.dtype("f8"): 1e-9, np.dtype("f4"): 1e-5}
"""How far APPROXIMATE operators may be from the reference, as a share of it."""


class Difference(AssertionError):
    """The library and the reference disagree."""


@dataclass
class Cell:
    """What was done for one operator and type: numbers of cases, the largest relative error."""

    cases: int = 0
    nan: int = 0
    inf: int = 0
    empty: int = 0
    one_row: int = 0
    raised: int = 0
    worst: float = 0.0

    def count(self, case: Case, answer: Answer) -> None:
        self.cases += 1
        self.nan += case.has_nan
        self.inf += case.has_inf
        self.empty += case.is_empty
        self.one_row += case.is_one_row
        self.raised += bool(answer.raises)


# ---- comparing ----
def same_bits(got: np.ndarray, want: np.ndarray, any_zero: bool) -> np.ndarray:
    """Element by element: equal bits, or both NaN."""
    if got.dtype.kind == "b":
        got, want = got.view("u1"), want.view("u1")
    if got.dtype.kind != "f":
        return np.asarray(got == want, bool)
    equal = got.view(f"u{got.itemsize}") == want.view(f"u{want.itemsize}")
    if any_zero:
        equal |= got == want
    return equal | (np.isnan(got) & np.isnan(want))


def measure(operator: ops.Operator, case: Case, want: np.ndarray) -> tuple[np.ndarray, float]:
    """What distances from an approximate result are a share of, and how large the share may be.

    Any two orders of adding k terms are within k * eps * sum(|terms|).
    """
    size, share, info = np.abs(want).astype("f8"), RELATIVE[want.dtype], np.finfo(want.dtype)
    if operator.name in TERMS:
        sums, count = TERMS[operator.name](**case.inputs, **case.attributes)
        size, share = size + sums, (count + 4) * float(info.eps)
    return np.maximum(size, float(info.tiny)), share


def compare(operator: ops.Operator, case: Case, got, want) -> float:
    """The largest relative error; raises Difference."""
    if got is None or want is None:
        if got is not want:
            raise Difference(f"got {got!r}, want {want!r}")
        return 0.0
    if got.dtype != want.dtype or got.shape != want.shape:
        raise Difference(f"got {got.dtype}{got.shape}, want {want.dtype}{want.shape}")
    wrong, error = ~same_bits(got, want, operator.name in ZERO_SIGNS), np.zeros(1)
    if wrong.any() and operator.flags & ops.APPROXIMATE and got.dtype.kind == "f":
        with np.errstate(all="ignore"):
            size, share = measure(operator, case, want)
            distance = np.abs(got.astype("f8") - want.astype("f8"))
            near = np.isfinite(want) & (distance > 0) & (distance <= share * size)
            error = (distance / size)[wrong & near]
        wrong &= ~near  # distance 0: zeros of two signs
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        some = f"{int(wrong.sum())} of {got.size} differ, at {at}"
        raise Difference(f"{some}: got {got[at]!r}, want {want[at]!r}")
    return float(error.max(initial=0.0))


def judge(operator: ops.Operator, case: Case, answer: Answer, act) -> float:
    """Compares what `act` gives, or raises, with the answer; the largest relative error."""
    try:
        got = act()
    except (ShapeError, RunError) as error:
        refused = isinstance(error, ShapeError)  # when the graph is built: has no type of Python's
        if not answer.raises or not (refused or error.type == answer.raises):
            raise Difference(f"{error}; want {answer.raises or 'a value'}") from None
        return 0.0
    if answer.raises:
        raise Difference(f"got {[g if g is None else g.shape for g in got]}, want {answer.raises}")
    if len(got) != len(answer.values):
        raise Difference(f"{len(got)} outputs, the reference gives {len(answer.values)}")
    errors = (compare(operator, case, g, w) for g, w in zip(got, answer.values, strict=True))
    return max(errors, default=0.0)


# ---- running ----
def group_cases(operator: ops.Operator, cases: list, describe_array) -> list[list]:
    """Cases that fit into one graph: the same attributes and constants, arrays that look alike."""
    groups: dict = {}
    must = CONSTANTS.get(operator.name, ())
    for case, answer in cases:
        key = [case.attributes]
        for name, _, x in case.flat(operator):
            key.append(None if x is None else x.tobytes() if name in must else describe_array(x))
        groups.setdefault(repr(key), []).append((case, answer))
    return list(groups.values())


def spread(groups: list, count: int) -> list:
    """Some of the groups, from all over the list."""
    return [groups[i] for i in sorted({int(i) for i in np.linspace(0, len(groups) - 1, count)})]


def describe(operator: ops.Operator, case: Case) -> str:
    lines = [f"{operator.name} {operator.signature}, attributes {case.attributes}"]
    for name, _, x in case.flat(operator):
        shown = "absent" if x is None else f"{x.dtype}{x.shape} {np.array2string(x, threshold=40)}"
        lines.append(f"  {name} = {'None' if name in case.none else shown}")
    return "\n".join(lines)


def run_group(operator: ops.Operator, group: list, **how) -> float:
    """One graph, a run for each of its cases; the largest relative error."""
    node = model = refusal = None
    try:
        node = OneNode(operator, group, **how)
        model = node.open()
    except (ShapeError, RunError) as error:
        refusal = error

    def act(case):
        if refusal:
            raise refusal
        return node.run(model, case)

    worst = 0.0
    for case, answer in group:
        try:
            worst = max(worst, judge(operator, case, answer, lambda case=case: act(case)))
        except Difference as difference:
            raise Difference(f"{difference}\n{how}, {describe(operator, case)}") from None
    return worst


def choose_constants(draw: Draw, case: Case) -> frozenset:
    """Some of the inputs, at least one."""
    flat = case.flat(draw.operator)
    given = [name for name, _, x in flat if x is not None and name not in case.none]
    return frozenset(name for name in given if draw.chance(0.6)) or frozenset(given[:1])


def run(name: str, typing: dict[str, int], seed: int, count: int = CASES) -> Cell:
    """The battery of one operator and typing; raises Difference."""
    operator = ops.operators()[name]
    draw = Draw(operator, typing, [seed, zlib.crc32(f"{name} {typing}".encode())])
    cases = [(case, refer(operator, case)) for case in draw.cases(count)]
    by_shape = group_cases(operator, cases, lambda x: x.shape)
    by_rank = group_cases(operator, cases, lambda x: x.ndim)
    cell = Cell()
    errors = [run_group(operator, g, named=True) for g in (by_shape if name in FIXED else by_rank)]
    copied = bool(operator.flags & ops.INPLACE)
    errors += [run_group(operator, g, copied=copied) for g in spread(by_shape, FIXED_GRAPHS)]
    for first, *_ in spread(by_shape, CONSTANT_GRAPHS):
        constants = choose_constants(draw, first[0])
        errors.append(run_group(operator, [first], constants=constants))
    cell.worst = max(errors)
    for case, answer in cases:
        cell.count(case, answer)
    return cell


def name_types(operator: ops.Operator, typing: dict[str, int]) -> str:
    """The column of the table: the types bound to the variables, or the first input's."""
    names = {code: name for name, code in ops.SHORT_NAMES.items()}
    return ",".join(names[c] for c in typing.values()) or operator.inputs[0].type


def columns() -> list[tuple[str, dict[str, int], str]]:
    """(operator, typing, name of the types) of the whole table."""
    table = ops.operators().items()
    return [(name, typing, name_types(o, typing)) for name, o in table for typing in typings(o)]
