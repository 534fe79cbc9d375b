"""Small branches without a branch: both sides are computed, and a choice is made between the results."""

from .graph import Graph, Value, used_nodes

_MOST_NODES = 6


def splice_branches(
    graph: Graph, test: Value, sides: list[tuple[Graph, list]]
) -> list[Value] | None:
    """The results as values of ``graph``; None where a side may raise, is large, or has arrays.

    Parameters
    ----------
    graph
        Around the two sides.
    test
        A bool of it.
    sides
        The graph and the results where ``test`` is true, and where it is not.
    """
    if not all(_is_small(side, values) for side, values in sides):
        return None
    (then, other) = (_add_nodes(graph, side, values) for side, values in sides)
    return [_choose(graph, test, a, b) for a, b in zip(then, other, strict=True)]


def _is_small(side: Graph, values: list) -> bool:
    nodes = used_nodes(side, values)
    scalars = all(o.rank == 0 for n in nodes for o in n.outputs) and all(
        v.rank == 0 for v in values
    )
    plain = not any(n.raises or isinstance(a, Graph) for n in nodes for a in n.attributes.values())
    return scalars and plain and not any(n.raises for n in nodes) and len(nodes) <= _MOST_NODES


def _add_nodes(graph: Graph, side: Graph, values: list) -> list[Value]:
    """The side's nodes again, in the graph around it."""
    known = {id(parameter): outer for outer, parameter in side.captures.values()}

    def find(value):
        if value is None or value.constant is not None:
            return value
        return known.get(id(value), value)

    for node in used_nodes(side, values):
        added = graph.add(node.operator.name, *map(find, node.inputs), **node.attributes)
        added = added if isinstance(added, tuple) else (added,)
        known.update(zip(map(id, node.outputs), added, strict=True))
    return [graph.local(find(v)) for v in values]


def _choose(graph: Graph, test: Value, a: Value, b: Value) -> Value:
    if a is b:
        return a
    if a.constant is not None and b.constant is not None and a.dtype.kind == "b":
        return graph.local(test) if a.constant else graph.add("logical_not", test)
    return graph.add("where", test, a, b)
