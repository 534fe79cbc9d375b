"""Other sizes, axes in another order, joined and split values, padding: constant and computed operands."""

from itertools import permutations, product

import numpy as np

from .common import (
    ACTIVATIONS,
    Cases,
    constant,
    of_type,
    real,
    resized,
    schema,
    single,
    text_of,
    whole,
)

TYPES = ("float32", "int32", "int64", "bool")


def integers(*numbers):
    return constant(np.array(numbers, np.int32))


def squeeze_options(axes):
    return schema.SqueezeOptionsT(squeezeDims=axes)


def make_reshape() -> Cases:
    targets = [
        ((2, 6), [3, 4]),
        ((2, 6), [12]),
        ((2, 6), [-1]),
        ((2, 6), [2, -1, 2]),
        ((1, 1), []),
        ((), [1]),
        ((0, 3), [3, 0]),
        ((0, 3), [0]),
        ((2, 3, 4), [4, 3, 2, 1]),
        ((2, 3, 4), [1, 2, 1, 3, 1, 4]),
    ]
    for shape, target in targets:
        name = f"reshape/{text_of(shape)}_to_{text_of(target)}"
        options = schema.ReshapeOptionsT(newShape=target)
        yield single(name, "RESHAPE", real(*shape), integers(*target), options=options)
        if target:
            yield single(f"{name}_by_option", "RESHAPE", real(*shape), options=options)
            values = real(*shape), np.array(target, np.int32)
            yield single(f"{name}_computed", "RESHAPE", *values)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 2, 6), integers(4, 3)
        yield single(f"reshape/{dtype}", "RESHAPE", *values, gives=(dtype,))
    values = resized(real(5, 4), (-1, 4)), integers(-1, 2)
    yield single("reshape/resized", "RESHAPE", *values)
    for shape, axes in (
        ((1, 3, 1), []),
        ((1, 3, 1), [0]),
        ((1, 3, 1), [-1]),
        ((1, 3, 1), [0, 2]),
        ((1, 1), []),
        ((2, 3), []),
        ((1, 0, 1), [2]),
    ):
        options = squeeze_options(axes)
        name = f"squeeze/{text_of(shape)}_axes{text_of(axes)}"
        yield single(name, "SQUEEZE", real(*shape), options=options)
    yield single(
        "squeeze/resized",
        "SQUEEZE",
        resized(real(4, 1, 3), (-1, 1, 3)),
        options=squeeze_options([1]),
    )
    for shape, axis in (((2, 3), 0), ((2, 3), 1), ((2, 3), 2), ((2, 3), -1), ((2, 3), -3), ((), 0)):
        name = f"expand_dims/{text_of(shape)}_axis{axis}"
        yield single(name, "EXPAND_DIMS", real(*shape), constant(axis, "int32"))
    yield single("expand_dims/computed_axis", "EXPAND_DIMS", real(2, 3), np.int32(1))
    values = whole(2, 3), constant([1], "int64")
    yield single("expand_dims/int32", "EXPAND_DIMS", *values, gives=("int32",))
    for shape, gives in product(((2, 3), (), (0, 4), (1, 2, 3, 4, 5)), ("int32", "int64")):
        options = schema.ShapeOptionsT(outType=getattr(schema.TensorType, gives.upper()))
        name = f"shape/{text_of(shape)}_{gives}"
        yield single(name, "SHAPE", real(*shape), options=options, gives=(gives,))
    values = resized(real(5, 4), (-1, 4))
    yield single("shape/resized", "SHAPE", values, options=options, gives=("int64",))
    yield single("rank/3", "RANK", real(2, 3, 1), gives=("int32",))


def make_transpose() -> Cases:
    for rank in (1, 2, 3):
        for order in permutations(range(rank)):
            shape = (2, 3, 4)[:rank]
            name = f"transpose/{text_of(shape)}_by_{text_of(order)}"
            yield single(name, "TRANSPOSE", real(*shape), integers(*order))
    for order in list(permutations(range(4)))[1::3]:
        name = f"transpose/2x3x1x4_by_{text_of(order)}"
        yield single(name, "TRANSPOSE", real(2, 3, 1, 4), integers(*order))
    for order in ((4, 3, 2, 1, 0), (0, 2, 1, 4, 3), (1, 0, 2, 4, 3)):
        name = f"transpose/2x1x3x2x2_by_{text_of(order)}"
        yield single(name, "TRANSPOSE", real(2, 1, 3, 2, 2), integers(*order))
    yield single("transpose/rank6", "TRANSPOSE", real(1, 2, 2, 1, 3, 2), integers(5, 0, 3, 1, 4, 2))
    yield single("transpose/negative", "TRANSPOSE", real(2, 3, 4), integers(-1, 0, -2))
    yield single("transpose/computed", "TRANSPOSE", real(2, 3, 4), np.int32([2, 0, 1]))
    yield single("transpose/empty", "TRANSPOSE", real(2, 0, 4), integers(2, 0, 1))
    values = resized(real(5, 2, 3), (-1, 2, 3)), integers(2, 0, 1)
    yield single("transpose/resized", "TRANSPOSE", *values)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 3, 4), integers(1, 0)
        yield single(f"transpose/{dtype}", "TRANSPOSE", *values, gives=(dtype,))
    yield single("transpose/large", "TRANSPOSE", real(33, 47), integers(1, 0))


def make_joins() -> Cases:
    for shapes, axis in (
        (((2, 3), (1, 3)), 0),
        (((2, 3), (2, 2)), 1),
        (((2, 3), (2, 2), (2, 1)), -1),
        (((2, 3), (0, 3)), 0),
        (((1, 2, 3), (1, 2, 3), (1, 4, 3)), 1),
        (((2, 1, 2, 2), (2, 3, 2, 2)), -3),
        (((3,), (1,), (2,), (4,)), 0),
        (((2, 1, 2, 1, 2), (2, 1, 2, 3, 2)), 3),
        (((2, 3),), 0),
    ):
        name = f"concatenation/{'_'.join(text_of(s) for s in shapes)}_axis{axis}"
        options = schema.ConcatenationOptionsT(axis=axis)
        values = [real(*shape, pool=k) for k, shape in enumerate(shapes)]
        yield single(name, "CONCATENATION", *values, options=options)
    for dtype in TYPES[1:]:
        values = [of_type(dtype, 2, 3, pool=k) for k in range(3)]
        options = schema.ConcatenationOptionsT(axis=1)
        yield single(
            f"concatenation/{dtype}", "CONCATENATION", *values, options=options, gives=(dtype,)
        )
    values = real(2, 3), constant(real(2, 2, pool=1))
    yield single("concatenation/constant", "CONCATENATION", *values, options=options)
    values = resized(real(4, 3), (-1, 3)), resized(real(4, 2, pool=1), (-1, 2))
    yield single("concatenation/resized", "CONCATENATION", *values, options=options)
    values = constant(real(2, 3)), constant(real(2, 2, pool=1))
    yield single("concatenation/all_constant", "CONCATENATION", *values, options=options)
    for activation in ("relu", "relu6"):
        options = schema.ConcatenationOptionsT(
            axis=0, fusedActivationFunction=ACTIVATIONS[activation]
        )
        values = real(2, 3), real(2, 3, pool=1)
        yield single(f"concatenation/{activation}", "CONCATENATION", *values, options=options)
    for shape, count, dtype in product(((), (3,), (2, 3), (2, 3, 2)), (1, 3), ("float32", "int32")):
        for axis in range(-len(shape) - 1, len(shape) + 1):
            options = schema.PackOptionsT(valuesCount=count, axis=axis)
            values = [of_type(dtype, *shape, pool=k) for k in range(count)]
            name = f"pack/{count}of{text_of(shape)}_axis{axis}_{dtype}"
            if dtype == "float32" or axis == 0:
                yield single(name, "PACK", *values, options=options, gives=(dtype,))
    for dtype in TYPES[2:]:
        options = schema.PackOptionsT(valuesCount=2, axis=1)
        values = [of_type(dtype, 2, 3, pool=k) for k in range(2)]
        yield single(f"pack/{dtype}", "PACK", *values, options=options, gives=(dtype,))
    for shape in ((3,), (2, 3), (2, 3, 4)):
        for axis in range(-len(shape), len(shape)):
            count = shape[axis]
            options = schema.UnpackOptionsT(num=count, axis=axis)
            name = f"unpack/{text_of(shape)}_axis{axis}"
            gives = ("float32",) * count
            yield single(name, "UNPACK", real(*shape), options=options, gives=gives)
    for dtype in ("int32", "bool"):
        options = schema.UnpackOptionsT(num=2, axis=0)
        yield single(
            f"unpack/{dtype}", "UNPACK", of_type(dtype, 2, 3), options=options, gives=(dtype,) * 2
        )


def make_splits() -> Cases:
    for shape, axis, count in (
        ((6,), 0, 3),
        ((2, 6), 1, 2),
        ((2, 6), -1, 6),
        ((4, 3), 0, 4),
        ((2, 4, 3), 1, 2),
        ((2, 2, 2, 4), -1, 2),
        ((2, 3), 0, 1),
    ):
        options = schema.SplitOptionsT(numSplits=count)
        gives = ("float32",) * count
        for computed in (False, True):
            place = np.int32(axis) if computed else constant(axis, "int32")
            name = text_of(
                f"split/{text_of(shape)}_axis{axis}_into{count}", computed and "computed"
            )
            yield single(name, "SPLIT", place, real(*shape), options=options, gives=gives)
    for dtype in ("int32",):
        values = constant(0, "int32"), of_type(dtype, 4, 3)
        options = schema.SplitOptionsT(numSplits=2)
        yield single(f"split/{dtype}", "SPLIT", *values, options=options, gives=(dtype,) * 2)
    values = constant(1, "int32"), resized(real(3, 4), (-1, 4))
    yield single("split/resized", "SPLIT", *values, options=options, gives=("float32",) * 2)
    for shape, axis, sizes in (
        ((6,), 0, [1, 2, 3]),
        ((2, 6), 1, [4, -1]),
        ((2, 6), -1, [-1, 1, 2]),
        ((5, 3), 0, [5]),
        ((5, 3), 0, [0, 5]),
        ((2, 5, 2), 1, [2, 0, 3]),
        ((2, 2, 2, 5), -1, [2, 3]),
    ):
        options = schema.SplitVOptionsT(numSplits=len(sizes))
        gives = ("float32",) * len(sizes)
        for computed in (False, True):
            parts = np.int32(sizes) if computed else constant(sizes, "int32")
            name = text_of(
                f"split_v/{text_of(shape)}_axis{axis}_into{text_of(sizes)}",
                computed and "computed",
            )
            values = real(*shape), parts, constant(axis, "int32")
            yield single(name, "SPLIT_V", *values, options=options, gives=gives)
    values = real(2, 5), constant([2, 3], "int64"), constant(1, "int32")
    gives = ("float32",) * 2
    yield single("split_v/sizes_int64", "SPLIT_V", *values, options=options, gives=gives)


def make_padding() -> Cases:
    pads = [
        ((4,), [[1, 2]]),
        ((2, 3), [[0, 0], [1, 0]]),
        ((2, 3), [[1, 2], [2, 1]]),
        ((2, 3, 2), [[0, 1], [1, 1], [0, 2]]),
        ((1, 3, 3, 2), [[0, 0], [1, 2], [2, 1], [0, 0]]),
        ((1, 2, 2, 1, 2), [[1, 0], [0, 1], [1, 1], [0, 0], [0, 2]]),
        ((0, 2), [[1, 1], [0, 0]]),
        ((2, 3), [[0, 0], [0, 0]]),
    ]
    for shape, amounts in pads:
        ending = f"{text_of(shape)}_by_{text_of(np.ravel(amounts))}"
        for computed, dtype in ((False, "int32"), (True, "int32"), (False, "int64")):
            table = np.array(amounts, dtype)
            name = text_of(ending, computed and "computed", dtype == "int64" and dtype)
            values = real(*shape), table if computed else constant(table)
            yield single(f"pad/{name}", "PAD", *values, options=schema.PadOptionsT())
            fill = constant(np.float32(-1.5))
            yield single(f"padv2/{name}", "PADV2", *values, fill, options=schema.PadV2OptionsT())
    for dtype in TYPES[1:]:
        values = of_type(dtype, 2, 3), integers([1, 1], [0, 2])
        yield single(f"pad/{dtype}", "PAD", *values, gives=(dtype,))
        fill = constant(np.ones(1, dtype))
        yield single(f"padv2/{dtype}", "PADV2", *values, fill, gives=(dtype,))
    values = real(2, 3), integers([1, 1], [0, 2]), np.float32(7)
    yield single("padv2/computed_value", "PADV2", *values)
    values = resized(real(3, 2), (-1, 2)), integers([1, 1], [0, 2])
    yield single("pad/resized", "PAD", *values)
    for mode, (shape, amounts) in product(
        ("REFLECT", "SYMMETRIC"),
        [
            ((5,), [[2, 1]]),
            ((3, 4), [[1, 2], [2, 1]]),
            ((2, 3), [[0, 1], [1, 0]]),
            ((2, 3, 4), [[1, 1], [0, 2], [3, 0]]),
            ((1, 3, 3, 2), [[0, 0], [2, 1], [1, 2], [0, 0]]),
        ],
    ):
        options = schema.MirrorPadOptionsT(mode=getattr(schema.MirrorPadMode, mode))
        ending = f"{mode.lower()}_{text_of(shape)}_by_{text_of(np.ravel(amounts))}"
        for computed in (False, True):
            table = np.int32(amounts)
            name = text_of(f"mirror_pad/{ending}", computed and "computed")
            values = real(*shape), table if computed else constant(table)
            yield single(name, "MIRROR_PAD", *values, options=options)
    values = whole(3, 2), integers([1, 1], [0, 1])
    yield single("mirror_pad/int32", "MIRROR_PAD", *values, options=options, gives=("int32",))


def make_repeats() -> Cases:
    for shape, times in (
        ((3,), [2]),
        ((2, 3), [2, 1]),
        ((2, 3), [1, 3]),
        ((2, 3), [2, 2]),
        ((2, 1, 2), [1, 3, 2]),
        ((2, 1, 2, 1), [2, 1, 1, 2]),
        ((2, 3), [0, 2]),
    ):
        for computed, dtype in ((False, "int32"), (True, "int32"), (False, "int64")):
            counts = np.array(times, dtype)
            name = text_of(
                f"tile/{text_of(shape)}_by_{text_of(times)}",
                computed and "computed",
                dtype == "int64" and dtype,
            )
            yield single(name, "TILE", real(*shape), counts if computed else constant(counts))
    for dtype in TYPES[1:]:
        yield single(f"tile/{dtype}", "TILE", of_type(dtype, 2, 2), integers(2, 3), gives=(dtype,))
    for shape, target in (
        ((3,), [2, 3]),
        ((1,), [4]),
        ((2, 1), [2, 3]),
        ((), [2, 2]),
        ((1, 3, 1), [2, 3, 4]),
        ((2, 1, 1), [3, 2, 2, 2]),
        ((1, 2, 1, 2, 1), [2, 2, 2, 2, 2]),
        ((2, 1), [2, 0]),
    ):
        for computed, dtype in ((False, "int32"), (True, "int32"), (False, "int64")):
            sizes = np.array(target, dtype)
            name = text_of(
                f"broadcast_to/{text_of(shape)}_to_{text_of(target)}",
                computed and "computed",
                dtype == "int64" and dtype,
            )
            values = real(*shape), sizes if computed else constant(sizes)
            yield single(name, "BROADCAST_TO", *values, version=2)
    for dtype in TYPES[1:]:
        values = of_type(dtype, 1, 2), integers(3, 2)
        yield single(f"broadcast_to/{dtype}", "BROADCAST_TO", *values, gives=(dtype,), version=3)
    for sizes, dtype in product(([3], [2, 2], [], [0, 2]), TYPES):
        value = of_type(dtype, 1)[0]
        for computed in (False, True):
            name = text_of(f"fill/{text_of(sizes)}_{dtype}", computed and "computed")
            target = np.int32(sizes)
            values = (
                target if computed else constant(target),
                value if computed else constant(value),
            )
            yield single(name, "FILL", *values, gives=(dtype,))
    target = constant([2, 3], "int64"), constant(np.float32(1.5))
    yield single("fill/sizes_int64", "FILL", *target)
    for start, limit, step in ((0, 5, 1), (2, 11, 3), (5, -5, -2), (3, 3, 1), (-3, 4, 2)):
        for dtype, computed in product(("int32", "int64", "float32"), (False, True)):
            bounds = np.array([start, limit, step], dtype)
            values = [bound if computed else constant(bound) for bound in bounds]
            name = text_of(f"range/{start}_{limit}_{step}_{dtype}", computed and "computed")
            yield single(name, "RANGE", *values, gives=(dtype,))
    values = np.float32(0), np.float32(1), np.float32(0.3)
    yield single("range/fractions", "RANGE", *values)
    for shape, axes in (
        ((4,), [0]),
        ((2, 3), [0]),
        ((2, 3), [1]),
        ((2, 3), [-1]),
        ((2, 3, 4), [1]),
        ((2, 3, 4), [0, 1]),
        ((2, 3, 4), [1, 2]),
        ((2, 3, 4), [0, 1, 2]),
        ((2, 1, 3, 2), [2]),
    ):
        name = f"reverse_v2/{text_of(shape)}_axes{text_of(axes)}"
        yield single(name, "REVERSE_V2", real(*shape), integers(*axes))
    for dtype in TYPES[1:]:
        values = of_type(dtype, 2, 3), integers(1)
        yield single(f"reverse_v2/{dtype}", "REVERSE_V2", *values, gives=(dtype,))
    values = resized(real(4, 3), (-1, 3)), integers(0)
    yield single("reverse_v2/resized", "REVERSE_V2", *values)


def make_blocks() -> Cases:
    for shape, block in (
        ((1, 4, 4, 1), 2),
        ((2, 2, 4, 3), 2),
        ((1, 3, 6, 2), 3),
        ((1, 2, 2, 4), 1),
    ):
        options = schema.SpaceToDepthOptionsT(blockSize=block)
        name = f"space_to_depth/{text_of(shape)}_block{block}"
        yield single(name, "SPACE_TO_DEPTH", real(*shape), options=options)
        options = schema.DepthToSpaceOptionsT(blockSize=block)
        deep = *shape[:3], shape[3] * block * block
        name = f"depth_to_space/{text_of(deep)}_block{block}"
        yield single(name, "DEPTH_TO_SPACE", real(*deep), options=options)
    values = resized(real(3, 4, 4, 1), (-1, 4, 4, 1))
    options = schema.SpaceToDepthOptionsT(blockSize=2)
    yield single("space_to_depth/resized", "SPACE_TO_DEPTH", values, options=options)
    for kind, code in (
        (schema.ResizeBilinearOptionsT, "RESIZE_BILINEAR"),
        (schema.ResizeNearestNeighborOptionsT, "RESIZE_NEAREST_NEIGHBOR"),
    ):
        for shape, target, (corners, half) in product(
            ((1, 2, 3, 2), (2, 4, 4, 1)),
            ((4, 6), (3, 5), (2, 2), (1, 1), (7, 4)),
            ((False, False), (True, False), (False, True)),
        ):
            options = kind(alignCorners=corners, halfPixelCenters=half)
            name = text_of(
                f"{code.lower()}/{text_of(shape)}_to_{text_of(target)}",
                corners and "align_corners",
                half and "half_pixel",
            )
            yield single(name, code, real(*shape), integers(*target), options=options, version=3)
        values = resized(real(2, 3, 3, 1), (-1, 3, 3, 1)), np.int32([5, 4])
        yield single(f"{code.lower()}/computed", code, *values, options=options, version=3)


def make_cases() -> Cases:
    yield from make_reshape()
    yield from make_transpose()
    yield from make_joins()
    yield from make_splits()
    yield from make_padding()
    yield from make_repeats()
    yield from make_blocks()
