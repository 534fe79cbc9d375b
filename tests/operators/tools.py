"""Compiles variants of the library: mutants, a tree with one more operator."""

import os
import subprocess
from pathlib import Path

COMPILER = os.environ.get("CC", "cc")
FLAGS = ["-std=c11", "-O1", "-ffp-contract=off", "-DKOWARI_DEV"]


def library_sources(tree: Path) -> list[Path]:
    """All C files of the library, but for the one that includes them all."""
    return [f for f in (tree / "src").rglob("*.c") if f.name != "kowari_all.c"]


def compile_with(flags: list, files: list, target: Path) -> Path:
    """Runs the compiler; shows what it says where it fails."""
    command = [COMPILER, *FLAGS, *flags, *map(str, files), "-lm", "-lpthread", "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def compile_library(tree: Path, folder: Path, *flags: str) -> Path:
    """The development library of a tree."""
    return compile_with(
        ["-shared", "-fPIC", *flags], library_sources(tree), folder / "libkowari_dev.so"
    )


def compile_command(tree: Path, folder: Path) -> Path:
    """The command line of a tree."""
    files = [*library_sources(tree), *(tree / "cli").glob("*.c")]
    return compile_with([f"-I{tree / 'include'}"], files, folder / "kowari")


def run_python(*words, library: Path, tree: Path) -> subprocess.CompletedProcess:
    """A Python process that uses a library and a tree's package, and what its tests share."""
    path = os.pathsep.join([str(tree / "python"), str(tree / "tests")])
    environment = os.environ | {"KOWARI_LIBRARY": str(library), "PYTHONPATH": path}
    return subprocess.run(
        [*map(str, words)], env=environment, cwd=tree, capture_output=True, text=True
    )
