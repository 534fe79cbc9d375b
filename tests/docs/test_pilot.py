"""docs/pilot.md: its commands run as they stand, with a training that is small, and what it lists is what there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pilot.md").read_text()
RELEASE = ROOT / "build" / "release"
DEMO = """demo:
\t.venv/bin/python examples/pilot/demo.py --people 8 --kowari build/release/kowari \\
\t\t--library build/release/libkowari.so --out build/demo
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What each command of the page printed, run in its order in a folder that looks like a checkout."""
    if not (RELEASE / "examples" / "host").exists():
        pytest.skip("no release build: `make native` makes it")
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "build").mkdir()
    for name, target in {
        "examples": ROOT / "examples",
        "build/release": RELEASE,
        ".venv": sys.prefix,
    }.items():
        (folder / name).symlink_to(target)
    (folder / "Makefile").write_text(DEMO)
    [script] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (folder / "linear.py").write_text(script)
    said = {}
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for command in block.strip().splitlines():
            result = subprocess.run(
                command, shell=True, cwd=folder, capture_output=True, text=True, env=os.environ
            )
            assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
            said[command] = result.stdout
    return said


def find_answer(answers: dict[str, str], part: str) -> str:
    [found] = [said for command, said in answers.items() if part in command]
    return found


def list_scores() -> list[str]:
    table = PAGE.split("| score |", 1)[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_the_demo_tells_and_leaves_what_the_page_says(answers):
    said = find_answer(answers, "make demo")
    assert "Trained on simulation - not a medical device." in said
    assert "differs" not in said


@pytest.mark.parametrize("file", ["heat", "linear"])
def test_inspect_lists_the_scores_with_unit_and_range(answers, file):
    said = find_answer(answers, f"inspect build/demo/{file}.kow")
    assert "Trained on simulation - not a medical device." in said
    for name in list_scores():
        [line] = re.findall(rf"^  {name} .*", said, re.MULTILINE)
        expected = "low, moderate, high, extreme" if name == "heat_category" else r"\d to \d+"
        assert re.search(expected, line), line


def test_check_replays_the_examples(answers):
    assert re.search(r"[1-9]\d* passed, 0 failed", find_answer(answers, "kowari check"))


def test_the_host_scores_the_last_minute(answers):
    assert find_answer(answers, "tail -n 1").count(",") > 20


def test_the_reasons_are_all_there_are(answers):
    code = "import sys; sys.path.insert(0, 'examples/pilot'); import quality; print(*quality.REASONS, sep='\\n')"
    reasons = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    listed = re.findall(r"^- `(.*)`$", PAGE, re.MULTILINE)
    assert listed == reasons.stdout.split("\n")[:-1]
