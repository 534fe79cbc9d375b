"""Examples and declarations: what they may be, how they reach the function, rows made of them."""

import os
from pathlib import Path
from types import SimpleNamespace

import kowari
import numpy as np
import pytest
from kowari import parity
from kowari.examples import derive_rows, draw_rows
from kowari.export import parse_input
from kowari.rewrite import shorten


def column_sums(x):
    return {"columns": x.sum(axis=0), "all": x.sum(), "rows": x.mean(axis=1)}


@pytest.mark.parametrize("seed", range(5))
def test_fortran_order_is_an_accident_of_the_examples(seed):
    x = np.asfortranarray(np.random.default_rng(seed).normal(size=(50, 20)))
    given = kowari.export(column_sums, examples=[(x,)]).run(x=x)
    for name, expected in column_sums(np.ascontiguousarray(x)).items():
        np.testing.assert_array_equal(given[name], expected)


# ---- one type for all examples ----
def half(x):
    return {"half": x / 2, "same": x}


def test_ints_and_floats_are_floats():
    for examples, inputs in (([(1,), (2.5,)], None), ([(1,), (2,)], {"x": "f64"})):
        model = kowari.export(half, inputs, examples=examples, embed=True)
        assert model.inputs["x"].dtype == np.float64
        assert model.run(x=1.0)["same"].dtype == np.float64
        assert [line.skipped for line in model.report.lines] == [0, 0]
        assert model.check() == (2, 0)


def test_a_result_of_another_type_fails():
    """The type of a result never hangs on the last bit."""
    python = parity.Outcome({"out": np.array(True)})
    device = parity.Outcome({"out": np.array(1)})
    report = parity.Report([parity.Line("out", "EXACT")])
    with pytest.raises(kowari.ParityError, match="int64"):
        parity._compare_row(
            None, SimpleNamespace(ranges={}), {}, python, device, {"out": parity.Bounds(0)}, report
        )


@pytest.mark.parametrize(
    ("inputs", "value"),
    [
        ("i64", 1.5),
        ("f32[n]", np.array([0.1])),
        ("i32[n]", np.array([2**31])),
        ("f64", 2**53 + 1),
        ("f64[n]", np.zeros((2, 2))),
        ("f64[3]", np.zeros(4)),
        ("f64", np.zeros(2)),
        ("f64", "text"),
        ("text", 1.0),
        ("text[n]", np.array(["a", 1], dtype=object)),
        ("i64[n]", np.array([np.nan])),
    ],
)
def test_examples_fit_what_is_declared(inputs, value):
    with pytest.raises(kowari.TraceError, match="an example of input 'x' "):
        kowari.export(lambda x: x, inputs={"x": inputs}, examples=[(value,)])


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (None, "NoneType"),
        (np.array([1, 2], dtype=object), "int"),
        (np.array(["a", np.nan], dtype=object), "float"),
        (2**70, "int"),
        ({1, 2}, "set"),
    ],
)
def test_objects_are_refused_by_name_and_type(value, named):
    with pytest.raises(kowari.TraceError, match=f"'x' has {named}"):
        kowari.export(lambda x: x, examples=[(value,)])


@pytest.mark.parametrize("examples", [[np.zeros(3)], [5], [(1.0, 2.0)], [{"y": 1.0}], [()]])
def test_examples_are_arguments(examples):
    with pytest.raises(kowari.TraceError, match="example|nothing tells"):
        kowari.export(lambda x: x, examples=examples)


@pytest.mark.parametrize("target", [5, dict, None, "text"])
def test_what_is_no_function(target):
    with pytest.raises(kowari.TraceError, match="no function"):
        kowari.export(target, inputs={"x": "f64"})


@pytest.mark.parametrize(
    "declared",
    ["f64[-1]", "f64[]", "f64[ ]", "f64[n,]", "f64[1.5]", "f64[n m]", "f64[3a]", "f64[n"],
)
def test_declarations_that_are_none(declared):
    with pytest.raises(kowari.TraceError, match="declared as"):
        parse_input("x", declared)


def test_declarations():
    assert parse_input("x", " f64 [ n , 3,m_2 ] ").sizes == ("n", 3, "m_2")
    assert parse_input("x", "f64[0]").sizes == (0,)


def test_parameters_of_any_name_and_kind():
    def scale(self, /, function, *, arguments=2.0):
        return self * function + arguments

    model = kowari.export(scale, examples=[(2.0, 3.0), {"function": 1.0, "arguments": 4.0}][:1])
    assert model.run(self=2.0, function=3.0)["out"] == 8.0


@pytest.mark.parametrize("result", [2**70, (k for k in [1]), {"a\0": 1.0}, object(), "a\0b", b"a"])
def test_results_that_are_none(result):
    with pytest.raises(kowari.TraceError):
        kowari.export(lambda x: result, inputs={"x": "f64"})


# ---- rows that are made ----
def is_sorted(x, cut, three):
    return {"sorted": np.all(x[1:] >= x[:-1]), "above": cut > 1.0, "first": three[0]}


SPECS = {n: parse_input(n, d) for n, d in (("x", "f64[n]"), ("cut", "f64"), ("three", "f64[3]"))}
ROW = {"x": np.arange(1.0, 7.0), "cut": 0.5, "three": np.array([1.0, 2.0, 3.0])}


def test_derived_rows_are_hard():
    rows = derive_rows(SPECS, [ROW])
    for name in ("x", "three"):
        seen = [np.asarray(row[name]) for row in rows]
        same = [a for a in seen if len(a) == len(ROW[name])]
        finite = [a for a in same if np.all(np.isfinite(a))]
        assert any(np.array_equal(a, ROW[name][::-1]) for a in same)
        assert any(len(set(a)) == 1 for a in finite)
        assert any(1 < len(set(a)) < len(a) for a in finite)
        assert any(np.any(np.diff(a) < 0) and np.any(np.diff(a) > 0) for a in finite)
        for bad in (np.nan, np.inf, -np.inf):
            for place in (0, -1):
                assert any(np.array_equal(a[place], bad, equal_nan=True) for a in same)
        assert any(np.all(np.isnan(a)) for a in same)
    numbers = [row["cut"] for row in rows]
    assert np.inf in numbers
    assert -np.inf in numbers
    assert np.isnan(numbers).any()
    assert {len(row["three"]) for row in rows} == {3}
    assert {len(row["x"]) for row in rows} == {0, 1, 2, 6}


def test_fixed_arrays_alone_get_them_too():
    model = kowari.export(lambda three: three.max(), inputs={"three": "f64[3]"})
    assert model.report.derived > 10


def test_drawn_rows_stay_short():
    specs = {"x": parse_input("x", "f64[n]")}
    specs["x"].longest = 10**6
    assert max(len(row["x"]) for row in draw_rows(specs)) <= 1000
    model = kowari.export(lambda x: x[:1], examples=[(np.zeros(10**6),)])
    assert len(model.data) < 300_000


# ---- privacy ----
def test_paths_of_the_home_directory_are_not_told(monkeypatch, tmp_path):
    file = str(tmp_path / "study" / "score.py")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    project = tmp_path.resolve() / "study"
    assert shorten(file, project) == "score.py"
    assert shorten(file, project.parent) == "score.py"  # the home directory
    assert shorten(file, Path(project.anchor)) == "score.py"
    assert shorten(str(tmp_path / "study" / "src" / "score.py"), project) == os.path.join(
        "src", "score.py"
    )
