"""Sums, means, extremes and their places, any and all, running sums: axes, kept sizes, types."""

from itertools import product

import numpy as np

from .common import Cases, constant, of_type, real, resized, schema, single, text_of, truth, whole
from .control import apply, finish, one, start_case

AXES = [
    ((5,), [0]),
    ((2, 3), [0]),
    ((2, 3), [1]),
    ((2, 3), [-1]),
    ((2, 3, 4), [1]),
    ((2, 3, 4), [0, 2]),
    ((2, 3, 4), [-1, -2]),
    ((2, 3, 4), [0, 1, 2]),
    ((2, 3, 2, 4), [1, 2]),
    ((2, 3, 2, 4), [3, 0]),
    ((2, 1, 3, 1, 2), [1, 3]),
    ((2, 3, 4), []),
]
REDUCTIONS = ("SUM", "MEAN", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN")


def reduce(name, code, values, axes, keep=False, dtype="float32"):
    options = schema.ReducerOptionsT(keepDims=keep)
    name = text_of(f"{code.lower()}/{name}", keep and "keep_dims")
    return single(name, code, values, axes, options=options, gives=(dtype,))


def make_reductions(code: str) -> Cases:
    for (shape, axes), keep in product(AXES, (False, True)):
        name = f"{text_of(shape)}_axes{text_of(axes)}"
        yield reduce(name, code, real(*shape), constant(axes, "int32"), keep)
    yield reduce("computed_axes", code, real(2, 3, 4), np.int32([0, -1]))
    yield reduce("computed_axes", code, real(2, 3, 4), np.int32([1]), True)
    yield reduce("repeated_axes", code, real(2, 3, 4), constant([1, -2, 1], "int32"))
    yield reduce("scalar_axis", code, real(2, 3), constant(1, "int32"))
    yield reduce("scalar", code, real(), constant(np.zeros(0), "int32"))
    yield reduce("empty", code, real(0, 3), constant([0], "int32"))
    yield reduce("long", code, real(3, 1000), constant([1], "int32"))
    yield reduce("resized", code, resized(real(3, 5), (-1, -1)), constant([0], "int32"), True)
    odd = np.float32([[np.nan, 1, 2], [np.inf, 0, 1], [-np.inf, np.inf, 0]])
    yield reduce("special", code, odd, constant([1], "int32"))
    for dtype, (shape, axes) in product(("int32", "int64"), AXES[1:8:2]):
        name = f"{dtype}_{text_of(shape)}_axes{text_of(axes)}"
        yield reduce(name, code, of_type(dtype, *shape), constant(axes, "int32"), dtype=dtype)


def make_logic(code: str) -> Cases:
    for (shape, axes), keep in product(AXES[1::2], (False, True)):
        name = f"{text_of(shape)}_axes{text_of(axes)}"
        yield reduce(name, code, truth(*shape), constant(axes, "int32"), keep, "bool")
    yield reduce("empty", code, truth(0, 3), constant([0], "int32"), dtype="bool")
    yield reduce("computed_axes", code, truth(2, 3, 4), np.int32([0]), dtype="bool")


def make_places(code: str) -> Cases:
    kind = {"ARG_MAX": schema.ArgMaxOptionsT, "ARG_MIN": schema.ArgMinOptionsT}[code]
    name = code.lower()
    shapes = ((7,), (2, 3), (2, 3, 4), (2, 2, 3, 2))
    for shape, gives in product(shapes, ("int32", "int64")):
        options = kind(outputType=getattr(schema.TensorType, gives.upper()))
        for axis in range(-len(shape), len(shape)):
            case = f"{name}/{text_of(shape)}_axis{axis}_{gives}"
            values = real(*shape), constant(axis, "int32")
            yield single(case, code, *values, options=options, gives=(gives,))
    options = kind(outputType=schema.TensorType.INT32)
    ties = np.float32(
        [[1, 3, 3, 1], [2, 2, 2, 2], [1, 0, 0, 4]]
    )  # with NaN LiteRT's depend on sizes
    for case, values, axis in (
        ("ties", ties, constant([1], "int32")),
        ("int32", whole(3, 4), constant(1, "int32")),
        ("bool", truth(3, 4), constant(1, "int32")),
        ("axis_int64", real(3, 4), constant(1, "int64")),
        ("computed_axis", real(3, 4), np.int32([0])),
        ("resized", resized(real(3, 4), (-1, 4)), constant([-1], "int32")),
        ("long", real(2, 500), constant([1], "int32")),
    ):
        yield single(f"{name}/{case}", code, values, axis, options=options, gives=("int32",))


def make_running() -> Cases:
    for shape, exclusive, reverse in product(
        ((5,), (2, 3), (2, 3, 4)), (False, True), (False, True)
    ):
        options = schema.CumsumOptionsT(exclusive=exclusive, reverse=reverse)
        for axis in range(-len(shape), len(shape)):
            name = text_of(
                f"cumsum/{text_of(shape)}_axis{axis}",
                exclusive and "exclusive",
                reverse and "reverse",
            )
            values = real(*shape), constant(axis, "int32")
            yield single(name, "CUMSUM", *values, options=options)
    for dtype in ("int32", "int64"):
        values = of_type(dtype, 3, 4), constant(0, "int32")
        yield single(f"cumsum/{dtype}", "CUMSUM", *values, options=options, gives=(dtype,))
    yield single("cumsum/computed_axis", "CUMSUM", real(3, 4), np.int32(1), options=options)
    values = resized(real(5, 3), (-1, 3)), constant(0, "int32")
    yield single("cumsum/resized", "CUMSUM", *values, options=options)


def make_folded() -> Cases:
    """Axes that operators compute of constants, and of how many axes there are."""
    shape = (2, 3, 4)
    reducing = schema.ReducerOptionsT()
    places = schema.ArgMaxOptionsT(outputType=schema.TensorType.INT32)
    for code, options, dtype, gives in (
        *((code, reducing, "float32", "float32") for code in REDUCTIONS),
        *((code, reducing, "bool", "bool") for code in ("REDUCE_ANY", "REDUCE_ALL")),
        ("ARG_MAX", places, "float32", "int32"),
        ("CUMSUM", schema.CumsumOptionsT(), "float32", "float32"),
    ):
        graph, [x] = start_case((dtype, shape))
        rank = apply(graph, "RANK", [x], "int32", (), schema.RankOptionsT())
        if options is reducing:
            values, numbers = [one(graph), rank, one(graph)], schema.RangeOptionsT()
            axes = apply(graph, "RANGE", values, "int32", (2,), numbers)
        else:
            values = [rank, one(graph, 2)]
            axes = apply(graph, "SUB", values, "int32", (), schema.SubOptionsT())
        outputs = [apply(graph, code, [x, axes], gives, None, options)]
        yield finish(f"{code.lower()}/folded_axes", graph, outputs, [of_type(dtype, *shape)])

    graph, [x] = start_case(("float32", shape))
    wide = graph.constant(np.int64([0, 2]))
    axes = apply(graph, "CAST", [wide], "int32", (2,), schema.CastOptionsT())
    outputs = [apply(graph, "MEAN", [x, axes], "float32", None, reducing)]
    yield finish("mean/converted_axes", graph, outputs, [real(*shape)])


def make_cases() -> Cases:
    for code in REDUCTIONS:
        yield from make_reductions(code)
    for code in ("REDUCE_ANY", "REDUCE_ALL"):
        yield from make_logic(code)
    for code in ("ARG_MAX", "ARG_MIN"):
        yield from make_places(code)
    yield from make_running()
    yield from make_folded()
