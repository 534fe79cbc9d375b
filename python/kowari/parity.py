"""Device = Python: runs both on every row, compares within the bounds, and reports what was seen."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import examples as rows_of
from . import file
from ._library import STATUS
from .answers import Outcome, run_device, run_python
from .bounds import (
    EXACT,
    TIERS,
    Bounds,
    are_alike,
    ask_again,
    bound_outputs,
    measure_difference,
    tolerances,
)
from .errors import ParityError
from .graph import used_nodes
from .runtime import Model
from .shrink import shrink_row
from .source import shorten
from .subject import pass_on
from .unreached import Lines

_MAX_SKIPPED = 0.01
_LIMIT, _MOST_STEPS = 8, 1_000_000
"""Turns of loops on a row that nobody gave: Python might not end there at all, or not soon."""


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


# ---- comparing ----
def _is_unstable(subject, traced, row, name, python, bounds: Bounds) -> bool:
    """Does Python itself leave the bounds, or decide otherwise, when the inputs move by one ulp?"""
    return any(
        moved.raises or not measure_difference(moved.outputs[name], python, bounds)[1]
        for moved in ask_again(subject, traced, row)
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
    device = {id(r): run_device(hurried, r) for r in drawn + derived}
    made = [r for r in drawn + derived if not _is_endless(device[id(r)])]
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
            answer = device.get(id(row)) or run_device(model, row)
            _compare_row(subject, traced, row, expected, answer, bounds, report)
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


def _check_ranges(traced, row, python: Outcome) -> None:
    """Python's own answers lie in the ranges that the user promised."""
    for name in traced.ranges.keys() & python.outputs.keys():
        (low, high), answer = traced.ranges[name], python.outputs[name]
        if answer is not None and np.any((answer < low) | (answer > high)):
            raise ParityError(
                f"output '{name}' has the range {low} to {high}, Python gives {_brief(answer)}, for {_show(row)}",
                inputs=row,
                output=name,
            )


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
    _check_ranges(traced, row, python)
    for line in report.lines:
        line.rows += 1
        mine, expected = device.outputs[line.output], python.outputs[line.output]
        if mine is None and expected is None:
            continue
        if mine is None or expected is None or not are_alike(mine.dtype, expected.dtype):
            _fail(line, row, mine, expected)  # nothing to do with the last bit
        largest, good = measure_difference(mine, expected, bounds[line.output])
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
