"""Random programs of loops, branches, calls and stores within each other, against NumPy: no value may lie where another still is.

A program is a tree of steps, each of which adds values to those before it.  It is run twice: in Python on arrays, and
as graphs.  Integers wrap in both.
"""

from dataclasses import dataclass, field

import numpy as np
import pytest
from kowari.graph import Program
from kowari.operators import SHORT_NAMES
from programs import add_branch, add_callee, add_loop, add_repeat, append, copy_of, finish, like

I64 = SHORT_NAMES["i64"]
UNARY = ["negative", "absolute", "sign", "invert"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "bitwise_xor", "remainder"]
PROGRAMS, RUNS = 250, 4


@dataclass
class Block:
    """Steps on ``inputs`` values, and which of all values are the results."""

    inputs: int
    steps: list = field(default_factory=list)
    results: list = field(default_factory=list)


@dataclass
class Step:
    """``kind`` is an operator's name or one of `draw_step`; ``given`` are places of values."""

    kind: str
    given: list
    blocks: list = field(default_factory=list)
    number: int = 0


# ---- drawing ----
def draw_block(rng, inputs: int, results: int, depth: int) -> Block:
    block, count = Block(inputs), inputs
    for _ in range(rng.integers(1, 6)):
        step, made = draw_step(rng, count, depth)
        block.steps.append(step)
        count += made
    recent = rng.integers(max(count - 4, 0), count, results)
    block.results = np.where(rng.random(results) < 0.7, recent, rng.integers(count, size=results))
    return block


def draw_step(rng, count: int, depth: int) -> tuple[Step, int]:
    """A step on some of `count` values, and how many it adds."""
    kinds = ["unary", "binary", "constant", "store", "store"]
    kinds += ["call", "branch", "branch", "loop", "repeat", "repeat", "try"] * (depth > 0)
    kind, arity = rng.choice(kinds), rng.integers(1, 4)
    if kind in ("unary", "binary"):
        names, number = (UNARY, 1) if kind == "unary" else (BINARY, 2)
        return Step(str(rng.choice(names)), rng.integers(count, size=number)), 1
    if kind == "constant":
        return Step(kind, [], number=int(rng.integers(-9, 9))), 1
    if kind == "store":
        return Step(kind, rng.integers(count, size=2), number=int(rng.integers(3))), 1
    given = rng.integers(count, size=arity)
    if kind in ("loop", "repeat"):
        body = draw_block(rng, arity, arity, depth - 1)
        keep = rng.random(arity) < 0.2  # what the turns pass through
        body.results = np.where(keep, np.arange(arity), body.results)
        return Step(kind, given, [body], int(rng.integers(4))), arity
    made = rng.integers(1, 4)
    blocks = [draw_block(rng, arity, made, depth - 1) for _ in range(1 + (kind == "branch"))]
    return Step(kind, given, blocks), made


# ---- in Python ----
def run_block(block: Block, values: list) -> list:
    values = list(values)
    for step in block.steps:
        values += run_step(step, [values[k] for k in step.given])
    return [values[k] for k in block.results]


def run_step(step: Step, given: list) -> list:
    if step.kind == "constant":
        return [np.full(3, step.number)]
    if step.kind == "call":
        return run_block(step.blocks[0], given)
    if step.kind == "branch":
        return run_block(step.blocks[0 if given[0].sum() > 0 else 1], given)
    if step.kind == "store":
        value = given[0].copy()
        value[step.number] = given[1][0]
        return [value]
    if step.kind == "try":
        results = run_block(step.blocks[0], given)
        fails = results[0].sum() % 3 == 0
        return [given[k % len(given)] for k in range(len(results))] if fails else results
    if step.kind in ("loop", "repeat"):
        for _ in range(step.number):
            given = run_block(step.blocks[0], given)
        return given
    return [getattr(np, step.kind)(*given)]


# ---- as graphs ----
def build_block(graph, block: Block, values) -> list:
    values = list(values)
    for step in block.steps:
        values += build_step(graph, step, [values[k] for k in step.given])
    return [values[k] for k in block.results]


def build_step(graph, step: Step, given: list) -> list:
    def callee(block):
        return lambda g, *values: build_block(g, block, values)

    if step.kind == "constant":
        return [graph.constant(np.full(3, step.number))]
    if step.kind == "call":
        called = add_callee(graph, given, callee(step.blocks[0]))
        return list(append(graph, "call", given, like(graph, called.outputs), graph=called))
    if step.kind == "branch":
        some = graph.add("greater", graph.add("sum", given[0]), graph.constant(np.int64(0)))
        return list(add_branch(graph, some, given, *map(callee, step.blocks)))
    if step.kind in ("loop", "repeat"):
        return build_loop(graph, step, given)
    if step.kind == "store":
        item = graph.add("take", given[1], number(graph, 0), axis=0)
        return [graph.add("set_item", given[0], number(graph, step.number), item, axis=0)]
    if step.kind == "try":
        return build_try(graph, given, callee(step.blocks[0]))
    return [graph.add(step.kind, *given)]


def number(graph, value):
    return graph.constant(np.int64(value))


def build_try(graph, given: list, body) -> list:
    """The body raises when all its values are there, so that what works in place has done so."""

    def checked(g, *values):
        results = body(g, *values)
        rest = g.add("remainder", g.add("sum", results[0]), number(g, 3))
        g.add("check", g.add("not_equal", rest, number(g, 0)), type="ValueError", message="")
        return results

    called = add_callee(graph, given, checked)
    fallback = [given[k % len(given)] for k in range(len(called.outputs))]
    return list(graph.add("try_call", *fallback, *given, body=called, catches="ValueError"))[1:]


def build_loop(graph, step: Step, given: list) -> list:
    """The number of turns that are left stands behind the values."""

    def is_left(g, *values):
        return [g.add("greater", values[-1], g.constant(np.int64(0)))]

    def body(g, *values):
        results = build_block(g, step.blocks[0], values[:-1])
        for k, result in enumerate(results):
            if any(result is v for v in values) and result is not values[k]:
                results[k] = copy_of(g, result)
        return [*results, g.add("subtract", values[-1], g.constant(np.int64(1)))]

    def turn(g, *values):
        results = body(g, *values)
        return [*is_left(g, *results), *results]

    values = [*given, number(graph, step.number)]
    if step.kind == "repeat":
        return list(add_repeat(graph, *is_left(graph, *values), values, turn))[:-1]
    return list(add_loop(graph, values, is_left, body))[:-1]


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_program(seed):
    rng = np.random.default_rng(seed)
    block = draw_block(rng, 3, 3, depth=3)
    graph = Program().graph()
    inputs = {f"x{i}": graph.input(I64, (3,), f"x{i}") for i in range(3)}
    results = [copy_of(graph, v) for v in build_block(graph, block, inputs.values())]
    model = finish(graph.program, inputs, {f"y{i}": v for i, v in enumerate(results)})
    for _ in range(RUNS):
        values = [rng.integers(-20, 20, 3) for _ in range(3)]
        with np.errstate(all="ignore"):
            want = run_block(block, values)
        got = model.run(**dict(zip(inputs, values, strict=True)))
        for value, wanted in zip(got.values(), want, strict=True):
            np.testing.assert_array_equal(value, wanted, strict=True)
