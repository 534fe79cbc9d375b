"""Random programs, and every one that ever failed: none may differ from Python; how many compile is printed."""

import pytest
from random_programs import try_program

FIRST, COUNT = 1000, 200
FAILED = [4, 23, 25, 28, 72, 131, 206, 508, 1144, 1159]
"""Seeds whose programs differed once; a change of the writer gives them other programs."""


@pytest.mark.parametrize("seed", FAILED)
def test_what_failed_once(seed):
    outcome, why = try_program(seed)
    assert outcome != "differs", why


def test_programs(capsys):
    outcomes = {seed: try_program(seed) for seed in range(FIRST, FIRST + COUNT)}
    accepted = sum(outcome != "refused" for outcome, _ in outcomes.values())
    with capsys.disabled():
        print(f" {accepted} of {COUNT} programs from seed {FIRST} compile")
    differ = {seed: why for seed, (outcome, why) in outcomes.items() if outcome == "differs"}
    assert not differ, differ
    assert accepted >= 0.55 * COUNT
