"""The battery notices a wrong library: one that perturbs results by a millionth, one that spoils their last element."""

import sys
from pathlib import Path

import pytest
from tools import run_python

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutation", ["-DKW_MUTATE=1", "-DKW_MUTATE=2"])
def test_no_mutant_survives(mutation, build_library):
    library = build_library(ROOT, mutation)
    done = run_python(sys.executable, Path(__file__).with_name("survivors.py"), library=library, tree=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "these do not notice"
