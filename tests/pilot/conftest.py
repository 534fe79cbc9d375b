"""The pilot's modules are found by name, as its scripts find each other."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "pilot"))
for name in ("score", "simulate", "train", "demo", "plot"):
    sys.modules.pop(name, None)  # of another example
