"""Expressions for the lowerings of NumPy's functions, by function: each with its keywords, on arrays ``x`` and ``y``."""

import math
import operator

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

MAKING = {
    "linspace": [
        "np.linspace(x.min(), 5, len(x))", "np.linspace(0, 1, len(x), endpoint=False)", "np.linspace(x[0], x[1], 4)",
        "np.linspace(0, len(x), 5, dtype=int)", "np.linspace(x[0], 3, len(x) - 1, retstep=True)[1]",
        "np.linspace(x, 3, num=5)", "np.linspace(2, 2, len(x))", "np.linspace(x[0], x[1], 3, True, True)[0]",
    ],
    "logspace": ["np.logspace(0, 2, len(x))", "np.logspace(0, 1, len(x), base=2.0, endpoint=False)"],
    "eye": ["np.eye(len(x))", "np.eye(len(x), 3, k=1)", "np.eye(len(x), 4, -1, dtype=np.int64)"],
    "identity": ["np.identity(len(x))", "np.identity(len(x), dtype=bool)"],
    "tri": ["np.tri(len(x))", "np.tri(len(x), 3, k=-1, dtype=int)"],
    "tril": ["np.tril(np.outer(x, x))", "np.tril(x, k=1)"],
    "triu": ["np.triu(np.outer(x, x))", "np.triu(x, k=-1)"],
    "diagonal": ["np.diagonal(x)", "np.diagonal(x, offset=1)", "np.diagonal(x, -1)", "np.diagonal(x, offset=-7)"],
    "diag": ["np.diag(x)", "np.diag(np.outer(x, x), k=1)"],
    "trace": ["np.trace(x)", "np.trace(x, offset=1)"],
    "meshgrid": [
        "np.meshgrid(x, np.arange(3))[0]", "np.meshgrid(x, np.arange(3))[1]", "np.meshgrid(x, [1.0, 2.0], indexing='ij')[1]",
        "np.meshgrid(x, [1.0, 2.0], sparse=True)[1]", "np.meshgrid(x)[0]",
    ],
    "hamming": ["np.hamming(len(x))"],
    "hanning": ["np.hanning(len(x))"],
    "blackman": ["np.blackman(len(x))"],
    "bartlett": ["np.bartlett(len(x))"],
    "empty": ["np.empty(len(x)).shape[0]"],
    "empty_like": ["np.empty_like(x).shape[0]", "len(np.empty_like(x, dtype=int))"],
    "full_like": ["np.full_like(x, 2)", "np.full_like(x, 1.5, dtype=np.float64)", "np.full_like(x, 7, shape=(2, 3))"],
    "ndim": ["np.ndim(x)"],
    "shape": ["np.shape(x)[0]"],
    "size": ["np.size(x)", "np.size(x, axis=0)"],
    "astype": ["np.astype(x, np.float32)"],
    "outer": ["np.outer(x, y)"],
}  # fmt: skip
JOINING = {
    "broadcast_arrays": ["np.broadcast_arrays(x, 2.0)[1]", "np.broadcast_arrays(x, y[:1])[1]", "np.broadcast_arrays(x)[0]"],
    "array_split": ["np.array_split(x, 3)[0]", "np.array_split(x, 3)[2]", "np.array_split(x, [1, 4])[1]",
                    "np.array_split(x, 2, axis=1)[0]"],
    "split": ["np.split(x, 2)[1]", "np.split(x, [2, len(x) - 1])[1]", "np.split(x, 3, axis=-1)[2]"],
    "hsplit": ["np.hsplit(x, [1])[1]"],
    "vsplit": ["np.vsplit(x, [1])[1]"],
    "delete": ["np.delete(x, 0)", "np.delete(x, -1)", "np.delete(x, [0, -1])", "np.delete(x, slice(1, None, 2))",
               "np.delete(x, len(x) // 2)", "np.delete(x, 1, axis=0)", "np.delete(x, [0, 2], axis=1)", "np.delete(x, np.flatnonzero(x > 1))"],
    "trim_zeros": ["np.trim_zeros(x)", "np.trim_zeros(x, trim='f')", "np.trim_zeros(x, 'b')"],
    "dstack": ["np.dstack([x, y])"],
    "insert": ["np.insert(x, 0, 7)", "np.insert(x, -1, [1, 2])", "np.insert(x, len(x), 3.7)", "np.insert(x, 2, y)"],
    "tile": ["np.tile(x, 3)", "np.tile(x, (2, 2))", "np.tile(x, 0)", "np.tile(x, len(x))"],
    "repeat": ["np.repeat(x, 3)", "np.repeat(x, 2, axis=0)", "np.repeat(x, np.arange(len(x)))", "np.repeat(x, 0)", "np.repeat(x, [1, 0, 2], axis=1)"],
    "resize": ["np.resize(x, 7)", "np.resize(x, (2, 3))", "np.resize(x, len(x) * 2)"],
    "roll": ["np.roll(x, 1)", "np.roll(x, -2)", "np.roll(x, len(x) // 2)", "np.roll(x, 1, axis=0)", "np.roll(x, (1, 2), axis=(0, 1))"],
    "flip": ["np.flip(x)", "np.flip(x, 0)", "np.flip(x, axis=-1)", "np.flip(x, (0, 1))"],
    "fliplr": ["np.fliplr(x)"],
    "flipud": ["np.flipud(x)"],
    "rot90": ["np.rot90(x)", "np.rot90(x, k=2)", "np.rot90(x, 3)", "np.rot90(x, 1, axes=(1, 0))", "np.rot90(x, 4)"],
    "swapaxes": ["np.swapaxes(x, 0, 1)", "np.swapaxes(x, 0, -1)"],
    "moveaxis": ["np.moveaxis(x, 0, -1)", "np.moveaxis(x, [0, 1], [1, 0])"],
    "atleast_1d": ["np.atleast_1d(x)"],
    "atleast_2d": ["np.atleast_2d(x)"],
    "atleast_3d": ["np.atleast_3d(x)"],
    "broadcast_to": ["np.broadcast_to(x, (4, len(x)))", "np.broadcast_to(x, 3)", "np.broadcast_to(x, shape=(2, 1, 3))"],
    "pad": [
        "np.pad(x, 2)", "np.pad(x, (1, 3), constant_values=9)", "np.pad(x, 1, constant_values=(4, 5))", "np.pad(x, ((0, 1), (2, 0)))",
        *(f"np.pad(x, (2, 3), mode={m!r})" for m in ("edge", "wrap", "reflect", "symmetric")),
        "np.pad(x, ((1, 1), (0, 0)), mode='edge')", "np.pad(x, len(x), mode='reflect')", "np.pad(x, 0, 'edge')",
    ],
}  # fmt: skip
SETS = {
    "unique": ["np.unique(x)", "np.unique(x, return_index=True)[1]", "np.unique(x, return_inverse=True)[1]",
               "np.unique(x, return_counts=True)[1]", "np.unique(x, True, True, True)[3]", "np.unique(x, equal_nan=False)"],
    "isin": ["np.isin(x, y[1:])", "np.isin(x, [2, 0.1], invert=True)", "np.isin(x, [])", "np.isin(x, [3], assume_unique=True)"],
    "intersect1d": ["np.intersect1d(x, y[:4])"],
    "union1d": ["np.union1d(x, [7, 2])"],
    "setdiff1d": ["np.setdiff1d(x, [2, 3, 3])"],
    "setxor1d": ["np.setxor1d(x, [2, 3, 99])"],
    "bincount": ["np.bincount(np.abs(x) % 7)", "np.bincount(x, minlength=3)", "np.bincount(np.append(x % 5, 1), weights=np.append(x * 0.1, 7))", "np.bincount(x % 9, minlength=5)"],
    "digitize": ["np.digitize(x, [0, 1.5, 2])", "np.digitize(x, [0, 2, 3], right=True)", "np.digitize(x, [3.0, 2, -1])", "np.digitize(x, y)"],
    "histogram_bin_edges": ["np.histogram_bin_edges(x, 4)", "np.histogram_bin_edges(x, bins=3, range=(0, 5))"],
    "histogram": ["np.histogram(x)[0]", "np.histogram(x, bins=5)[1]", "np.histogram(x, 4, range=(-2, 2.5))[0]", "np.histogram(x, [0, 1, 2, 3])[0]",
                  "np.histogram(x, bins=3, density=True)[0]", "np.histogram(x, 3, weights=x)[0]", "np.histogram(x, 3, weights=x * 0.1)[0]", "np.histogram(x, [0.0, 2, 5], density=True)[0]",
                  "np.histogram(x, y)[0]"],
}  # fmt: skip
CASES |= {
    np.float64: ["np.float64(x)", "np.float64(len(x))"],
    np.float32: ["np.float32(x)"],
    np.int64: ["np.int64(x)"],
    np.int32: ["np.int32(x)"],
    np.bool_: ["np.bool_(x)"],
    slice: ["x[slice(None, len(x) // 2)]", "x[slice(1, len(x), 2)]"],
}
for _family in (MAKING, JOINING, SETS):
    CASES |= {getattr(np, name): expressions for name, expressions in _family.items()}
KEYWORDS += [
    "np.zeros_like(x, dtype=np.float32)",
    "np.ones_like(x, dtype=int, shape=len(x))",
    "np.arange(len(x), dtype=float)",
    "np.arange(1, stop=len(x), step=2)",
    "np.arange(np.maximum(x[0], -50), 9.5, 0.5)",
    "np.diff(x, prepend=0)",
    "np.diff(x, append=x[:1])",
    "np.diff(x, n=2, prepend=1.5, append=[2, 3])",
    "np.diff(x, axis=0, prepend=0)",
]

KEYWORDS += [
    "np.clip(x, min=0, max=2)",
    "np.clip(x, min=1)",
    "np.ascontiguousarray(x, dtype=np.float64)",
    "np.asanyarray(x, dtype=float)",
    "np.zeros_like(x, shape=len(x))",
    "np.empty_like(x, shape=(2, 3)).shape[0] + len(x)",
    "np.empty(len(x), dtype=int).shape[0]",
    "np.insert(x, 0, 5, axis=0)",
    "np.prod(x, initial=2)",
    "np.nanprod(x, dtype=float)",
    "np.nanprod(x, initial=3)",
    "np.percentile(x, 30, axis=0, keepdims=True)",
    "np.nanpercentile(x, 30, axis=0, keepdims=True)",
    "np.quantile(x, 0.3, axis=0, keepdims=True, method='hazen')",
    "np.nanquantile(x, 0.3, axis=0, keepdims=True, method='lower')",
]
KEYWORDS += [f"np.{n}(x, axis=0, keepdims=True)" for n in ("amin", "amax", "argmin", "argmax")]
KEYWORDS += [f"np.{n}(x, initial=9, where=x > 1)" for n in ("amin", "amax")]
KEYWORDS += [f"np.{n}(x, axis=0, keepdims=True)" for n in ("nanargmin", "nanargmax")]
KEYWORDS += [f"x.{n}(initial=2, where=x > 1)" for n in ("sum", "prod", "min", "max")]
KEYWORDS += ["x.var(ddof=1)", "x.std(axis=0, ddof=1)"]
KEYWORDS += [
    "x.all(where=x > 1)",
    "x.prod(dtype=float)",
    "x.cumprod(axis=0)",
    "x.take([0, 1], axis=0)",
]
KEYWORDS += [
    "x.argmin(axis=0, keepdims=True)",
    "x.argmax(axis=0, keepdims=True)",
    "x.argsort(axis=0, stable=True)",
]

SIGNALS = {
    "ediff1d": ["np.ediff1d(x)", "np.ediff1d(x, to_begin=0)", "np.ediff1d(x, to_end=[1, 2], to_begin=3)"],
    "gradient": ["np.gradient(x)", "np.gradient(x, 0.5)", "np.gradient(x, axis=0)", "np.gradient(x, edge_order=2)",
                 "np.gradient(x, np.arange(len(x)) ** 2)", "np.gradient(x, np.arange(len(x)) * 0.5, edge_order=2)",
                 "np.gradient(x, np.arange(len(x)) ** 2.0, edge_order=2)", "np.gradient(x, 2, axis=1)"],
    "trapezoid": ["np.trapezoid(x)", "np.trapezoid(x, dx=0.1)", "np.trapezoid(x, np.arange(len(x)) ** 2)", "np.trapezoid(x, axis=0)",
                  "np.trapezoid(x, x=y)"],
    "unwrap": ["np.unwrap(x)", "np.unwrap(x, period=4.0)", "np.unwrap(x, discont=5.0)", "np.unwrap(x, axis=0)"],
    "nancumsum": ["np.nancumsum(x)", "np.nancumsum(x, axis=0)"],
    "nancumprod": ["np.nancumprod(x)", "np.nancumprod(x, axis=-1)"],
    "lexsort": ["np.lexsort((x, y))", "np.lexsort((x, np.floor(y), y))"],
    "ptp": ["np.ptp(x)", "np.ptp(x, axis=0)", "np.ptp(x, axis=-1, keepdims=True)"],
    "average": ["np.average(x)", "np.average(x, weights=y)", "np.average(x, axis=0, weights=np.arange(len(x)))", "np.average(x, axis=1, weights=[1, 2, 3])",
                "np.average(x, axis=0, keepdims=True)"],
    "cross": ["np.cross(x, y)", "np.cross(x, [1, 2, 3])"],
    "select": ["np.select([x > 2, x > 0], [x, y])", "np.select([x > 2, x < 0], [1, 2.5], default=x)", "np.select([x > 2], [True], 0)"],
    "extract": ["np.extract(x > 1, x)"],
    "take_along_axis": ["np.take_along_axis(x, np.argsort(x, kind='stable'), axis=-1)", "np.take_along_axis(x, np.argsort(x, axis=0, kind='stable'), 0)"],
    "ix_": ["x[np.ix_([0, 1], [2, 0])]", "x[np.ix_(np.arange(len(x)), [True, False, True])]"],
    "array_equal": ["np.array_equal(x, y)", "np.array_equal(x, x[:-1])", "np.array_equal(x, x, equal_nan=True)"],
    "argwhere": ["np.argwhere(x > 1)"],
}  # fmt: skip
CASES |= {getattr(np, name): expressions for name, expressions in SIGNALS.items()}
KEYWORDS += [
    "np.nan_to_num(x, nan=np.inf, posinf=7, neginf=-7)",
    "np.where(x > 1)[0]",
    "np.where(x > 1)[1]",
    "np.nonzero(x)[1]",
    "x[[0, 1], [2, 0]]",
    "x[[0, -1], 1]",
    "x[np.array([[0, 1], [1, 0]])]",
    "x[:, np.array([[0, 1], [1, 0]])]",
    "x[x > 1]",
    "x[np.arange(len(x)), np.arange(len(x)) % 3]",
    "x[np.arange(len(x))[:, None], [0, 2]]",
    "x[[0, 1]][:, [1]]",
    "x[1, [0, 1]]",
    "np.where(x > 1, x, 0)[x > 1]",
    "x[np.where(x > 1)]",
    "np.take(x, [[0, 1], [1, 0]])",
]
TAME = {
    "convolve": [f"np.convolve(x, {v}, mode={m!r})" for m in ("full", "same", "valid") for v in ("[1, 2, 3]", "[0.5, 1]", "y", "x[:4]")],
    "correlate": [f"np.correlate(x, {v}, mode={m!r})" for m in ("full", "same", "valid") for v in ("[1, 2, 3]", "[0.5, 1]", "y", "x[:4]")]
    + ["np.correlate([1, 2], x, 'same')", "np.correlate([1, 2, 4], x)"],
    "cov": ["np.cov(x)", "np.cov(x, y)", "np.cov(x, rowvar=False)", "np.cov(x, y, ddof=0)", "np.cov(x, bias=True)"],
    "corrcoef": ["np.corrcoef(x, y)", "np.corrcoef(x, rowvar=False)", "np.corrcoef(x, y)[0, 1]"],
    "inner": ["np.inner(x, y)", "np.inner(x, [1.0, 2, 3])"],
    "vdot": ["np.vdot(x, y)"],
    "polyfit": ["np.polyfit(np.arange(len(x)), x, 1)", "np.polyfit(x, y, 2)", "np.polyfit(x, y, 1, w=y)", "np.polyfit(x * 0, x, 1)",
                "np.polyfit(x, y, deg=3, rcond=1e-10)"],
    "polyval": ["np.polyval([1, 2, 3], x)", "np.polyval(np.polyfit(np.arange(len(x)), x, 1), x)", "np.polyval([x[0], 0.5], 3.0)"],
    "linalg.norm": ["np.linalg.norm(x)", "np.linalg.norm(x, axis=0)", "np.linalg.norm(x, ord=1, axis=-1)", "np.linalg.norm(x, np.inf)",
                    "np.linalg.norm(x, axis=-1, keepdims=True)", "np.linalg.norm(x, -np.inf)", "np.linalg.norm(x, 0)", "np.linalg.norm(x, 3)",
                    "np.linalg.norm(x, 'fro')"],
    "linalg.solve": ["np.linalg.solve(x[:3], x[3:6])", "np.linalg.solve(x[:3], [1.0, 2, 3])"],
    "linalg.inv": ["np.linalg.inv(x[:3])"],
    "linalg.det": ["np.linalg.det(x[:3])"],
    "fft.rfft": ["np.abs(np.fft.rfft(x))", "np.abs(np.fft.rfft(x - x.mean(), n=16)) ** 2", "abs(np.fft.rfft(x)[1:])", "len(np.fft.rfft(x))",
                 "np.abs(np.fft.rfft(x, 4))"],
    "fft.fft": ["np.abs(np.fft.fft(x))", "np.fft.fft(x).real", "np.fft.fft(x, n=8).imag", "np.abs(np.fft.fft(x)[: len(x) // 2])"],
    "fft.rfftfreq": ["np.fft.rfftfreq(len(x))", "np.fft.rfftfreq(len(x), d=0.25)", "np.fft.rfftfreq(len(x), 1 / 64)"],
    "fft.fftfreq": ["np.fft.fftfreq(len(x))", "np.fft.fftfreq(len(x), d=0.25)"],
    "angle": ["np.angle(np.fft.rfft(x + 50.0 * (np.arange(len(x)) == 1)))[1:2]"],
    "real": ["np.real(np.fft.fft(x))"],
    "imag": ["np.imag(np.fft.rfft(x))"],
    "linalg.pinv": ["np.linalg.pinv(x[:5], rcond=1e-9)"],
}  # fmt: skip
TAME = {operator.attrgetter(n)(np): es for n, es in TAME.items()}
"""Of products, whose sums are near NumPy's only where terms are: on numbers of ordinary size."""
CASES |= TAME
MATH = [
    name
    for name in vars(math)
    if callable(getattr(math, name)) and getattr(math, name) in lowerings
]
CASES |= {
    getattr(math, name): [f"math.{name}(x)"]
    for name in MATH
    if name not in ("copysign", "atan2", "hypot", "pow", "fmod")
}
CASES[math.log] += ["math.log(x, 10)", "math.log(x, x)", "math.log(3.5, x)"]
CASES |= {
    math.copysign: ["math.copysign(x, -2)", "math.copysign(3, x)"],
    math.atan2: ["math.atan2(x, 2)", "math.atan2(-1.5, x)", "math.atan2(0.0, x)"],
    math.hypot: ["math.hypot(x, 4)", "math.hypot(math.inf, x)"],
    math.pow: [
        "math.pow(x, 2)",
        "math.pow(x, -1)",
        "math.pow(x, 0.5)",
        "math.pow(2, x)",
        "math.pow(x, x)",
        "math.pow(0, x)",
        "math.pow(x, math.inf)",
    ],
    math.fmod: ["math.fmod(x, 2.5)", "math.fmod(7, x)", "math.fmod(x, math.inf)"],
}
