"""What layers of networks need beyond their rows: filters that fit, windows, sizes to resize to."""

import numpy as np
from domains import FIXED, TERMS, ZERO_SIGNS, domain, sum_terms, tame
from kowari.operators import SHORT_NAMES
from network import LANES, conv2d, depthwise_conv2d, transpose_conv

F32 = SHORT_NAMES["f32"]
NO_LIMITS = {"low": -float(np.finfo("f4").max), "high": float(np.finfo("f4").max)}
LIMITS = [NO_LIMITS, NO_LIMITS, {"low": 0.0, "high": NO_LIMITS["high"]}, {"low": -1.0, "high": 6.0}]
WINDOWS = [  # strides, dilations, same
    ((1, 1), (1, 1), False),
    ((1, 1), (1, 1), True),
    ((2, 1), (1, 1), True),
    ((3, 2), (1, 1), False),
    ((1, 1), (2, 3), True),
    ((2, 3), (3, 1), True),
    ((1, 2), (1, 2), False),
    ((2**31 - 1, 1), (1, 2**31 - 1), False),
]


FIXED |= dict.fromkeys(
    (
        "conv2d",
        "depthwise_conv2d",
        "transpose_conv",
        "max_pool2d",
        "average_pool2d",
        "resize_bilinear",
        "resize_nearest_neighbor",
        "space_to_depth",
        "depth_to_space",
    ),
    ("c",),
)
"""Sessions hold the product of all sizes: graphs of images are for one shape."""


def set_windows(draw, case, *, dilated: bool) -> None:
    """Strides, dilations and limits from short lists, so that cases share graphs."""
    strides, dilations, same = draw.pick(WINDOWS)
    case.attributes |= dict(zip(("stride_height", "stride_width"), strides, strict=True))
    if dilated:
        case.attributes |= dict(zip(("dilation_height", "dilation_width"), dilations, strict=True))
    case.attributes |= {"same": same} | draw.pick(LIMITS)


def reals(draw, *shape: int) -> np.ndarray:
    return draw.array(F32, shape)


def give_bias(draw, case, count: int) -> None:
    if case.inputs["bias"] is not None:
        case.inputs["bias"] = reals(draw, count)


@domain("fully_connected")
def fully_connected(draw, case):
    """Rows are the last axis, or the last two."""
    case.lift_scalar()
    x = case.inputs["x"]
    n, m = x.shape[-1], len(case.inputs["weights"])
    case.attributes = {"keep_dims": draw.chance(0.5)} | draw.pick(LIMITS)
    if not case.attributes["keep_dims"] and x.ndim > 1 and x.size and draw.chance(0.4):
        n *= x.shape[-2]
    case.inputs["weights"] = reals(draw, m, n)
    give_bias(draw, case, m)
    tame(case)


@domain("pack_filters")
def pack_filters(draw, case):
    o, *rest = case.inputs["filters"].shape
    groups = case.attributes["groups"] = draw.pick([1, 1, 2, 3])
    case.inputs["filters"] = reals(draw, o * groups, *rest)


@domain("conv2d")
def convolution(draw, case):
    b, h, w, c = case.inputs["x"].shape
    groups, each = draw.pick([1, 1, 2, 3]), draw.pick([1, 3, 8, 9, 17])
    set_windows(draw, case, dilated=True)
    case.attributes |= {"groups": groups, "outputs": groups * each}
    case.inputs["x"] = reals(draw, b, h, w, c * groups)
    blocks = groups * -(-each // LANES)
    case.inputs["filters"] = reals(draw, blocks, draw.integer(1, 4), draw.integer(1, 4), c, LANES)
    give_bias(draw, case, groups * each)
    tame(case)


@domain("depthwise_conv2d")
def depthwise(draw, case):
    c = case.inputs["x"].shape[3]
    set_windows(draw, case, dilated=True)
    case.inputs["filters"] = reals(draw, 1, draw.integer(1, 4), draw.integer(1, 4), c)
    tame(case)


@domain("transpose_conv")
def transposed(draw, case):
    """Sizes that the convolution would bring to those of x, or others."""
    (b, h, w, c), (o, *_) = case.inputs["x"].shape, case.inputs["filters"].shape
    taps = [draw.integer(1, 4), draw.integer(1, 4)]
    case.inputs["filters"] = reals(draw, o, *taps, c)
    set_windows(draw, case, dilated=False)
    sizes = [b]
    for n, k, axis in zip((h, w), taps, ("stride_height", "stride_width"), strict=True):
        stride = min(case.attributes[axis], 3)
        fitting = n * stride if case.attributes["same"] else (n - 1) * stride + k
        sizes.append(max(fitting + draw.pick([0, 0, 0, -1, 2]), 0))
    case.inputs["size"] = np.array([*sizes, o], np.int32)
    tame(case)


@domain("max_pool2d", "average_pool2d")
def pool(draw, case):
    set_windows(draw, case, dilated=False)
    case.attributes |= {"height": draw.integer(1, 4), "width": draw.integer(1, 4)}


@domain("resize")
def resize(draw, case):
    """Any sizes; of nothing only nothing, but for now and then."""
    x = case.inputs["x"]
    small = 12 if x.size < 2000 else 2
    sizes = [draw.integer(0, small) if n or draw.chance(0.1) else 0 for n in x.shape[1:3]]
    if draw.chance(0.03):
        sizes[draw.integer(0, 1)] = -1
    case.inputs["size"] = np.array(sizes, np.int32)


@domain("space_to_depth", "depth_to_space")
def blocks(draw, case):
    block = case.attributes["block"] = draw.pick([1, 2, 3])
    b, h, w, c = case.inputs["x"].shape
    is_deep = draw.operator.name == "depth_to_space"
    shape = (b, h, w, c * block * block) if is_deep else (b, h * block, w * block, c)
    case.inputs["x"] = draw.array(draw.code(draw.operator.inputs[0]), shape)


# ---- sums of |terms|, and how many ----
def absolute(x):
    return None if x is None else np.abs(x)


def dense_terms(x, weights, bias, keep_dims, **_):
    n = weights.shape[1]
    rows = x.reshape(*x.shape[:-1], n) if keep_dims else x.reshape(-1, n)
    return sum_terms(rows, weights.T, 0 if bias is None else bias)


def window_terms(layer, count):
    """Of a reference that takes inputs and the attributes of windows."""

    def terms(x, filters, bias, *, size=None, outputs=None, groups=None, same, **options):
        places = [
            tuple(options[f"{name}_{d}"] for d in ("height", "width")) for name in ("stride",)
        ]
        if "dilation_height" in options:
            places.append((options["dilation_height"], options["dilation_width"]))
        given = [v for v in (size,) if v is not None]
        numbers = [v for v in (outputs, groups) if v is not None]
        strides, *dilations = places
        huge = (-np.inf, np.inf)
        sums = layer(
            np.abs(x),
            np.abs(filters),
            *given,
            absolute(bias),
            *numbers,
            strides,
            same,
            *dilations,
            *huge,
        )
        return sums.astype("f8"), count(filters)

    return terms


TERMS |= {
    "fully_connected": dense_terms,
    "conv2d": window_terms(conv2d, lambda f: int(np.prod(f.shape[1:4]))),
    "depthwise_conv2d": window_terms(depthwise_conv2d, lambda f: int(np.prod(f.shape[1:3]))),
    "transpose_conv": window_terms(transpose_conv, lambda f: int(np.prod(f.shape[1:]))),
}
ZERO_SIGNS |= dict.fromkeys(
    ("fully_connected", "conv2d", "depthwise_conv2d", "transpose_conv"), "as matmul"
)
