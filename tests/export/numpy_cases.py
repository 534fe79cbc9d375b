"""Expressions for the lowerings of NumPy's functions, by function: each with its keywords, on arrays ``x`` and ``y``."""

import numpy as np
from kowari.recorded import lowerings

ELEMENTS = {
    name: [f"np.{name}(x)"]
    for name in [
        "arcsinh",
        "arccosh",
        "arctanh",
        "deg2rad",
        "radians",
        "rad2deg",
        "degrees",
        "signbit",
        "isneginf",
        "isposinf",
        "fix",
        "sinc",
    ]
}
ELEMENTS |= {
    name: [f"np.{name}(x, y)", f"np.{name}(x, 2)"]
    for name in ["logaddexp", "logaddexp2", "heaviside", "fmod", "left_shift", "right_shift"]
}
ELEMENTS |= {
    "divmod": ["np.divmod(x, y)[0]", "np.divmod(x, 2)[1]"],
    "modf": ["np.modf(x)[0]", "np.modf(x)[1]"],
    "isclose": ["np.isclose(x, y)", "np.isclose(x, 3, rtol=0.5)", "np.isclose(x, y, atol=2, equal_nan=True)"],
    "allclose": ["np.allclose(x, y)", "np.allclose(x, x, equal_nan=True)", "np.allclose(x, y, rtol=1, atol=9)"],
}  # fmt: skip
CASES = {getattr(np, name): expressions for name, expressions in ELEMENTS.items()}

REDUCTIONS = {
    "sum": ["dtype=np.int64", "dtype=float", "initial=2.5", "where=x > 1"],
    "prod": ["where=x > 1", "dtype=np.int64"],
    "nansum": ["dtype=float", "initial=1", "where=x > 1"],
    "nanprod": ["where=x > 1"],
    "mean": ["dtype=np.float64"],
    "nanmean": ["dtype=np.float64"],
    "std": ["correction=1"],
    "var": ["axis=0, correction=1"],
    "nanstd": ["correction=1"],
    "nanvar": ["correction=1"],
    "min": ["initial=3", "axis=0, initial=0", "initial=9, where=x > 1", "axis=-1, initial=9, where=x > 1"],
    "max": ["initial=-np.inf", "initial=1", "axis=0, initial=1, keepdims=True", "initial=0, where=x > 1"],
    "nanmin": ["initial=3", "initial=9, where=x > 1"],
    "nanmax": ["initial=-1", "initial=9, where=x > 1"],
    "amin": ["initial=3"],
    "amax": ["initial=3"],
    "any": ["where=x > 1", "axis=0, where=x < 1"],
    "all": ["where=x > 1", "axis=0, where=x < 1"],
}  # fmt: skip
KEYWORDS = [f"np.{name}(x, {given})" for name, all_ in REDUCTIONS.items() for given in all_]
KEYWORDS += ["x.max(initial=0)", "x.sum(dtype=float)", "x.any(where=x > 1)"]
"""Of functions that ``test_lowerings.CASES`` has without these keywords."""

OUTER = [
    f
    for f in lowerings
    if isinstance(f, np.ufunc) and not f.signature and f.nin == 2 and f.nout == 1
]
CASES |= {f.outer: [f"np.{f.__name__}.outer(x, y)"] for f in OUTER}
CASES |= {
    getattr(np, name).reduce: [
        f"np.{name}.reduce(x)",
        f"np.{name}.reduce(x, axis=None, keepdims=True)",
    ]
    for name in ["add", "multiply", "minimum", "maximum", "logical_and", "logical_or"]
}
CASES |= {
    getattr(np, name).accumulate: [f"np.{name}.accumulate(x)", f"np.{name}.accumulate(x, axis=-1)"]
    for name in ["add", "multiply", "minimum", "maximum"]
}
