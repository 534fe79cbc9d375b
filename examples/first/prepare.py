"""Join the raw files of a wrist recording into one tidy CSV by minute, a row per heart beat.

Usage: python prepare.py DATA_FOLDER OUT.csv
"""

import argparse
from pathlib import Path

import pandas as pd

# RMSSD is usable from about ten seconds on (Munoz et al., PLoS ONE 10, e0138921, 2015), ten beats.
MIN_BEATS = 10


def read_signal(path: Path, start: float) -> pd.Series:
    """Return the mean per minute since `start` (Unix seconds) of an evenly sampled E4 file."""
    values = pd.read_csv(path, header=None).iloc[:, 0]
    first, rate, samples = values[0], values[1], values[2:].reset_index(drop=True)
    seconds = first - start + samples.index / rate
    return samples.groupby((seconds // 60).astype(int)).mean()


def prepare(folder: Path, min_beats: int = MIN_BEATS) -> pd.DataFrame:
    """Return one row per beat: minute, rr_ms, heart_rate, skin_temperature.

    minute : whole minutes since the start of the recording
    rr_ms : ms since the beat before; lost beats are absent, none is made up
    heart_rate : mean of the minute as the band says, beats/min; NaN after its end
    skin_temperature : mean of the minute, deg C; NaN after its end

    Minutes with fewer than `min_beats` beats are left out: they say too little about variability.
    """
    start = float(pd.read_csv(folder / "IBI.csv", header=None, nrows=1).iloc[0, 0])
    beats = pd.read_csv(folder / "IBI.csv", header=None, skiprows=1, names=["seconds", "interval"])
    rows = pd.DataFrame(
        {
            "minute": (beats["seconds"] // 60).astype(int),
            "rr_ms": (1000.0 * beats["interval"]).round(3),
        }
    )
    rows["heart_rate"] = rows["minute"].map(read_signal(folder / "HR.csv", start)).round(2)
    rows["skin_temperature"] = rows["minute"].map(read_signal(folder / "TEMP.csv", start)).round(2)
    enough = rows.groupby("minute")["rr_ms"].transform("size") >= min_beats
    return rows[enough].reset_index(drop=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    rows = prepare(arguments.folder)
    rows.to_csv(arguments.out, index=False)
    print(f"{arguments.out}: {len(rows)} beats in {rows['minute'].nunique()} minutes")


if __name__ == "__main__":
    main()
