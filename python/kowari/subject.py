"""What an export is about: inputs as they are declared, the traced program, and how Python runs the same thing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import file
from . import operators as ops
from .errors import TraceError
from .graph import LEAST_CAPACITY, Graph, Program, Size, Value


@dataclass
class Input:
    """What a parameter of the function is: a type, sizes (numbers or names), and its flavour in Python."""

    type: int
    sizes: tuple
    flavour: str
    longest: int = 0
    low: float = np.nan
    high: float = np.nan
    columns: list = field(default_factory=list)
    """Ranges or categories by column, where they are known."""


def make_input(
    program: Program, name: str, spec: Input, sizes: dict[str, Size], given: dict
) -> Value:
    """Adds an input of the entry; sizes of one name are one Size."""
    for size in spec.sizes:
        if isinstance(size, str) and size not in sizes:
            capacity = given.get(size, max(LEAST_CAPACITY, 4 * spec.longest))
            sizes[size] = program.size(size, capacity)
    dims = tuple(sizes[s] if isinstance(s, str) else s for s in spec.sizes)
    return program.graphs[0].input(spec.type, dims, name)


def pass_on(graph: Graph, value: Value) -> Value:
    """A value that can be an output: a copy of constants and inputs."""
    return (
        graph.add("copy", value) if value.constant is not None or value in graph.inputs else value
    )


@dataclass
class Traced:
    """A program with named results, and what it was made from."""

    program: Program
    inputs: dict[str, Value]
    outputs: dict[str, Value]
    specs: dict[str, Input]
    states: dict[str, str]
    schema: object = None
    units: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)

    def describe(self, units: dict, ranges: dict) -> None:
        """Takes over what the user says of inputs and outputs: units, and ranges of their numbers."""
        for name in (*units, *ranges):
            if name not in self.inputs and name not in self.outputs:
                raise TraceError(
                    f"a unit or a range is given for {name!r}, which is no input and no output",
                    instead=f"one of {', '.join((*self.inputs, *self.outputs))}",
                )
        for name, (low, high) in ranges.items():
            if self.value(name).type == ops.TEXT or not low <= high:
                raise TraceError(
                    f"{name!r} cannot have the range {low} to {high}",
                    instead="(lowest, highest), of numbers",
                )
        self.units, self.ranges = dict(units), dict(ranges)

    def value(self, name: str) -> Value:
        """An output, or an input."""
        return self.outputs.get(name) or self.inputs[name]

    def _port(self, kind: int, name: str, value: Value, source: Value | None = None) -> file.Port:
        seen = self.specs.get(name)
        low, high = (seen.low, seen.high) if kind == file.INPUT else (np.nan, np.nan)
        low, high = self.ranges.get(name, (low, high))
        return file.Port(kind, name, value, source, self.units.get(name, ""), low=low, high=high)

    def ports(self, tiers=None, stateless: bool = False) -> list[file.Port]:
        """Ports in the file's order; ``tiers`` are bounds.Bounds by output; ``stateless``: states are plain inputs."""
        fed = {} if stateless else {name: output for output, name in self.states.items()}
        ordered = sorted(self.inputs, key=lambda n: n in self.states.values())
        rows = [self._port(file.INPUT, n, self.inputs[n]) for n in ordered if n not in fed]
        for name, value in self.outputs.items():
            bounds = (tiers or {}).get(name)
            row = self._port(file.OUTPUT, name, value)
            if bounds is not None:
                row.tier, row.data = bounds.tier, bounds.pairs
            rows.append(row)
        for name in (n for n in ordered if n in fed):
            rows.append(self._port(file.STATE, name, self.inputs[name], self.outputs[fed[name]]))
        return rows

    def first_state(self) -> dict:
        """What each state holds in a new session: zeros, and nothing along sizes that are not fixed."""
        shapes = {
            n: tuple(0 if isinstance(s, str) else s for s in self.specs[n].sizes)
            for n in self.states.values()
        }
        return {n: np.zeros(shape, self.inputs[n].dtype)[()] for n, shape in shapes.items()}


@dataclass
class Subject:
    """How to trace it; how Python runs a row (to results by name); other ways in which Python gets the same results."""

    name: str
    trace: Callable
    run: Callable
    meta: dict
    variants: Callable = lambda row: []
