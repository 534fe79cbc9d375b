"""docs/writing.md against the exporter: it lists what there is, and what it refuses is refused."""

import linecache
import math
import re
from pathlib import Path

import kowari
import numpy as np
import pytest
from kowari import operators
from kowari.convert import CONVERTERS
from kowari.lower import support

PAGE = (Path(__file__).parents[2] / "docs" / "writing.md").read_text()


@pytest.fixture
def export(tmp_path):
    """Export a function of x that returns an expression, or does a statement."""

    def export(text: str, **inputs):
        returns = re.match(r"\w+ -= |\w+\[0\] = ", text) is None
        body = f"return {text}" if returns else f"{text}\n    return x"
        path = tmp_path / "line.py"  # the exporter reads functions from files
        path.write_text(f"def f({', '.join(inputs)}):\n    {body}\n")
        names = {"np": np, "math": math, "HISTORY": []}
        exec(compile(path.read_text(), path, "exec"), names)
        linecache.clearcache()
        return kowari.export(names["f"], inputs=inputs)

    return export


def read_table(first_cell: str) -> list[list[str]]:
    """Return the cells, without backquotes, of the table whose head begins with a cell."""
    table = PAGE.split(f"| {first_cell} |", 1)[1].split("\n\n")[0].split("\n")[2:]
    rows = (re.split(r"(?<!\\)\|", line)[1:-1] for line in table)
    return [[cell.strip().replace("\\|", "|").replace("`", "") for cell in row] for row in rows]


def test_the_tables_are_those_of_the_lowerings():
    """`python -m kowari.lower.support docs/writing.md` writes them."""
    assert support.replace_tables(PAGE) == PAGE


def test_the_operators_are_listed(export):
    for sign in support.OPERATORS.split():
        text = f"{sign}x" if sign == "~" else f"x {sign} x"
        assert export(text, x="bool[n]" if sign in "&|^~" else "f64[3]").outputs


def test_the_estimators_are_listed():
    assert {name for (name,) in read_table("converted")} == set(CONVERTERS)


def test_the_types_are_listed():
    assert f"\n    {' '.join(operators.SHORT_NAMES)}\n" in PAGE


# ---- the lines are exported ----
@pytest.mark.parametrize("refused, why, instead", read_table("refused"))
def test_what_is_refused_can_be_written(refused, why, instead, export):
    with pytest.raises(kowari.TraceError, match=re.escape(why)) as caught:
        export(refused, x="f64[n]")
    if refused != "None":
        assert caught.value.line == 2
    assert export(instead, x="f64[n]").outputs


# ---- flavours ----
def test_python_numbers_raise(export):
    with pytest.raises(kowari.RunError, match="ZeroDivisionError.*line.py:2") as caught:
        export("a / b", a="f64", b="f64").run(a=1.0, b=0.0)
    assert caught.value.type == "ZeroDivisionError"
    with pytest.raises(kowari.RunError, match="OverflowError"):
        export("a * b", a="i64", b="i64").run(a=2**40, b=2**40)


def test_numpy_numbers_do_not(export):
    assert export("a / b", a="f32", b="f32").run(a=np.float32(1), b=np.float32(0))["out"] == np.inf
    wrapped = export("a * b", a="i64[n]", b="i64[n]").run(a=[2**40], b=[2**40 + 1])["out"]
    assert wrapped == np.array([2**40]) * np.array([2**40 + 1])


# ---- sizes ----
def test_capacities_come_from_examples(tmp_path, export):
    model = export("x[x > 0.0]", x="f64[beats]")
    assert model.sizes["beats"] == (1024, -1)
    assert [name for name in model.sizes if name != "beats"] == list(model.outputs["out"].sizes)
    assert len(model.run(x=np.ones(3000))["out"]) == 3000
