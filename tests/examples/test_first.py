"""The first example's Python side, against sources of its own.

Printed numbers, plain Python arithmetic, and the recording's files read again without pandas.
"""

import csv
import json
import math
import statistics
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

EXAMPLE = Path(__file__).parents[2] / "examples" / "first"
sys.path.insert(0, str(EXAMPLE))

import plot  # noqa: E402
import prepare  # noqa: E402
import simulate  # noqa: E402
import train  # noqa: E402
from features import features  # noqa: E402

CONTEXT = [33.3, 39.0, 0.0, 58.45, 36.76]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """With more threads, scoring a single row is mostly waiting for them."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def rows():
    return simulate.simulate(people=100, sessions=4)


@pytest.fixture(scope="module")
def built():
    return train.build_score()


def read_lines(name):
    with open(EXAMPLE / "data" / name, newline="") as file:
        return list(csv.reader(file))


def test_features_give_every_printed_digit_of_the_seed_row():
    seed = json.loads((EXAMPLE / "data" / "seed_row.json").read_text())
    row = features(np.array(seed["rr_ms"]), *seed["context"])
    assert [f"{value:.10g}" for value in row] == [f"{value:.10g}" for value in seed["row"]]


@pytest.mark.parametrize("kind", ["random", "steps of 50", "constant", "two"])
def test_features_equal_a_plain_python_computation(kind):
    rng = np.random.default_rng(7)
    rr = {
        "random": rng.integers(400, 1400, 300),
        "steps of 50": 800 + 50 * rng.integers(-2, 3, 300),
        "constant": np.full(60, 850),
        "two": np.array([900, 950]),
    }[kind].tolist()
    rate = [60000 / interval for interval in rr]
    steps = [after - before for before, after in pairwise(rr)]
    large = sum(abs(step) > 50 for step in steps)
    expected = [
        *CONTEXT,
        statistics.fmean(rr), statistics.pstdev(rr), 60000 / statistics.fmean(rr),
        statistics.fmean(rate), statistics.pstdev(rate), min(rate), max(rate),
        math.sqrt(statistics.fmean(step * step for step in steps)), large, 100 * large / len(rr),
    ]  # fmt: skip
    np.testing.assert_allclose(features(np.array(rr), *CONTEXT), expected, rtol=1e-12, atol=1e-12)


def test_features_pass_on_a_missing_beat():
    row = features(np.array([800.0, np.nan, 820.0]), *CONTEXT)
    assert np.isnan(row[5:13]).all()
    assert not np.isnan(row[13:]).any()  # no comparison with NaN holds


def test_prepare_keeps_the_beats_of_full_minutes():
    minutes = defaultdict(list)
    for seconds, interval in read_lines("IBI.csv")[1:]:
        minutes[int(float(seconds) // 60)].append(round(1000 * float(interval), 3))
    expected = {minute: rr for minute, rr in minutes.items() if len(rr) >= prepare.MIN_BEATS}
    assert 0 < len(expected) < len(minutes)
    table = prepare.prepare(EXAMPLE / "data")
    assert {minute: part.to_list() for minute, part in table.groupby("minute")["rr_ms"]} == expected


@pytest.mark.parametrize("name, column", [("HR", "heart_rate"), ("TEMP", "skin_temperature")])
def test_prepare_averages_signals_and_leaves_missing_what_ended(name, column):
    start, rate, *samples = (float(line[0]) for line in read_lines(f"{name}.csv"))
    offset = start - float(read_lines("IBI.csv")[0][0])
    minutes = defaultdict(list)
    for index, sample in enumerate(samples):
        minutes[int((offset + index / rate) // 60)].append(sample)
    table = prepare.prepare(EXAMPLE / "data").groupby("minute")[column]
    assert (table.nunique() <= 1).all()
    for minute, value in table.first().items():
        if minute in minutes:
            assert value == pytest.approx(statistics.fmean(minutes[minute]), abs=0.005 + 1e-9)
        else:
            assert math.isnan(value)
    assert table.first().isna().any()


def test_strain_index_follows_the_published_formula():
    assert simulate.strain_index(39.5, 180.0, 36.5, 60.0) == pytest.approx(100.0)
    assert simulate.strain_index(36.5, 60.0, 36.5, 60.0) == 0.0
    assert simulate.strain_index(38.0, 120.0, 36.5, 60.0) == pytest.approx(50.0)


def test_heat_balance_behaves():
    steam_tables = {20.0: 2.339, 30.0: 4.247, 35.0: 5.629, 40.0: 7.385}  # deg C: kPa
    for temperature, pressure in steam_tables.items():
        assert simulate.saturation(temperature) == pytest.approx(pressure, rel=0.005)
    assert simulate.heat_gain(100.0, 25.0, 40.0, 0.0) == 0.0  # sweat settles it
    humid = simulate.heat_gain(250.0, 40.0, np.array([40.0, 55.0, 70.0]), 0.0)
    assert humid[0] > 0
    assert (np.diff(humid) > 0).all()
    assert simulate.heat_gain(60.0, 25.0, 40.0, 1.0) < 0  # sheds what was stored


def test_simulation_repeats_with_its_seed_and_only_then(rows):
    pd.testing.assert_frame_equal(rows, simulate.simulate(people=100, sessions=4))
    assert not rows["heat_stress"].equals(
        simulate.simulate(people=100, sessions=4, seed=2)["heat_stress"]
    )


def test_simulated_rows_are_complete_and_consistent(rows):
    assert set(rows["heat_category"]) == set(simulate.CATEGORIES)
    assert rows["heat_stress"].between(0, 100).all()
    ahead = rows["heat_stress"] + rows["heat_change"]
    assert ahead.between(-1e-9, 100 + 1e-9).all()
    limits = [-math.inf, *simulate.CATEGORY_LIMITS, math.inf]
    for name, (low, high) in zip(simulate.CATEGORIES, pairwise(limits), strict=True):
        assert ahead[rows["heat_category"] == name].between(low - 1e-9, high + 1e-9).all()
    for rr in rows["rr_ms"]:
        assert len(rr) >= prepare.MIN_BEATS
        assert ((rr >= 300) & (rr <= 2000)).all()
    assert rows["body_temperature"].between(35.5, 40.5).all()


def test_score_returns_named_scores_and_repeats(built):
    score, examples, quality = built
    again, _, same_quality = train.build_score()
    assert quality == same_quality
    for example in examples[:20]:
        scores = score(**example)
        assert scores == again(**example)
        assert list(scores) == ["heat_category", "heat_stress", "heat_change"]
        assert str(scores["heat_category"]) in simulate.CATEGORIES
        assert 0 <= scores["heat_stress"] <= 100


def test_models_beat_saying_always_the_same(built):
    for line in built[2]:
        own, other = (float(word.rsplit(" ", 1)[1]) for word in line.split(";"))
        assert own > other if "accuracy" in line else own < other


def test_plot_writes_a_picture(built, tmp_path):
    minutes = prepare.prepare(EXAMPLE / "data")
    context = dict(zip(simulate.CONTEXT, CONTEXT, strict=True))
    scores = pd.DataFrame(
        {"minute": minute, **built[0](part["rr_ms"].to_numpy(), **context)}
        for minute, part in minutes.groupby("minute")
    )
    plot.plot(scores, minutes, tmp_path / "heat.png")
    assert (tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")
