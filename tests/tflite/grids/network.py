"""Small networks as converters write them, whose sizes change from step to step; unusual ways of connecting tensors."""

import numpy as np

from .common import ACTIVATIONS, PADDINGS, Cases, Graph, real, schema, whole
from .control import add, apply, finish, one, start_case

RELU, NONE = ACTIVATIONS["relu"], ACTIVATIONS["none"]


def dense(graph: Graph, value: int, depth: int, units: int, pool: int, activation=NONE) -> int:
    weights, bias = real(units, depth, pool=pool) / 3, real(units, pool=pool + 1)
    inputs = [value, graph.constant(weights), graph.constant(bias)]
    options = schema.FullyConnectedOptionsT(fusedActivationFunction=activation)
    return apply(graph, "FULLY_CONNECTED", inputs, "float32", None, options)


def conv(graph: Graph, value: int, kernel: tuple, channels: int, filters: int, stride=1) -> int:
    weights = graph.constant(real(filters, *kernel, channels, pool=filters % 8) / 3)
    options = schema.Conv2DOptionsT(
        padding=PADDINGS["same"], strideH=stride, strideW=stride, fusedActivationFunction=RELU
    )
    inputs = [value, weights, graph.constant(real(filters, pool=2))]
    return apply(graph, "CONV_2D", inputs, "float32", None, options)


def softmax(graph: Graph, value: int) -> int:
    return apply(graph, "SOFTMAX", [value], "float32", None, schema.SoftmaxOptionsT(beta=1.0))


def reduce(graph: Graph, code: str, value: int, axes: list, keep=False) -> int:
    inputs = [value, graph.constant(np.int32(axes))]
    return apply(graph, code, inputs, "float32", None, schema.ReducerOptionsT(keepDims=keep))


def size_of(graph: Graph, value: int, rank: int, axis: int) -> int:
    """Add the size of an axis, as Keras asks for it."""
    options = schema.ShapeOptionsT(outType=schema.TensorType.INT32)
    sizes = apply(graph, "SHAPE", [value], "int32", (rank,), options)
    places = [graph.constant(np.int32([n])) for n in (axis, axis + 1, 1)]
    options = schema.StridedSliceOptionsT(shrinkAxisMask=1)
    return apply(graph, "STRIDED_SLICE", [sizes, *places], "int32", (), options)


def pack(graph: Graph, *numbers: int) -> int:
    options = schema.PackOptionsT(valuesCount=len(numbers))
    return apply(graph, "PACK", list(numbers), "int32", (len(numbers),), options)


def steps_of(*shapes: tuple) -> list:
    return [[real(*shape, pool=k)] for k, shape in enumerate(shapes)]


def make_networks() -> Cases:
    graph, (x,) = start_case(("float32", (-1, 8)))
    x = dense(graph, dense(graph, x, 8, 12, 1, RELU), 12, 4, 3)
    yield finish(
        "network/dense", graph, [softmax(graph, x)], *steps_of((2, 8), (1, 8), (5, 8), (2, 8))
    )

    graph, (x,) = start_case(("float32", (-1, -1, -1, 2)))
    x = conv(graph, x, (3, 3), 2, 4)
    options = schema.Pool2DOptionsT(
        padding=PADDINGS["same"], strideH=2, strideW=2, filterHeight=2, filterWidth=2
    )
    x = apply(graph, "MAX_POOL_2D", [x], "float32", None, options)
    x = reduce(graph, "MEAN", conv(graph, x, (3, 3), 4, 5, 2), [1, 2])
    x = apply(graph, "LOGISTIC", [dense(graph, x, 5, 3, 1)], "float32", None)
    shapes = (1, 8, 8, 2), (2, 5, 7, 2), (1, 12, 4, 2), (3, 8, 8, 2)
    yield finish("network/conv", graph, [x], *steps_of(*shapes))

    # A layer over time, as Keras writes Conv1D, and Flatten behind it.
    graph, (x,) = start_case(("float32", (-1, 6, 3)))
    wide = apply(graph, "EXPAND_DIMS", [x, one(graph, -3)], "float32", None)
    wide = conv(graph, wide, (1, 3), 3, 4)
    options = schema.SqueezeOptionsT(squeezeDims=[-3])
    thin = apply(graph, "SQUEEZE", [wide], "float32", None, options)
    sizes = pack(graph, size_of(graph, x, 3, 0), one(graph, 24))
    flat = apply(graph, "RESHAPE", [thin, sizes], "float32", None)
    x = softmax(graph, dense(graph, flat, 24, 3, 1))
    yield finish("network/conv1d", graph, [x], *steps_of((1, 6, 3), (4, 6, 3), (2, 6, 3)))

    # Attention over a sequence of any length.
    graph, (x,) = start_case(("float32", (-1, -1, 4)))
    product = apply(
        graph, "BATCH_MATMUL", [x, x], "float32", None, schema.BatchMatMulOptionsT(adjY=True)
    )
    product = apply(
        graph, "MUL", [product, one(graph, 0.5, "float32")], "float32", None, schema.MulOptionsT()
    )
    inputs = [softmax(graph, product), x]
    mixed = apply(graph, "BATCH_MATMUL", inputs, "float32", None, schema.BatchMatMulOptionsT())
    mixed = add(graph, mixed, x, "float32", None)
    x = reduce(graph, "REDUCE_MAX", mixed, [1])
    shapes = (1, 3, 4), (2, 5, 4), (1, 1, 4), (1, 9, 4)
    yield finish("network/attention", graph, [x, mixed], *steps_of(*shapes))

    # Words to vectors, their mean, and a dense layer.
    graph, (x,) = start_case(("int32", (-1, -1)))
    inputs = [graph.constant(real(20, 6)), x]
    x = apply(graph, "GATHER", inputs, "float32", None, schema.GatherOptionsT())
    x = softmax(graph, dense(graph, reduce(graph, "MEAN", x, [1]), 6, 2, 1))
    steps = [[whole(*shape, low=0, high=19)] for shape in ((1, 5), (3, 2), (1, 11))]
    yield finish("network/text", graph, [x], *steps)

    # One step of an LSTM in basic operators.
    graph, (x, h, c) = start_case(*[("float32", (-1, n)) for n in (3, 4, 4)])
    gates = add(graph, dense(graph, x, 3, 16, 1), dense(graph, h, 4, 16, 3), "float32", None)
    parts = [graph.tensor("float32", None) for _ in range(4)]
    graph.operator("SPLIT", [one(graph, 1), gates], parts, schema.SplitOptionsT(numSplits=4))
    keep, forget, new, show = parts
    keep, forget, show = (
        apply(graph, "LOGISTIC", [gate], "float32", None) for gate in (keep, forget, show)
    )
    new = apply(graph, "TANH", [new], "float32", None)
    parts = [
        apply(graph, "MUL", pair, "float32", None, schema.MulOptionsT())
        for pair in ([forget, c], [keep, new])
    ]
    state = add(graph, *parts, "float32", None)
    bounded = apply(graph, "TANH", [state], "float32", None)
    result = apply(graph, "MUL", [bounded, show], "float32", None, schema.MulOptionsT())
    steps = [[real(n, 3), real(n, 4, pool=1), real(n, 4, pool=2)] for n in (1, 3, 2)]
    yield finish("network/lstm_step", graph, [result, state], *steps)

    # Features of a window: differences, spread, extremes and where they are.
    graph, (x,) = start_case(("float32", (1, -1)))
    places = [
        [graph.constant(np.int32(n)) for n in pair]
        for pair in (([0, 1], [0, 0]), ([0, 0], [0, -1]))
    ]
    ones = graph.constant(np.int32([1, 1]))
    options = [
        schema.StridedSliceOptionsT(beginMask=1, endMask=3),
        schema.StridedSliceOptionsT(beginMask=3, endMask=1),
    ]
    later, earlier = (
        apply(graph, "STRIDED_SLICE", [x, *pair, ones], "float32", None, option)
        for pair, option in zip(places, options, strict=True)
    )
    steps = apply(graph, "SUB", [later, earlier], "float32", None, schema.SubOptionsT())
    mean = reduce(graph, "MEAN", x, [1], True)
    spread = apply(graph, "SQUARED_DIFFERENCE", [x, mean], "float32", None)
    spread = apply(graph, "SQRT", [reduce(graph, "MEAN", spread, [1], True)], "float32", None)
    options = schema.ConcatenationOptionsT(axis=1)
    inputs = [mean, spread, reduce(graph, "REDUCE_MAX", steps, [1], True)]
    row = apply(graph, "CONCATENATION", inputs, "float32", None, options)
    where = apply(
        graph, "ARG_MAX", [x, one(graph)], "int32", None, schema.ArgMaxOptionsT(outputType=2)
    )
    yield finish("network/features", graph, [row, where, steps], *steps_of((1, 9), (1, 2), (1, 33)))


def make_connections() -> Cases:
    vector = ("float32", (3,))

    graph, (x,) = start_case(vector)
    yield finish(
        "connection/input_is_output", graph, [x, add(graph, x, x, *vector)], *steps_of((3,), (3,))
    )

    graph, (x,) = start_case(vector)
    total = add(graph, x, x, *vector)
    yield finish("connection/same_output_twice", graph, [total, total], *steps_of((3,), (3,)))

    graph, (x, unused) = start_case(vector, ("float32", (2, 2)))
    steps = [[real(3), real(2, 2)]]
    yield finish("connection/unused_input", graph, [add(graph, x, x, *vector)], *steps)

    graph, (x,) = start_case(vector)
    constant = graph.constant(real(2, 2))
    yield finish(
        "connection/constant_output", graph, [constant, add(graph, x, x, *vector)], *steps_of((3,))
    )

    graph, (x,) = start_case(vector)
    add(graph, x, x, *vector)
    result = apply(graph, "NEG", [x], *vector)
    yield finish("connection/dead_operator", graph, [result], *steps_of((3,)))

    graph, (x,) = start_case(vector)
    constants = [graph.constant(real(3, pool=k)) for k in (1, 2)]
    folded = add(graph, *constants, *vector)
    result = apply(graph, "MUL", [x, folded], *vector, schema.MulOptionsT())
    yield finish("connection/of_constants", graph, [result], *steps_of((3,), (3,)))

    graph, (x,) = start_case(vector)
    value = x
    for _ in range(40):
        value = apply(graph, "TANH", [add(graph, value, x, *vector)], *vector)
    yield finish("connection/chain", graph, [value], *steps_of((3,), (3,)))

    graph, (x,) = start_case(vector)
    branches = [apply(graph, code, [x], *vector) for code in ("NEG", "ABS", "TANH", "LOGISTIC")]
    for count in (3, 2, 1):
        branches = [add(graph, branches[k], branches[k + 1], *vector) for k in range(count)]
    yield finish("connection/diamond", graph, branches, *steps_of((3,)))

    # Sizes computed from an input's values and from other inputs' sizes.
    graph, (x, n) = start_case(("float32", (-1,)), ("int32", ()))
    rows = pack(graph, n, size_of(graph, x, 1, 0))
    table = apply(graph, "BROADCAST_TO", [x, rows], "float32", None, version=2)
    steps = [[real(size), np.int32(count)] for size, count in ((3, 2), (1, 4), (5, 1))]
    yield finish("connection/sizes_from_values", graph, [table], *steps)


def make_cases() -> Cases:
    yield from make_networks()
    yield from make_connections()
