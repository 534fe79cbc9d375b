"""Dense layers, matrix products, softmax, normalisation: shapes, activations, half-precision weights."""

from itertools import product

import numpy as np

from .common import (
    ACTIVATIONS,
    Case,
    Cases,
    File,
    constant,
    place,
    real,
    resized,
    schema,
    single,
    text_of,
)


def dense_options(activation="none", keep=False):
    return schema.FullyConnectedOptionsT(
        fusedActivationFunction=ACTIVATIONS[activation], keepNumDims=keep
    )


def make_layers() -> Cases:
    code = "FULLY_CONNECTED"
    for batch, depth, units, bias in product((1, 2, 5), (1, 3, 8, 17), (1, 4, 9), (True, False)):
        values = real(batch, depth), constant(real(units, depth, pool=1))
        last = constant(real(units, pool=2)) if bias else None
        name = text_of(f"fully_connected/{batch}x{depth}_to_{units}", bias and "bias")
        yield single(name, code, *values, last, options=dense_options())
    for batch, depth, units in (
        (4, 64, 32),
        (7, 100, 33),
        (16, 31, 65),
        (1, 128, 24),
        (33, 16, 12),
    ):
        bias = constant(real(units, pool=2))
        values = real(batch, depth), constant(real(units, depth, pool=1)), bias
        name = f"fully_connected/large_{batch}x{depth}_to_{units}"
        yield single(name, code, *values, options=dense_options("relu"))
    for activation, batch in product(ACTIVATIONS, (1, 3)):
        values = real(batch, 20), constant(real(16, 20, pool=1) / 4), constant(real(16, pool=2))
        name = f"fully_connected/{activation}_batch{batch}"
        yield single(name, code, *values, options=dense_options(activation))
    for size, keep in product(((2, 3, 4), (2, 2, 2, 4), (4,), (1, 1, 4)), (False, True)):
        values = real(*size), constant(real(5, 4, pool=1)), constant(real(5, pool=2))
        name = text_of(f"fully_connected/size{text_of(size)}", keep and "keep_dims")
        yield single(name, code, *values, options=dense_options(keep=keep), version=2)
    flat = real(2, 3, 4), constant(real(5, 12, pool=1)), constant(real(5, pool=2))
    yield single("fully_connected/flattened", code, *flat, options=dense_options())
    computed = real(2, 6), real(3, 6, pool=1), constant(real(3, pool=2))
    yield single("fully_connected/computed_weights", code, *computed, options=dense_options())
    for sizes, declared in (((4, 6), (-1, 6)), ((3, 2, 6), (-1, -1, 6)), ((0, 6), (-1, 6))):
        values = resized(real(*sizes), declared), constant(real(3, 6, pool=1)), None
        name = f"fully_connected/resized{text_of(sizes)}"
        yield single(name, code, *values, options=dense_options(keep=len(sizes) > 2))
    nan = np.array(real(2, 6))
    nan[0, 2], nan[1, 3] = np.nan, np.inf
    values = nan, constant(real(3, 6, pool=1)), constant(real(3, pool=2))
    yield single("fully_connected/nan", code, *values, options=dense_options("relu"))
    for version in (3, 6, 9):
        name = f"fully_connected/version{version}"
        yield single(name, code, *values, options=dense_options(), version=version)


def make_products() -> Cases:
    code = "BATCH_MATMUL"
    sizes = [
        ((3, 4), (4, 2)),
        ((1, 7), (7, 1)),
        ((2, 3, 4), (2, 4, 2)),
        ((2, 3, 4), (4, 5)),
        ((3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (1, 3, 4, 2)),
        ((1, 2, 2, 17), (3, 1, 17, 9)),
        ((2, 2, 2, 1, 3), (2, 3, 2)),
        ((17, 33), (33, 19)),
        ((2, 8, 40), (2, 40, 16)),
    ]
    for (a, b), adjoint_a, adjoint_b, fixed in product(
        sizes, (False, True), (False, True), (False, True)
    ):
        left, right = real(*a), real(*b, pool=1)
        left = np.swapaxes(left, -1, -2).copy() if adjoint_a else left
        right = np.swapaxes(right, -1, -2).copy() if adjoint_b else right
        options = schema.BatchMatMulOptionsT(adjX=adjoint_a, adjY=adjoint_b)
        name = text_of(
            f"batch_matmul/{text_of(a)}_by_{text_of(b)}",
            adjoint_a and "adjoint_left",
            adjoint_b and "adjoint_right",
            fixed and "constant",
        )
        yield single(name, code, left, constant(right) if fixed else right, options=options)
    values = resized(real(3, 2, 4), (-1, 2, 4)), resized(real(3, 4, 5), (-1, 4, -1))
    yield single("batch_matmul/resized", code, *values, options=schema.BatchMatMulOptionsT())
    for dtype in ("int32",):
        left, right = np.arange(6, dtype=dtype).reshape(2, 3), np.arange(3, 9, dtype=dtype)
        options = schema.BatchMatMulOptionsT()
        values = left, right.reshape(3, 2)
        yield single(f"batch_matmul/{dtype}", code, *values, options=options, gives=(dtype,))


def make_softmax() -> Cases:
    shapes = ((4,), (1, 1), (2, 3), (2, 3, 5), (2, 2, 3, 4), (3, 17), (1, 2, 1, 2, 3))
    for shape, beta in product(shapes, (1.0, 0.5, 3.0)):
        options = schema.SoftmaxOptionsT(beta=beta)
        yield single(
            f"softmax/{text_of(shape)}_beta{beta}", "SOFTMAX", real(*shape), options=options
        )
    for shape in shapes:
        yield single(f"log_softmax/{text_of(shape)}", "LOG_SOFTMAX", real(*shape))
    large = np.float32([[1000, 999, -1000], [-88, -89, -90], [0, 0, 0], [1e38, -1e38, 0]])
    odd = np.float32([[np.inf, 0, 1], [-np.inf, 0, 1], [np.nan, 0, 1]])
    for name, values in {"large": large, "infinite": odd}.items():
        options = schema.SoftmaxOptionsT(beta=1.0)
        yield single(f"softmax/{name}", "SOFTMAX", values, options=options)
        yield single(f"log_softmax/{name}", "LOG_SOFTMAX", values)
    values = resized(real(3, 4), (-1, 4))
    yield single("softmax/resized", "SOFTMAX", values, options=options)
    yield single("log_softmax/resized", "LOG_SOFTMAX", values)
    for shape in ((2, 4), (1, 2, 3), (2, 2, 2, 3), (3, 1), (1, 19)):
        options = schema.L2NormOptionsT()
        name = f"l2_normalization/{text_of(shape)}"
        yield single(name, "L2_NORMALIZATION", real(*shape), options=options)
    zero = np.float32([[0, 0, 0], [1e-8, 0, 0], [1e4, 3, 4]])
    yield single("l2_normalization/zero", "L2_NORMALIZATION", zero, options=options)
    yield single("l2_normalization/resized", "L2_NORMALIZATION", values, options=options)


def half_weights(
    name: str, code: str, image: np.ndarray, weights: np.ndarray, bias: np.ndarray, options
) -> Case:
    """Return a file whose weights and bias are float16 and go through DEQUANTIZE."""
    file, steps = File(), [[]]
    graph = file.add_graph()
    inputs = [place(graph, image, steps)]
    for array in (weights, bias):
        stored = graph.constant(array.astype(np.float16))
        wide = graph.tensor("float32", array.shape)
        graph.operator("DEQUANTIZE", [stored], [wide], schema.DequantizeOptionsT(), version=3)
        inputs.append(wide)
    output = graph.tensor("float32", None)
    graph.operator(code, inputs, [output], options)
    graph.record.outputs = [output]
    return Case(f"{code.lower()}/half_weights_{name}", file, steps)


def make_half() -> Cases:
    for batch, units, activation in product((1, 3), (1, 7, 16), ("none", "relu")):
        values = real(batch, 9), real(units, 9, pool=1), real(units, pool=2)
        name = f"batch{batch}_units{units}_{activation}"
        yield half_weights(name, "FULLY_CONNECTED", *values, dense_options(activation))
    for stride, filters in product((1, 2), (1, 5)):
        options = schema.Conv2DOptionsT(
            strideH=stride, strideW=stride, dilationHFactor=1, dilationWFactor=1
        )
        values = real(1, 5, 5, 3), real(filters, 3, 3, 3, pool=1), real(filters, pool=2)
        yield half_weights(f"stride{stride}_filters{filters}", "CONV_2D", *values, options)
        options = schema.DepthwiseConv2DOptionsT(
            strideH=stride, strideW=stride, depthMultiplier=filters
        )
        channels = 2 * filters
        values = real(1, 5, 5, 2), real(1, 3, 3, channels, pool=1), real(channels, pool=2)
        name = f"stride{stride}_multiplier{filters}"
        yield half_weights(name, "DEPTHWISE_CONV_2D", *values, options)


def make_cases() -> Cases:
    yield from make_layers()
    yield from make_products()
    yield from make_softmax()
    yield from make_half()
