"""What the scores may rest on: the gate for a minute's measurements, and the fixed list of reasons.

A score that is not valid says why, in one of these texts; nothing else is ever given as a reason.
"""

import math

OK = "ok"
NO_HEART_RATE = "no heart rate"
STARTING = "started less than a quarter of an hour ago"
AFTER_GAP = "too soon after a gap in the data"
FEW_BEATS = "too few clean heart beats"
LOOSE_STRAP = "heart rate and heart beats disagree: is the strap loose?"
NO_WEATHER = "air temperature or humidity not known"
WEATHER_BEYOND = "weather beyond the range of the formulas"
REASONS = (
    OK, NO_HEART_RATE, STARTING, AFTER_GAP, FEW_BEATS, LOOSE_STRAP, NO_WEATHER, WEATHER_BEYOND,
)  # fmt: skip

MIN_BEATS = 10  # RMSSD is usable from about ten seconds on (Munoz et al., PLoS ONE 10, 2015)
START = 15  # minutes
TOLERATED = 5  # minutes that were guessed, and not made up for yet
DISAGREEMENT = 0.25  # between the heart rate that the band says and the one of the beats


def mean_within(samples, low: float, high: float) -> float:
    """Return the mean of the samples between `low` and `high`; NaN if there is none.

    A sensor that is off the skin says 0, NaN or nonsense: only what can be is averaged.
    """
    total, count = 0.0, 0
    for sample in samples:
        if low <= sample <= high:
            total += sample
            count += 1
    if count == 0:
        return math.nan
    return float(total) / count


def count_minutes(heart_rate: float, measured: int, missing: int, gap: int) -> tuple[int, int]:
    """Return the minutes with a heart rate, and those without that are not made up for yet.

    A minute with one makes up for a minute without; a gap of any length for no more than the START.
    """
    missing = min(missing + gap, START + TOLERATED)
    if math.isnan(heart_rate):
        return measured, min(missing + 1, START + TOLERATED)
    return measured + 1, max(missing - 1, 0)


def judge_heart(heart_rate: float, measured: int, missing: int) -> str:
    """Return why no score may rest on the heart rate, or "ok".

    Parameters
    ----------
    heart_rate : beats/min, NaN if it was not measured in this minute
    measured, missing : minutes, as `count_minutes` counts
    """
    if math.isnan(heart_rate):
        return NO_HEART_RATE
    if measured < START:
        return STARTING
    if missing > TOLERATED:
        return AFTER_GAP
    return OK


def judge_beats(clean, heart_rate: float) -> str:
    """Return why no score may rest on the heart beats, or "ok".

    Parameters
    ----------
    clean : shape (beats,), intervals left after cleaning, ms
    heart_rate : beats/min as the band says, NaN if it says none
    """
    if len(clean) < MIN_BEATS:
        return FEW_BEATS
    if abs(60000.0 / clean.mean() - heart_rate) > DISAGREEMENT * heart_rate:
        return LOOSE_STRAP
    return OK


def judge_weather(air_temperature: float, humidity: float, wbgt: float) -> str:
    """Return why no score may rest on the weather, or "ok"; deg C, %, deg C (NaN: out of range)."""
    if math.isnan(air_temperature) or math.isnan(humidity):
        return NO_WEATHER
    if math.isnan(wbgt):
        return WEATHER_BEYOND
    return OK


def first_reason(*reasons: str) -> str:
    """Return the first that is not "ok", or "ok"."""
    for reason in reasons:
        if reason != OK:
            return reason
    return OK


def data_quality(
    clean_share: float,
    beats: int,
    heart: str,
    skin: float,
    steps: float,
    weather: str,
    missing: int,
) -> float:
    """Return how complete and trustworthy the data of this minute are, 0 to 100.

    Heart beats count 40 (a full minute of 40 or more, all of them clean), heart rate 25, weather 15,
    skin temperature 10, steps 10. Minutes that were missed and not made up for yet weigh it down: ten
    of them halve it.

    Parameters
    ----------
    clean_share, beats : share of this minute's intervals that were clean, and their number
    heart, weather : what `judge_heart` and `judge_weather` say
    skin, steps : deg C and steps/min, NaN if not measured
    missing : minutes
    """
    points = 40.0 * clean_share * min(beats / 40.0, 1.0)
    if heart != NO_HEART_RATE:
        points += 25.0
    if weather == OK:
        points += 15.0
    if not math.isnan(skin):
        points += 10.0
    if not math.isnan(steps):
        points += 10.0
    return points / (1.0 + missing / 10.0)
