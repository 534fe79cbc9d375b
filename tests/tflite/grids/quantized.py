"""Weights of int8 with float values (hybrid), and dense layers, softmax, logistic and reshape all in int8."""

from itertools import product

import numpy as np

from .common import (
    ACTIVATIONS,
    PADDINGS,
    Case,
    Cases,
    File,
    Value,
    constant,
    positive,
    quantized,
    real,
    resized,
    schema,
    single,
    text_of,
    whole,
)


def small(*shape, pool=0, low=-127):
    """Return int8 values."""
    return whole(*shape, low=low, high=127, dtype="int8", pool=pool)


def weights_of(shape, axis, each, pool=1):
    """Return int8 weights with one scale, or one for each index of an axis."""
    count = shape[axis] if each else 1
    scale = positive(count, pool=pool + 1) / np.float32(64)
    return quantized(
        small(*shape, pool=pool), scale, np.zeros(count, int), axis if each else 0, constant=True
    )


def make_hybrid_layers() -> Cases:
    sizes = product((1, 3), (1, 8, 17), (1, 4, 9))
    for (batch, depth, units), each, asymmetric in product(sizes, (False, True), (False, True)):
        options = schema.FullyConnectedOptionsT(asymmetricQuantizeInputs=asymmetric)
        name = text_of(
            f"fully_connected/hybrid_{batch}x{depth}_to_{units}",
            each and "per_channel",
            asymmetric and "asymmetric",
        )
        bias = constant(real(units, pool=3))
        values = real(batch, depth), weights_of((units, depth), 0, each), bias
        yield single(
            name, "FULLY_CONNECTED", *values, options=options, version=9 if asymmetric else 3
        )
    for activation, asymmetric, keep in product(ACTIVATIONS, (False, True), (False, True)):
        options = schema.FullyConnectedOptionsT(
            fusedActivationFunction=ACTIVATIONS[activation],
            asymmetricQuantizeInputs=asymmetric,
            keepNumDims=keep,
        )
        name = text_of(
            f"fully_connected/hybrid_{activation}",
            asymmetric and "asymmetric",
            keep and "keep_dims",
        )
        values = real(2, 2, 12), weights_of((5, 12), 0, False), None
        yield single(name, "FULLY_CONNECTED", *values, options=options, version=9)
    rows = np.stack([np.zeros(8), np.full(8, 3), np.full(8, -2), 1e-3 * real(8), 1e3 * real(8)])
    for asymmetric in (False, True):
        options = schema.FullyConnectedOptionsT(asymmetricQuantizeInputs=asymmetric)
        values = np.float32(rows), weights_of((3, 8), 0, False), constant(real(3, pool=3))
        name = text_of("fully_connected/hybrid_rows", asymmetric and "asymmetric")
        yield single(name, "FULLY_CONNECTED", *values, options=options, version=9)
        values = resized(real(4, 8), (-1, 8)), *values[1:]
        yield single(f"{name}_resized", "FULLY_CONNECTED", *values, options=options, version=9)


def make_hybrid_convolutions() -> Cases:
    for stride, padding, each, asymmetric, batch in product(
        (1, 2), PADDINGS, (False, True), (False, True), (1, 2)
    ):
        activation = "relu" if stride == 2 else "none"
        ending = text_of(
            f"stride{stride}_{padding}_batch{batch}",
            each and "per_channel",
            asymmetric and "asymmetric",
        )
        options = schema.Conv2DOptionsT(
            padding=PADDINGS[padding],
            strideH=stride,
            strideW=stride,
            fusedActivationFunction=ACTIVATIONS[activation],
        )
        image, bias = real(batch, 5, 6, 3), constant(real(4, pool=3))
        values = image, weights_of((4, 3, 3, 3), 0, each), bias
        yield single(f"conv2d/hybrid_{ending}", "CONV_2D", *values, options=options, version=5)
        if not each:
            continue  # LiteRT's depthwise kernel reads a scale for each channel
        options = schema.DepthwiseConv2DOptionsT(
            padding=PADDINGS[padding],
            strideH=stride,
            strideW=stride,
            depthMultiplier=2,
            fusedActivationFunction=ACTIVATIONS[activation],
        )
        values = real(batch, 5, 6, 2), weights_of((1, 3, 3, 4), 3, each), bias
        name = f"depthwise_conv2d/hybrid_{ending}"
        yield single(name, "DEPTHWISE_CONV_2D", *values, options=options, version=6)
    for dilation in ((2, 1), (2, 2)):
        options = schema.Conv2DOptionsT(
            strideH=1, strideW=1, dilationHFactor=dilation[0], dilationWFactor=dilation[1]
        )
        values = real(1, 6, 6, 2), weights_of((3, 2, 2, 2), 0, True), constant(real(3, pool=3))
        name = f"conv2d/hybrid_dil{text_of(dilation)}"
        yield single(name, "CONV_2D", *values, options=options, version=5)


def make_hybrid_products() -> Cases:
    for shapes, adjoint, asymmetric in product(
        (((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 8), (2, 8, 3)), ((1, 2, 2, 7), (2, 7, 1))),
        (False, True),
        (False, True),
    ):
        a, b = shapes
        b = (*b[:-2], b[-1], b[-2]) if adjoint else b
        options = schema.BatchMatMulOptionsT(adjY=adjoint, asymmetricQuantizeInputs=asymmetric)
        name = text_of(
            f"batch_matmul/hybrid_{text_of(a)}_by_{text_of(b)}",
            adjoint and "adjoint_right",
            asymmetric and "asymmetric",
        )
        values = real(*a), weights_of(b, 0, False)
        yield single(name, "BATCH_MATMUL", *values, options=options, version=4)


def int8_layer(name, batch, depth, units, activation="none", each=False, bias=True, zero=(3, -5)):
    options = schema.FullyConnectedOptionsT(fusedActivationFunction=ACTIVATIONS[activation])
    weights = weights_of((units, depth), 0, each)
    scale = np.float32(0.05)
    biases = None
    if bias:
        numbers = whole(units, low=-2000, high=2000, pool=2)
        scales = scale * np.float32(weights.scale)
        biases = quantized(numbers, scales, np.zeros(len(scales), int), constant=True)
    output = quantized(np.int8(0), [np.float32(0.03 * depth**0.5)], [zero[1]])
    values = quantized(small(batch, depth), [scale], [zero[0]]), weights, biases
    return single(
        f"fully_connected/{name}",
        "FULLY_CONNECTED",
        *values,
        options=options,
        gives=(output,),
        version=4,
    )


def make_int8_layers() -> Cases:
    for batch, depth, units, each in product((1, 3), (1, 7, 16, 33), (1, 4, 9), (False, True)):
        name = text_of(f"int8_{batch}x{depth}_to_{units}", each and "per_channel")
        yield int8_layer(name, batch, depth, units, each=each)
    for activation, each, zero in product(
        ACTIVATIONS, (False, True), ((0, 0), (-128, 127), (9, -128))
    ):
        name = text_of(f"int8_{activation}_zero{text_of(zero)}", each and "per_channel")
        yield int8_layer(name, 2, 12, 6, activation, each, zero=zero)
    for each in (False, True):
        name = text_of("int8_no_bias", each and "per_channel")
        yield int8_layer(name, 2, 10, 5, each=each, bias=False)


def make_int8_functions() -> Cases:
    for shape, scale, zero, beta in product(
        ((4,), (2, 3), (1, 17), (2, 2, 3)), (0.01, 0.1, 1.0), (-128, 0, 12), (1.0, 0.5)
    ):
        options = schema.SoftmaxOptionsT(beta=beta)
        value = quantized(small(*shape, low=-128), [np.float32(scale)], [zero])
        output = quantized(np.int8(0), [1 / 256], [-128])
        name = f"softmax/int8_{text_of(shape)}_scale{scale}_zero{zero}_beta{beta}"
        if beta == 1.0 or zero == 0:
            yield single(name, "SOFTMAX", value, options=options, gives=(output,), version=2)
    every = np.arange(-128, 128, dtype=np.int8)
    for scale, zero in product((0.01, 0.05, 0.1, 0.5), (-128, -3, 0, 127)):
        output = quantized(np.int8(0), [1 / 256], [-128])
        value = quantized(every, [np.float32(scale)], [zero])
        name = f"logistic/int8_scale{scale}_zero{zero}"
        yield single(name, "LOGISTIC", value, gives=(output,), version=2)
    for shape, target in (((2, 6), [3, 4]), ((2, 6), [-1]), ((1, 2, 3), [6, 1])):
        value = quantized(small(*shape), [0.1], [4])
        output = quantized(np.int8(0), [0.1], [4])
        target = constant(target, "int32")
        name = f"reshape/int8_{text_of(shape)}_to_{text_of(target.array)}"
        yield single(name, "RESHAPE", value, target, gives=(output,))


def make_conversions() -> Cases:
    types = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
    edges = np.float32([0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.049, 1e6, -1e6, 12.75, -12.8, 0.05, 0.15])
    for (dtype, (low, high)), scale in product(types.items(), (0.1, 0.003, 1.0)):
        for zero in {0} if dtype == "int16" else {0, low, high, 3}:
            output = quantized(np.zeros((), dtype), [np.float32(scale)], [zero])
            name = f"quantize/{dtype}_scale{scale}_zero{zero}"
            yield single(name, "QUANTIZE", np.append(edges, real(6)), gives=(output,))
            numbers = whole(12, low=low, high=high, dtype=dtype)
            numbers[:2] = low, high
            value = quantized(numbers, [np.float32(scale)], [zero])
            yield single(f"de{name}", "DEQUANTIZE", value, version=2)
    for (given, gives), (scale, other) in product(
        product((*types, "int32"), types), ((0.1, 0.1), (0.1, 0.27), (0.4, 0.05))
    ):
        low, high = types.get(given, (-40000, 40000))
        zeros = [
            0 if "16" in name or "32" in name else 3 + 100 * (name[0] == "u")
            for name in (given, gives)
        ]
        value = quantized(
            whole(12, low=low, high=high, dtype=given), [np.float32(scale)], [zeros[0]]
        )
        output = quantized(np.zeros((), gives), [np.float32(other)], [zeros[1]])
        name = f"quantize/{given}_{scale}_to_{gives}_{other}"
        yield single(name, "QUANTIZE", value, gives=(output,), version=2)
    for axis, shape in ((0, (3, 4)), (1, (2, 5)), (3, (1, 2, 2, 3))):
        scale = positive(shape[axis], pool=2) / 8
        zero = np.arange(shape[axis]) - 1
        value = quantized(small(*shape), scale, zero, axis, constant=True)
        yield single(f"dequantize/per_channel_axis{axis}", "DEQUANTIZE", value, version=5)
    halves = np.float16([0, 1.5, -0.1, 65504, 6e-8, np.inf, -np.inf, np.nan])
    yield single("dequantize/float16", "DEQUANTIZE", halves, version=3)
    yield single("dequantize/float16_constant", "DEQUANTIZE", constant(halves), version=3)
    value = Value(small(4, 3), declared=(-1, 3), scale=[0.1], zero_point=[2])
    yield single("dequantize/resized", "DEQUANTIZE", value, version=2)


def make_networks() -> Cases:
    """Quantised from end to end, as converters write sensor networks."""
    for batch, inside in product((1, 2), (False, True)):
        file = File()
        graph = file.add_graph()
        shape = (-1, 8)
        scales = {"scale": [0.04], "zero_point": [-2]}
        if inside:
            given = graph.input("int8", shape, **scales)
            value, row = given, small(batch, 8)
        else:
            given = graph.input("float32", shape)
            value, row = graph.tensor("int8", shape, **scales), real(batch, 8)
            graph.operator("QUANTIZE", [given], [value], schema.QuantizeOptionsT())
        for place, (depth, units) in enumerate(((8, 12), (12, 4))):
            weights = weights_of((units, depth), 0, place == 0, pool=place + 1)
            numbers = whole(units, low=-500, high=500, pool=place)
            result = graph.tensor("int8", (-1, units), scale=[0.09], zero_point=[-7])
            tensors = [
                graph.constant(weights.array, scale=weights.scale, zero_point=weights.zero_point),
                graph.constant(
                    numbers,
                    scale=list(
                        np.float32(0.04 if place == 0 else 0.09) * np.float32(weights.scale)
                    ),
                    zero_point=weights.zero_point,
                ),
            ]
            options = schema.FullyConnectedOptionsT(
                fusedActivationFunction=ACTIVATIONS["none" if place else "relu"]
            )
            graph.operator("FULLY_CONNECTED", [value, *tensors], [result], options, version=4)
            value = result
        shares = graph.tensor("int8", (-1, 4), scale=[1 / 256], zero_point=[-128])
        graph.operator("SOFTMAX", [value], [shares], schema.SoftmaxOptionsT(beta=1.0), version=2)
        value = shares
        if not inside:
            value = graph.tensor("float32", (-1, 4))
            graph.operator("DEQUANTIZE", [shares], [value], schema.DequantizeOptionsT(), version=2)
        graph.record.outputs = [value]
        name = text_of(f"network/int8_batch{batch}", inside and "int8_inputs")
        yield Case(name, file, [[row], [np.roll(row, 1)]])


def make_cases() -> Cases:
    yield from make_hybrid_layers()
    yield from make_hybrid_convolutions()
    yield from make_hybrid_products()
    yield from make_int8_layers()
    yield from make_int8_functions()
    yield from make_conversions()
    yield from make_networks()
