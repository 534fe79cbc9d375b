"""Draw the scores of recordings, minute by minute, a column each, with the quality of their data."""

from pathlib import Path

import pandas as pd
from heat import LEVELS
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from train import NOTICE

COLOURS = dict(zip(LEVELS, ["#dcefdc", "#fdf0c4", "#f9d3b0", "#eeb4b4"], strict=True))
# Label, score, what the simulation calls the same, colour, and the scale's least upper end.
ROWS = [
    ("heat stress\n(0 to 100)", "heat_stress", "heat_stress", "#a02c2c", 60.0),
    ("heat change\n(points in 15 min)", "heat_change", "heat_change", "#30507a", 10.0),
    ("strain index\n(0 to 10)", "strain_index", None, "#7a3070", 6.0),
    ("water lost\n(litres)", "hydration_litres", "deficit", "#1f7a8c", 1.0),
    ("fatigue\n(0 to 100)", "fatigue", "fatigue", "#806020", 100.0),
    ("data quality\n(%)", "data_quality", None, "#505050", 100.0),
]


def shade_categories(axis, hours: pd.Series, categories: pd.Series) -> None:
    """Colour stretches of equal heat category; a minute without one stays white."""
    stretch = (categories != categories.shift()).cumsum()
    for _, part in categories.groupby(stretch):
        if part.iloc[0] in COLOURS:
            start, end = hours[part.index[0]], hours[part.index[-1]] + 1.0 / 60.0
            axis.axvspan(start, end, color=COLOURS[part.iloc[0]], linewidth=0)


def plot(recordings: dict[str, pd.DataFrame], truths: dict[str, pd.DataFrame], out: Path) -> None:
    """Write a PNG of the scores in each recording, by title; what is not valid is left out.

    `truths` are what the simulation knows of the same minutes, or None.
    """
    figure = Figure(figsize=(4.2 * len(recordings), 12), layout="constrained")  # needs no screen
    axes = figure.subplots(len(ROWS), len(recordings), sharex="col", sharey="row", squeeze=False)
    for column, (title, scores) in enumerate(recordings.items()):
        hours, truth = (scores["minute"] - scores["minute"].iloc[0]) / 60.0, truths[title]
        axes[0][column].set_title(title)
        axes[-1][column].set_xlabel("hours since the start")
        for axis, (_, score, same, colour, _) in zip(axes[:, column], ROWS, strict=True):
            shade_categories(axis, hours, scores["heat_category"])
            axis.plot(hours, scores[score], color=colour, linewidth=1.2)
            if truth is not None and same is not None:
                axis.plot(hours, truth[same], color="black", linewidth=0.8, linestyle=":")
    for axis, (label, score, _, _, end) in zip(axes[:, 0], ROWS, strict=True):
        axis.set_ylabel(label)
        most = max(end, *(1.05 * scores[score].max() for scores in recordings.values()))
        axis.set_ylim(-most if score == "heat_change" else 0.0, most)
    true = Line2D(
        [], [], color="black", linewidth=0.8, linestyle=":", label="true, in the simulation"
    )
    figure.legend(
        handles=[*(Patch(color=colour, label=name) for name, colour in COLOURS.items()), true],
        title="heat category (white: not known)", ncols=5, loc="outside lower center",
    )  # fmt: skip
    figure.suptitle(NOTICE)
    figure.savefig(out, dpi=100)
