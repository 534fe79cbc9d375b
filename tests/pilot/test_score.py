"""What the score does with what is missing: gaps, a strap that slips, unknown weather, nonsense."""

import math

import numpy as np
import pytest
import quality
import score
import stand_in

WOMAN = {"age": 40.0, "sex": 0.0, "height": 1.7, "mass": 60.0, "acclimatised": 0.0}
START = 29_000_000


@pytest.fixture(scope="module")
def function():
    return score.make_score(stand_in.make_models())


class Wearer:
    """Somebody who is scored minute by minute."""

    def __init__(self, function, seed: int = 0):
        self.function, self.random = function, np.random.default_rng(seed)
        self.state, self.minute = score.FIRST_STATE, START

    def live(self, minutes: int = 1, gap: int = 0, heart: float = 75.0, **given) -> dict:
        """Return the last of `minutes` scores, the first after a gap."""
        self.minute += gap
        for _ in range(minutes):
            self.minute += 1
            sampled = {
                "rr_ms": self.random.normal(60000.0 / heart, 20.0, int(heart)),
                "heart_rate": np.full(12, heart),
                "skin_temperature": np.full(4, 33.5),
                "step_rate": 0.0,
                "air_temperature": 30.0,
                "humidity": 50.0,
                "water_drunk": 0.0,
            }
            answer = self.function(self.minute, **(WOMAN | sampled | given), **self.state)
            self.state = {name: answer[name] for name in score.STATE}
        return answer


SCORES = ("heat_category", "heat_stress", "heat_change", "fatigue", "strain_index")


def reasons(answer: dict) -> set[str]:
    return {answer[f"{name}_reason"] for name in SCORES}


def test_scores_begin_after_a_quarter_of_an_hour(function):
    wearer = Wearer(function)
    qualities = []
    for _ in range(14):
        answer = wearer.live()
        assert reasons(answer) == {quality.STARTING}
        assert answer["heat_category"] == "unknown"
        assert math.isnan(answer["strain_index"]) and math.isnan(answer["heat_stress"])
        assert answer["hydration_valid"]
        qualities.append(answer["data_quality"])
    assert reasons(wearer.live()) == {quality.OK}
    assert qualities == sorted(qualities)
    assert wearer.live(10)["data_quality"] == 100.0


@pytest.mark.parametrize("gap, wait", [(3, 0), (8, 2), (30, 14), (300, 14)])
def test_a_gap_lowers_quality_and_is_made_up_for(function, gap, wait):
    wearer = Wearer(function)
    before = wearer.live(40)
    after = wearer.live(gap=gap)
    assert after["data_quality"] < before["data_quality"] == 100.0
    assert after["core_variance"] > before["core_variance"]
    assert reasons(after) == ({quality.AFTER_GAP} if wait else {quality.OK})
    if wait > 1:
        assert reasons(wearer.live(wait - 1)) == {quality.AFTER_GAP}
    if wait:
        assert reasons(wearer.live()) == {quality.OK}


def test_after_a_night_all_but_load_begins_anew(function):
    wearer = Wearer(function)
    before = wearer.live(60, heart=140.0, air_temperature=38.0)
    assert before["water_deficit"] > 0.1
    after = wearer.live(gap=500)
    assert reasons(after) == {quality.STARTING}
    assert after["water_deficit"] < 0.03
    assert after["hydration_valid"]
    assert after["core"] == pytest.approx(37.0, abs=0.1)
    assert before["effort"] * 0.05 < after["effort"] < before["effort"] * 0.1
    assert before["chronic"] * 0.95 < after["chronic"] < before["chronic"]


def test_no_score_outlives_its_heart_rate(function):
    wearer = Wearer(function)
    wearer.live(30)
    off = wearer.live(rr_ms=np.zeros(0), heart_rate=np.full(12, math.nan))
    assert reasons(off) == {quality.NO_HEART_RATE}
    assert off["heat_category"] == "unknown"
    assert all(math.isnan(off[name]) for name in SCORES[1:])
    assert off["data_quality"] < 50.0
    assert reasons(wearer.live()) == {quality.OK}


def test_beats_alone_give_a_heart_rate_and_must_agree_with_the_band(function):
    wearer = Wearer(function)
    wearer.live(30)
    assert reasons(wearer.live(heart_rate=np.zeros(0))) == {quality.OK}
    loose = wearer.live(heart_rate=np.full(12, 130.0))
    assert loose["strain_index_valid"]
    assert loose["fatigue_reason"] == loose["heat_stress_reason"] == quality.LOOSE_STRAP
    few = wearer.live(rr_ms=np.full(9, 800.0))
    assert few["fatigue_reason"] == few["heat_change_reason"] == quality.FEW_BEATS


def test_an_alarm_needs_nothing_but_strain(function):
    wearer = Wearer(function)
    wearer.live(15)
    lost = {"rr_ms": np.zeros(0), "air_temperature": math.nan, "humidity": math.nan}
    answer = wearer.live(90, heart=185.0, skin_temperature=np.full(4, 37.0), **lost)
    assert answer["strain_index"] > 9.0
    assert answer["heat_category"] == "extreme"
    assert answer["heat_category_valid"]
    assert answer["heat_stress_reason"] == quality.FEW_BEATS


def test_water_goes_on_as_before_while_the_weather_is_unknown(function):
    wearer = Wearer(function)
    known = wearer.live(30, air_temperature=38.0)
    unknown = wearer.live(10, air_temperature=math.nan)
    assert unknown["hydration_reason"] == unknown["heat_stress_reason"] == quality.NO_WEATHER
    assert math.isnan(unknown["hydration_litres"])
    expected = known["water_deficit"] + 10 * known["water_rate"]
    assert unknown["water_deficit"] == pytest.approx(expected)
    assert wearer.live(air_temperature=38.0)["hydration_reason"] == quality.AFTER_GAP
    assert wearer.live(4, air_temperature=38.0)["hydration_valid"]
    dry = wearer.live(air_temperature=38.0)
    drunk = wearer.live(air_temperature=38.0, water_drunk=0.1)
    assert drunk["hydration_litres"] < dry["hydration_litres"]
    assert drunk["hydration_percent"] == pytest.approx(100.0 * drunk["hydration_litres"] / 60.0)
    assert wearer.live(water_drunk=3.0)["hydration_litres"] == 0.0


@pytest.mark.parametrize(
    "wrong",
    [{"age": 9.0}, {"sex": 0.5}, {"height": 170.0}, {"mass": math.nan}, {"acclimatised": 2.0}]
    + [{"water_drunk": -0.5}, {"water_drunk": math.inf}],
)
def test_a_profile_out_of_range_is_a_value_error(function, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)).replace("_", " ")):
        Wearer(function).live(**wrong)


def test_a_minute_is_scored_once_and_steps_are_finite(function):
    wearer = Wearer(function)
    wearer.live(3)
    for gap in (-1, -3, -START):
        with pytest.raises(RuntimeError, match="scored already"):
            wearer.live(gap=gap)
        wearer.minute = START + 3
    with pytest.raises(OverflowError):
        wearer.live(step_rate=math.inf)
