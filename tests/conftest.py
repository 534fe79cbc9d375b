"""How tests find what was built: the installed package, else this checkout's and the release build.

``KOWARI_LIBRARY`` names another library.  Processes that tests start inherit all of it.
"""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if importlib.util.find_spec("kowari") is None:
    package = str(ROOT / "python")
    sys.path.insert(0, package)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [package, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    )
    built = ROOT / "build" / "release" / "libkowari_dev.so"
    if built.exists():
        os.environ.setdefault("KOWARI_LIBRARY", str(built))
