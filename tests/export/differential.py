"""Compiles an expression without the exporter's own comparison; compares it with Python here.

Bit for bit, where the operators are not approximate.
"""

import itertools
import linecache
import math
import warnings
from pathlib import Path

import kowari
import numpy as np
from kowari import bounds, file
from kowari.export import describe_function

ROWS = {
    "f": [3.0, -1.5, 0.0, -0.0, np.nan, np.inf, -np.inf, 2.0, 2.0, 1e300, 0.1, -7.25, 1e-320],
    "i": [3, -1, 0, 7, 2, 2, -8, 5, 2**31 - 1, -(2**31), 1, -7, 4],
    "b": [True, False, True, True, False],
}
RANDOM = np.random.default_rng(3)
_numbers = itertools.count()


def make_function(expression: str, names=("x",), **scope):
    """A function of its own source, as the tracer wants to read it."""
    return make_body([f"return {expression}"], names, expression, **scope)


def make_body(lines: list[str], names=("x",), expression: str = "", **scope):
    """The same of several statements."""
    name = f"<case {next(_numbers)}>"
    source = "\n    ".join([f"def case({', '.join(names)}):", *lines]) + "\n"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {"np": np, "math": math, **scope}
    exec(compile(source, name, "exec"), space)
    space["case"].__doc__ = (
        expression.replace("np.dot", "@").replace("np.matmul", "@").replace(".dot", "@")
    )
    return space["case"]


def draw_rows(dtype: str, rank: int, fixed: int = 3) -> list:
    """Hard values of a type: scalars one by one; arrays empty, short, with ties, constant, long."""
    with np.errstate(over="ignore"):
        values = np.array(ROWS[np.dtype(dtype).kind], dtype=float).astype(dtype)
    if rank == "Python":
        return values.tolist()
    if rank == 0:
        return list(values)
    if rank == 2:
        rows = [RANDOM.choice(values, (n, fixed)) for n in (0, 1, 2, 9)]
        return [
            *rows,
            RANDOM.normal(0, 9, (11, fixed)).astype(dtype),
            np.full((4, fixed), values[0]),
        ]
    rows = [values[:n] for n in (0, 1, 2, values.size)]
    rows += [RANDOM.normal(0, 9, n).astype(dtype) for n in (9, 200)]
    return [*rows, RANDOM.choice(values, 9), np.full(5, values[0])]


def compile_case(function, inputs: dict, examples=None):
    """The model and each output's relative tolerance; TraceError where it is refused."""
    subject, _ = describe_function(function, inputs, examples)
    traced = subject.trace({}, {}, Path.cwd())
    found = bounds.tolerances(traced.program)
    loose = {name: found.get(id(value), 0.0) for name, value in traced.outputs.items()}
    model = kowari.Model(file.write(traced.program, traced.ports(), {}))
    model.schema = traced.schema
    return model, loose


def run_python(function, row, schema):
    """Outputs by name, or the exception."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            copies = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in row.items()}
            return schema.flatten(function(**copies))
    except Exception as error:
        return error


def beyond_64_bits(result) -> bool:
    values = result.values() if isinstance(result, dict) else result
    return isinstance(result, dict | list) and any(
        isinstance(v, int) and not -(2**63) <= v < 2**63 for v in values
    )


def is_complex(result) -> bool:
    return isinstance(result, dict) and any(isinstance(v, complex) for v in result.values())


def find_difference(function, model, loose, row, zeros=True) -> str:
    """What differs between Python and the model on a row; empty if nothing.

    Sizes that do not agree are a ValueError in Python, a status of their own here.
    """
    expected = run_python(function, row, model.schema)
    try:
        given = model.run(**row)
    except kowari.RunError as error:
        said = error.type or {"sizes do not agree": "ValueError"}.get(error.status, error.status)
        if is_complex(expected) and said == "ValueError":
            return ""  # a negative number to a fractional power
        if isinstance(expected, Exception):
            return "" if said == type(expected).__name__ else f"{expected!r}, device {error}"
        return (
            ""
            if beyond_64_bits(expected) and said == "OverflowError"
            else f"{expected}, device {error}"
        )
    if isinstance(expected, Exception):
        return f"Python raised {expected!r}, device {given}"
    for name, value in expected.items():
        value, mine = np.asarray(value), np.asarray(given[name])
        if value.dtype.kind in "UT":
            value = value.astype(object)
        if value.dtype != mine.dtype or value.shape != mine.shape:
            return f"{value.dtype}{value.shape} {value}, device {mine.dtype}{mine.shape} {mine}"
        terms = find_scale(function, model, row, name) if "@" in function.__doc__ else value
        if not is_equal(value, mine, loose[name], terms, zeros):
            return f"{value!r}, device {mine!r}"
    return ""


def find_scale(function, model, row, name):
    """The size of the terms of a product, whose sum may cancel."""
    sizes = {n: np.abs(v) for n, v in row.items()}
    return np.asarray(run_python(function, sizes, model.schema)[name])


def is_equal(value, mine, relative: float, terms, zeros: bool = True) -> bool:
    """Bits, NaN being NaN; or near, where the operators themselves are approximate."""
    if value.dtype.kind != "f":
        return bool(np.all(value == mine))
    if relative:
        with np.errstate(all="ignore"):
            largest = np.max(np.abs(terms[np.isfinite(terms)]), initial=0.0)
            return bool(
                np.allclose(mine, value, rtol=relative, atol=relative * largest, equal_nan=True)
            )
    signs = np.signbit(value) == np.signbit(mine) if zeros else True
    same = (value == mine) & signs | np.isnan(value) & np.isnan(mine)
    return bool(np.all(same))


def spell(dtype: str, rank: int, size: str = "n", fixed: int = 3) -> str:
    """A declaration: ``f64[n]``."""
    short = {"f8": "f64", "f4": "f32", "i8": "i64", "i4": "i32", "?": "bool"}[dtype]
    return short + ("", f"[{size}]", f"[{size},{fixed}]")[rank]
