"""Functions that others wrote, unmodified and in an environment of their own: equal to Python, or refused at a line.

``make test`` makes the environment where the package index can be reached; the table lies in build/others.md afterwards.
tests/data/heat_validation holds validation tables of thermal comfort models (MIT, see its LICENSE).
"""

import json
import os
import re
import subprocess
from pathlib import Path

import kowari
import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-others" / "bin" / "python"
LEAST_EQUAL = 0.45


def run_script(name: str, *arguments) -> str:
    """What a script beside this one prints in that environment."""
    if not (ROOT / ".venv-others" / "requirements").exists():
        pytest.skip("no .venv-others: `make .venv-others/requirements` needs the package index")
    caches = ROOT / "build" / "others"
    caches.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= dict.fromkeys(("MPLCONFIGDIR", "NUMBA_CACHE_DIR"), str(caches))
    package = caches / "package" / "kowari"  # alone: what lies beside it is of other versions
    package.parent.mkdir(exist_ok=True)
    package.unlink(missing_ok=True)
    package.symlink_to(Path(kowari.__file__).parent)
    environment["PYTHONPATH"] = str(package.parent)
    command = [PYTHON, Path(__file__).with_name(name), *arguments]
    done = subprocess.run(command, env=environment, timeout=1500, text=True, stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def table() -> list[dict]:
    path = ROOT / "build" / "others.json"
    run_script("other_table.py", path)
    print(path.with_suffix(".md").read_text())
    return json.loads(path.read_text())


def test_validation_tables_of_phs_and_utci():
    """Every row that Python itself gives as the table does, by the model too; and as Python does."""
    printed = run_script("other_validation.py")
    print(printed)
    found = re.findall(r"(\w+): (\d+) rows as in the table, (\d+) wrong", printed)
    assert {name: wrong for name, _, wrong in found} == {"phs": "0", "utci": "0"}, printed
    assert all(int(count) >= 20 for _, count, _ in found), printed


def test_no_function_differs(table):
    assert [r for r in table if r["result"] == "differs"] == []


def test_many_functions_are_equal(table):
    equal = sum(r["result"] == "equal" for r in table)
    print(f"{equal} of {len(table)} functions are equal")
    assert equal >= LEAST_EQUAL * len(table)


def test_what_is_refused_says_why(table):
    for row in table:
        assert row["result"] != "refused" or row["reason"], row
