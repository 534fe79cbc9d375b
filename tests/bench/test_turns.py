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
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]

import sizes  # noqa: E402
from programs import add_branch, add_repeat, finish  # noqa: E402

F64, I64 = SHORT_NAMES["f64"], SHORT_NAMES["i64"]
TURNS = 1000


def count_instructions(model, folder, **inputs) -> int:
    """Inside kw_run."""
    file, counts = folder / "model.kow", folder / "counts"
    model.save(file)
    tool = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}")
    given = [word for name, value in inputs.items() for word in ("--set", f"{name}={value}")]
    command = [*tool, "--toggle-collect=kw_run", sizes.RELEASE / "kowari", "run", file, *given]
    subprocess.run([*map(str, command), "--output", folder], check=True, capture_output=True)
    return int(re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)[1])


def loop(work, size=4, start=None):
    """``while i > 0: x, t = work(i, x, t); i -= 1`` with an array x and a number t."""
    program = Program()
    graph = program.graph()
    n, i = program.size("n", size), graph.input(I64, (), "i")
    x = (
        start(graph)
        if start
        else graph.add("broadcast_to", graph.constant(2.0), graph.input(I64, (), "n"))
    )
    zero = graph.constant(np.int64(0))

    def body(g, i, x, t):
        x, t = work(g, i, x, t)
        i = g.add("subtract", i, g.constant(np.int64(1)))
        return g.add("greater", i, zero), i, x, t

    carried = [i, Value(graph, F64, (n,)), graph.constant(0.25)]
    values = [i, x, carried[2]]
    _, y, t = add_repeat(graph, graph.add("greater", i, zero), values, body, carried)
    outputs = {"t": t, "length": graph.add("size_of", y, axis=0)}
    return finish(program, {v.name: v for v in graph.inputs}, outputs)


def number(g, value):
    return g.constant(np.int64(value))


def adds(g, i, x, t):
    return x, g.add("add", t, g.constant(1.5))


def compares(g, i, x, t):
    return x, g.add("where", g.add("less", t, g.constant(1.5)), t, g.constant(1.0))


def takes(g, i, x, t):
    return x, g.add("add", t, g.add("take", x, number(g, 1), axis=0))


def stores(g, i, x, t):
    return g.add("set_item", x, number(g, 1), t, axis=0), t


def slices(g, i, x, t):
    return g.add("set_slice", x, number(g, 1), number(g, 3), t, axis=0), t


def puts(g, i, x, t):
    return g.add("put", x, g.constant(np.array([0, 2])), t), t


def branches(g, i, x, t):
    values = [t]
    more = g.add("less", t, g.constant(1.5))
    (t,) = add_branch(g, more, values, lambda g, t: [t], lambda g, t: [g.add("copy", t)])
    return x, t


def stores_in_a_branch(g, i, x, t):
    """``if t < 1.5: x[1] = t``, in a branch of a branch; the other ways leave x as it is."""

    def inner(g, i, x, t):
        return [g.add("set_item", x, i, t, axis=0)]

    def outer(g, i, x, t):
        return add_branch(g, g.add("less", t, g.constant(1.0)), [i, x, t], inner, same)

    def same(g, i, x, t):
        return [x]

    values = [number(g, 1), x, t]
    return add_branch(g, g.add("less", t, g.constant(1.5)), values, outer, same)[0], t


def stores_in_an_inner_loop(g, i, x, t):
    """``for k in range(2): x[k] = t``, with another array that both loops only read."""

    def turn(g, k, x, t, other):
        x = g.add("set_item", x, k, g.add("take", other, k, axis=0), axis=0)
        k = g.add("add", k, number(g, 1))
        return g.add("less", k, number(g, 2)), k, x, t, other

    other = g.constant(np.arange(20_000.0))
    values = [number(g, 0), x, t, other]
    return add_repeat(g, g.constant(np.bool_(True)), values, turn)[1], t


@pytest.fixture(scope="module", autouse=True)
def tools():
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    if not (sizes.RELEASE / "kowari").exists():
        pytest.skip("no release build: `make native` makes it")


def cost_of_turn(tmp_path, work, size=4) -> float:
    model = loop(work, size)
    counts = [count_instructions(model, tmp_path, i=i, n=size) for i in (TURNS, 2 * TURNS)]
    return (counts[1] - counts[0]) / TURNS


@pytest.mark.parametrize(
    ("work", "nodes", "most"),
    [(adds, 1, 75), (compares, 2, 75), (takes, 2, 100), (stores, 1, 150), (branches, 2, 230)],
)
def test_cost_of_a_node(tmp_path, work, nodes, most):
    """Beyond that of a loop that only counts."""
    empty = cost_of_turn(tmp_path, lambda g, i, x, t: (x, g.add("copy", t)))
    assert empty < 450
    assert (cost_of_turn(tmp_path, work) - empty) / nodes < most


@pytest.mark.parametrize(
    "work", [stores, slices, puts, stores_in_a_branch, stores_in_an_inner_loop]
)
def test_stores_cost_the_same_in_a_long_array(tmp_path, work):
    """Of 1,000 elements and of 10,000."""
    short, long = (cost_of_turn(tmp_path, work, size) for size in (1000, 10_000))
    assert long < short + 1


def test_appending_costs_the_same_to_a_long_list(tmp_path):
    """The first thousand items, and those behind ten thousand."""

    def appends(g, i, x, t):
        return g.add("list_append", x, t), t

    model = loop(appends, 20_000, lambda g: g.constant(np.zeros(0)))
    ends = [0, 1000, 10_000, 11_000]
    counts = [count_instructions(model, tmp_path, i=i) for i in ends]
    first, last = counts[1] - counts[0], counts[3] - counts[2]
    assert last < first * 1.05
