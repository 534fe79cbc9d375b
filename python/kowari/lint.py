"""What an export would refuse, said before any training: functions are traced, and nothing is compared or saved."""

import importlib
import importlib.util
import inspect
import itertools
import operator
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import TraceError
from .export import describe

_ANNOTATED = {"float": "f64", "int": "i64", "bool": "bool", "str": "text"}
_GUESSES = ("f64[{}]", "f64")
_MOST_MIXED = 4
"""Of so many parameters each is tried as an array and as a number; of more all are one or the other."""


@dataclass
class Finding:
    """A function, the inputs that it was traced with, and why it cannot be compiled."""

    name: str
    inputs: dict
    refusal: TraceError | None

    def __str__(self):
        given = ", ".join(f"{n} {t}" for n, t in self.inputs.items())
        shown = f"{self.name}({given})"
        if self.refusal is None:
            return f"{shown} compiles"
        return f"{self.refusal}" if self.refusal.file else f"{shown}: {self.refusal}"


def find_targets(place: str) -> dict:
    """What ``MODULE:NAME`` names, or the public functions that MODULE, a dotted name or a file, defines.

    Raises
    ------
    ImportError, AttributeError
        When there is no such module, or nothing of that name in it.
    """
    where, _, name = place.partition(":")
    module = _load(where)
    if name:
        return {name: operator.attrgetter(name)(module)}
    return {
        n: f
        for n, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and not n.startswith("_")
    }


def _load(where: str):
    path = Path(where)
    if path.suffix != ".py":
        return importlib.import_module(where)
    if not path.exists():
        raise ImportError(f"there is no file {where}")
    sys.path.insert(0, str(path.parent.resolve()))  # a script can import its neighbours
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parameters(target) -> dict:
    """By name; none of what has no signature."""
    try:
        return dict(inspect.signature(target).parameters)
    except (TypeError, ValueError):
        return {}


def guess_inputs(function, declared: dict) -> list[dict]:
    """Inputs that a function may have, likeliest first: as declared, as annotated, else arrays or numbers.

    A parameter with a default keeps it, as in an export without examples.
    """
    kinds = {}
    for name, parameter in parameters(function).items():
        annotated = parameter.annotation  # text, where annotations are not evaluated
        annotated = annotated if isinstance(annotated, str) else getattr(annotated, "__name__", "")
        starred = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if name in declared or not (starred or parameter.default is not parameter.empty):
            kinds[name] = declared.get(name, _ANNOTATED.get(annotated))
    unknown = [n for n, kind in kinds.items() if kind is None]
    choices = [(guess,) * len(unknown) for guess in _GUESSES]
    if len(unknown) <= _MOST_MIXED:
        choices += itertools.product(_GUESSES, repeat=len(unknown))
    filled = (dict(zip(unknown, choice, strict=True)) for choice in dict.fromkeys(choices))
    return [{n: k or guess[n].format(n) for n, k in kinds.items()} for guess in filled]


def _trace(target, inputs: dict) -> TraceError | None:
    try:
        subject, _ = describe(target, inputs, None)
        subject.trace({}, {}, Path.cwd().resolve())
    except TraceError as refusal:
        return refusal
    return None


def check(name: str, target, declared: dict) -> Finding:
    """Traces a function or a fitted estimator with each guess until one compiles; else the first one's refusal."""
    if hasattr(target, "get_params") or not callable(target):
        return Finding(name, declared, _trace(target, declared))
    findings = []
    for inputs in guess_inputs(target, declared):
        findings.append(Finding(name, inputs, _trace(target, inputs)))
        if findings[-1].refusal is None:
            return findings[-1]
    return findings[0]
