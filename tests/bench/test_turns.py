"""What a turn of a loop costs, in instructions: they do not depend on what else the machine does.

`make bench` has the times: some 60 instructions for one number are 5 to 8 ns.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import loops  # noqa: E402
import sizes  # noqa: E402
from loops import TURNS  # noqa: E402


def count_instructions(model, folder, **inputs) -> int:
    """Inside kw_run."""
    file, counts = folder / "model.kow", folder / "counts"
    model.save(file)
    tool = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}")
    given = [word for name, value in inputs.items() for word in ("--set", f"{name}={value}")]
    command = [*tool, "--toggle-collect=kw_run", sizes.RELEASE / "kowari", "run", file, *given]
    subprocess.run([*map(str, command), "--output", folder], check=True, capture_output=True)
    return int(re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)[1])


@pytest.fixture(scope="module", autouse=True)
def tools():
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    if not (sizes.RELEASE / "kowari").exists():
        pytest.skip("no release build: `make native` makes it")


def cost_of_turn(tmp_path, work, size=4) -> float:
    model = loops.loop(work, size)
    counts = [count_instructions(model, tmp_path, i=i, n=size) for i in (TURNS, 2 * TURNS)]
    return (counts[1] - counts[0]) / TURNS


@pytest.mark.parametrize(
    ("work", "nodes", "most"),
    [
        (loops.adds, 1, 110),
        (loops.compares, 2, 120),
        (loops.takes, 2, 100),
        (loops.stores, 1, 220),
        (loops.branches, 2, 230),
    ],
)
def test_cost_of_a_node(tmp_path, work, nodes, most):
    """Beyond that of a loop that only counts; what the number is carried costs is counted, too."""
    empty = cost_of_turn(tmp_path, loops.nothing)
    assert empty < 450
    assert (cost_of_turn(tmp_path, work) - empty) / nodes < most


@pytest.mark.parametrize(
    "work",
    [
        loops.stores,
        loops.slices,
        loops.puts,
        loops.stores_in_a_branch,
        loops.stores_in_an_inner_loop,
    ],
)
def test_stores_cost_the_same_in_a_long_array(tmp_path, work):
    """Of 1,000 elements and of 10,000."""
    short, long = (cost_of_turn(tmp_path, work, size) for size in (1000, 10_000))
    assert long < short + 1


def test_appending_costs_the_same_to_a_long_list(tmp_path):
    """The first thousand items, and those behind ten thousand."""
    model = loops.loop(loops.appends, 20_000, lambda g: g.constant(np.zeros(0)))
    ends = [0, 1000, 10_000, 11_000]
    counts = [count_instructions(model, tmp_path, i=i) for i in ends]
    first, last = counts[1] - counts[0], counts[3] - counts[2]
    assert last < first * 1.05
