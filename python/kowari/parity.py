"""Device = Python: runs both on every row, decides how close each output must be, and reports what was seen.

EXACT: equal. CLOSE: |a - b| <= absolute + relative |b| per column. CONDITIONED: where Python differs from itself when
inputs move by one ulp, ten times that spread.
"""

import contextlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import examples as rows_of
from . import file
from . import operators as ops
from ._library import STATUS
from .errors import ParityError, RunError
from .graph import Graph, used_nodes
from .runtime import Model
from .shrink import shrink_row
from .source import shorten
from .subject import pass_on
from .unreached import Lines

EXACT, CLOSE, CONDITIONED = range(3)
TIERS = ("EXACT", "CLOSE", "CONDITIONED")
RELATIVE = 1e-9
RELATIVE_LINEAR = 1e-12
"""For sums of products alone: linear models, scalers."""
RELATIVE_F32 = 1e-6
"""float32 functions differ by 1 to 3 ulp (6e-8 each) between NumPy's own builds; 1e-9 cannot hold for them."""
_SPREAD_ROWS = 20
_MAX_SKIPPED = 0.01
_LIMIT, _MOST_STEPS = 8, 1_000_000
"""Turns of loops on a row that nobody gave: Python might not end there at all, or not soon."""


@dataclass
class Bounds:
    """What an output's port says: the tier and (columns, 2) pairs of absolute and relative bounds."""

    tier: int
    pairs: np.ndarray | None = None


@dataclass
class Line:
    """One output in the report."""

    output: str
    tier: str
    rows: int = 0
    largest: float = 0.0
    mismatches: int = 0
    skipped: int = 0
    margin: float = np.inf


@dataclass
class Report:
    """The parity table."""

    lines: list[Line] = field(default_factory=list)
    examples: int = 0
    derived: int = 0
    raised: int = 0
    endless: int = 0
    unreached: list = field(default_factory=list)
    counted: bool = True

    def __str__(self):
        head = f"{'output':<20} {'tier':<12} {'rows':>6} {'largest difference':>19} {'mismatches':>10} {'skipped':>8} {'smallest margin':>16}"
        rows = [
            f"{line.output:<20} {line.tier:<12} {line.rows:>6} {line.largest:>19.3g} {line.mismatches:>10} {line.skipped:>8} "
            f"{'' if np.isinf(line.margin) else format(line.margin, '.3g'):>16}"
            for line in self.lines
        ]
        tail = f"compared on {self.examples} examples and {self.derived} derived inputs; both raised the same exception on {self.raised}"
        if self.endless:
            tail += f"\nleft out {self.endless} made inputs, on which loops take more than {_MOST_STEPS} turns"
        root = Path.cwd().resolve()
        for path, first, last in self.unreached:
            tail += (
                f"\nno input ran {shorten(path, root)}:{first}{f'-{last}' if last > first else ''}"
            )
        if not self.counted:
            tail += (
                "\na debugger or coverage watches Python: branches that no input ran are not known"
            )
        return "\n".join([head, *rows, tail])


@dataclass
class Outcome:
    """What Python or the device did with a row: outputs by name, or the name of an exception's type."""

    outputs: dict
    raises: str = ""
    message: str = ""


# ---- running both ----
def one_thread():
    """scikit-learn on one thread: its sums then have one order, and small batches do not wait for threads."""
    try:
        import threadpoolctl
    except ImportError:
        return contextlib.nullcontext()
    return threadpoolctl.threadpool_limits(1)


def run_python(answer) -> Outcome:
    """Python's answer: results by name, or its exception."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return Outcome({name: as_array(value) for name, value in answer().items()})
    except Exception as error:  # noqa: BLE001 - any exception of the user's function is an answer
        return Outcome({}, type(error).__name__, str(error))


def run_device(model: Model, row: dict) -> Outcome:
    """The library's answer."""
    try:
        return Outcome(model.run(**{n: v for n, v in row.items() if n in model.inputs}))
    except RunError as error:
        return Outcome({}, error.type or error.status, error.message)


def as_array(value) -> np.ndarray | None:
    """A result as an array; text as objects; None stays."""
    if value is None:
        return None
    array = np.asarray(value)
    return array.astype(object) if array.dtype.kind in "UT" else array


# ---- how close ----
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


def _others(subject, traced, row) -> list[Outcome]:
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
    others = [_others(subject, traced, row) for row in rows[: _SPREAD_ROWS if loose else 0]]
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


# ---- comparing ----
def _are_alike(mine: np.dtype, python: np.dtype) -> bool:
    """The type of results: floats of one width, integers of one kind."""
    return mine == python if python.kind == "f" else mine.kind == python.kind


def _differences(mine, python, bounds: Bounds) -> tuple[float, bool]:
    """The largest difference, and whether it is within the bounds."""
    if mine is None or python is None:
        return (0.0, True) if mine is python else (np.inf, False)
    if mine.shape != python.shape:
        return np.inf, False
    if not _are_alike(mine.dtype, python.dtype):
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


def _is_unstable(subject, traced, row, name, python, bounds: Bounds) -> bool:
    """Does Python itself leave the bounds, or decide otherwise, when the inputs move by one ulp?"""
    return any(
        moved.raises or not _differences(moved.outputs[name], python, bounds)[1]
        for moved in _others(subject, traced, row)
    )


_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


def _decisions(traced, found):
    """Nodes that turn an approximate float into a choice, above a discrete output."""
    for node in used_nodes(traced.program.graphs[0], traced.outputs.values()):
        approximate = any(
            v is not None and found.get(id(v), 0.0) and v.dtype.kind == "f" for v in node.inputs
        )
        if approximate and node.operator.name in (*_COMPARISONS, "argmax", "argmin"):
            yield node


def _margin(node, values) -> float:
    """How near the choice was, relative to the values' scale."""
    values = [np.asarray(v, dtype=float) for v in values]
    if node.operator.name in _COMPARISONS:
        gap, scale = np.abs(values[0] - values[1]), np.abs(values[0]) + np.abs(values[1])
    else:
        axis = node.attributes["axis"]
        ordered = np.sort(
            values[0] if axis is not None else values[0].ravel(), axis=-1 if axis is None else axis
        )
        if ordered.shape[-1 if axis is None else axis] < 2:
            return np.inf
        top = np.take(
            ordered,
            [-2, -1] if node.operator.name == "argmax" else [0, 1],
            axis=-1 if axis is None else axis,
        )
        gap = np.abs(np.diff(top, axis=-1 if axis is None else axis))
        scale = np.abs(top).max()
    with np.errstate(all="ignore"):
        share = gap / np.where(scale > 0, scale, 1.0)
    share = share[np.isfinite(share)]
    return float(share.min(initial=np.inf))


def smallest_margin(traced, rows) -> float:
    """Over all rows, how near a choice came to going the other way; inf where every choice is exact."""
    graph = traced.program.graphs[0]
    nodes = list(_decisions(traced, tolerances(traced.program)))
    if not nodes:
        return np.inf
    kept, ports = (
        list(graph.outputs),
        [p for p in traced.ports(stateless=True) if p.kind == file.INPUT],
    )
    try:
        for i, node in enumerate(nodes):
            for k, value in enumerate(pass_on(graph, v) for v in node.inputs):
                graph.outputs.append(value)
                ports.append(file.Port(file.OUTPUT, f"{i}.{k}", value))
        model = Model(file.write(traced.program, ports, {}))
    finally:
        graph.outputs[:] = kept
    least = np.inf
    for row in rows:
        outcome = run_device(model, row)
        for i, node in enumerate(nodes if not outcome.raises else ()):
            least = min(
                least, _margin(node, [outcome.outputs[f"{i}.{k}"] for k in range(len(node.inputs))])
            )
    return least


def compare(subject, traced, rows: list[dict], kept: list[dict]):
    """Runs Python and the compiled model on every row.

    Parameters
    ----------
    subject
        How Python runs a row.
    traced
        The program, with its specs.
    rows, kept
        The user's examples, and those that go into the file: with the first value of each state.

    Returns
    -------
    report, bounds by output, examples for the file

    Raises
    ------
    ParityError
        When they disagree beyond the bounds, or more than 1 % of the rows hang on the last bit.
    """
    data = file.write(traced.program, traced.ports(stateless=True), {})
    model, hurried = Model(data), Model(data, max_steps=_MOST_STEPS)
    drawn = [r for r in kept if not any(r is g for g in rows)]
    derived = rows_of.derive_rows(traced.specs, rows + drawn)
    made = [r for r in drawn + derived if not _is_endless(run_device(hurried, r))]
    endless = len(drawn) + len(derived) - len(made)
    kept = [r for r in kept if any(r is g for g in rows + made)]
    derived = [r for r in made if not any(r is g for g in drawn)]
    given = rows + made[: len(made) - len(derived)]
    everything = given + derived
    lines = Lines(traced.program.decisions)
    with lines.watched():
        python = [run_python(lambda row=row: subject.run(row)) for row in everything]
    bounds = bound_outputs(subject, traced, given, python[: len(given)])
    report = Report(
        [Line(name, TIERS[bounds[name].tier]) for name in traced.outputs],
        len(given),
        len(derived),
        endless=endless,
        unreached=lines.find_unreached(),
        counted=lines.counted,
    )
    discrete = [n for n, v in traced.outputs.items() if v.dtype.kind != "f"]
    margin = smallest_margin(traced, given) if discrete else np.inf
    for row, expected in zip(everything, python, strict=True):
        try:
            _compare_row(subject, traced, row, expected, run_device(model, row), bounds, report)
        except ParityError as error:
            raise _shrink(subject, traced, hurried, error, bounds) from None
    for line in report.lines:
        line.margin = margin if line.output in discrete else np.inf
        if line.skipped > _MAX_SKIPPED * max(line.rows, 1):
            raise ParityError(
                f"output '{line.output}' hangs on the last bit in {line.skipped} of {line.rows} rows\n{report}"
            )
    outcomes = {id(r): o for r, o in zip(everything, python, strict=True)}
    records = [_record(row, outcomes[id(row)], traced) for row in kept]
    return report, bounds, records


def _record(row, outcome: Outcome, traced) -> file.Example:
    inputs = {n: row[n] for n in traced.inputs}
    return file.Example(inputs, outcome.outputs, outcome.raises)


def _compare_row(subject, traced, row, python: Outcome, device: Outcome, bounds, report: Report):
    if python.raises or device.raises:
        if python.raises != device.raises:
            said = [
                f"{o.raises}: {o.message}" if o.raises else "a result" for o in (python, device)
            ]
            raise ParityError(
                f"Python gives {said[0]}, the compiled model gives {said[1]}, for {_show(row)}",
                inputs=row,
            )
        report.raised += 1
        return
    for line in report.lines:
        line.rows += 1
        mine, expected = device.outputs[line.output], python.outputs[line.output]
        if mine is None and expected is None:
            continue
        if mine is None or expected is None or not _are_alike(mine.dtype, expected.dtype):
            _fail(line, row, mine, expected)  # nothing to do with the last bit
        largest, good = _differences(mine, expected, bounds[line.output])
        if good:
            line.largest = max(line.largest, largest)
        elif bounds[line.output].tier != EXACT or expected.dtype.kind != "f":
            if not _is_unstable(subject, traced, row, line.output, expected, bounds[line.output]):
                _fail(line, row, mine, expected)
            line.skipped += 1
        else:
            _fail(line, row, mine, expected)


def _fail(line: Line, row, mine, expected):
    line.mismatches += 1
    raise ParityError(
        f"output '{line.output}' ({line.tier}): Python gives {_brief(expected)}, the compiled model {_brief(mine)}, for {_show(row)}",
        inputs=row,
        output=line.output,
    )


def _is_endless(outcome: Outcome) -> bool:
    return outcome.raises == STATUS[_LIMIT]


def _shrink(subject, traced, model, error: ParityError, bounds) -> ParityError:
    """The error of the smallest input on which they differ, and where the output that differs is computed."""
    smallest = [error]

    def differs(row):
        device = run_device(model, row)
        if _is_endless(device):
            return False
        report = Report([Line(name, TIERS[bounds[name].tier]) for name in traced.outputs])
        try:
            python = run_python(lambda: subject.run(row))
            _compare_row(subject, traced, row, python, device, bounds, report)
        except ParityError as found:
            smallest[0] = found
        return smallest[0].inputs is row

    shrink_row(traced.specs, error.inputs, differs)
    found = smallest[0]
    place = _find_place(traced, found.output)
    return ParityError(f"{found}{place}", inputs=found.inputs, output=found.output)


def _find_place(traced, output: str) -> str:
    """Where the nodes say that an output is computed."""
    value = traced.outputs.get(output)
    for node in reversed(traced.program.graphs[0].nodes):
        if any(v is value for v in node.outputs):
            if node.operator.name != "copy":
                return f", computed at {node.file}:{node.line}" if node.line else ""
            value = node.inputs[0]
    return ""


def _brief(value) -> str:
    if value is None:
        return "None"
    text = np.array2string(value, threshold=8, precision=17)
    return f"{text} ({value.dtype}{list(value.shape)})"


def _show(row) -> str:
    return ", ".join(
        f"{n} = {np.array2string(np.asarray(v), threshold=12)}" for n, v in row.items()
    )
