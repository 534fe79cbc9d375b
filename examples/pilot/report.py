"""Scores in words: a table of some minutes for people to read, and how far they are from the truth."""

import datetime

import pandas as pd
from heat import LEVELS

ROWS = 16  # minutes that are shown of a recording
TREND = 3.0  # points in 15 minutes that are worth a word


def describe_person(profile: dict[str, float]) -> str:
    """Return who is scored."""
    sex = "man" if profile["sex"] == 1.0 else "woman"
    used = "used to the heat" if profile["acclimatised"] == 1.0 else "not used to the heat"
    return f"a {sex} of {profile['age']:.0f} years, {profile['height']:.2f} m, {profile['mass']:.0f} kg, {used}"


def say_change(points: float) -> str:
    """Return a change of heat stress in words."""
    if points >= TREND:
        return f"rises by {points:.0f}"
    return f"falls by {-points:.0f}" if points <= -TREND else "stays"


def describe_minute(row: pd.Series) -> dict[str, str]:
    """Return one minute's scores as words and figures; what is not valid says why."""
    time = datetime.datetime.fromtimestamp(60 * row["minute"], datetime.UTC)
    told = {"UTC": f"{time:%H:%M}", "heat": "", "in 15 min": "", "strain": "", "water lost": ""}
    told |= {"fatigue": "", "data": f"{row['data_quality']:.0f} %"}
    if row["heat_category_valid"]:
        told["heat"] = f"{row['heat_category']}, {row['heat_stress']:.0f}"
        told["in 15 min"] = say_change(row["heat_change"])
    if row["strain_index_valid"]:
        told["strain"] = f"{row['strain_index']:.1f}"
    if row["hydration_valid"]:
        told["water lost"] = f"{row['hydration_litres']:.2f} l, {row['hydration_percent']:.1f} %"
    if row["fatigue_valid"]:
        told["fatigue"] = f"{row['fatigue']:.0f}"
    reasons = [row[f"{name}_reason"] for name in ("heat_category", "hydration", "fatigue")]
    told["what is left out, and why"] = "; ".join(sorted({one for one in reasons if one != "ok"}))
    return told


def describe_minutes(scores: pd.DataFrame) -> str:
    """Return some of a recording's minutes as a table, and in how many each score was valid."""
    shown = scores.iloc[:: -(-len(scores) // ROWS)]
    table = pd.DataFrame([describe_minute(row) for _, row in shown.iterrows()])
    shares = [
        f"{name.replace('_', ' ')} {100 * scores[f'{name}_valid'].mean():.0f} %"
        for name in ("heat_category", "hydration", "fatigue", "strain_index")
    ]
    return f"{table.to_string(index=False)}\nvalid in so many minutes: {', '.join(shares)}"


def compare_with_truth(scores: pd.DataFrame, truth: pd.DataFrame) -> str:
    """Return how far the valid scores of a simulated day are from what the simulation knows."""
    known = scores["heat_category_valid"] & truth["heat_category"].notna()
    told, true = (side["heat_category"][known].map(LEVELS.index) for side in (scores, truth))
    shares = [f"{100 * part.mean():.0f} %" for part in (told == true, told < true, told > true)]
    apart = {
        "heat stress": (scores["heat_stress"] - truth["heat_stress"], "points"),
        "water lost": (scores["hydration_litres"] - truth["deficit"], "l"),
        "fatigue": (scores["fatigue"] - truth["fatigue"], "points"),
    }
    off = [f"{name} {error.abs().mean():.2g} {unit}" for name, (error, unit) in apart.items()]
    return (
        "beside the simulation's truth: heat category right in {} of the minutes, too low in {}, too "
        "high in {}; off on average: {}"
    ).format(*shares, ", ".join(off))
