"""The function that goes to the device: one new minute of samples in, eight scores and the state out.

Trained on simulation - not a medical device.
"""

import math

import activity
import beats
import heat
import load
import quality
import water
from quality import OK

NIGHT = 360  # minutes without data after which the water balance begins anew
MOST_WATER = 0.2  # of the body mass: nobody lives to lose more
BRIDGED = 60  # minutes of a gap in which sweat is taken to have gone on


def check_profile(age, sex, height, mass, acclimatised, water_drunk) -> None:
    """Raise ValueError for somebody that the formulas do not know, or a drink that nobody drinks."""
    if not 10.0 <= age <= 100.0:
        raise ValueError("age must be 10 to 100 years")
    if not (sex == 0.0 or sex == 1.0):
        raise ValueError("sex must be 0 (female) or 1 (male)")
    if not (1.0 <= height <= 2.3 and 25.0 <= mass <= 250.0):
        raise ValueError("height must be 1 to 2.3 m, mass 25 to 250 kg")
    if not (acclimatised == 0.0 or acclimatised == 1.0):
        raise ValueError("acclimatised must be 0 or 1")
    if not 0.0 <= water_drunk <= 3.0:
        raise ValueError("water drunk in a minute must be 0 to 3 litres")


def make_score(models):
    """Return `score` over five fitted models.

    Parameters
    ----------
    models : has heat_category, heat_stress, heat_change (on `heat.row`), fatigue (on
        `load.fatigue_row`) and sweat_rate (litres an hour, on `water.sweat_row`), each with `predict`
    """

    def score(
        minute, rr_ms, heart_rate, skin_temperature, step_rate, air_temperature, humidity, water_drunk,
        age, sex, height, mass, acclimatised,
        last_minute, measured, missing, guessed, core, core_variance, resting_heart_rate,
        body_skin, body_core, body_rectal, body_core_for_work, body_skin_share, body_sweat,
        water_rate, water_deficit, effort, acute, chronic,
    ):  # fmt: skip
        """Return the scores of one minute, whether each is valid and why not, and the state.

        Trained on simulation - not a medical device. A number that is not valid is NaN, a category
        "unknown": an old score is never shown as new.

        Parameters
        ----------
        minute : whole minutes since 1970, later than the last that was scored
        rr_ms, heart_rate, skin_temperature : what was measured in it: ms between heart beats, shape
            (beats,); beats/min, shape (heart_samples,); deg C, shape (skin_samples,). May be empty.
        step_rate : steps/min, NaN if not measured
        air_temperature, humidity : deg C and %, NaN if not known
        water_drunk : litres in this minute
        age, sex, height, mass, acclimatised : years, 0 female or 1 male, m, kg, 0 or 1
        last_minute, ... : the state, as the minute before returned it; all 0 before the first

        Raises
        ------
        ValueError : a profile or a drink out of range
        RuntimeError : a minute that is not later than the last
        OverflowError : an infinite number of steps
        """
        check_profile(age, sex, height, mass, acclimatised, water_drunk)
        if minute <= last_minute:
            raise RuntimeError("this minute was scored already")
        gap = minute - last_minute - 1
        if last_minute == 0:
            gap, core, resting_heart_rate = 0, heat.CORE_START, activity.RESTING_START
            core_variance = heat.VARIANCE_START

        # What was measured, and what it is good for.
        skin = quality.mean_within(skin_temperature, 15.0, 42.0)
        said = quality.mean_within(heart_rate, 30.0, 220.0)
        clean, clean_share = beats.clean(rr_ms)
        beat_reason = quality.judge_beats(clean, said)
        heart = said
        if math.isnan(said) and beat_reason == OK:
            heart = 60000.0 / float(clean.mean())
        missing = min(missing + gap, BRIDGED)
        if math.isnan(heart):
            missing += 1
        else:
            measured += 1
            missing = max(missing - 1, 0)
        heart_reason = quality.judge_heart(heart, measured, missing)
        wbgt = heat.wbgt(air_temperature, humidity)
        weather_reason = quality.judge_weather(air_temperature, humidity, wbgt)

        # Activity and load.
        reserve = 0.0
        if not math.isnan(heart):
            resting_heart_rate = activity.next_resting(resting_heart_rate, heart)
            reserve = activity.heart_reserve(heart, resting_heart_rate, age)
        metabolic = activity.metabolic_rate(step_rate, heart, resting_heart_rate, age, sex, mass)
        impulse = load.training_impulse(reserve, sex)
        loads = load.next_load(load.Load(effort, acute, chronic), impulse, gap + 1)

        # Core temperature and strain.
        core_variance = min(core_variance + gap * 0.022**2, heat.VARIANCE_START)
        core, core_variance = heat.core_step(core, core_variance, heart)
        strain = math.nan
        if heart_reason == OK:
            strain = heat.adaptive_strain_index(
                core, heart, skin, heat.CORE_REST, resting_heart_rate
            )

        # Water.
        body = water.Body(
            body_skin, body_core, body_rectal, body_core_for_work, body_skin_share, body_sweat
        )
        if last_minute == 0 or gap > BRIDGED:
            body = water.Body()
        water_deficit += water_rate * min(gap, BRIDGED)
        guessed = min(guessed + gap, BRIDGED)
        if last_minute == 0 or gap > NIGHT:
            water_deficit, guessed = 0.0, 0
        water_reason = weather_reason
        if weather_reason == OK and not water.is_within(air_temperature, humidity):
            water_reason = quality.WEATHER_BEYOND
        elif math.isnan(metabolic):
            water_reason = heart_reason
        if water_reason == OK:
            body, _ = water.next_minute(
                body, air_temperature, humidity, metabolic, mass, height, acclimatised
            )
            row = water.sweat_row(
                body,
                air_temperature,
                humidity,
                metabolic,
                reserve,
                skin,
                mass,
                height,
                acclimatised,
                sex,
            )
            water_rate = max(float(models.sweat_rate.predict(row)[0]), 0.0) / 60.0
            guessed = max(guessed - 1, 0)
            if guessed > quality.TOLERATED:
                water_reason = quality.AFTER_GAP
        else:
            guessed += 1
        water_deficit = min(max(water_deficit + water_rate - water_drunk, 0.0), MOST_WATER * mass)
        water_percent = 100.0 * water_deficit / mass

        # The models, where their inputs are good.
        fatigue_reason = quality.first_reason(heart_reason, beat_reason)
        heat_reason = quality.first_reason(fatigue_reason, weather_reason)
        category, stress, change, tired = "unknown", math.nan, math.nan, math.nan
        if fatigue_reason == OK:
            found = beats.features(clean)
            row = load.fatigue_row(loads, reserve, found, strain, water_percent, age, sex)
            tired = min(max(float(models.fatigue.predict(row)[0]), 0.0), 100.0)
            if heat_reason == OK:
                row = heat.row(air_temperature, age, sex, humidity, core, found)
                predicted = models.heat_category.predict(row)[0]
                category = heat.worse(predicted, heat.strain_level(strain))
                stress = min(max(float(models.heat_stress.predict(row)[0]), 0.0), 100.0)
                change = min(max(float(models.heat_change.predict(row)[0]), -100.0), 100.0)

        known = water_reason == OK
        return {
            "heat_category": category,
            "heat_category_valid": heat_reason == OK,
            "heat_category_reason": heat_reason,
            "heat_stress": stress,
            "heat_stress_valid": heat_reason == OK,
            "heat_stress_reason": heat_reason,
            "heat_change": change,
            "heat_change_valid": heat_reason == OK,
            "heat_change_reason": heat_reason,
            "hydration_litres": water_deficit if known else math.nan,
            "hydration_percent": water_percent if known else math.nan,
            "hydration_valid": known,
            "hydration_reason": water_reason,
            "fatigue": tired,
            "fatigue_valid": fatigue_reason == OK,
            "fatigue_reason": fatigue_reason,
            "strain_index": strain,
            "strain_index_valid": heart_reason == OK,
            "strain_index_reason": heart_reason,
            "data_quality": quality.data_quality(
                clean_share, len(rr_ms), heart_reason, skin, step_rate, weather_reason, missing
            ),
            "activity": activity.activity_class(metabolic),
            "wbgt": wbgt,
            "heat_index": heat.heat_index(air_temperature, humidity),
            "last_minute": minute,
            "measured": measured,
            "missing": missing,
            "guessed": guessed,
            "core": core,
            "core_variance": core_variance,
            "resting_heart_rate": resting_heart_rate,
            "body_skin": body.skin,
            "body_core": body.core,
            "body_rectal": body.rectal,
            "body_core_for_work": body.core_for_work,
            "body_skin_share": body.skin_share,
            "body_sweat": body.sweat,
            "water_rate": water_rate,
            "water_deficit": water_deficit,
            "effort": loads.effort,
            "acute": loads.acute,
            "chronic": loads.chronic,
        }

    return score


STATE = (
    "last_minute", "measured", "missing", "guessed", "core", "core_variance", "resting_heart_rate",
    "body_skin", "body_core", "body_rectal", "body_core_for_work", "body_skin_share", "body_sweat",
    "water_rate", "water_deficit", "effort", "acute", "chronic",
)  # fmt: skip
WHOLE = ("last_minute", "measured", "missing", "guessed")  # states that are whole numbers
INPUTS = {
    "minute": "i64", "rr_ms": "f64[beats]", "heart_rate": "f64[heart_samples]",
    "skin_temperature": "f64[skin_samples]", "step_rate": "f64", "air_temperature": "f64",
    "humidity": "f64", "water_drunk": "f64", "age": "f64", "sex": "f64", "height": "f64", "mass": "f64",
    "acclimatised": "f64",
}  # fmt: skip
FIRST_STATE = {name: 0 if name in WHOLE else 0.0 for name in STATE}


UNITS = {
    "minute": "minutes since 1970", "rr_ms": "ms", "heart_rate": "beats/min", "skin_temperature": "deg C",
    "step_rate": "steps/min", "air_temperature": "deg C", "humidity": "%", "water_drunk": "litres",
    "age": "years", "sex": "0 female, 1 male", "height": "m", "mass": "kg", "acclimatised": "0 no, 1 yes",
    "heat_stress": "points", "heat_change": "points in 15 min", "hydration_litres": "litres lost",
    "hydration_percent": "% of body mass lost", "fatigue": "points", "strain_index": "points",
    "data_quality": "points", "wbgt": "deg C", "heat_index": "deg C", "core": "deg C",
    "resting_heart_rate": "beats/min", "water_rate": "litres/min", "water_deficit": "litres",
}  # fmt: skip
RANGES = {
    "heat_stress": (0, 100), "heat_change": (-100, 100), "hydration_litres": (0, 50),
    "hydration_percent": (0, 20), "fatigue": (0, 100), "strain_index": (0, 10),
    "data_quality": (0, 100), "core": (36, 40), "resting_heart_rate": (40, 100),
    "age": (10, 100), "sex": (0, 1), "height": (1, 2.3), "mass": (25, 250), "acclimatised": (0, 1),
    "water_drunk": (0, 3),
}  # fmt: skip


def export(models, examples=None, **options):
    """Return the compiled score with units and ranges, see `kowari.export`."""
    import kowari

    inputs = INPUTS | {name: "i64" if name in WHOLE else "f64" for name in STATE}
    options = {"state": {name: name for name in STATE}, "units": UNITS, "ranges": RANGES} | options
    return kowari.export(make_score(models), inputs, examples, **options)
