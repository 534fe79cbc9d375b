"""Draw the scores of a recording, minute by minute, above the signals they came with.

Usage: python plot.py SCORES.csv MINUTES.csv OUT.png
"""

import argparse
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from simulate import CATEGORIES
from train import NOTICE

COLOURS = dict(zip(CATEGORIES, ["#dcefdc", "#fdf0c4", "#f9d3b0", "#eeb4b4"], strict=True))


def plot(scores: pd.DataFrame, minutes: pd.DataFrame, out: Path) -> None:
    """Write a PNG of the scores (minute, heat_category, heat_stress, heat_change) to `out`.

    `minutes` are the rows of prepare.py. Minutes without a score or a signal stay empty.
    """
    every = range(minutes["minute"].min(), minutes["minute"].max() + 1)
    by_minute = scores.set_index("minute").reindex(every)
    signals = minutes.groupby("minute").mean().reindex(every)
    figure = Figure(figsize=(10, 8), layout="constrained")  # without pyplot: needs no screen
    stress, change, heart = figure.subplots(3, 1, sharex=True)
    for axis in (stress, change):
        for minute, category in by_minute["heat_category"].dropna().items():
            axis.axvspan(minute - 0.5, minute + 0.5, color=COLOURS[category], linewidth=0)
    line = {"linewidth": 1.2, "marker": ".", "markersize": 4}
    stress.plot(by_minute["heat_stress"], color="#a02c2c", **line)
    stress.set(
        ylabel="heat stress\n(0 to 100)", ylim=(0, max(25, 1.1 * scores["heat_stress"].max()))
    )
    change.plot(by_minute["heat_change"], color="#30507a", **line)
    change.axhline(0, color="grey", linewidth=0.6)
    change.set_ylabel("heat change\n(points in 15 min)")
    heart.plot(60000.0 / signals["rr_ms"], color="black", **line, label="from the beats")
    heart.plot(
        signals["heart_rate"], color="grey", linewidth=1.0, label="as the band says, until it ends"
    )
    heart.set(
        ylabel="heart rate\n(beats/min)", xlabel="time since the start of the recording (min)"
    )
    skin = heart.twinx()
    skin.plot(signals["skin_temperature"], color="#c07a1c", linewidth=1.0)
    skin.set_ylabel("skin temperature\n(\N{DEGREE SIGN}C, until it ends)", color="#c07a1c")
    stress.legend(
        handles=[Patch(color=colour, label=name) for name, colour in COLOURS.items()],
        title="heat category", ncols=4, loc="upper right",
    )  # fmt: skip
    heart.legend(loc="upper right")
    figure.suptitle(f"{NOTICE}\nA real wrist recording; weather and person are assumed.")
    figure.savefig(out, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scores", type=Path)
    parser.add_argument("minutes", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    plot(pd.read_csv(arguments.scores), pd.read_csv(arguments.minutes), arguments.out)


if __name__ == "__main__":
    main()
