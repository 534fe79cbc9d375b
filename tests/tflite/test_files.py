"""The collected files: equal to LiteRT's recorded outputs, or refused by the name of an operator.

Each runs twice in one session, from bytes that start at an odd multiple of 4, and on batches of 2 and 3.
"""

import csv
import re

import kowari
import pytest
from archive import read_archive
from compare import assert_equal
from files import DATA, choose, make_batch, read_steps
from kowari.binding import File, Session
from sessions import ShiftedFile, check_steps, run

with open(DATA / "classes.csv", newline="") as table:
    ROWS = list(csv.DictReader(table))
EQUAL = [row for row in ROWS if row["expected"] == "equal"]
OTHERS = [row for row in ROWS if row["expected"] != "equal"]
BATCHES = read_archive(DATA / "batches.xz")


def by_name(rows: list[dict]):
    return pytest.mark.parametrize("row", rows, ids=[row["name"] for row in rows])


def read_model(row: dict) -> bytes:
    return (DATA / f"{row['name']}.tflite").read_bytes()


@by_name(EQUAL)
def test_equal_twice_in_one_session(row, record_property):
    session, steps = Session(File(read_model(row))), read_steps(row["name"])
    for turn in ("first turn", "second turn"):
        check_steps(session, steps, turn)
        session.reset()
    record_property("tflite", f"{row['class']}: equal")


@by_name(EQUAL)
def test_equal_from_any_multiple_of_four_bytes(row):
    check_steps(Session(ShiftedFile(read_model(row))), read_steps(row["name"]))


@by_name([row for row in EQUAL if row["batches"]])
def test_equal_on_batches(row):
    session, steps = Session(File(read_model(row))), read_steps(row["name"])
    for batch in map(int, row["batches"].split()):
        for place, value in enumerate(run(session, make_batch(steps, batch))):
            where = f"{row['name']}/{batch}/{place}"
            assert value.shape == tuple(BATCHES[f"{where}/size"])
            assert_equal(choose(value), BATCHES[where], where)


@by_name(OTHERS)
def test_refused_by_the_name_of_an_operator_or_equal(row, record_property):
    try:
        session = Session(File(read_model(row)))
    except kowari.RunError as refusal:
        assert refusal.status == "not in this build"
        names = row["expected"].removeprefix("refused:")
        assert re.search(rf"\b({names})\b", str(refusal)), refusal
        record_property("tflite", f"{row['class']}: refused")
    else:
        check_steps(session, read_steps(row["name"]))
        record_property("tflite", f"{row['class']}: equal")
