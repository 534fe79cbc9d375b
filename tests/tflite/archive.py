"""Many small arrays in one compressed file.  An .npz would spend more bytes on its directory than on them.

The file is an .xz stream of one line of JSON, [[name, type, sizes], ...], and the elements one after the other.
"""

import json
import lzma
import math
from pathlib import Path

import numpy as np


def write_archive(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays by name."""
    index = [[name, a.dtype.str, list(a.shape)] for name, a in arrays.items()]
    line = json.dumps(index, separators=(",", ":")).encode() + b"\n"
    data = line + b"".join(a.tobytes() for a in arrays.values())
    path.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def read_archive(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays by name, in the order in which they were written."""
    data = lzma.decompress(path.read_bytes())
    start = data.index(b"\n") + 1
    arrays = {}
    for name, dtype, sizes in json.loads(data[:start]):
        count = math.prod(sizes)
        arrays[name] = np.frombuffer(data, dtype, count, start).reshape(sizes)
        start += arrays[name].nbytes
    return arrays
