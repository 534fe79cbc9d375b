"""Single operators over grids of options, networks, loops, branches, variables: each equal to what was recorded.

Each is opened twice: as it comes, and from bytes that start at an odd multiple of 4.  What has several steps runs again after a
reset.  Cases that the library refuses are named in refused.csv, with the words in which it must do so.
"""

import csv
import re
from fnmatch import fnmatchcase
from pathlib import Path

import kowari
import pytest
from kowari.binding import File, Session
from recorded import FAMILIES, Recorded, read_cases
from sessions import ShiftedFile, check_steps

CASES = [case for family in FAMILIES for case in read_cases(family)]
with open(Path(__file__).parent / "refused.csv", newline="") as table:
    REFUSALS = {row["case"]: row["because"] for row in csv.DictReader(table)}


def find_refusal(case: Recorded) -> str | None:
    """Return the words in which the library must refuse a case, None where it must run it."""
    found = [because for name, because in REFUSALS.items() if fnmatchcase(case.name, name)]
    return found[0] if found else None


@pytest.mark.parametrize("case", [c for c in CASES if not find_refusal(c)], ids=lambda c: c.name)
def test_equal(case):
    steps = list(zip(case.inputs, case.outputs, strict=True))
    for kind in (File, ShiftedFile):
        session = Session(kind(case.model), case.entry or None)
        check_steps(session, steps, kind.__name__)
        if len(steps) > 1:
            session.reset()
            check_steps(session, steps, f"{kind.__name__} after a reset,")


@pytest.mark.parametrize("case", [c for c in CASES if find_refusal(c)], ids=lambda c: c.name)
def test_refused(case):
    with pytest.raises(kowari.RunError) as refusal:
        File(case.model)
    assert refusal.value.status == "not in this build"
    where = r"\w+ version \d+ in subgraph \d+, operator \d+: "
    assert re.search(f"{where}.*{find_refusal(case)}", str(refusal.value))


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_is_needed(name):
    assert any(fnmatchcase(case.name, name) for case in CASES)
