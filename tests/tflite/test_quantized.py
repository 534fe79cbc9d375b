"""Scales and zero points that no kernel takes are refused when the file is opened, by the operator's name."""

import kowari
import numpy as np
import pytest
from recorded import read_cases

CASES = {case.name: case.model for case in read_cases("quantized")}
BAD_SCALES = [0.0, -0.5, np.nan, np.inf, 1e-45]


def replace(model: bytes, old, new) -> bytes:
    """The file with all places of a number changed."""
    assert old.tobytes() in model
    return model.replace(old.tobytes(), type(old)(new).tobytes())


def refusal_of(model: bytes) -> str:
    with pytest.raises(ValueError) as refusal:
        kowari.Interpreter(model_content=model)
    return str(refusal.value)


@pytest.mark.parametrize("scale", BAD_SCALES[:-1])
@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("fully_connected/int8_1x7_to_4", 0.05),
        ("softmax/int8_4_scale0.1_zero0_beta1.0", 0.1),
        ("softmax/int8_4_scale0.1_zero0_beta1.0", 1 / 256),
        ("logistic/int8_scale0.05_zero0", 0.05),
        ("logistic/int8_scale0.05_zero0", 1 / 256),
        ("quantize/int8_scale0.1_zero0", 0.1),
        ("dequantize/int8_scale0.1_zero0", 0.1),
        ("quantize/int8_0.1_to_int16_0.27", 0.27),
    ],
)
def test_scales_are_positive_numbers(name, old, scale):
    operator = name.split("/")[0].upper()
    assert operator in refusal_of(replace(CASES[name], np.float32(old), scale))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("softmax/int8_4_scale0.1_zero0_beta1.0", 0.1, 1e-20),
        ("quantize/int8_0.1_to_int16_0.27", 0.27, 1e-20),
        ("softmax/int8_4_scale0.1_zero0_beta1.0", 1 / 256, 1 / 128),
        ("logistic/int8_scale0.05_zero0", 1 / 256, 1 / 255),
    ],
)
def test_scales_fit_their_kernels(name, old, new):
    assert name.split("/")[0].upper() in refusal_of(replace(CASES[name], np.float32(old), new))


@pytest.mark.parametrize("zero", [-129, 128, 2**40, -(2**63)])
@pytest.mark.parametrize(
    "name",
    ["dequantize/int8_scale0.1_zero127", "quantize/int8_scale0.1_zero127"],
)
def test_zero_points_lie_within_their_type(name, zero):
    assert "zero point" in refusal_of(replace(CASES[name], np.int64(127), zero))
