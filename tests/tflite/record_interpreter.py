"""Records what LiteRT's interpreter says and does: details of every file, and the steps of interpreter_steps.py.

Needs ai-edge-litert.  Usage: python record_interpreter.py
"""

import json
import lzma
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter, OpResolverType
from interpreter_steps import DATA, details, plain, play

OUT = Path(__file__).parent / "interpreter.json.xz"


def make(*arguments, **keywords) -> Interpreter:
    """Return an interpreter with the reference kernels."""
    keywords["experimental_op_resolver_type"] = OpResolverType.BUILTIN_REF
    return Interpreter(*arguments, **keywords)


def describe(path: Path) -> list | None:
    """Return a file's details once it has memory; None: LiteRT does not open it."""
    try:
        interpreter = make(str(path))
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError):
        return None
    return plain(details(interpreter))


def main() -> None:
    files = {path.stem: describe(path) for path in sorted(DATA.glob("*.tflite"))}
    record = json.dumps({"files": files, "steps": play(make)})
    OUT.write_bytes(lzma.compress(record.encode(), preset=9))
    print(f"{len(files)} files, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
