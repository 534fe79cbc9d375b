"""The collected .tflite files with their recorded inputs and outputs, for the tests and for what records them."""

from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[1] / "data" / "tflite"
BATCHES = (2, 3)
MOST = 512  # elements that are kept of an output of a batch


def read_steps(name: str) -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    """Return inputs and outputs of each step; the steps run one after the other in one session."""
    with np.load(DATA / f"{name}.npz") as file:
        arrays = dict(file)
    keys = sorted(arrays, key=lambda key: [int(n) for n in key.split("_")[-2:]])
    steps: dict[str, tuple[list, list]] = {}
    for key in keys:
        kind, step = key.split("_")[0], key.split("_")[-2]
        steps.setdefault(step, ([], []))[kind == "out"].append(arrays[key])
    return list(steps.values())


def make_batch(steps: list, batch: int) -> list[np.ndarray]:
    """Return inputs of `batch` rows: the rows of the recorded steps, one after the other."""
    columns = zip(*(inputs for inputs, _ in steps), strict=True)
    rows = [np.concatenate(column) for column in columns]
    return [np.take(r, range(batch), axis=0, mode="wrap") for r in rows]


def choose(output: np.ndarray) -> np.ndarray:
    """Return at most MOST of an output's elements, evenly spread, in one axis."""
    return output.ravel()[np.linspace(0, output.size - 1, min(output.size, MOST)).astype(int)]
