"""Functions that others wrote, unmodified and in an environment of their own: equal to Python, or refused at a line.

``make .venv-others/requirements`` makes the environment; the table lies in build/others.md afterwards.
"""

import json
import os
import subprocess
from pathlib import Path

import kowari
import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-others" / "bin" / "python"
LEAST_EQUAL = 0.45


@pytest.fixture(scope="module")
def table() -> list[dict]:
    if not (ROOT / ".venv-others" / "requirements").exists():
        pytest.skip("no .venv-others: `make .venv-others/requirements` needs the package index")
    path = ROOT / "build" / "others.json"
    path.parent.mkdir(exist_ok=True)
    package = str(Path(kowari.__file__).parents[1])
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"PYTHONPATH": package, "MPLCONFIGDIR": str(path.parent)}
    script = Path(__file__).with_name("other_table.py")
    subprocess.run([PYTHON, script, path], env=environment, check=True, timeout=1500)
    print(path.with_suffix(".md").read_text())
    return json.loads(path.read_text())


def test_no_function_differs(table):
    assert [r for r in table if r["result"] == "differs"] == []


def test_many_functions_are_equal(table):
    equal = sum(r["result"] == "equal" for r in table)
    print(f"{equal} of {len(table)} functions are equal")
    assert equal >= LEAST_EQUAL * len(table)


def test_what_is_refused_says_why(table):
    for row in table:
        assert row["result"] != "refused" or row["reason"], row
