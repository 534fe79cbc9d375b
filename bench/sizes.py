"""Sizes by section of the library and of small files, instructions of a run, and their budget.

Usage: python bench/sizes.py --write   takes the sizes of now as the budget
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kowari
import numpy as np
from kowari.file import layouts, sections

ROOT = Path(__file__).resolve().parents[1]
BUDGET = ROOT / "bench" / "budget.json"
RELEASE = Path(os.environ.get("KOWARI_RELEASE", ROOT / "build" / "release"))
GROWTH = 1.03  # what is above fails
CONTEXT = ("air_temperature", "age", "sex", "humidity", "body_temperature")


def run_tool(*words: object) -> str:
    """Run a program and return what it printed."""
    command = [str(word) for word in words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_compiler(library: Path) -> str:
    """Return the compiler that the library names, as in "GCC 12 x86_64": sizes differ by it."""
    comment = run_tool("readelf", "-p", ".comment", library)
    found = re.search(r"(GCC|clang)\D*?(?:\(.*?\))?\D*?(\d+)\.", comment)
    return f"{found[1]} {found[2]} {platform.machine()}" if found else "unknown"


def library_sizes(library: Path) -> dict[str, int]:
    """Return bytes by section of the stripped library, and of the file."""
    lines = re.findall(r"^(\.\S+)\s+(\d+)\s", run_tool("size", "-A", library), re.MULTILINE)
    sizes = {name: int(size) for name, size in lines if name not in (".bss", ".comment")}
    return {**sizes, "file": library.stat().st_size}


def file_sizes(data: bytes) -> dict[str, int]:
    """Return bytes by section of a .kow file, and of the file."""
    layout, names = layouts(), {kind: name for name, (kind, _, _) in sections().items()}
    header = np.frombuffer(data, layout["header"], 1)[0]
    table = np.frombuffer(data, layout["section"], header["sections"], header["header_bytes"])
    found = {names[row["kind"]]: int(row["bytes"]) for row in table}
    del found["TEXT"], found["META"]  # names of versions and paths: as long as they are here
    return found | {"file": len(data)}


def make_files() -> dict[str, kowari.Model]:
    """Return small models whose sizes do not depend on what training finds."""
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.neural_network import MLPRegressor

    sys.path.insert(0, str(ROOT / "examples" / "pilot"))
    from seed_row import seed_row

    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 15))
    target = x[:, 0] * x[:, 1] + x[:, 2]
    beats = {"rr_ms": rng.integers(500, 1100, 60).astype(float)}
    context = dict(zip(CONTEXT, (30.0, 40.0, 1.0, 50.0, 36.8), strict=True))
    forest = RandomForestRegressor(20, max_leaf_nodes=32, random_state=0).fit(x, target)
    network = MLPRegressor(hidden_layer_sizes=(16,), max_iter=300, tol=1, random_state=0)
    network.fit(x, target)
    inputs = {"rr_ms": "f64[beats]"} | dict.fromkeys(CONTEXT, "f64")
    row = [(x[:1],)]
    return {
        "features": kowari.export(seed_row, inputs=inputs, examples=[beats | context], embed=True),
        "forest": kowari.export(forest, examples=row, embed=True),
        "network": kowari.export(network, examples=row, embed=True),
    }


def count_instructions(program: Path, model: kowari.Model) -> int:
    """Return the instructions inside kw_run while `kowari check` replays the one example."""
    with tempfile.TemporaryDirectory() as folder:
        file, counts = Path(folder) / "model.kow", Path(folder) / "counts"
        model.save(file)
        valgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}")
        run_tool(*valgrind, "--toggle-collect=kw_run", program, "check", file)
        return int(re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)[1])


def measure(release: Path = RELEASE) -> tuple[dict[str, dict], dict[str, str]]:
    """Return all sizes by what they belong to, and what was skipped with the reason."""
    library, models, skipped = release / "libkowari.so", make_files(), {}
    sizes = {"library": library_sizes(library)}
    sizes |= {f"{name}.kow": file_sizes(model.data) for name, model in models.items()}
    if shutil.which("valgrind"):
        counts = {n: count_instructions(release / "kowari", m) for n, m in models.items()}
        sizes["instructions"] = counts
    else:
        skipped["instructions"] = "valgrind is not installed"
    return sizes, skipped


def find_growth(sizes: dict[str, dict], budget: dict[str, dict]) -> list[str]:
    """Return a line for each number that outgrew its budget or has none."""
    return [
        f"{group} {name}: {value}, budget {budget.get(group, {}).get(name, 'none')}"
        for group, values in sizes.items()
        for name, value in values.items()
        if value > GROWTH * budget.get(group, {}).get(name, 0)
    ]


def main() -> None:
    sizes, skipped = measure()
    if sys.argv[1:] == ["--write"]:
        budget = json.loads(BUDGET.read_text())  # keeps what is skipped here
        budget |= {"compiler": read_compiler(RELEASE / "libkowari.so"), **sizes}
        BUDGET.write_text(json.dumps(budget, indent=2) + "\n")
    print(json.dumps(sizes, indent=2))
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}")


if __name__ == "__main__":
    main()
