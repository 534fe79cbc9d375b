"""The comparison itself: a device that is wrong is noticed, however seldom and however little."""

import sys
from pathlib import Path

import kowari
import numpy as np
import pytest
from kowari import parity
from kowari.examples import derive_rows
from kowari.export import describe_inputs


def score(x):
    return {"level": np.exp(x.mean()), "high": np.exp(x).sum() > 3.0}


EXAMPLES = [(np.random.default_rng(i).normal(size=5),) for i in range(200)]


@pytest.mark.parametrize(
    ("output", "spoil"),
    [("level", lambda value: value * (1 + 1e-7)), ("high", np.logical_not)],
)
def test_one_wrong_row_is_enough(output, spoil, monkeypatch):
    run_device = parity.run_device

    def run_wrongly(model, row):
        outcome = run_device(model, row)
        if row["x"] is EXAMPLES[123][0] and output in outcome.outputs:
            outcome.outputs[output] = np.asarray(spoil(outcome.outputs[output]))
        return outcome

    monkeypatch.setattr(parity, "run_device", run_wrongly)
    with pytest.raises(kowari.ParityError, match=f"output '{output}'"):
        kowari.export(score, examples=EXAMPLES)


def test_a_right_device_passes():
    report = kowari.export(score, examples=EXAMPLES).report
    assert [(line.output, line.tier, line.skipped) for line in report.lines] == [
        ("level", "CLOSE", 0),
        ("high", "EXACT", 0),
    ]


# ---- what is told of a difference ----
def total(x, y, scale):
    level = np.sum(x) * scale
    return {"level": level, "first": np.where(len(y) > 0, 1, 0)}


def spoil(monkeypatch, change):
    run_device = parity.run_device
    monkeypatch.setattr(
        parity, "run_device", lambda model, row: change(run_device(model, row), row)
    )


def test_a_difference_is_told_of_the_smallest_input(monkeypatch):
    """The device is wrong where x has the number 7: of 40 numbers that one is left, and nothing of y."""

    def change(outcome, row):
        if 7.0 in row["x"] and "level" in outcome.outputs:
            outcome.outputs["level"] = outcome.outputs["level"] + 1.0
        return outcome

    spoil(monkeypatch, change)
    examples = [(np.arange(40.0), np.ones(9), 2.0)]
    with pytest.raises(kowari.ParityError) as caught:
        kowari.export(total, examples=examples)
    assert caught.value.output == "level"
    assert caught.value.inputs["x"].tolist() == [7.0]
    assert caught.value.inputs["y"].size == 0
    line = total.__code__.co_firstlineno + 1
    assert f"test_parity.py:{line}" in str(caught.value)


def test_sizes_that_are_shared_shrink_together(monkeypatch):
    def change(outcome, row):
        return parity.Outcome({}, "ValueError", "wrong") if 3.0 in row["a"][:, 1] else outcome

    def both(a, b):
        return np.sum(a) + np.sum(b)

    spoil(monkeypatch, change)
    given = {"a": np.arange(20.0).reshape(10, 2), "b": np.arange(10.0)}
    with pytest.raises(kowari.ParityError, match="ValueError: wrong") as caught:
        kowari.export(both, {"a": "f64[n,2]", "b": "f64[n]"}, examples=[given])
    assert {n: v.tolist() for n, v in caught.value.inputs.items()} == {
        "a": [[2.0, 3.0]],
        "b": [1.0],
    }


# ---- rows that nobody gave ----
def halve_until(x, limit):
    count = 0
    while x > limit:
        x = x / 2.0
        count += 1
    return count


def test_rows_on_which_python_would_not_end_are_left_out():
    """Infinity is never halved to the limit, and nothing is ever as small as -infinity."""
    report = kowari.export(halve_until, examples=[(100.0, 3.0), (8.0, 1.0)]).report
    assert report.endless >= 4
    assert f"left out {report.endless} made inputs" in str(report)


def test_derived_rows_hold_plateaus_runs_of_nan_and_integers():
    examples = [{"x": np.random.default_rng(1).normal(0, 9, 30), "scale": 2.5}]
    rows = derive_rows(describe_inputs(["x", "scale"], {"x": "f64[n]"}, examples), examples)
    assert any(len(set(r["x"][10:21])) == 1 and len(set(r["x"])) == 20 for r in rows)
    assert any(np.isnan(r["x"][10:21]).all() and np.isnan(r["x"]).sum() == 11 for r in rows)
    assert any(
        np.array_equal(r["x"], np.rint(examples[0]["x"])) and r["scale"] == 2.0 for r in rows
    )


# ---- branches that no input ran ----
def judge(x, level, mode="plain"):
    if mode == "other":
        return -1.0
    if level > 1e9:
        level = level - 1e9
        level = level * 2.0
    elif level == 123.25:
        level = 0.0
    for v in x:
        if v == 77.5:
            level = level + 1.0
            continue
        level = level + v
    try:
        level = level / (level - level + 1.0)
    except ZeroDivisionError:
        level = 4.0
    return level


@pytest.mark.skipif(sys.gettrace() is not None, reason="something else watches Python's lines")
def test_branches_that_no_input_ran_are_listed():
    report = kowari.export(judge, {"x": "f64[n]", "level": "f64"}, draw_small()).report
    first = judge.__code__.co_firstlineno
    lines = [(a - first, b - first) for _, a, b in report.unreached]
    assert (7, 7) in lines and (10, 11) in lines and (16, 16) in lines
    assert not any(a <= 2 for a, _ in lines)  # decided while compiling
    assert f"no input ran {Path(__file__).name}" in str(report).replace("tests/export/", "")


def draw_small():
    return [(np.arange(5.0), 2.0), (np.ones(3), -1.0)]


def test_a_debugger_is_left_alone():
    def watch(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        report = kowari.export(judge, {"x": "f64[n]", "level": "f64"}, draw_small()).report
        assert sys.gettrace() is watch
    finally:
        sys.settrace(before)
    assert not report.counted and "are not known" in str(report)
