"""phs and utci on the tables of the validation data, by Python and compiled: prints a line for each row that is not right.

Run by the interpreter of the environment that has pythermalcomfort: ``python other_validation.py``.
"""

import json
import linecache
import warnings
from pathlib import Path

import kowari
import numpy as np
from kowari import file
from kowari.export import describe_function
from pythermalcomfort.models import phs, utci

DATA = Path(__file__).parents[1] / "data" / "heat_validation"
NUMBERS = ("tdb", "tr", "v", "rh", "met", "clo")


def phs_2004(tdb, tr, v, rh, met, clo, **others):
    return phs(tdb, tr, v, rh, met, clo, model="7933-2004", **others)


def make_case(function, numbers, others):
    """A function of the numbers alone."""
    shown = ", ".join(numbers)
    space = {"function": function, "others": others}
    path = DATA / f"{function.__name__} {sorted(others.items())}"
    named = ", ".join(f"{n}={n}" for n in numbers)
    source = f"def case({shown}):\n    return function({named}, **others)\n"
    linecache.cache[str(path)] = (len(source), None, source.splitlines(True), str(path))
    exec(compile(source, str(path), "exec"), space)
    return space["case"]


def compile_case(case, numbers, row):
    subject, _ = describe_function(case, dict.fromkeys(numbers, "f64"), [row])
    traced = subject.trace({}, {}, Path.cwd())
    return traced.schema, kowari.Model(file.write(traced.program, traced.ports(), {}))


def is_near(value, wanted, tolerance) -> bool:
    """The table's tolerance; None stands for NaN."""
    if isinstance(wanted, str):
        return value == wanted
    wanted = np.nan if wanted is None else wanted
    return bool(np.allclose(value, wanted, rtol=0, atol=tolerance, equal_nan=True))


def split_lists(inputs: dict, outputs: dict):
    """A row of lists is as many rows of numbers."""
    count = max((len(v) for v in inputs.values() if isinstance(v, list)), default=0)
    if not count:
        yield inputs, outputs
    for k in range(count):
        yield tuple(
            {n: v[k] if isinstance(v, list) else v for n, v in part.items()}
            for part in (inputs, outputs)
        )


def check_table(name: str, function) -> tuple[int, int]:
    """How many rows Python itself passes, and on how many of these the model is not right."""
    table = json.loads((DATA / f"ts_{name}.json").read_text())
    models, passed, wrong = {}, 0, 0
    for entry in table["data"]:
        for inputs, outputs in split_lists(entry["inputs"], entry["outputs"]):
            row = {n: float(v) for n, v in inputs.items() if n in NUMBERS}
            others = {n: v for n, v in inputs.items() if n not in NUMBERS}
            case = make_case(function, row, others)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                python = case(**row)
            near = {n: table["tolerance"].get(n, 1e-6) for n in outputs}
            if not all(is_near(getattr(python, n), v, near[n]) for n, v in outputs.items()):
                continue
            passed += 1
            key = str(sorted(others.items()))
            if key not in models:
                models[key] = compile_case(case, row, row)
            schema, model = models[key]
            device, expected = model.run(**row), schema.flatten(python)
            right = all(is_near(device[n], v, near[n]) for n, v in outputs.items())
            same = all(is_same(device[n], value) for n, value in expected.items())
            if not (right and same):
                wrong += 1
                print(f"{name} of {inputs}: Python {python}, the model {device}")
    return passed, wrong


def is_same(mine, value) -> bool:
    """Equal, or as near as functions of floats are between C libraries."""
    mine, value = np.asarray(mine), np.asarray(value)
    if "f" not in (mine.dtype.kind, value.dtype.kind):
        return mine.tolist() == value.tolist()
    return bool(np.allclose(mine, value, rtol=1e-9, atol=0, equal_nan=True))


def main() -> None:
    for name, function in (("phs", phs_2004), ("utci", utci)):
        passed, wrong = check_table(name, function)
        print(f"{name}: {passed} rows as in the table, {wrong} wrong")


if __name__ == "__main__":
    main()
