"""ARCHITECTURE.md against the tree: every file has its sentence, and dependence goes one way."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text()
FOLDERS = re.findall(r"^## ((?:include|src|cli|python)\S*)/$", PAGE, re.MULTILINE)
SUFFIXES = {".c", ".h", ".def", ".py"}


def read_order() -> list[str]:
    """Return the modules of python/kowari, each of which imports only earlier ones."""
    return re.search(r"^    (errors .* __main__)$", PAGE, re.MULTILINE)[1].split()


def test_every_folder_of_sources_is_listed():
    files = (f for top in ("include", "src", "cli", "python") for f in (ROOT / top).rglob("*"))
    assert {str(f.parent.relative_to(ROOT)) for f in files if f.suffix in SUFFIXES} == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_has_a_sentence(folder):
    section = PAGE.split(f"## {folder}/\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*`) \| (.+) \|$", section, re.MULTILINE)
    told = [name for names, _ in rows for name in re.findall(r"`([^`]+)`", names)]
    found = [f.name for f in (ROOT / folder).iterdir() if f.suffix in SUFFIXES]
    assert sorted(told) == sorted(found)
    assert all(sentence.endswith(".") for _, sentence in rows)


def imported_modules(path: Path) -> set[str]:
    """Return the modules of the package's top level that a file imports from."""
    depth = len(path.relative_to(ROOT / "python" / "kowari").parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {name.split(".")[0] for name in names}
    return found


def test_python_modules_import_earlier_ones_only():
    order, package = read_order(), ROOT / "python" / "kowari"
    tops = {f.stem if f.is_file() else f.name for f in package.iterdir()}
    assert set(order) == tops - {"__init__", "__pycache__"} - {t for t in tops if "." in t}
    for place, module in enumerate(order):
        path = package / f"{module}.py"
        for file in [path] if path.exists() else (package / module).rglob("*.py"):
            assert imported_modules(file) <= set(order[:place]), file


def included(path: Path) -> set[str]:
    return {Path(name).name for name in re.findall(r'^#include "(.*)"', path.read_text(), re.M)}


def names_in(folder: str, pattern: str = "*") -> set[str]:
    return {f.name for f in (ROOT / folder).glob(pattern)}


def test_c_includes_go_one_way():
    for path in (ROOT / "cli").glob("*.[ch]"):
        assert included(path) <= names_in("cli", "*.h") | names_in("include"), path
    for path in (ROOT / "src/ops").glob("*.[ch]"):
        assert included(path) <= names_in("src/ops") | {"internal.h"}, path
    assert included(ROOT / "src/internal.h") == {"kowari.h", "format.h"}
    assert included(ROOT / "src/format.h") == set()
