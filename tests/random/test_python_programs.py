"""New random programs in every run, and every one that ever failed: none may differ from Python; how many compile is printed."""

import os
import random
from pathlib import Path

import pytest
from names_writer import write_names
from random_programs import try_program

COUNT, LEAST = 200, 0.70
FIRST = int(os.environ.get("KOWARI_FIRST_SEED") or random.SystemRandom().randrange(10**9))
FAILED = sorted(Path(__file__).with_name("failed").glob("*.txt"))
"""Programs that differed once, as text: a change of the writer gives seeds other programs."""


@pytest.mark.parametrize("path", FAILED, ids=lambda path: path.stem)
def test_what_failed_once(path):
    for seed in range(3):
        outcome, why = try_program(seed, path.read_text())
        assert outcome != "differs", why


def test_programs(capsys):
    outcomes = {seed: try_program(seed) for seed in range(FIRST, FIRST + COUNT)}
    accepted = sum(outcome != "refused" for outcome, _ in outcomes.values())
    with capsys.disabled():
        print(
            f" {accepted} of {COUNT} programs compile; KOWARI_FIRST_SEED={FIRST} tries them again"
        )
    differ = {seed: why for seed, (outcome, why) in outcomes.items() if outcome == "differs"}
    assert not differ, differ
    assert accepted >= LEAST * COUNT


def test_programs_whose_objects_have_several_names(capsys):
    outcomes = {}
    for seed in range(FIRST, FIRST + COUNT):
        outcomes[seed] = try_program(seed, write_names(seed))
    accepted = sum(outcome != "refused" for outcome, _ in outcomes.values())
    with capsys.disabled():
        print(f" {accepted} of {COUNT} programs with several names for an object compile")
    differ = {seed: why for seed, (outcome, why) in outcomes.items() if outcome == "differs"}
    assert not differ, differ
