"""What quantised layers need beyond their rows: scales that fit, multipliers."""

import numpy as np
import quantized
from domains import domain
from kowari.operators import SHORT_NAMES

I8, U8, I16, F32 = (SHORT_NAMES[name] for name in ("i8", "u8", "i16", "f32"))


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


@domain("dense_i8")
def dense_i8(draw, case):
    outputs = len(case.inputs["weights"])
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
    case.lift_scalar()


@domain("hybrid_dense")
def hybrid_dense(draw, case):
    case.inputs["weights_scale"] = scales(draw, len(case.inputs["weights"]), np.float32)
