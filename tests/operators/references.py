"""Evaluates the reference of a row: what the library must give, or the exception it must raise."""

import warnings
from dataclasses import dataclass, field
from functools import cache

import network
import numpy as np
import oracles
import pandas as pd
import quantized
import scipy
import scipy.special
import sklearn
import tensors
from cases import Case
from kowari.operators import DTYPES, Attribute, Operator

NAMES = {"np": np, "pd": pd, "scipy": scipy, "sklearn": sklearn, "oracle": oracles}
NAMES |= {"quantized": quantized, "tensors": tensors, "network": network}
"""What references may use beside arguments and attributes."""


@dataclass
class Answer:
    """Arrays (None for None), or the name of what the reference raises."""

    values: list = field(default_factory=list)
    raises: str = ""


def check_last(*values):
    """Raises by what the last argument is; else gives them all."""
    if values[-1] in (0, 1):
        raise [KeyError, ValueError][values[-1]]
    return values


CALLEES = {
    "graph": lambda *values: values[::-1],
    "then": lambda *values: values[::-1],
    "otherwise": lambda *values: values,
    "condition": lambda *values: values[-1] > 0,
    "while_loop.body": lambda *values: (*values[-2::-1], values[-1] - 1),
    "repeat.body": lambda *values: (values[-1] > 1, *values[-2::-1], values[-1] - 1),
    "try_call.body": check_last,
}
"""What the graphs do that the battery lets operators call, by attribute, and operator where they differ."""


@cache
def compiled(operator: Operator):
    return compile(operator.reference, operator.name, "eval")


def as_arguments(operator: Operator, case: Case) -> dict:
    """Inputs by name, copied; variadic ones as a list."""
    arguments: dict = {}
    for name, argument, x in case.flat(operator):
        value = None if x is None or name in case.none else x.copy()
        if argument.variadic:
            arguments.setdefault(argument.name, []).append(value)
        else:
            arguments[name] = value
    return arguments


def as_attribute(operator: Operator, attribute: Attribute, value):
    """An attribute as Python has it: types as dtypes, lists as tuples, graphs as functions."""
    if attribute.kind == "TYPE":
        return DTYPES[value]
    if attribute.kind == "GRAPH":
        return CALLEES.get(attribute.name) or CALLEES[f"{operator.name}.{attribute.name}"]
    return tuple(value) if attribute.kind == "INTS" and value is not None else value


def as_value(operator: Operator, x, case: Case):
    """A result as the library gives it: text as objects; None where inputs are."""
    is_none = x is None or (np.ndim(x) == 0 and np.asarray(x).item() is None)
    gives_none = case.none or operator.name == "optional"
    if is_none and (case.is_all_none if isinstance(x, np.ndarray) else gives_none):
        return None
    x = np.asarray(x)
    return x.astype(object) if x.dtype.kind == "U" else x


def refer(operator: Operator, case: Case) -> Answer:
    """Evaluates the row's reference."""
    names = NAMES | as_arguments(operator, case)
    names |= {
        a.name: as_attribute(operator, a, case.attributes[a.name]) for a in operator.attributes
    }
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            result = eval(compiled(operator), names)
    except Exception as error:
        return Answer(raises=type(error).__name__)
    results = result if isinstance(result, tuple) else (result,)
    return Answer([as_value(operator, r, case) for r in results])
