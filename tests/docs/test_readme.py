"""The README's examples do what it says: its blocks are run in the order in which they stand."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))
STRICT = "-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror"


def read_block(language: str) -> str:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGES[0].read_text(), re.M | re.S)
    return block


def run(words: list[str], folder: Path) -> str:
    result = subprocess.run(words, cwd=folder, text=True, capture_output=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the Python example has run."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "variability.py").write_text(read_block("python"))
    report = run([sys.executable, "variability.py"], folder)
    assert re.search(r"^heart_rate +EXACT", report, re.M)
    assert re.search(r"^rmssd +EXACT", report, re.M)
    return folder


def test_the_examples_are_short():
    for language in ("python", "c"):
        assert len(read_block(language).strip().splitlines()) <= 12


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_c_example_prints_what_it_says(compiler, folder):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    (folder / "score.c").write_text(read_block("c"))
    for name in ("include", "src"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    compile_it, run_it = read_block("sh").splitlines()
    words = [compiler, *shlex.split(STRICT), *shlex.split(compile_it)[1:]]
    run(words, folder)
    assert run([run_it], folder) == read_block("text")


def test_the_example_gives_numpys_numbers(folder):
    import kowari
    import numpy as np

    rr_ms = np.array([812.0, 790.0, 845.0, 830.0])
    outputs = kowari.load(folder / "variability.kow").run(rr_ms=rr_ms)
    assert outputs["heart_rate"] == 60000.0 / rr_ms.mean()
    assert outputs["rmssd"] == np.sqrt(np.mean(np.diff(rr_ms) ** 2))
    assert f"{outputs['heart_rate']:.2f} beats/min\n" == read_block("text")


def test_the_interpreter_prints_what_it_says():
    block = read_block("py")
    assert run([sys.executable, "-c", block], ROOT).strip() == re.search(r"# (\[\[.*)", block)[1]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_worker_prints_what_it_says(compiler, tmp_path):
    library = ROOT / "build" / "release" / "libkowari.a"
    if not shutil.which(compiler) or not library.exists():
        pytest.skip(f"{compiler} is not installed, or there is no release build")
    block = read_block("cpp")
    (tmp_path / "worker.cpp").write_text(block)
    words = [compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}"]
    program = tmp_path / "worker"
    run([*words, tmp_path / "worker.cpp", library, "-lm", "-pthread", "-o", program], ROOT)
    assert run([program], ROOT).strip() == re.search(r"printf.*// (.*)", block)[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
