"""Every lowering on every type and rank it takes: equal to NumPy in type and bits, or refused while compiling.

The table of cases is complete: a lowering without a case fails.
"""

import functools
import inspect
import re
import warnings

import differential as d
import kowari
import numpy as np
import numpy_cases
import pytest
from kowari.lower import algebra, fourier, sets, signal, written
from kowari.recorded import attributes, lowerings

TYPES = ("f8", "f4", "i8", "i4", "?")
KINDS = [*((t, r) for r in (1, 0) for t in TYPES), ("f8", 2), ("f4", 2), ("i8", 2)]
KINDS += [("f8", "Python"), ("i8", "Python"), ("?", "Python")]
"""Type and rank; rank 0 are NumPy's scalars, "Python" its own numbers."""
UNARY = [
    "negative",
    "absolute",
    "fabs",
    "sqrt",
    "sign",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "isnan",
    "isfinite",
    "isinf",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "cbrt",
    "logical_not",
    "invert",
    "square",
    "reciprocal",
    "positive",
]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "equal",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "copysign",
    "arctan2",
    "hypot",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "logical_and",
    "logical_or",
    "logical_xor",
    "power",
    "float_power",
]
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "and_": "&", "or_": "|",
    "xor": "^", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}  # fmt: skip
REDUCTIONS = [
    "sum",
    "prod",
    "mean",
    "nansum",
    "nanprod",
    "nanmean",
    "var",
    "std",
    "nanvar",
    "nanstd",
    "min",
    "max",
    "nanmin",
    "nanmax",
    "any",
    "all",
    "count_nonzero",
]
METHODS = ["sum", "prod", "mean", "var", "std", "min", "max", "any", "all"]
AXES = [
    "",
    ", axis=0",
    ", axis=-1",
    ", axis=None",
    ", keepdims=True",
    ", axis=(0,)",
    ", axis=0, keepdims=True",
]
POSITIONS = ["", ", axis=0", ", axis=-1"]
DDOF = [", ddof=1", ", axis=0, ddof=1"]
QUANTILES = [
    "percentile(x, 25)",
    "percentile(x, [5, 50.0, 95])",
    "quantile(x, 0.1, axis=0)",
    "quantile(x, 0.75)",
]
QUANTILES += [
    f"percentile(x, 30, method={m!r})" for m in ("lower", "higher", "midpoint", "nearest", "hazen")
]

CASES: dict = {getattr(np, name): [f"np.{name}(x)"] for name in UNARY}
CASES |= {
    getattr(np, name): [
        f"np.{name}(x, y)",
        f"np.{name}(x, 2)",
        *([] if "bit" in name else [f"np.{name}(0.5, x)"]),
    ]
    for name in BINARY
}
CASES |= {name: [f"x {sign} y"] for name, sign in OPERATORS.items()}
CASES |= {getattr(np, n): [f"np.{n}(x{axis})" for axis in AXES] for n in REDUCTIONS}
for _name in ("var", "std", "nanvar", "nanstd"):
    CASES[getattr(np, _name)] += [f"np.{_name}(x{ddof})" for ddof in DDOF]
CASES |= {
    getattr(np, n): [f"np.{n}(x{a})" for a in POSITIONS]
    for n in ["argmin", "argmax", "nanargmin", "nanargmax"]
}
CASES |= {
    getattr(np, n): [f"np.{n}(x{a})" for a in POSITIONS]
    for n in ["median", "nanmedian", "cumsum", "cumprod"]
}
CASES |= {
    np.amin: ["np.amin(x)"],
    np.amax: ["np.amax(x)"],
    np.percentile: [f"np.{q}" for q in QUANTILES if q.startswith("p")],
    np.quantile: [f"np.{q}" for q in QUANTILES if q.startswith("q")],
    np.nanpercentile: [f"np.nan{q}" for q in QUANTILES if q.startswith("p") and "[" not in q],
    np.nanquantile: [f"np.nan{q}" for q in QUANTILES if q.startswith("q")],
    np.diff: ["np.diff(x)", "np.diff(x, n=2)", "np.diff(x, axis=0)", "np.diff(x, n=0)", "np.diff(x)[1:]"],
    np.sort: ["np.sort(x)", "np.sort(x, axis=0)"],
    np.argsort: ["np.argsort(x, kind='stable')", "np.argsort(x, axis=0, stable=True)"],
    np.interp: ["np.interp(x, np.arange(5.0), np.arange(5.0) ** 2)", "np.interp(x, [0, 1], [2, 3], left=-1, right=9)"],
    np.searchsorted: ["np.searchsorted(np.arange(5), x)", "np.searchsorted(np.arange(5.0), x, side='right')"],
    np.where: ["np.where(x > 1, x, y)", "np.where(x > 1, x, 0)", "np.where(x > 1, 1.5, x)", "np.where(x)[0]",
               "np.where(x > 1, 1, 0)", "np.where(x > 1, 1.0, 0)", "np.where(x > 1, True, False)"],
    np.nonzero: ["np.nonzero(x)[0]"],
    np.flatnonzero: ["np.flatnonzero(x)"],
    np.clip: ["np.clip(x, 0, 2)", "np.clip(x, None, 2)", "np.clip(x, -0.5, None)", "np.clip(x, 0, y)", "np.clip(x, 2, 0)"],
    np.take: ["np.take(x, [0, -1])", "np.take(x, 0)", "np.take(x, [1, 0], axis=-1)", "np.take(x, 1, axis=0)"],
    np.compress: ["np.compress(x > 1, x)", "np.compress([True, False], x, axis=0)"],
    np.array: ["np.array(x)", "np.array([x, x])", "np.array([x, 1])", "np.array(x, dtype=np.float64)", "np.array([[x]])"],
    np.asarray: ["np.asarray(x)", "np.asarray(x, dtype=np.float32)", "np.asarray(x, dtype=float)"],
    np.ascontiguousarray: ["np.ascontiguousarray(x)", "np.ascontiguousarray(x.T)"],
    np.asanyarray: ["np.asanyarray(x)"],
    np.copy: ["np.copy(x)"],
    np.concatenate: ["np.concatenate([x, y])", "np.concatenate([x, x], axis=-1)", "np.concatenate([x, x], axis=None)"],
    np.stack: ["np.stack([x, y])", "np.stack([x, x], axis=1)", "np.stack([x, x], axis=-1)"],
    np.hstack: ["np.hstack([x, y])", "np.hstack([x, 1.0])"],
    np.vstack: ["np.vstack([x, y])"],
    np.column_stack: ["np.column_stack([x, y])"],
    np.append: ["np.append(x, y)", "np.append(x, 1)"],
    np.zeros_like: ["np.zeros_like(x)"],
    np.ones_like: ["np.ones_like(x)"],
    np.zeros: ["np.zeros(len(x))", "np.zeros((2, x.size))", "np.zeros(len(x), dtype=np.int64)"],
    np.ones: ["np.ones(len(x))", "np.ones(x.shape)", "np.ones(len(x), dtype=bool)"],
    np.full: ["np.full(len(x), 2)", "np.full(3, x)", "np.full(len(x), 2, dtype=np.float32)"],
    np.arange: ["np.arange(len(x))", "np.arange(1, len(x))", "np.arange(0, len(x), 2)", "np.arange(len(x), 0, -1)"],
    np.ravel: ["np.ravel(x)", "np.ravel(x.T)"],
    np.reshape: ["np.reshape(x, (-1, 1))", "np.reshape(x, -1)", "np.reshape(x, (1, x.size))"],
    np.transpose: ["np.transpose(x)", "np.transpose(x, axes=(1, 0))"],
    np.expand_dims: ["np.expand_dims(x, 0)", "np.expand_dims(x, -1)"],
    np.squeeze: ["np.squeeze(x[:1], axis=0)", "np.squeeze(x[None], axis=0)"],
    np.dot: ["np.dot(x, y)"],
    np.matmul: ["np.matmul(x, np.ones(3))", "np.matmul(x, y)"],
    "matmul": ["x @ y", "x @ np.ones((3, 2))"],
    np.round: ["np.round(x)", "np.round(x, 1)", "np.round(x, decimals=-1)"],
    np.around: ["np.around(x, 2)"],
    np.nan_to_num: ["np.nan_to_num(x)", "np.nan_to_num(x, nan=1.5)"],
    len: ["len(x)", "len(x) + 1"],
    abs: ["abs(x)"],
    float: ["float(x)"],
    int: ["int(x)"],
    bool: ["bool(x)"],
    isinstance: ["isinstance(x, np.ndarray)", "isinstance(x, (int, np.integer))", "isinstance(x, float)"],
    "neg": ["-x"],
    "pos": ["+x"],
    "invert": ["~x"],
    "getitem": [
        "x[0]", "x[-1]", "x[1:]", "x[:-1]", "x[::-1]", "x[::2]", "x[5:2]", "x[-3:]", "x[...]", "x[None]", "x[x > 0]", "x[[0, -1]]",
        "x[np.array([0])]", "x[:, 0]", "x[0, 1]", "x[1:, ::2]", "x[:, -1:]", "x[:, None]", "x[..., 0]", "x[len(x) - 1]",
        "x[len(x) // 2:]", "x[:, [2, 0]]", "x[0][1]", "x[::-2]", "x[-1:0:-1]", "x[:3][-1]", "np.arange(4)[len(x)]",
        "['a', 'b', 'c'][len(x)]",
    ],
}  # fmt: skip
ATTRIBUTES = {
    name: [f"x.{name}({arguments})" for arguments in ("", "axis=0", "axis=-1, keepdims=True")]
    for name in METHODS
}
ATTRIBUTES |= {
    "argmin": ["x.argmin()", "x.argmin(axis=0)"],
    "argmax": ["x.argmax()", "x.argmax(axis=-1)"],
    "cumsum": ["x.cumsum()", "x.cumsum(axis=0)"],
    "cumprod": ["x.cumprod()"],
    "astype": [f"x.astype({t})" for t in ("float", "np.float32", "np.int64", "'i4'", "bool")],
    "item": ["x.item()", "x.sum().item()"],
    "copy": ["x.copy()"],
    "ravel": ["x.ravel()", "x.T.ravel()"],
    "flatten": ["x.flatten()"],
    "reshape": ["x.reshape(-1, 1)", "x.reshape((1, -1))", "x.reshape(-1)", "x.T.reshape(-1)"],
    "transpose": ["x.transpose()", "x.transpose(1, 0)", "x.transpose((1, 0))"],
    "squeeze": ["x[None].squeeze(axis=0)"],
    "clip": ["x.clip(0, 2)"],
    "dot": ["x.dot(np.ones(3))", "x.dot(y)"],
    "round": ["x.round()", "x.round(1)"],
    "argsort": ["x.argsort(kind='stable')"],
    "take": ["x.take([0, 1])"],
    "nonzero": ["x.nonzero()[0]"],
    "T": [
        "x.T",
        "x.T.sum(axis=0)",
        "x.T.sum()",
        "x.T.sum(axis=1)",
        "(x.T + 1).T",
        "x.T.mean(axis=0)",
        "x.T[0]",
        "x.T * x.T",
    ],
    "real": ["np.fft.fft(x).real.shape[0]"],
    "imag": ["np.fft.rfft(x).imag.shape[-1]"],
    "tolist": ["x.tolist()", "sum(x.tolist())"],
    "ndim": ["x.ndim"],
    "dtype": ["np.zeros(3, dtype=x.dtype)", "np.zeros(len(x), dtype=x.dtype)"],
    "size": ["x.size"],
    "shape": ["x.shape[0]", "x.shape[-1]"],
}
CHOOSES = re.compile("min|max|fm|sort|clip|unique|1d|percentile|quantile|median")
"""Of 0.0 and -0.0, which are equal, these pick one; NumPy's own vector widths pick differently."""
APART = {"estimator", written.require, written.typed, sets.add_at}
APART |= {"setitem", "augment", "lists", "list_method", "list_item", "list_store", "contains"}
APART |= {range, enumerate, zip, reversed, map, filter, list, tuple, iter, sum, max, min, any, all}
APART |= {
    next,
    sorted,
    print,
    warnings.warn,
    inspect.currentframe,
    setattr,
    type,
    round,
    divmod,
    functools.reduce,
    "lshift",
    "rshift",
    pow,
    "vectorize",
    "numba function",
    "numba ufunc",
    "numba range",
}
"""Python's own functions and stores: see test_language.py."""
APART |= {
    fourier.transform,
    fourier.pair,
    written.is_known,
    algebra.apply_matrix,
    signal.multiply_shifted,
}
"""What only lowerings call."""


def test_every_lowering_has_a_case():
    assert set(lowerings) - APART == set(CASES) | set(numpy_cases.CASES)
    assert set(attributes) == set(ATTRIBUTES)


def name_of(key) -> str:
    if isinstance(key, str):
        return key
    owner = getattr(key, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_of(owner)}.{key.__name__}"
    return f"{getattr(key, '__module__', 'numpy')}.{key.__name__}"


def check(expression: str, kinds: dict, rows: list[dict]) -> bool:
    """Was it compiled?  Fails where a row differs.  ``kinds`` are (type, rank) by name."""
    if "**" in expression:  # integers of millions of digits take for ever
        rows = [r for r in rows if not any(type(v) is int and abs(v) > 64 for v in r.values())]
    function = d.make_function(expression, kinds)
    declared = {n: d.spell(t, 0 if r == "Python" else r) for n, (t, r) in kinds.items() if r}
    try:
        model, loose = d.compile_case(function, declared, rows[:1])
    except kowari.TraceError as error:
        assert error.line == 2, error
        return False
    for row in rows:
        difference = d.find_difference(
            function, model, loose, row, zeros=not CHOOSES.search(expression)
        )
        assert not difference, f"{expression} of {kinds} for {row}: Python {difference}".replace(
            "\n", ""
        )
    return True


def check_kinds(expression: str, kinds=KINDS) -> None:
    """One expression on all types and ranks; `y` is like `x`."""
    compiled, failures = 0, []
    for dtype, rank in kinds:
        names = ("x", "y") if re.search(r"\by\b", expression) else ("x",)
        values = d.draw_rows(dtype, rank)
        rows = [dict.fromkeys(names, v) for v in values]
        if len(names) == 2:
            rows += [
                {"x": v, "y": v[::-1] if rank in (1, 2) else w} for v in values for w in values[:5]
            ]
        try:
            compiled += check(expression, dict.fromkeys(names, (dtype, rank)), rows)
        except AssertionError as error:
            failures.append(str(error).partition("\n")[0])
    assert not failures, "\n".join(failures)
    assert compiled, f"{expression} is refused for every type and rank"


TABLE = [*CASES.items(), *((f".{name}", expressions) for name, expressions in ATTRIBUTES.items())]
EXPRESSIONS = [pytest.param(e, id=f"{name_of(k)}: {e}") for k, es in TABLE for e in es]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_lowering(expression):
    check_kinds(expression)


# ---- keywords of many functions, for test_every_keyword.py ----
KEYWORDS = {
    "dtype": "np.float64",
    "out": "None",
    "where": "True",
    "initial": "0",
    "mode": "'clip'",
    "casting": "'safe'",
}
KEYWORDS |= {
    "order": "'K'",
    "overwrite_input": "True",
    "weights": "None",
    "prepend": "0",
    "append": "0",
    "subok": "True",
}
KEYWORDS |= {
    "like": "None",
    "mean": "0",
    "correction": "0",
    "period": "3",
    "sorter": "None",
    "unknown": "1",
    "posinf": "1",
}


# ---- NEP 50: every pair of flavours and types under every operator ----
FLAVOURS = [(t, r) for t in TYPES for r in (0, 1)] + [
    ("f8", "Python"),
    ("i8", "Python"),
    ("?", "Python"),
]
PICKED = {
    "f": [2.0, -1.5, 0.0, np.nan, np.inf],
    "i": [3, 0, -2, 2**31 - 1, 1],
    "b": [True, False, True, False, True],
}


def pick(kind, turn: int) -> list:
    dtype, rank = kind
    values = np.roll(np.array(PICKED[np.dtype(dtype).kind]), turn).astype(dtype)
    if kind == ("i8", "Python"):
        values[-1] = 2**33  # NumPy's int32 does not hold it
    return (
        values.tolist()
        if rank == "Python"
        else list(values)
        if rank == 0
        else [values] * values.size
    )


@pytest.mark.parametrize("sign", OPERATORS.values())
def test_flavours_meet(sign):
    compiled, failures = 0, []
    for a in FLAVOURS:
        for b in FLAVOURS:
            rows = [
                {"x": x, "y": y}
                for turn in (0, 1)
                for x, y in zip(pick(a, 0), pick(b, turn), strict=True)
            ]
            try:
                compiled += check(f"x {sign} y", {"x": a, "y": b}, rows)
            except AssertionError as error:
                failures.append(str(error).partition("\n")[0])
    assert not failures, "\n".join(failures)
    assert compiled > 20


CONSTANTS = [
    "2",
    "0",
    "-1",
    "0.5",
    "True",
    "300",
    "2**40",
    "np.float32(0.1)",
    "np.int64(7)",
    "1e300",
    "float('nan')",
]


@pytest.mark.parametrize("constant", CONSTANTS)
def test_constants_promote_weakly(constant):
    failures = []
    for sign in OPERATORS.values():
        if (sign, constant) == ("**", "2**40"):  # Python would compute integers of that many digits
            continue
        for kind in FLAVOURS:
            for expression in (f"x {sign} ({constant})", f"({constant}) {sign} x"):
                try:
                    check(expression, {"x": kind}, [{"x": x} for x in pick(kind, 0)])
                except AssertionError as error:
                    failures.append(str(error).partition("\n")[0])
    assert not failures, "\n".join(failures)


# ---- memory order ----
VIEWS = [
    "x.T",
    "x[::2]",
    "x[:, ::2]",
    "x[:, 1:]",
    "x[::-1]",
    "x[:, ::-1]",
    "x.T[1:]",
    "x.T.T",
    "(x + 1).T",
    "x.T.copy()",
    "x.T[::-1]",
]
VIEWS += [
    f"np.{n}(x.T)"
    for n in (
        "array",
        "asarray",
        "copy",
        "ascontiguousarray",
        "sort",
        "diff",
        "zeros_like",
        "nan_to_num",
    )
]
VIEWS += [
    "x.T.astype(np.float64)",
    "np.concatenate([x.T, x.T])",
    "x.T.reshape(5, -1)",
    "np.cumsum(x.T, axis=0)",
    "x[:, x[0] > 0]",
]
VIEWS += [
    "np.take(x, [0, 2], axis=1)",
    "np.stack([x.T, x.T])",
    "np.array([x.T, x.T])",
    "np.where(x.T > 0, x.T, 0)",
    "x[:, ::2] * 2",
]
VIEWS += [
    "x[:, ::2].astype(np.float64)",
    "np.compress([True, True], x, axis=1)",
    "x.T.round(2)",
    "x.T.clip(-1, 1)",
    "x[:, [1]]",
]
VIEWS += [
    "np.hstack([x, x[:, :2]])",
    "np.expand_dims(x[:, ::2], 0)",
    "x[:, ::2].reshape(-1, 3, 1)",
    "x[None].squeeze(axis=0)",
]
VIEWS += [
    "np.sqrt(abs(x)).T",
    "x.reshape(3, -1)",
    "x.T.reshape(-1, 3)",
    "x.T + 1",
    "x[:, [0, 2]]",
    "x[x[:, 0] > 0]",
    "x[:, None, :]",
]
SUMS = [
    "sum({})",
    "mean({}, axis=0)",
    "std({}, axis=1)",
    "sum({}, axis=-1)",
    "var({})",
    "sum({}, axis=(0, 1))",
    "mean({})",
]


@pytest.mark.parametrize("view", VIEWS)
def test_sums_of_views_follow_memory(view):
    random = np.random.default_rng(4)
    rows = [
        {"x": random.normal(0, 1, (n, 5)) * 10.0 ** random.integers(-8, 8, (n, 5))}
        for n in (1, 9, 60, 300)
    ]
    rows = [{"x": row["x"][: len(row["x"]) // 3 * 3 or 1]} for row in rows]
    for total in SUMS:
        expression = "np." + total.format(view)
        function = d.make_function(expression)
        try:
            model, loose = d.compile_case(function, {"x": "f64[n,5]"})
        except kowari.TraceError:
            continue
        for row in rows:
            difference = d.find_difference(function, model, loose, row)
            assert not difference, f"{expression} of {row['x'].shape}: {difference}"
