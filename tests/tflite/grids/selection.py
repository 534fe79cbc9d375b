"""Slices, gathered and scattered elements, choices, and conversions of types."""

from itertools import product

import numpy as np

from .common import (
    Cases,
    constant,
    of_type,
    real,
    resized,
    schema,
    single,
    text_of,
    truth,
    whole,
)

TYPES = ("float32", "int32", "int64", "bool")


def both(array, dtype="int32"):
    """Yield an operand as a constant and as an input, each with a word for the name."""
    array = np.array(array, dtype)
    yield "", constant(array)
    yield "computed", array


def make_slices() -> Cases:
    for shape, begin, sizes in (
        ((5,), [1], [3]),
        ((5,), [0], [-1]),
        ((5,), [5], [0]),
        ((3, 4), [1, 0], [2, 4]),
        ((3, 4), [0, 2], [-1, -1]),
        ((2, 3, 4), [1, 1, 1], [1, 2, 3]),
        ((2, 3, 2, 3), [0, 1, 0, 2], [2, -1, 1, 1]),
        ((1, 2, 2, 2, 3), [0, 0, 1, 0, 1], [1, 2, 1, 2, 2]),
        ((3, 4), [1, 1], [0, 2]),
    ):
        for dtype, kind in (("int32", False), ("int32", True), ("int64", False)):
            places = [np.array(begin, dtype), np.array(sizes, dtype)]
            operands = places if kind else [constant(place) for place in places]
            name = text_of(
                f"slice/{text_of(shape)}_from_{text_of(begin)}_size_{text_of(sizes)}",
                kind and "computed",
                dtype == "int64" and dtype,
            )
            yield single(name, "SLICE", real(*shape), *operands)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 3, 4), constant([1, 1], "int32"), constant([2, 2], "int32")
        yield single(f"slice/{dtype}", "SLICE", *values, gives=(dtype,))
    values = resized(real(6, 2), (-1, 2)), constant([0, 1], "int32"), constant([-1, 1], "int32")
    yield single("slice/resized", "SLICE", *values)


def strided(name, shape, start, stop, strides, computed=False, dtype="float32", **masks):
    options = schema.StridedSliceOptionsT(**{f"{key}Mask": bits for key, bits in masks.items()})
    operands = [np.array(numbers, np.int32) for numbers in (start, stop, strides)]
    operands = operands if computed else [constant(operand) for operand in operands]
    words = [f"{key}{bits}" for key, bits in masks.items() if bits]
    parts = [text_of(numbers) for numbers in (shape, start, stop, strides)]
    name = text_of(
        "strided_slice/" + text_of(name, *parts),
        *words,
        dtype != "float32" and dtype,
        computed and "computed",
    )
    value = of_type(dtype, *shape)
    return single(name, "STRIDED_SLICE", value, *operands, options=options, gives=(dtype,))


def make_strided() -> Cases:
    for shape, start, stop, strides in (
        ((7,), [1], [6], [2]),
        ((7,), [6], [0], [-2]),
        ((7,), [-3], [7], [1]),
        ((7,), [-1], [-8], [-1]),
        ((7,), [2], [100], [3]),
        ((7,), [5], [2], [1]),
        ((4, 5), [1, 1], [3, 4], [1, 2]),
        ((4, 5), [-1, 4], [0, -6], [-1, -2]),
        ((3, 4, 2), [0, 1, 0], [3, 4, 2], [2, 1, 1]),
        ((2, 3, 4, 2), [0, 2, 1, 0], [2, 0, 4, 2], [1, -1, 2, 1]),
        ((2, 2, 1, 2, 3), [0, 0, 0, 0, 1], [2, 1, 1, 2, 3], [1, 1, 1, 1, 1]),
    ):
        for computed in (False, True):
            yield strided("plain", shape, start, stop, strides, computed)
    values = (3, 4, 5), [1, 1, 2], [2, 3, 4], [1, 1, 1]
    for begin, end in product(range(0, 8, 3), range(0, 8, 2)):
        yield strided("masks", *values, begin=begin, end=end)
    backwards = (3, 4), [2, 2], [0, 1], [-1, -1]
    for begin, end in product(range(4), range(4)):
        if begin or end:
            yield strided("backwards", *backwards, begin=begin, end=end)
    for shrink in range(1, 8):
        yield strided("shrink", *values, shrinkAxis=shrink)
        if shrink % 3 == 0:
            yield strided("shrink", *values, computed=True, shrinkAxis=shrink)
    yield strided("last", (4, 3), [-1, 0], [0, 3], [1, 1], shrinkAxis=1)
    yield strided("last", (4, 3), [0, -1], [4, 0], [1, 1], shrinkAxis=2, begin=1, end=1)
    # As Keras writes x[:, -1, :] and x[..., tf.newaxis].
    yield strided("step", (2, 5, 3), [0, -1, 0], [0, 0, 0], [1, 1, 1], begin=5, end=5, shrinkAxis=2)
    yield strided("axis", (2, 3), [0, 0], [0, 0], [1, 1], ellipsis=1, newAxis=2)
    for ellipsis, shape in product((1, 2, 4), ((3, 4, 5), (2, 2, 3, 3))):
        yield strided("ellipsis", shape, [0, 1, 1], [2, 2, 3], [1, 1, 1], ellipsis=ellipsis)
        yield strided(
            "ellipsis", shape, [0, 1, 1], [2, 2, 2], [1, 1, 1], ellipsis=ellipsis, begin=2, end=5
        )
    for axis in (1, 2, 4, 3, 5):
        yield strided("axis", (3, 4), [0, 1, 1], [2, 3, 4], [1, 1, 1], newAxis=axis)
    yield strided(
        "mixed",
        (4, 5),
        [0, 1, 0, 2],
        [0, 2, 0, 4],
        [1, 1, 1, 1],
        newAxis=1,
        shrinkAxis=2,
        ellipsis=4,
    )
    # An ellipsis that stands for no axis.
    for ellipsis, masks in product((1, 2, 4), ({}, {"shrinkAxis": 7}, {"begin": 3, "end": 6})):
        values = (3, 4), [1, 2, 1], [2, 3, 3], [1, 1, 1]
        yield strided("none", *values, ellipsis=ellipsis, **masks)
        yield strided("none", *values, True, ellipsis=ellipsis, **masks)
    yield strided("fewer", (4, 3, 2), [1], [3], [1])
    yield strided("fewer", (4, 3, 2), [1], [2], [1], shrinkAxis=1)
    yield strided("scalar", (4,), [2], [3], [1], shrinkAxis=1)
    yield strided("empty", (0, 3), [0, 1], [0, 3], [1, 1], begin=1, end=1)
    for dtype in TYPES[1:]:
        yield strided("type", (4, 5), [1, 1], [3, 4], [1, 2], dtype=dtype)
        yield strided("type", (4, 5), [1, 1], [3, 4], [1, 2], dtype=dtype, shrinkAxis=2)
    options = schema.StridedSliceOptionsT(beginMask=1, endMask=1, shrinkAxisMask=2)
    operands = [constant(n, "int32") for n in ([0, 1], [0, 2], [1, 1])]
    values = resized(real(5, 3), (-1, 3))
    yield single("strided_slice/resized", "STRIDED_SLICE", values, *operands, options=options)
    options = schema.StridedSliceOptionsT(offset=True)
    operands = [constant(n, "int32") for n in ([1, 1], [2, 2], [1, 1])]
    yield single(
        "strided_slice/offset", "STRIDED_SLICE", real(4, 5), *operands, options=options, version=8
    )


def make_gathered() -> Cases:
    for shape, indices, axis, batches in (
        ((5,), [0, 3, 3], 0, 0),
        ((5,), 2, 0, 0),
        ((4, 3), [[3, 0], [1, 1]], 0, 0),
        ((4, 3), [2, 0], 1, 0),
        ((4, 3), [2, 0], -1, 0),
        ((2, 3, 4), [1, 0, 1], 1, 0),
        ((2, 3, 4), [[3], [0]], 2, 0),
        ((2, 3, 4), [[1, 0], [2, 2]], 1, 1),
        ((2, 3, 4), [[1, 0], [3, 2]], 2, 1),
        ((2, 3, 4), [[[0], [1], [2]], [[3], [2], [1]]], 2, 2),
        ((2, 3), [], 0, 0),
        ((2, 1, 3, 2), [2, 1], 2, 0),
    ):
        options = schema.GatherOptionsT(axis=axis, batchDims=batches)
        for dtype, (word, places) in (
            *(("int32", pair) for pair in both(indices)),
            *(("int64", pair) for pair in both(indices, "int64")),
        ):
            name = text_of(
                f"gather/{text_of(shape)}_{text_of(np.shape(indices))}_axis{axis}",
                batches and f"batch{batches}",
                dtype,
                word,
            )
            yield single(name, "GATHER", real(*shape), places, options=options)
    options = schema.GatherOptionsT(axis=1)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 3, 4), constant([3, 1], "int32")
        yield single(f"gather/{dtype}", "GATHER", *values, options=options, gives=(dtype,))
    values = constant(real(6, 3)), resized(np.int32([[0, 5, 2]]), (1, -1))
    yield single("gather/embedding", "GATHER", *values, options=schema.GatherOptionsT())
    for shape, indices in (
        ((4,), [[1], [3]]),
        ((3, 4), [[0, 1], [2, 3]]),
        ((3, 4), [[2], [0]]),
        ((3, 4), [1]),
        ((2, 3, 2), [[[0, 1], [1, 2]], [[1, 1], [0, 0]]]),
        ((2, 3, 2), [[0, 1, 1]]),
        ((2, 2, 2, 3), [[1, 0, 1, 2], [0, 1, 0, 0]]),
    ):
        for dtype, (word, places) in (
            *(("int32", pair) for pair in both(indices)),
            *(("int64", pair) for pair in both(indices, "int64")),
        ):
            name = text_of(f"gather_nd/{text_of(shape)}_{text_of(np.shape(indices))}", dtype, word)
            yield single(name, "GATHER_ND", real(*shape), places)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 3, 4), constant([[0, 1]], "int32")
        yield single(f"gather_nd/{dtype}", "GATHER_ND", *values, gives=(dtype,))


def make_scattered() -> Cases:
    for indices, updates, shape in (
        ([[1], [3]], (2,), [5]),
        ([[0], [2]], (2, 3), [4, 3]),
        ([[0, 1], [1, 2]], (2,), [2, 3]),
        ([[1], [1]], (2, 2), [3, 2]),
        ([[[0], [2]], [[1], [3]]], (2, 2, 2), [4, 2]),
    ):
        for word, sizes in both(shape):
            name = text_of(f"scatter_nd/{text_of(np.shape(indices))}_to_{text_of(shape)}", word)
            yield single(name, "SCATTER_ND", np.int32(indices), real(*updates), sizes)
    for dtype in TYPES[1:]:
        values = constant([[2], [0]], "int32"), of_type(dtype, 2), constant([4], "int32")
        yield single(f"scatter_nd/{dtype}", "SCATTER_ND", *values, gives=(dtype,))
    for shape, part, start in (
        ((6,), (2,), [3]),
        ((6,), (2,), [5]),
        ((6,), (2,), [-4]),
        ((3, 4), (2, 2), [1, 1]),
        ((3, 4), (1, 4), [2, 0]),
        ((2, 3, 4), (1, 2, 2), [1, 5, 1]),
    ):
        for dtype in ("int32", "int64"):
            for word, place in both(start, dtype):
                name = text_of(
                    f"dynamic_update_slice/{text_of(shape)}_part{text_of(part)}_at_{text_of(start)}",
                    dtype,
                    word,
                )
                values = real(*shape), real(*part, pool=1), place
                yield single(name, "DYNAMIC_UPDATE_SLICE", *values)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 3, 4), of_type(dtype, 2, 2, pool=1), constant([0, 2], "int32")
        name = f"dynamic_update_slice/{dtype}"
        yield single(name, "DYNAMIC_UPDATE_SLICE", *values, gives=(dtype,))


def make_choices() -> Cases:
    for code, (condition, a, b) in (
        ("SELECT", ((2, 3), (2, 3), (2, 3))),
        ("SELECT", ((2,), (2, 3), (2, 3))),
        ("SELECT", ((), (2, 3), (2, 3))),
        ("SELECT", ((4,), (4,), (4,))),
        ("SELECT_V2", ((2, 3), (2, 3), (2, 3))),
        ("SELECT_V2", ((3,), (2, 3), (2, 3))),
        ("SELECT_V2", ((2, 1), (2, 3), (3,))),
        ("SELECT_V2", ((2, 3), (), (2, 3))),
        ("SELECT_V2", ((2, 3), (1,), ())),
        ("SELECT_V2", ((), (2, 3), (2, 3))),
        ("SELECT_V2", ((2, 1, 3), (1, 4, 1), (2, 4, 3))),
        ("SELECT_V2", ((2, 1, 2, 1), (2, 3), (1, 2, 1, 3))),
        ("SELECT_V2", ((0, 3), (0, 3), (3,))),
    ):
        for dtype in TYPES:
            name = f"{code.lower()}/{text_of(condition)}_{text_of(a)}_{text_of(b)}_{dtype}"
            values = truth(*condition), of_type(dtype, *a), of_type(dtype, *b, pool=1)
            yield single(name, code, *values, gives=(dtype,))
    values = resized(truth(5, 1), (-1, 1)), real(5, 3), constant(np.float32(-1))
    yield single(
        "select_v2/resized", "SELECT_V2", values[0], resized(values[1], (-1, 3)), values[2]
    )
    for shape in ((6,), (2, 3), (2, 2, 2), (0, 3)):
        yield single(f"where/{text_of(shape)}", "WHERE", truth(*shape), gives=("int64",))
    yield single("where/float32", "WHERE", np.float32([0, 1.5, -0.0, 2]), gives=("int64",))
    yield single("where/none", "WHERE", np.zeros((2, 3), bool), gives=("int64",))
    for shape, k in (((6,), 2), ((2, 5), 3), ((2, 5), 5), ((2, 2, 4), 1), ((3, 20), 7)):
        for word, count in both(k):
            name = text_of(f"topk_v2/{text_of(shape)}_k{k}", word)
            yield single(name, "TOPK_V2", real(*shape), count, gives=("float32", "int32"))
    ties = np.float32([[1, 3, 3, 1, 3], [0, 0, -0.0, 0, 0]])
    values = ties, constant(4, "int32")
    yield single("topk_v2/ties", "TOPK_V2", *values, gives=("float32", "int32"))
    values = whole(2, 6), constant(3, "int32")
    yield single("topk_v2/int32", "TOPK_V2", *values, gives=("int32", "int32"))
    for indices, depth, axis, gives in (
        ([0, 2, 1], 3, -1, "float32"),
        ([0, 2, 1], 3, 0, "float32"),
        ([[0, 5], [-1, 1]], 3, 1, "float32"),
        ([[0, 1], [2, 1]], 3, -1, "int32"),
        (1, 4, -1, "float32"),
        ([0, 2, 1], 3, -1, "bool"),
        ([0, 2, 1], 3, -1, "int64"),
    ):
        options = schema.OneHotOptionsT(axis=axis)
        on, off = (constant(np.array(n, gives)) for n in (1, 0))
        for word, places in both(indices):
            name = text_of(
                f"one_hot/{text_of(np.shape(indices))}_depth{depth}_axis{axis}_{gives}", word
            )
            values = places, constant(depth, "int32"), on, off
            yield single(name, "ONE_HOT", *values, options=options, gives=(gives,))
    on, off = constant(np.float32(2.5)), constant(np.float32(-1))
    values = constant([0, 2], "int64"), np.int32(4), on, off
    yield single("one_hot/computed_depth", "ONE_HOT", *values, options=options)


def make_casts() -> Cases:
    numbers = {
        "float32": np.float32([0, 1, -1, 1.5, -1.5, 2.5, 100.75, -0.25]),
        "int32": np.int32([0, 1, -1, 100, -100, 70000]),
        "int64": np.int64([0, 1, -1, 100, 2**40 + 1]),
        "bool": np.array([True, False, True]),
        "int16": np.int16([0, 1, -1, 300]),
        "int8": np.int8([0, 1, -1, 127, -128]),
        "uint8": np.uint8([0, 1, 255]),
        "float16": np.float16([0, 1.5, -1.5, 0.1]),
        "float64": np.float64([0, 1.5, -1.5, 0.1, 1e10]),
    }
    for given, gives in product(numbers, numbers):
        options = schema.CastOptionsT(
            inDataType=getattr(schema.TensorType, given.upper()),
            outDataType=getattr(schema.TensorType, gives.upper()),
        )
        values = numbers[given]
        if gives.startswith("u"):
            values = np.abs(values)
        if given.startswith("float") and "int" in gives and gives != "int64":
            values = values[np.abs(values) < 127]  # beyond, machines differ
        yield single(f"cast/{given}_to_{gives}", "CAST", values, options=options, gives=(gives,))
    yield single("cast/scalar", "CAST", np.int32(3), gives=("float32",))
    yield single("cast/empty", "CAST", np.zeros((0, 2), np.int32), gives=("float32",))
    yield single("cast/no_options", "CAST", whole(2, 3), gives=("float32",))
    values = resized(whole(4, 2), (-1, 2))
    yield single("cast/resized", "CAST", values, gives=("float32",))


def make_cases() -> Cases:
    yield from make_slices()
    yield from make_strided()
    yield from make_gathered()
    yield from make_scattered()
    yield from make_choices()
    yield from make_casts()
