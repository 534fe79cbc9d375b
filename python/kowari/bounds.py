"""How close each output must be to Python's, decided by its operators and by how far Python differs from itself.

EXACT: equal. CLOSE: |a - b| <= absolute + relative |b| per column. CONDITIONED: where Python differs from itself when
inputs move by one ulp, ten times that spread.
"""

from dataclasses import dataclass

import numpy as np

from . import examples as rows_of
from . import operators as ops
from .answers import Outcome, run_python
from .graph import Graph

EXACT, CLOSE, CONDITIONED = range(3)
TIERS = ("EXACT", "CLOSE", "CONDITIONED")
RELATIVE = 1e-9
RELATIVE_LINEAR = 1e-12
"""For sums of products alone: linear models, scalers."""
RELATIVE_F32 = 1e-6
"""float32 functions differ by 1 to 3 ulp (6e-8 each) between NumPy's own builds; 1e-9 cannot hold for them."""
_SPREAD_ROWS = 20


@dataclass
class Bounds:
    """What an output's port says: the tier and (columns, 2) pairs of absolute and relative bounds."""

    tier: int
    pairs: np.ndarray | None = None


def _is_linear(node) -> bool:
    """A sum of products alone, whose order is all that may differ."""
    return node.operator.name == "matmul" or (
        node.operator.name == "dense" and node.attributes["activation"] == 0
    )


def tolerances(program) -> dict[int, float]:
    """By id of a value: the relative bound that the operators above it ask for; 0 where all of them are exact."""
    found: dict[int, float] = {}
    _collect_tolerances(program.graphs[0], found)
    return found


def _collect_tolerances(graph, found) -> float:
    """Returns the loosest one of a graph: what a branch or loop computes is as loose as anything inside of it."""
    loosest = 0.0
    for node in graph.nodes:
        inner = [v for v in node.attributes.values() if isinstance(v, Graph)]
        own = max((_collect_tolerances(g, found) for g in inner), default=0.0)
        above = max((found.get(id(v), 0.0) for v in node.inputs if v is not None), default=0.0)
        if node.operator.flags & ops.APPROXIMATE:
            own = RELATIVE_LINEAR if above == 0.0 and _is_linear(node) else RELATIVE
        worst = max(own, above)
        for value in node.outputs:
            narrow = worst and value.dtype == np.float32
            found[id(value)] = max(worst, RELATIVE_F32) if narrow else worst
        loosest = max(loosest, worst)
    return loosest


def column_pairs(
    values: list[np.ndarray], fixed_columns: bool, relative: float, spread: np.ndarray
) -> np.ndarray:
    """(absolute, relative) a column: the absolute bound is the same share of the column's scale over the examples."""
    columns = values[0].shape[-1] if fixed_columns else 1
    flat = np.concatenate([np.abs(v).reshape(-1, columns) for v in values])
    flat = np.where(np.isfinite(flat), flat, 0.0)
    scale = flat.max(axis=0, initial=0.0)
    absolute = np.maximum(relative * scale, 10 * spread)
    return np.stack([absolute, np.full(columns, relative)], axis=1)


def ask_again(subject, traced, row) -> list[Outcome]:
    """Python's answers that should be the same: inputs moved by one ulp, rows one by one instead of a batch."""
    nudged = [
        lambda moved=moved: subject.run(moved) for moved in rows_of.nudge_rows(traced.specs, row)
    ]
    return [run_python(answer) for answer in (*nudged, *subject.variants(row))]


def _spread(others, reference, name, columns) -> np.ndarray:
    """How far Python's own results differ from themselves, by column."""
    largest = np.zeros(columns)
    for outcome, moves in zip(reference, others, strict=False):
        for moved in moves:
            if (
                outcome.raises
                or moved.raises
                or moved.outputs[name] is None
                or outcome.outputs[name] is None
                or moved.outputs[name].shape != outcome.outputs[name].shape
            ):
                continue
            a, b = (
                np.asarray(o.outputs[name], dtype=float).reshape(-1, columns)
                for o in (moved, outcome)
            )
            difference = np.abs(a - b)
            largest = np.maximum(
                largest, np.where(np.isfinite(difference), difference, 0).max(axis=0, initial=0.0)
            )
    return largest


def bound_outputs(subject, traced, rows, reference) -> dict[str, Bounds]:
    """Tier and bounds of every output."""
    found, bounds = tolerances(traced.program), {}
    loose = any(found.get(id(v), 0.0) for v in traced.outputs.values())
    others = [ask_again(subject, traced, row) for row in rows[: _SPREAD_ROWS if loose else 0]]
    for name, value in traced.outputs.items():
        relative = found.get(id(value), 0.0)
        values = [
            np.asarray(o.outputs[name], dtype=float)
            for o in reference
            if not o.raises and value.dtype.kind == "f" and o.outputs[name] is not None
        ]
        if relative == 0.0 or value.dtype.kind != "f" or not values:
            bounds[name] = Bounds(EXACT)
            continue
        fixed = value.rank > 0 and isinstance(value.dims[-1], int) and value.dims[-1] > 0
        spread = _spread(others, reference, name, value.dims[-1] if fixed else 1)
        pairs = column_pairs(values, fixed, relative, spread)
        base = column_pairs(values, fixed, relative, 0 * spread)
        bounds[name] = Bounds(CONDITIONED if np.any(pairs > base) else CLOSE, pairs)
    return bounds


def are_alike(mine: np.dtype, python: np.dtype) -> bool:
    """The type of results: floats of one width, integers of one kind."""
    return mine == python if python.kind == "f" else mine.kind == python.kind


def measure_difference(mine, python, bounds: Bounds) -> tuple[float, bool]:
    """The largest difference, and whether it is within the bounds."""
    if mine is None or python is None:
        return (0.0, True) if mine is python else (np.inf, False)
    if mine.shape != python.shape:
        return np.inf, False
    if not are_alike(mine.dtype, python.dtype):
        return np.inf, False
    if python.dtype.kind != "f":
        same = bool(np.all(mine == python))
        return (0.0, True) if same else (np.inf, False)
    equal = (mine == python) | (np.isnan(mine) & np.isnan(python))
    with np.errstate(all="ignore"):
        difference = np.where(equal, 0.0, np.abs(mine.astype(float) - python.astype(float)))
    difference = np.where(np.isnan(difference), np.inf, difference)
    largest = float(difference.max(initial=0.0))
    if bounds.pairs is None:
        return largest, bool(np.all(equal))
    pairs = bounds.pairs if len(bounds.pairs) > 1 else bounds.pairs[0]
    allowed = pairs[..., 0] + pairs[..., 1] * np.abs(python)
    return largest, bool(np.all(equal | (difference <= allowed)))
