"""Programs made by hand with graphs that call graphs.  What such a node gives is told, since no plan of one node knows it."""

import numpy as np
from kowari import operators as ops
from kowari._library import lib
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Graph, Node, Value
from kowari.runtime import Model


def append(to: Graph, name: str, given, results=(), /, **attributes) -> tuple:
    """Adds a node whose results, (type, dims) or Values, are told."""
    made = tuple(v if isinstance(v, Value) else Value(to, v[0], tuple(v[1])) for v in results)
    where = to.program.location
    to.nodes.append(Node(ops.operators()[name], tuple(given), made, attributes, True, *where))
    return made


def copy_of(graph: Graph, value: Value) -> Value:
    """The value as a node's result, which may be None where the value may be."""
    return append(graph, "copy", [value], like(graph, [value]))[0]


def like(graph: Graph, values) -> list[Value]:
    """Values of a graph of these types and sizes."""
    return [Value(graph, v.type, v.dims, optional=v.optional) for v in values]


def add_callee(graph: Graph, values, make) -> Graph:
    """A graph with parameters like the values; ``make`` adds its nodes and gives its results."""
    callee = graph.program.graph(make.__name__)
    callee.inputs = like(callee, values)
    callee.outputs = list(make(callee, *callee.inputs))
    return callee


def add_branch(graph: Graph, condition, values, then, otherwise, results=None) -> tuple:
    """``if condition``; the results are like those of ``then``, unless they are told."""
    graphs = {"then": then, "otherwise": otherwise}
    graphs = {name: add_callee(graph, values, make) for name, make in graphs.items()}
    results = like(graph, graphs["then"].outputs if results is None else results)
    return append(graph, "if_else", [condition, *values], results, **graphs)


def add_loop(graph: Graph, values, condition, body, carried=None) -> tuple:
    """``while condition(values): values = body(values)``; ``carried`` tells types and sizes of values that change them."""
    carried = values if carried is None else carried
    graphs = {"condition": condition, "body": body}
    graphs = {name: add_callee(graph, carried, make) for name, make in graphs.items()}
    return append(graph, "while_loop", values, like(graph, carried), **graphs)


def add_repeat(graph: Graph, again, values, body, carried=None) -> tuple:
    """``while again: again, *values = body(*values)``; ``carried`` as for `add_loop`."""
    body = add_callee(graph, values if carried is None else carried, body)
    return graph.add("repeat", again, *values, body=body)


def finish(program, inputs: dict, outputs: dict, states=(), **meta) -> Model:
    """The model of a program with these ports."""
    results = [*outputs.values(), *(p.source for p in states)]
    program.graphs[0].outputs = list(dict.fromkeys(results))
    ports = [Port(INPUT, name, value) for name, value in inputs.items()]
    ports += [Port(OUTPUT, name, value) for name, value in outputs.items()]
    return Model(write(program, [*ports, *states], meta))


def constant(graph: Graph, number: int) -> Value:
    """An integer that is known."""
    return graph.constant(np.int64(number))


def session_bytes(model: Model) -> int:
    """What a session of the model takes."""
    return lib.kw_dev_session_bytes(model._session.handle)
