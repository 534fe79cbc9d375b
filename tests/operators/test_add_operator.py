"""An operator is two changes, a row and a kernel; a copy of the tree gets one, and all know it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools import compile_command, run_python

ROOT = Path(__file__).resolve().parents[2]
PATCH = Path(__file__).with_name("add_operator.patch")
COPIED = [
    "src",
    "include",
    "cli",
    "python",
    "tests/operators",
    "tests/conftest.py",
    "tests/programs.py",
]
NEW = "cube"


def copy_tree(target: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.so")
            shutil.copytree(source, target / name, ignore=ignored)
        else:
            shutil.copy(source, target / name)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """The tree with one more operator."""
    target = tmp_path_factory.mktemp("tree")
    copy_tree(target)
    done = subprocess.run(["git", "apply", str(PATCH)], cwd=target, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def library(tree, build_library) -> Path:
    return build_library(tree)


def test_patch_is_one_row_and_one_kernel():
    changed = [line for line in PATCH.read_text().splitlines() if line.startswith("+++")]
    assert sorted(Path(line).suffix for line in changed) == [".c", ".def"]


def test_command_line_lists_it(tree):
    command = compile_command(tree, tree)
    table = subprocess.run([command, "ops"], capture_output=True, text=True, check=True).stdout
    assert any(line.split()[:2] == ["1023", NEW] for line in table.splitlines()), table


def test_python_reads_it(tree, library):
    code = f"from kowari.operators import operators; print(operators()['{NEW}'].signature)"
    done = run_python(sys.executable, "-c", code, library=library, tree=tree)
    assert done.stdout.strip() == "a:f -> y:f", done.stderr


def test_battery_covers_it(tree, library):
    battery = "tests/operators/test_battery.py"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", battery, "-k", NEW]
    done = run_python(*words, library=library, tree=tree)
    assert done.returncode == 0, done.stdout
    for types in ("f64", "f32"):
        assert any(line.split()[:3] == [NEW, types, "112"] for line in done.stdout.splitlines()), (
            done.stdout
        )
