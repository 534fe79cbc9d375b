"""Loops as the tracer makes them, for `make bench` and for tests that count instructions.

Each is ``while i > 0: x, t = work(i, x, t); i -= 1`` with an array x and a number t.
"""

import kowari
import numpy as np
from kowari.file import INPUT, OUTPUT, Example, Port, write
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES

F64, I64 = SHORT_NAMES["f64"], SHORT_NAMES["i64"]
TURNS = 1000


def add_callee(graph, values, make):
    """Return a graph with parameters like the values; `make` adds its nodes and gives its results."""
    callee = graph.program.graph(make.__name__)
    parameters = [callee.input(v.type, v.dims) for v in values]
    callee.outputs = list(make(callee, *parameters))
    return callee


def add_branch(graph, condition, values, then, otherwise):
    """Return the results of `if condition`."""
    graphs = {
        "then": add_callee(graph, values, then),
        "otherwise": add_callee(graph, values, otherwise),
    }
    return graph.add("if_else", condition, *values, **graphs)


def add_repeat(graph, again, values, body, carried=None):
    """Return the results of a loop."""
    body = add_callee(graph, values if carried is None else carried, body)
    return graph.add("repeat", again, *values, body=body)


def loop(work, size=4, start=None):
    """Return the model of a loop whose inputs are the turns `i` and, without a start, the length `n` of x."""
    program = Program()
    graph = program.graph()
    n, i = program.size("n", size), graph.input(I64, (), "i")
    x = (
        start(graph)
        if start
        else graph.add("broadcast_to", graph.constant(2.0), graph.input(I64, (), "n"))
    )
    zero = graph.constant(np.int64(0))

    def body(g, i, x, t):
        x, t = work(g, i, x, t)
        i = g.add("subtract", i, g.constant(np.int64(1)))
        return g.add("greater", i, zero), i, x, t

    carried = [i, Value(graph, F64, (n,)), graph.constant(0.25)]
    values = [i, x, carried[2]]
    _, y, t = add_repeat(graph, graph.add("greater", i, zero), values, body, carried)
    graph.outputs = [t, graph.add("size_of", y, axis=0)]
    ports = [Port(INPUT, v.name, v) for v in graph.inputs]
    ports += [Port(OUTPUT, n, v) for n, v in zip(("t", "length"), graph.outputs, strict=True)]
    example = {"i": np.int64(TURNS), "n": np.int64(size)}
    return kowari.load(write(program, ports, {}, [Example(example, {})]))


def number(g, value):
    return g.constant(np.int64(value))


def nothing(g, i, x, t):
    return x, t


def adds(g, i, x, t):
    return x, g.add("add", t, g.constant(1.5))


def compares(g, i, x, t):
    return x, g.add("where", g.add("less", t, g.constant(1.5)), t, g.constant(1.0))


def takes(g, i, x, t):
    return x, g.add("add", t, g.add("take", x, number(g, 1), axis=0))


def stores(g, i, x, t):
    return g.add("set_item", x, number(g, 1), t, axis=0), t


def slices(g, i, x, t):
    return g.add("set_slice", x, number(g, 1), number(g, 3), t, axis=0), t


def puts(g, i, x, t):
    return g.add("put", x, g.constant(np.array([0, 2])), t), t


def branches(g, i, x, t):
    values = [t]
    more = g.add("less", t, g.constant(1.5))
    (t,) = add_branch(g, more, values, lambda g, t: [t], lambda g, t: [g.add("copy", t)])
    return x, t


def stores_in_a_branch(g, i, x, t):
    """``if t < 1.5: x[1] = t``, in a branch of a branch; the other ways leave x as it is."""

    def inner(g, i, x, t):
        return [g.add("set_item", x, i, t, axis=0)]

    def outer(g, i, x, t):
        return add_branch(g, g.add("less", t, g.constant(1.0)), [i, x, t], inner, same)

    def same(g, i, x, t):
        return [x]

    values = [number(g, 1), x, t]
    return add_branch(g, g.add("less", t, g.constant(1.5)), values, outer, same)[0], t


def stores_in_an_inner_loop(g, i, x, t):
    """``for k in range(2): x[k] = t``, with another array that both loops only read."""

    def turn(g, k, x, t, other):
        x = g.add("set_item", x, k, g.add("take", other, k, axis=0), axis=0)
        k = g.add("add", k, number(g, 1))
        return g.add("less", k, number(g, 2)), k, x, t, other

    other = g.constant(np.arange(20_000.0))
    values = [number(g, 0), x, t, other]
    return add_repeat(g, g.constant(np.bool_(True)), values, turn)[1], t


def appends(g, i, x, t):
    return g.add("list_append", x, t), t


NODES = {nothing: 1, adds: 1, compares: 2, takes: 2, stores: 1, branches: 2, appends: 1}
"""Nodes of a turn, beside the two that count."""
