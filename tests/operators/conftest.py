"""The battery's table, printed when the tests are over: a row for each operator and type."""

import os

import pytest
from tools import compile_library

CELLS = pytest.StashKey[dict]()
TYPES = ["f64", "f32", "i64", "i32", "i16", "i8", "u8", "bool", "text", "u16", "u32", "u64"]
HEAD = f"{'operator':20}{'types':10}{'cases':>6}{'NaN':>5}{'inf':>5}"
HEAD += f"{'empty':>6}{'one row':>8}{'raised':>7}{'error':>9}"


def pytest_configure(config):
    config.stash[CELLS] = {}


def pytest_report_header():
    return f"operators: KOWARI_SEED={seed_of_run()}"


def seed_of_run() -> int:
    return int(os.environ.get("KOWARI_SEED", "1"))


@pytest.fixture(scope="session")
def seed() -> int:
    """Of the random cases; KOWARI_SEED sets it."""
    return seed_of_run()


@pytest.fixture(scope="session")
def cells(request) -> dict:
    """(operator, types) to the battery's cell, for the table."""
    return request.config.stash[CELLS]


@pytest.fixture(scope="session")
def build_library(tmp_path_factory):
    """A function that compiles a tree's library with flags."""
    return lambda tree, *flags: compile_library(tree, tmp_path_factory.mktemp("library"), *flags)


def format_cell(name: str, types: str, cell) -> str:
    has_float = "f" in types
    nan, inf = (cell.nan, cell.inf) if has_float else ("n/a", "n/a")
    counts = f"{cell.cases:6}{nan:>5}{inf:>5}{cell.empty:6}{cell.one_row:8}{cell.raised:7}"
    return f"{name:20}{types:10}{counts}{cell.worst:9.1e}"


def pytest_terminal_summary(terminalreporter, config):
    cells = config.stash[CELLS]
    if not cells:
        return
    terminalreporter.section("operators and types: cases against the reference")
    terminalreporter.line(HEAD)
    for name in dict.fromkeys(name for name, _ in cells):
        types = {types: cell for (other, types), cell in cells.items() if other == name}
        for label, cell in types.items():
            terminalreporter.line(format_cell(name, label, cell))
        absent = [t for t in TYPES if not any(label.split(",")[0] == t for label in types)]
        if absent:
            terminalreporter.line(f"{name:20}n/a by signature: {' '.join(absent)}")
