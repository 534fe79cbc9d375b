"""Writes files of single operators over grids of their options, and what LiteRT's reference kernels answer.

An archive per family goes to tests/data/tflite/cases.  Run by hand; needs ai-edge-litert.

Usage: python record_cases.py [FAMILY]...
"""

import importlib
import pkgutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from archive import write_archive
from recorded import CASES

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "tflite"))
import grids  # noqa: E402 - its modules import write_tflite, which lies in a script's folder
from grids.common import Case  # noqa: E402


def open_model(model: bytes) -> Interpreter:
    """Return LiteRT's interpreter with its reference kernels; some operators have only others."""
    try:
        kernels = OpResolverType.BUILTIN_REF
        return Interpreter(
            model_content=model, experimental_op_resolver_type=kernels, num_threads=1
        )
    except ValueError as error:
        if "Didn't find op" not in str(error):
            raise
        kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        return Interpreter(
            model_content=model, experimental_op_resolver_type=kernels, num_threads=1
        )


def start(case: Case, model: bytes) -> tuple:
    """Return LiteRT's interpreter of a case, and a call that runs a step."""
    interpreter = open_model(model)
    if case.entry:
        runner = interpreter.get_signature_runner(case.entry)
        names = list(runner.get_input_details())
        outputs = list(runner.get_output_details())

        def run_entry(arrays):
            answer = runner(**dict(zip(names, arrays, strict=True)))
            return [answer[name] for name in outputs]

        return interpreter, run_entry

    def run(arrays):
        for detail, value in zip(interpreter.get_input_details(), arrays, strict=True):
            if tuple(detail["shape"]) != value.shape:
                interpreter.resize_tensor_input(detail["index"], value.shape)
        interpreter.allocate_tensors()
        for detail, value in zip(interpreter.get_input_details(), arrays, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        return [read_output(interpreter, d) for d in interpreter.get_output_details()]

    return interpreter, run


def read_output(interpreter: Interpreter, detail: dict) -> np.ndarray:
    """Return an output; LiteRT's binding itself cannot read empty ones of computed sizes."""
    if 0 in detail["shape"]:
        return np.zeros(detail["shape"], detail["dtype"])
    return interpreter.get_tensor(detail["index"])


def declare_sizes(case: Case) -> None:
    """Give tensors the sizes that LiteRT finds for the file's own inputs, -1 where others differ."""
    model = case.file.to_bytes()
    details = open_model(model).get_input_details()
    own = [
        value if value.shape == tuple(detail["shape"]) else np.ones(detail["shape"], value.dtype)
        for value, detail in zip(case.steps[0], details, strict=True)
    ]
    found = []
    for inputs in (own, *case.steps):
        interpreter, run = start(case, model)
        run(inputs)
        found.append([detail["shape"].tolist() for detail in interpreter.get_tensor_details()])
    for tensor, first, *others in zip(case.file.record.subgraphs[0].tensors, *found, strict=False):
        if not tensor.hasRank:
            tensor.hasRank, tensor.shape = True, first
            if any(sizes != first for sizes in others):
                columns = zip(first, *others, strict=True)
                tensor.shapeSignature = [n[0] if len(set(n)) == 1 else -1 for n in columns]


def record(case: Case) -> dict[str, np.ndarray]:
    """Return a case as arrays by name; ValueError or RuntimeError where LiteRT refuses it."""
    if case.expected is None and not case.entry:
        declare_sizes(case)
    model = case.file.to_bytes()
    if case.expected is None:
        case.expected = [[np.copy(a) for a in run_step] for run_step in run_steps(case, model)]
        for once, again in zip(case.expected, run_steps(case, model), strict=True):
            for a, b in zip(once, again, strict=True):
                np.testing.assert_array_equal(a, b)
    arrays = {f"{case.name}|model": np.frombuffer(model, np.uint8)}
    if case.entry:
        arrays[f"{case.name}|entry|{case.entry}"] = np.zeros(0, np.uint8)
    for kind, steps in (("in", case.steps), ("out", case.expected)):
        for step, values in enumerate(steps):
            for port, value in enumerate(values):
                arrays[f"{case.name}|{kind}|{step}|{port}"] = np.asarray(value)
    return arrays


def run_steps(case: Case, model: bytes) -> list[list[np.ndarray]]:
    """Return LiteRT's outputs of each step, run one after the other."""
    _, run = start(case, model)
    return [run(inputs) for inputs in case.steps]


def record_family(family: str) -> Counter:
    """Write a family's archive; return how many cases were recorded and refused."""
    arrays, count, names = {}, Counter(), set()
    for case in importlib.import_module(f"grids.{family}").make_cases():
        assert case.name not in names, case.name
        names.add(case.name)
        try:
            arrays |= record(case)
            count["recorded"] += 1
        except (RuntimeError, ValueError, AssertionError) as error:
            count["refused"] += 1
            print(f"refused: {case.name}: {' '.join(str(error).split())[:150]}")
    CASES.mkdir(exist_ok=True)
    write_archive(CASES / f"{family}.xz", arrays)
    print(f"{family}: {dict(count)}, {(CASES / f'{family}.xz').stat().st_size} bytes")
    return count


def main() -> None:
    families = sys.argv[1:] or [m.name for m in pkgutil.iter_modules(grids.__path__)]
    total = Counter()
    for family in families:
        if family != "common":
            total += record_family(family)
    print(f"all: {dict(total)}")


if __name__ == "__main__":
    main()
