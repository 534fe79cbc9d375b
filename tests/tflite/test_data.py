"""The recorded data: complete, named once, and small."""

import csv

from files import DATA
from recorded import FAMILIES, read_cases


def test_every_collected_file_is_there_and_classified():
    with open(DATA / "index.csv", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    with open(DATA / "classes.csv", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == names
    for suffix in ("tflite", "npz"):
        assert sorted(f.stem for f in DATA.glob(f"*.{suffix}")) == sorted(names)


def test_there_are_enough_cases_of_single_operators():
    names = [case.name for family in FAMILIES for case in read_cases(family)]
    assert len(set(names)) == len(names) >= 1500


def test_the_data_is_below_seven_megabytes():
    assert sum(f.stat().st_size for f in DATA.rglob("*") if f.is_file()) < 7e6
