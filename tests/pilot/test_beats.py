"""Heart beats: cleaning, against what was done to them; features, against plain Python and printed digits."""

import json
import math
import statistics
from itertools import pairwise
from pathlib import Path

import beats
import numpy as np
import pytest
import quality

DATA = Path(beats.__file__).parent / "data"


def read_intervals() -> np.ndarray:
    return np.loadtxt(DATA / "nni_pyhrv.csv", skiprows=1)


def test_features_give_every_printed_digit_of_the_seed_row():
    seed = json.loads((DATA / "seed_row.json").read_text())
    clean, share = beats.clean(np.array(seed["rr_ms"], dtype=float))
    assert share == 1.0
    found = [f"{value:.10g}" for value in beats.features(clean)]
    assert found == [f"{value:.10g}" for value in seed["row"][5:]]


def draw(kind: str) -> list[float]:
    random = np.random.default_rng(7)
    if kind == "recorded":
        return read_intervals().tolist()
    if kind == "steps of 50":
        return (800.0 + 50.0 * random.integers(-2, 3, 300)).tolist()
    if kind == "constant":
        return [850.0] * 60
    return [900.0, 950.0] if kind == "two" else random.uniform(400.0, 1400.0, 300).tolist()


@pytest.mark.parametrize("kind", ["recorded", "random", "steps of 50", "constant", "two"])
def test_features_equal_a_plain_python_computation(kind):
    rr = draw(kind)
    rate = [60000.0 / interval for interval in rr]
    steps = [after - before for before, after in pairwise(rr)]
    large = sum(abs(step) > 50.0 for step in steps)
    expected = [
        statistics.fmean(rr), statistics.pstdev(rr), 60000.0 / statistics.fmean(rr),
        statistics.fmean(rate), statistics.pstdev(rate), min(rate), max(rate),
        math.sqrt(statistics.fmean(step * step for step in steps)), large, 100.0 * large / len(rr),
    ]  # fmt: skip
    np.testing.assert_allclose(beats.features(np.array(rr)), expected, rtol=1e-12, atol=1e-10)


def test_a_recording_of_a_healthy_heart_stays_nearly_as_it_is():
    """What is replaced stands a fifth from the beat before it, and less than one in ten is."""
    rr = read_intervals()
    clean, share = beats.clean(rr[:-1])  # the last is such a beat, and cut
    changed = np.flatnonzero(clean != rr[:-1])
    assert share == 1.0 - changed.size / (rr.size - 1) > 0.9
    assert (np.abs(rr[changed] / rr[changed - 1] - 1.0) > 0.2).all()


@pytest.mark.parametrize("bad", [0.0, 150.0, 5000.0, math.nan, math.inf, -800.0])
def test_what_no_heart_does_is_replaced_on_a_line(bad):
    rr = np.random.default_rng(3).normal(800.0, 20.0, 40)
    expected = rr.copy()
    rr[17], expected[17] = bad, (rr[16] + rr[18]) / 2.0
    clean, share = beats.clean(rr)
    np.testing.assert_allclose(clean, expected, rtol=1e-15)
    assert share == 39.0 / 40.0


def test_an_ectopic_beat_and_its_pause_are_seen():
    """Early by a third, and the next one late by as much: one is dropped, and the pause after it not
    taken for the rhythm, since the beat behind it is good again."""
    rr = np.full(30, 800.0)
    rr[10] = 520.0
    clean, share = beats.clean(rr)
    np.testing.assert_array_equal(clean, np.full(30, 800.0))
    assert share == 29.0 / 30.0


def test_a_change_of_rhythm_is_none_of_its_business():
    rr = np.concatenate([np.full(20, 1000.0), np.full(20, 600.0)])
    clean, share = beats.clean(rr)
    assert share == 39.0 / 40.0
    assert clean.tolist() == [1000.0] * 20 + [800.0] + [600.0] * 19


def test_the_ends_are_cut_and_nothing_is_made_of_nothing():
    clean, share = beats.clean(np.array([100.0, 9000.0, 700.0, 710.0, 0.0]))
    assert clean.tolist() == [700.0, 710.0]
    assert share == 0.4
    for nothing in ([], [1.0, 2.0], [math.nan] * 5):
        clean, share = beats.clean(np.array(nothing))
        assert clean.size == 0
        assert share == 0.0


# ---- the gate ----
def test_means_are_of_what_can_be():
    assert quality.mean_within(np.array([math.nan, 33.0, 0.0, 34.0, math.inf]), 15.0, 42.0) == 33.5
    assert math.isnan(quality.mean_within(np.array([0.0, math.nan]), 15.0, 42.0))
    assert math.isnan(quality.mean_within(np.zeros(0), 15.0, 42.0))


def test_reasons_are_of_the_list_and_in_order():
    clean = np.full(20, 800.0)
    assert quality.judge_beats(clean, 75.0) == quality.OK
    assert quality.judge_beats(clean, math.nan) == quality.OK
    assert quality.judge_beats(clean[:9], 75.0) == quality.FEW_BEATS
    assert quality.judge_beats(clean, 130.0) == quality.LOOSE_STRAP
    assert quality.judge_heart(math.nan, 99, 0) == quality.NO_HEART_RATE
    assert quality.judge_heart(75.0, 14, 9) == quality.STARTING
    assert quality.judge_heart(75.0, 99, 6) == quality.AFTER_GAP
    assert quality.judge_heart(75.0, 15, 5) == quality.OK
    assert quality.judge_weather(math.nan, 50.0, math.nan) == quality.NO_WEATHER
    assert quality.judge_weather(60.0, 50.0, math.nan) == quality.WEATHER_BEYOND
    assert quality.first_reason("ok", "b", "c") == "b"
    assert quality.first_reason() == quality.OK
    assert len(set(quality.REASONS)) == len(quality.REASONS) == 8


def test_a_gap_is_made_up_for_minute_by_minute():
    measured, missing = quality.count_minutes(75.0, 40, 0, 3)
    assert (measured, missing) == (41, 2)
    assert quality.count_minutes(math.nan, 40, 2, 0) == (40, 3)
    for gap in (30, 10**9):
        measured, missing, minutes = 40, 0, 0
        while minutes == 0 or quality.judge_heart(75.0, measured, missing) != quality.OK:
            measured, missing = quality.count_minutes(
                75.0, measured, missing, gap if minutes == 0 else 0
            )
            minutes += 1
        assert minutes == quality.START


def test_quality_falls_with_all_that_is_missing():
    full = (1.0, 60, quality.OK, 33.0, 0.0, quality.OK, 0)
    assert quality.data_quality(*full) == 100.0
    worse = [(0, 0.5, 80), (1, 20, 80), (2, quality.NO_HEART_RATE, 75), (3, math.nan, 90)]
    worse += [(4, math.nan, 90), (5, quality.NO_WEATHER, 85), (6, 10, 50)]
    for place, value, expected in worse:
        assert quality.data_quality(*full[:place], value, *full[place + 1 :]) == expected
    assert quality.data_quality(0.0, 0, quality.NO_HEART_RATE, math.nan, math.nan, "", 60) == 0.0
