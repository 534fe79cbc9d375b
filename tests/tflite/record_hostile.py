"""Writes .tflite files that ask for too much: memory, turns, subgraphs that call each other.

They go to tests/data/tflite/hostile.  Run by hand; needs ai-edge-litert, for its schema.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "tflite"))
from grids.common import schema  # noqa: E402 - it imports write_tflite, which lies in a script's folder
from grids.control import SCALAR, add, apply, choose, finish, one, repeat, start_case  # noqa: E402

FOLDER = Path(__file__).parents[1] / "data" / "tflite" / "hostile"
HUGE = 1 << 30


def count_on(graph, i):
    return [add(graph, i, one(graph), *SCALAR)]


def make_endless():
    """A loop whose condition stays true."""
    graph, inputs = start_case(SCALAR)
    outputs = repeat(
        graph, [SCALAR], inputs, lambda g, i: apply(g, "EQUAL", [i, i], "bool", ()), count_on
    )
    return finish("endless", graph, outputs)


def make_cycle():
    """A loop whose body is the graph that it stands in."""
    graph, inputs = start_case(SCALAR)
    outputs = repeat(
        graph, [SCALAR], inputs, lambda g, i: apply(g, "EQUAL", [i, i], "bool", ()), count_on
    )
    graph.record.operators[-1].builtinOptions.bodySubgraphIndex = 0
    return finish("cycle", graph, outputs)


def make_crowd(depth=24):
    """Branches that call each other twice, level by level: 2 ** depth calls of the last."""
    graph, [condition] = start_case(("bool", ()))
    flag = ("bool", ())

    def level(left):
        def make(g, c):
            return [choose(g, c, [c], [flag], flag, level(left - 1), level(0)) if left else c]

        return make

    output = choose(graph, condition, [condition], [flag], flag, level(depth), level(0))
    for g in graph.file.record.subgraphs:
        for operator in g.operators:
            operator.builtinOptions.elseSubgraphIndex = operator.builtinOptions.thenSubgraphIndex
    return finish("crowd", graph, [output])


def make_terabytes():
    """A constant repeated to more than memory holds."""
    graph, [x] = start_case(("float32", (1,)))
    sizes = graph.constant(np.array([HUGE, HUGE], np.int32))
    output = graph.tensor("float32", (HUGE, HUGE))
    graph.operator("BROADCAST_TO", [x, sizes], [output], None)
    return finish("terabytes", graph, [output])


def make_wide():
    """An input with more elements than any memory, declared so."""
    graph, [x] = start_case(("float32", (HUGE, HUGE)))
    return finish(
        "wide", graph, [apply(graph, "ABS", [x], "float32", (HUGE, HUGE), schema.AbsOptionsT())]
    )


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for make in (make_endless, make_cycle, make_crowd, make_terabytes, make_wide):
        case = make()
        (FOLDER / f"{case.name}.tflite").write_bytes(case.file.to_bytes())


if __name__ == "__main__":
    main()
