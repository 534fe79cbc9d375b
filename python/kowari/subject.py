"""What an export is about: inputs as they are declared, the traced program, and how Python runs the same thing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import file
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

    def ports(self, tiers=None, stateless: bool = False) -> list[file.Port]:
        """Ports in the file's order; ``tiers`` are bounds.Bounds by output; ``stateless``: states are plain inputs."""
        fed = {} if stateless else {name: output for output, name in self.states.items()}
        ordered = sorted(self.inputs, key=lambda n: n in self.states.values())
        rows = [
            file.Port(file.INPUT, n, self.inputs[n], low=self.specs[n].low, high=self.specs[n].high)
            for n in ordered
            if n not in fed
        ]
        for name, value in self.outputs.items():
            bounds = (tiers or {}).get(name)
            row = file.Port(file.OUTPUT, name, value)
            if bounds is not None:
                row.tier, row.data = bounds.tier, bounds.pairs
            rows.append(row)
        for name in (n for n in ordered if n in fed):
            rows.append(file.Port(file.STATE, name, self.inputs[name], self.outputs[fed[name]]))
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
