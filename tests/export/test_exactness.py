"""Places where NumPy or Python answers in a way that is easily missed: equal to them, or refused.

Each case is one expression, on rows that tell the difference.
"""

import differential as d
import kowari
import numpy as np
import pytest

NAN, INF = np.nan, np.inf


def find_difference(expression: str, declared: dict, rows, **scope) -> str:
    """Of the first row that differs; ``rows`` are dicts."""
    function = d.make_function(expression, declared, **scope)
    model, loose = d.compile_case(function, declared, rows[:1])
    found = (d.find_difference(function, model, loose, row) for row in rows)
    return next((f for f in found if f), "")


def refuses(expression: str, declared: dict, match: str, **scope) -> None:
    function = d.make_function(expression, declared, **scope)
    with pytest.raises(kowari.TraceError, match=match):
        d.compile_case(function, declared)


# ---- scikit-learn computes some types in float32 ----
def fit(kind, dtype):
    random = np.random.default_rng(2)
    x = random.normal(1e3, 1, (60, 3)).astype(dtype)
    return kind().fit(x, (x[:, 0] > 1e3).astype(dtype))


@pytest.fixture(scope="module")
def linear():
    linear_model = pytest.importorskip("sklearn.linear_model")
    return {t: fit(linear_model.LinearRegression, t) for t in ("f8", "f4")}


def test_rows_of_float32_are_refused_where_they_stay_float32():
    scaler = fit(pytest.importorskip("sklearn.preprocessing").StandardScaler, "f8")
    refuses("m.transform(x)", {"x": "f32[n,3]"}, "in float32; make it float64", m=scaler)
    declared, rows = {"x": "i32[n,3]"}, [{"x": np.arange(6, dtype="i4").reshape(2, 3)}]
    assert not find_difference("m.transform(x)", declared, rows, m=scaler)


@pytest.mark.parametrize("dtype", ["bool", "i8", "u8", "i16", "f32"])
def test_small_types_meet_weights_of_float32(dtype, linear):
    refuses("m.predict(x)", {"x": f"{dtype}[n,3]"}, "in float32; make it float64", m=linear["f4"])


@pytest.mark.parametrize("dtype", ["bool", "i32", "f32", "f64"])
def test_weights_of_float64_widen(dtype, linear):
    x = np.array([[0, 1, 1], [1, 1, 0]]).astype(
        {"f32": "f4", "f64": "f8", "i32": "i4"}.get(dtype, dtype)
    )
    function = d.make_function("m.predict(x)", ["x"], m=linear["f8"])
    model, _ = d.compile_case(function, {"x": f"{dtype}[n,3]"}, [{"x": x}])
    np.testing.assert_allclose(model.run(x=x)["out"], linear["f8"].predict(x), rtol=1e-12)


# ---- ties ----
@pytest.mark.parametrize("given", ["", ", kind='heapsort'", ", kind='quicksort'", ", stable=False"])
def test_an_order_of_ties_that_hangs_on_the_machine(given):
    refuses(f"np.argsort(x{given})", {"x": "f64[n]"}, "the machine's choice")
    refuses(f"x.argsort(axis=-1{given})", {"x": "i64[n]"}, "the machine's choice")


def test_a_stable_order_of_ties():
    rows = [{"x": np.random.default_rng(k).integers(0, 3, 50).astype("f8")} for k in range(5)]
    for given in ("kind='stable'", "kind='mergesort'", "stable=True"):
        assert not find_difference(f"np.argsort(x, {given})", {"x": "f64[n]"}, rows)


# ---- unsigned integers ----
@pytest.mark.parametrize("name", ["sum", "prod", "cumsum", "cumprod", "nansum", "nanprod"])
@pytest.mark.parametrize("dtype", ["u8", "u16", "u32"])
def test_sums_of_unsigned_integers_are_refused(name, dtype):
    refuses(f"np.{name}(x)", {"x": f"{dtype}[n]"}, "unsigned")
    rows = [{"x": np.array([3, 2, 1], dtype={"u8": "u1", "u16": "u2", "u32": "u4"}[dtype])}]
    assert not find_difference(f"np.{name}(x.astype(np.int64))", {"x": f"{dtype}[n]"}, rows)


@pytest.mark.parametrize("name", ["mean", "std", "var", "min", "argmax", "nanmean", "nanmax"])
def test_other_reductions_of_unsigned_integers(name):
    rows = [{"x": np.array([3, 255, 1], "u1")}, {"x": np.array([0], "u1")}]
    assert not find_difference(f"np.{name}(x)", {"x": "u8[n]"}, rows)


# ---- points that do not ascend ----
def draw_points(random) -> dict:
    n, m = random.choice([1, 2, 3, 4, 5, 9, 18, 19, 60]), random.choice([1, 3, 40])
    points = random.normal(size=n) if random.random() < 0.5 else random.integers(-3, 4, n) * 1.0
    if random.random() < 0.3:
        points = np.where(random.random(n) < 0.2, random.choice([NAN, INF, -INF], n), points)
    x = np.where(random.random(m) < 0.4, random.choice(points, m), random.normal(0, 2, m))
    return {"x": x, "xp": points, "fp": random.normal(size=n)}


def test_interp_of_points_in_any_order():
    random = np.random.default_rng(7)
    rows = [draw_points(random) for _ in range(1500)]
    alone = [np.array([np.interp(v, r["xp"], r["fp"]) for v in r["x"]]) for r in rows]
    hangs = [
        not np.array_equal(np.interp(**r), a, equal_nan=True)
        for r, a in zip(rows, alone, strict=True)
    ]
    assert sum(hangs) > 100  # the answer hangs on the search before
    declared = {"x": "f64[n]", "xp": "f64[m]", "fp": "f64[m]"}
    assert not find_difference("np.interp(x, xp, fp)", declared, rows)


# ---- Python's integers ----
def test_the_quotient_beyond_64_bits():
    values = [-(2**63), 2**63 - 1, -1, 1, 0, 7]
    rows = [{"a": a, "b": b} for a in values for b in values]
    for expression in ("a // b", "a % b", "a // -1", "(-2**63) // b", "a // 2"):
        names = {n: "i64" for n in "ab" if n in expression}
        some = [{n: r[n] for n in names} for r in rows]
        assert not find_difference(expression, names, some), expression


INT32 = [
    {"x": np.array([5, -2, 2**31 - 1, -(2**31)], "i4"), "n": n} for n in (3, 2**31, -(2**40), 2**62)
]


@pytest.mark.parametrize(
    "expression",
    ["np.where(x > 0, x, n)", "np.where(x > 0, n, x)", "np.clip(x.astype(np.int64), 0, n)"],
)
def test_integers_that_32_bits_do_not_hold(expression):
    assert not find_difference(expression, {"x": "i32[k]", "n": "i64"}, INT32)


@pytest.mark.parametrize(
    "expression",
    [
        "np.where(x > 0, x, 2**31)",
        "np.clip(x, 0, 2**31)",
        "np.clip(x, -2**40, 2**40)",
        "np.clip(x, None, 2**40)",
        "np.clip(x, -2**31, 7)",
        "x[0].clip(-2**31, 2**31 - 1)",
    ],
)
def test_constants_that_32_bits_do_not_hold(expression):
    assert not find_difference(expression, {"x": "i32[k]"}, [{"x": r["x"]} for r in INT32])


def test_limits_of_int32_known_only_when_the_model_runs():
    refuses("np.clip(x, 0, n)", {"x": "i32[k]", "n": "i64"}, "a limit that int32 may not hold")


# ---- indices are looked at even if nothing is taken ----
EMPTY = [{"x": np.zeros((rows, 3)), "k": k} for rows in (0, 1) for k in (0, 2, -3, 3, -4, 5)]


@pytest.mark.parametrize(
    "expression", ["x[:, k]", "x[:, np.array([0, k])]", "x[:, k].sum()", "x.T[k]"]
)
def test_an_index_of_no_rows(expression):
    assert not find_difference(expression, {"x": "f64[n,3]", "k": "i64"}, EMPTY)


@pytest.mark.parametrize("shape", ["0,3", "n,3"])
@pytest.mark.parametrize("expression", ["x[:, 5]", "x[:, [1, -4]]"])
def test_a_constant_index_of_no_rows(expression, shape):
    assert not find_difference(expression, {"x": f"f64[{shape}]"}, [{"x": np.zeros((0, 3))}])


def test_take_does_not_look_where_nothing_is_taken():
    refuses("np.take(x, k, axis=1)", {"x": "f64[n,3]", "k": "i64"}, "without a look at the indices")
    rows = [{"x": row["x"]} for row in EMPTY]
    assert not find_difference("np.take(x, [2, -3], axis=1)", {"x": "f64[n,3]"}, rows)


# ---- Python number, NumPy scalar or array ----
FLAVOURS = {
    "f64": ["np.positive(x)", "np.nan_to_num(x)", "np.clip(x, None, None)", "np.transpose(x)"],
    "i64": [
        "np.positive(x)",
        "np.nan_to_num(x)",
        "np.clip(x, None, None)",
        "np.clip(x, -2**63, None)",
    ],
    "f64[n]": ["np.count_nonzero(x)", "np.count_nonzero(x > 1)", "np.where(x.sum() > 1, 0, x[0])"],
}


@pytest.mark.parametrize("declared, expression", [(t, e) for t, es in FLAVOURS.items() for e in es])
def test_division_by_zero_tells_the_flavour(declared, expression):
    values = {"f64": [0.0, 2.0, INF], "i64": [0, 3, -1], "f64[n]": [np.zeros(1), np.ones(3)]}
    rows = [{"x": v} for v in values[declared]]
    for use in (f"{expression} / 0", f"{expression} // ({expression} * 0)"):
        assert not find_difference(use, {"x": declared}, rows)


@pytest.mark.parametrize(
    "expression",
    [
        "isinstance(np.where(x > 1, x, 0), np.ndarray)",
        "isinstance(np.where(x > 1, x, 0) + 1, np.ndarray)",
        "isinstance(np.where(x > 1, x, 0)[...], np.ndarray)",
        "isinstance(np.nan_to_num(x), np.ndarray)",
        "isinstance(np.where(x > 1, 'a', 'b'), np.ndarray)",
        "np.where(x > 1, x, 0) ** 0.5",
        "np.where(x > 1, x, 0)[None]",
        "float(np.where(x > 1, x, 0))",
    ],
)
def test_where_of_scalars_is_an_array(expression):
    assert not find_difference(expression, {"x": "f64"}, [{"x": v} for v in (0.5, 7.0, NAN)])


# ---- lists of recorded values ----
@pytest.mark.parametrize(
    "expression",
    [
        "np.max([x, 0.0])",
        "np.min((x, y))",
        "np.max([x, 2])",
        "np.min([x, y, 1.5])",
        "np.maximum(x, np.max([y, 3]))",
    ],
)
def test_extremes_of_lists(expression):
    names = {
        n: t for n, t in {"x": "f64", "y": "i64"}.items() if n in expression.replace("max", "")
    }
    rows = [{n: {"x": x, "y": y}[n] for n in names} for x in (-1.5, 4.0, NAN) for y in (-3, 9)]
    assert not find_difference(expression, names, rows)


# ---- sizes and bounds are integers ----
@pytest.mark.parametrize(
    "expression",
    [
        "x[:len(x) / 2]",
        "x[x[0]:]",
        "x[:x[0] > 1]",
        "np.zeros(len(x) / 2)",
        "np.zeros(bool(x[0]))",
        "np.full((2, x[0] > 1), 3)",
        "np.reshape(x, (len(x) / 1, 1))",
        "np.ones((len(x), True))",
    ],
)
def test_floats_and_bools_are_no_sizes(expression):
    refuses(expression, {"x": "f64[n]"}, "must be an integer")


@pytest.mark.parametrize("expression", ["x[:2.0]", "x[::2.0]", "x[:np.True_]", "x[:x.sum()][1.0:]"])
def test_floats_are_no_bounds(expression):
    refuses(expression, {"x": "i64[n]"}, "TypeError|must be an integer|not compiled")


def test_a_bool_of_python_is_a_bound():
    rows = [{"x": np.arange(3.0), "b": b} for b in (True, False)]
    assert not find_difference("x[b:]", {"x": "f64[n]", "b": "bool"}, rows)


# ---- casts ----
def test_floats_to_uint32_are_refused():
    refuses("x.astype(np.uint32)", {"x": "f64[n]"}, "uint32")
    rows = [{"x": np.array([NAN, INF, -INF, -1.0, 3e9, 2.0**32, 2.0**40])}]
    assert not find_difference("x.astype(np.int64).astype(np.uint32)", {"x": "f64[n]"}, rows)


# ---- keywords of clip ----
@pytest.mark.parametrize(
    "expression",
    [
        "np.clip(x, a_min=0, a_max=2)",
        "np.clip(x, min=0)",
        "np.clip(x, max=1)",
        "np.clip(x, min=-1, max=1)",
        "x.clip(min=0)",
        "x.clip(max=1)",
        "x.clip(-1, max=1)",
        "np.clip(x)",
        "x.clip()",
        "np.clip(x, 0, a_max=1)",
    ],
)
def test_limits_by_name(expression):
    rows = [{"x": np.array([-3.0, 0.5, 9.0, NAN])}]
    assert not find_difference(expression, {"x": "f64[n]"}, rows)


@pytest.mark.parametrize("given", ["0", "a_min=0", "0, max=2", "0, 1, min=2", "a_max=3"])
def test_one_limit_by_its_old_name_is_refused(given):
    refuses(f"np.clip(x, {given})", {"x": "f64[n]"}, "two limits")
