"""The battery notices a library that is wrong by a millionth, or in the last elements."""

import sys
from pathlib import Path

import pytest
from tools import run_python

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutation", ["-DKW_MUTATE=1", "-DKW_MUTATE=2"])
def test_no_mutant_survives(mutation, build_library):
    library = build_library(ROOT, mutation)
    script = Path(__file__).with_name("survivors.py")
    done = run_python(sys.executable, script, library=library, tree=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "these do not notice"
