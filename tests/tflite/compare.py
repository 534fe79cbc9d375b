"""When outputs are equal to LiteRT's: floats to a part of the tensor's largest magnitude, all else exactly."""

import numpy as np

TOLERANCE = 1e-5  # kernels may add in another order


def assert_equal(found: np.ndarray, expected: np.ndarray, where: str) -> None:
    """Raise AssertionError, naming the first difference, where an output is not what was recorded."""
    assert found.dtype == expected.dtype, f"{where}: {found.dtype} for {expected.dtype}"
    assert found.shape == expected.shape, f"{where}: sizes {found.shape} for {expected.shape}"
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected, err_msg=where)
        return
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(found[~finite], expected[~finite], err_msg=where)
    largest = np.abs(expected[finite], dtype=float).max(initial=0.0)
    np.testing.assert_allclose(
        *(found[finite], expected[finite]), rtol=0, atol=TOLERANCE * largest, err_msg=where
    )
