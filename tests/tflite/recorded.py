"""The recorded cases: a file, what goes in at each step, what must come out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from archive import read_archive

CASES = Path(__file__).parents[1] / "data" / "tflite" / "cases"
FAMILIES = sorted(file.stem for file in CASES.glob("*.xz"))


@dataclass
class Recorded:
    """Of each step, the inputs in order, and the outputs in order."""

    name: str
    model: bytes
    entry: str = ""
    inputs: list[list[np.ndarray]] = field(default_factory=list)
    outputs: list[list[np.ndarray]] = field(default_factory=list)


def read_cases(family: str) -> Iterator[Recorded]:
    """Yield the cases of a family."""
    case = None
    for key, array in read_archive(CASES / f"{family}.xz").items():
        name, kind, *rest = key.split("|")
        if kind == "model":
            if case:
                yield case
            case = Recorded(name, array.tobytes())
        elif kind == "entry":
            case.entry = rest[0]
        else:
            while len(case.inputs) <= int(rest[0]):
                case.inputs.append([])
                case.outputs.append([])
            (case.inputs if kind == "in" else case.outputs)[int(rest[0])].append(array)
    if case:
        yield case
