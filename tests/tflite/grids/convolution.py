"""Convolutions, plain, depthwise and transposed, and pooling: strides, dilations, padding, groups, batches."""

from itertools import product

import numpy as np

from .common import (
    ACTIVATIONS,
    PADDINGS,
    Cases,
    constant,
    real,
    resized,
    schema,
    single,
    text_of,
)

STRIDES = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 2)]
DILATIONS = [(1, 1), (2, 1), (2, 3)]
KERNELS = [(1, 1), (3, 3), (1, 4), (3, 2), (5, 5)]


def conv_options(padding, stride, dilation=(1, 1), activation="none"):
    return schema.Conv2DOptionsT(
        padding=PADDINGS[padding],
        strideH=stride[0],
        strideW=stride[1],
        dilationHFactor=dilation[0],
        dilationWFactor=dilation[1],
        fusedActivationFunction=ACTIVATIONS[activation],
    )


def conv(
    stride=(1, 1),
    dilation=(1, 1),
    padding="same",
    activation="none",
    size=(1, 6, 5, 2),
    kernel=(3, 3),
    filters=3,
    groups=1,
    note="",
    **keywords,
):
    weights = real(filters, *kernel, size[3] // groups, pool=1) / 2
    name = text_of(
        f"conv2d/stride{text_of(stride)}",
        f"dil{text_of(dilation)}",
        padding,
        activation,
        f"kernel{text_of(kernel)}",
        f"batch{size[0]}",
        groups > 1 and f"groups{groups}_filters{filters}",
        note,
    )
    return single(
        name,
        "CONV_2D",
        keywords.get("image", real(*size)),
        keywords.get("weights", constant(weights)),
        *([constant(real(filters, pool=2))] if keywords.get("bias", True) else []),
        options=conv_options(padding, stride, dilation, activation),
        version=keywords.get("version", 1),
    )


def make_convolutions() -> Cases:
    for stride, dilation, padding, activation in product(STRIDES, DILATIONS, PADDINGS, ACTIVATIONS):
        if max(stride) == 1 or max(dilation) == 1 or activation == "relu6":
            yield conv(stride, dilation, padding, activation, size=(1, 8, 9, 2))
    for kernel, padding, stride in product(KERNELS, PADDINGS, STRIDES[::3]):
        if kernel != (3, 3):
            yield conv(stride, padding=padding, kernel=kernel)
    for batch, stride, padding in product((2, 3), STRIDES[::3], PADDINGS):
        yield conv(stride, (1, 1), padding, "relu6", (batch, 5, 4, 3), (2, 2))
    for groups, filters, padding in product((2, 4), (4, 8), PADDINGS):
        size = (2, 4, 4, 4)
        yield conv(padding=padding, size=size, filters=filters, groups=groups)
    for size, kernel in (((1, 1, 12, 3), (1, 5)), ((2, 12, 1, 3), (5, 1)), ((1, 2, 2, 1), (5, 5))):
        yield conv(size=size, kernel=kernel, note=f"size{text_of(size)}")
    for size, filters, stride in (
        ((1, 12, 13, 16), 24, 1),
        ((2, 9, 9, 32), 17, 2),
        ((1, 7, 30, 5), 33, 1),
    ):
        name = f"size{text_of(size)}_filters{filters}"
        yield conv((stride, stride), size=size, filters=filters, activation="relu6", note=name)
    yield conv(size=(0, 4, 4, 2), note="empty")
    yield conv(size=(1, 4, 4, 1), filters=1, note="one_channel")
    for channels, filters in product((1, 3, 8, 17), (4, 7, 8, 16, 19)):
        name = f"channels{channels}_filters{filters}"
        yield conv(size=(1, 5, 3, channels), filters=filters, activation="relu", note=name)
    yield conv(weights=real(3, 3, 3, 2, pool=1), note="computed_weights")
    yield conv(image=np.full((1, 4, 4, 2), np.nan, np.float32), note="nan", activation="relu6")
    for sizes, declared in (
        ((3, 4, 4, 2), (-1, 4, 4, 2)),
        ((1, 7, 6, 2), (1, -1, -1, 2)),
        ((2, 3, 9, 2), (-1, -1, -1, 2)),
    ):
        for padding in PADDINGS:
            weights = constant(real(2, 1, 1, 2, pool=1))
            image = resized(real(*sizes), declared)
            name = f"resized{text_of(sizes)}"
            yield conv((2, 2), padding=padding, image=image, weights=weights, filters=2, note=name)
    for version in (2, 3, 5):
        yield conv(version=version, note=f"version{version}")


def depthwise(
    stride=(1, 1),
    dilation=(1, 1),
    padding="same",
    activation="none",
    size=(1, 6, 5, 3),
    kernel=(3, 3),
    multiplier=1,
    note="",
    **keywords,
):
    channels = size[3] * multiplier
    name = text_of(
        f"depthwise_conv2d/stride{text_of(stride)}",
        f"dil{text_of(dilation)}",
        padding,
        activation,
        f"kernel{text_of(kernel)}",
        f"multiplier{multiplier}",
        f"batch{size[0]}",
        note,
    )
    return single(
        name,
        "DEPTHWISE_CONV_2D",
        keywords.get("image", real(*size)),
        constant(real(1, *kernel, channels, pool=1)),
        *([constant(real(channels, pool=2))] if keywords.get("bias", True) else []),
        options=schema.DepthwiseConv2DOptionsT(
            padding=PADDINGS[padding],
            strideH=stride[0],
            strideW=stride[1],
            dilationHFactor=dilation[0],
            dilationWFactor=dilation[1],
            depthMultiplier=multiplier,
            fusedActivationFunction=ACTIVATIONS[activation],
        ),
    )


def make_depthwise() -> Cases:
    for stride, dilation, padding, activation in product(
        STRIDES, DILATIONS, PADDINGS, ("none", "relu6")
    ):
        if max(stride) == 1 or max(dilation) == 1:
            yield depthwise(stride, dilation, padding, activation, size=(1, 8, 7, 3))
    for multiplier, stride, padding in product((2, 3, 8), STRIDES[::3], PADDINGS):
        yield depthwise(stride, padding=padding, multiplier=multiplier, size=(2, 4, 5, 2))
    for activation, size in product(("relu", "relu1"), ((1, 5, 5, 4), (2, 3, 3, 9))):
        yield depthwise(activation=activation, size=size, note=f"size{text_of(size)}")
    for kernel, padding in product(KERNELS, PADDINGS):
        if kernel != (3, 3):
            yield depthwise(padding=padding, kernel=kernel)
    for channels, multiplier in product((4, 7, 8, 16, 19), (1, 2)):
        name = f"channels{channels}"
        yield depthwise(size=(1, 4, 3, channels), multiplier=multiplier, note=name)
    yield depthwise(bias=False, note="no_bias")
    yield depthwise(size=(1, 4, 4, 1), multiplier=4, note="one_channel")
    for sizes, declared in (((3, 4, 4, 3), (-1, 4, 4, 3)), ((2, 3, 8, 3), (-1, -1, -1, 3))):
        name = f"resized{text_of(sizes)}"
        yield depthwise((2, 2), image=resized(real(*sizes), declared), kernel=(1, 1), note=name)


def make_transposed() -> Cases:
    for stride, padding, kernel, bias in product(
        ((1, 1), (2, 2), (2, 1), (3, 2)), PADDINGS, ((1, 1), (3, 3), (2, 4)), (False, True)
    ):
        rows, columns = 3, 4
        if padding == "same":
            target = rows * stride[0], columns * stride[1]
        else:
            target = [
                (n - 1) * s + max(k, s)
                for n, s, k in zip((rows, columns), stride, kernel, strict=True)
            ]
        values = [
            constant([2, *target, 3], "int32"),
            constant(real(3, *kernel, 2, pool=1)),
            real(2, rows, columns, 2),
        ]
        if bias:
            values.append(constant(real(3, pool=2)))
        name = text_of(
            f"transpose_conv/stride{text_of(stride)}",
            padding,
            f"kernel{text_of(kernel)}",
            bias and "bias",
        )
        options = schema.TransposeConvOptionsT(
            padding=PADDINGS[padding], strideH=stride[0], strideW=stride[1]
        )
        yield single(name, "TRANSPOSE_CONV", *values, options=options, version=3 if bias else 1)
    for activation in ("relu", "relu1", "relu6"):
        options = schema.TransposeConvOptionsT(
            padding=PADDINGS["same"],
            strideH=2,
            strideW=2,
            fusedActivationFunction=ACTIVATIONS[activation],
        )
        values = [
            constant([1, 4, 4, 2], "int32"),
            constant(real(2, 3, 3, 3, pool=1)),
            real(1, 2, 2, 3),
            constant(real(2, pool=2)),
        ]
        name = f"transpose_conv/{activation}"
        yield single(name, "TRANSPOSE_CONV", *values, options=options, version=4)
    values[0] = np.int32([1, 4, 4, 2])
    yield single("transpose_conv/computed", "TRANSPOSE_CONV", *values, options=options, version=4)


def pool(code, stride, padding, activation, window, size, note="", image=None):
    options = schema.Pool2DOptionsT(
        padding=PADDINGS[padding],
        strideH=stride[0],
        strideW=stride[1],
        filterHeight=window[0],
        filterWidth=window[1],
        fusedActivationFunction=ACTIVATIONS[activation],
    )
    name = text_of(
        f"{code.lower()}/stride{text_of(stride)}",
        padding,
        activation,
        f"window{text_of(window)}",
        f"size{text_of(size)}",
        note,
    )
    return single(name, code, real(*size) if image is None else image, options=options)


def make_pools() -> Cases:
    for code in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        for stride, padding, window in product(
            STRIDES, PADDINGS, ((1, 1), (2, 2), (3, 2), (1, 4), (5, 5))
        ):
            yield pool(code, stride, padding, "none", window, (1, 6, 7, 3))
        for activation, padding in product(("relu", "relu1", "relu6"), PADDINGS):
            yield pool(code, (2, 2), padding, activation, (2, 3), (2, 5, 6, 2))
        yield pool(code, (1, 1), "valid", "none", (6, 5), (3, 6, 5, 1), "global")
        yield pool(code, (2, 2), "same", "none", (9, 9), (1, 3, 3, 2), "window_above_size")
        image = np.array(real(1, 4, 4, 2))
        image[0, 1, 2, 0], image[0, 3, 3, 1] = np.inf, -np.inf
        yield pool(code, (2, 2), "same", "none", (2, 2), (1, 4, 4, 2), "infinite", image)
        for sizes, declared in (((3, 4, 4, 2), (-1, 4, 4, 2)), ((2, 6, 9, 2), (-1, -1, -1, 2))):
            for padding in PADDINGS:
                image = resized(real(*sizes), declared)
                window = (2, 2) if padding == "same" else (1, 1)
                yield pool(code, (2, 2), padding, "none", window, sizes, "resized", image)


def make_cases() -> Cases:
    yield from make_convolutions()
    yield from make_depthwise()
    yield from make_transposed()
    yield from make_pools()
