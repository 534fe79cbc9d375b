"""What quantised layers need beyond their rows: scales that fit, multipliers, whole LSTM layers."""

import numpy as np
import quantized
from domains import FIXED, TERMS, domain
from kowari.operators import SHORT_NAMES

I8, U8, I16, F32 = (SHORT_NAMES[name] for name in ("i8", "u8", "i16", "f32"))
F4 = np.float32

FIXED["lstm"] = ("x.2", "h.1", "c.1", *(f"w{i}.{d}" for i in range(22) for d in range(2)))
TERMS["lstm"] = lambda x, **_: (np.float64(x.size > 0), 2)


def scales(draw, count: int, dtype) -> np.ndarray:
    """One, or one for each; now and then a value that no file should have."""
    x = draw.rng.uniform(0.001, 0.1, draw.pick([1, count])).astype(dtype)
    if draw.chance(0.2):
        x[:] = draw.pick([0.0, np.nan, np.inf, -0.5, 1e-40])
    return x


def give_scales(draw, case, x) -> None:
    size = x.shape[case.attributes["axis"]] if case.attributes["axis"] < x.ndim else 1
    scale = case.inputs["scale"] = scales(draw, size, np.float32)
    zero = draw.rng.integers(-128, 128, scale.shape, np.int32)
    case.inputs["zero"] = draw.pick([zero, zero, np.full_like(zero, -(2**31))])


@domain("quantize")
def quantize(draw, case):
    """Reals that come to be integers in range, most of them; halves."""
    case.lift_scalar()
    case.attributes["to"] = draw.pick([I8, U8, I16, I16, F32 if draw.chance(0.05) else I8])
    x = case.inputs["x"]
    give_scales(draw, case, x)
    if draw.chance(0.7):
        scale = quantized.spread(case.inputs["scale"], x, case.attributes["axis"])
        case.inputs["x"] = (draw.rng.integers(-400, 400, x.shape) / 2 * scale).astype("f4")


@domain("dequantize")
def dequantize(draw, case):
    case.lift_scalar()
    give_scales(draw, case, case.inputs["x"])


@domain("requantize")
def requantize(draw, case):
    codes = [*map(SHORT_NAMES.get, ("i8", "u8", "i16", "i32"))]
    case.attributes = {
        "to": draw.pick(codes if draw.chance(0.95) else [F32]),
        "multiplier": draw.pick([0, 1 << 30, (1 << 31) - 1, draw.integer(1 << 30, (1 << 31) - 1)]),
        "shift": draw.pick([-31, 0, 1, 30, draw.integer(-12, 8), draw.integer(-12, 8)]),
        "x_zero": draw.pick([0, draw.integer(-128, 255), -(2**31)]),
        "y_zero": draw.pick([0, draw.integer(-128, 255), 2**31 - 1]),
    }


def lead_shape(draw, case) -> tuple:
    """Up to two sizes of rows; few where the scenario is a large one."""
    if draw.chance(0.1):
        return (0,)
    most = 2 if max(case.inputs["weights"].shape) > 500 else 9
    return tuple(draw.integer(1, most) for _ in range(draw.integer(0, 2)))


@domain("dense_i8")
def dense_i8(draw, case):
    outputs, n = case.inputs["weights"].shape
    case.inputs["x"] = draw.array(I8, (*lead_shape(draw, case), n))
    case.inputs["scale"] = scales(draw, outputs, np.float64) * draw.pick([1, 0.1, 0.01])


@domain("softmax_i8")
def softmax_i8(draw, case):
    case.lift_scalar()
    case.inputs["x"] = case.inputs["x"][..., :4095]
    case.attributes = {
        "multiplier": draw.pick([0, 1 << 30, draw.integer(1 << 30, (1 << 31) - 1)]),
        "shift": draw.pick([0, 31, *[draw.integer(15, 26) for _ in range(6)]]),
        "lowest": draw.pick([-255, -255, 0, draw.integer(-255, 0)]),
    }


@domain("quantize_rows")
def quantize_rows(draw, case):
    while case.inputs["x"].ndim < 2:
        case.inputs["x"] = case.inputs["x"][None]
    rank = case.inputs["x"].ndim
    case.attributes["axis"] = draw.integer(1, rank - 1 + draw.chance(0.03))


@domain("hybrid_dense")
def hybrid_dense(draw, case):
    """Rows, and weights for each of their groups."""
    outputs, n = case.inputs["weights"].shape
    groups = case.attributes["groups"] = draw.pick([1, 1, 2, 3]) if outputs < 500 else 1
    lead = lead_shape(draw, case)
    lead = (*lead, groups, draw.integer(1, 4)) if groups > 1 else lead
    case.inputs["x"] = draw.array(I16, (*lead, n))
    case.inputs["scale"] = draw.array(F32, lead)
    case.inputs["weights"] = draw.array(I8, (groups * outputs, n))
    case.inputs["weights_scale"] = scales(draw, outputs, np.float32)
    if case.inputs["bias"] is not None:
        case.inputs["bias"] = draw.array(F32, (outputs,))


@domain("hybrid_conv2d", "hybrid_depthwise_conv2d")
def hybrid_convolution(draw, case):
    """Small images, windows that reach outside, groups of channels."""
    depthwise = draw.operator.name == "hybrid_depthwise_conv2d"
    depth, groups, each = (draw.integer(1, n) for n in (1 if depthwise else 20, 3, 4))
    taps, image = ((draw.integer(1, 4), draw.integer(1, 4)) for _ in range(2))
    image = tuple(draw.integer(0, 1) + 2 * n for n in image)
    for axis in ("height", "width"):
        case.attributes[f"stride_{axis}"] = draw.integer(1, 3)
        case.attributes[f"dilation_{axis}"] = draw.pick([1, 1, 2])
    batch, outputs = draw.pick([0, 1, 1, 2]), groups * each
    case.inputs = {
        "x": draw.array(I16, (batch, *image, groups * depth)),
        "scale": draw.array(F32, (batch,)),
        "filters": draw.array(I8, (1, *taps, outputs) if depthwise else (outputs, *taps, depth)),
        "filters_scale": scales(draw, outputs, np.float32),
        "bias": draw.pick([None, draw.array(F32, (outputs,))]),
    }


def draw_weights(draw, is_hybrid: bool, sizes: tuple[int, int, int]) -> list:
    """The 21 tensors of an LSTM layer and their scales, some of the optional ones absent."""
    inputs, cells, outputs = sizes
    share = 1 / np.sqrt(max(inputs + outputs, 1))

    def weights(*shape):
        if is_hybrid:
            return draw.rng.integers(-127, 128, shape, np.int8)
        return (draw.rng.standard_normal(shape) * share).astype("f4")

    def vector(size):
        return draw.rng.standard_normal(size).astype("f4")

    has = {name: draw.chance(0.5) for name in ("input gate", "peephole", "bias", "norm")}
    w = [weights(cells, inputs) for _ in range(4)] + [weights(cells, outputs) for _ in range(4)]
    w += [weights(cells) if has["peephole"] else None for _ in range(3)]
    w += [vector(cells) for _ in range(4)]
    w.append(weights(outputs, cells) if outputs != cells or draw.chance(0.3) else None)
    w.append(vector(outputs) if w[15] is not None and has["bias"] else None)
    w += [vector(cells) if has["norm"] else None for _ in range(4)]
    w.append(draw.rng.uniform(0.2, 1, 16).astype("f4") * F4(share / 127) if is_hybrid else None)
    if not has["input gate"]:
        w[0] = w[4] = w[8] = w[11] = w[17] = None
    return w


def draw_layer(draw, case) -> None:
    is_hybrid = draw.typing["w"] == I8
    inputs, cells, outputs = (draw.integer(1, 20) for _ in range(3))
    outputs = draw.pick([cells, cells, outputs])
    batch, steps = draw.pick([0, 1, 1, 2, 3]), draw.integer(0, 2 if is_hybrid else 5)
    time_major = case.attributes["time_major"] = draw.chance(0.5)
    lead = draw.pick([(batch,), (steps, batch) if time_major else (batch, steps)])
    x = draw.rng.standard_normal((*lead, inputs)).astype("f4")
    if draw.chance(0.2):
        x[draw.rng.random(x.shape) < 0.3] = draw.pick([np.nan, np.inf, -np.inf, 0.0])
    h, c = (draw.rng.uniform(-1, 1, (batch, n)).astype("f4") for n in (outputs, cells))
    flat = draw.chance(0.2)
    w = draw_weights(draw, is_hybrid, (inputs, cells, outputs))
    case.inputs = {"x": x, "h": h.ravel() if flat else h, "c": c.ravel() if flat else c, "w": w}
    for name in ("cell_clip", "projection_clip"):
        case.attributes[name] = draw.pick([0.0, 0.25, 10.0])


@domain("lstm")
def lstm(draw, case):
    """Layers whose states, where they become integers, are not near a tie: sums may differ in the last bit."""
    while True:
        draw_layer(draw, case)
        a = case.attributes
        clips = a["cell_clip"], a["projection_clip"]
        layer = quantized.Lstm(case.inputs["w"], a["time_major"], clips, a["asymmetric"])
        with np.errstate(all="ignore"):
            layer.run(*(case.inputs[name] for name in "xhc"))
        if layer.margin > 1e-3:
            return
