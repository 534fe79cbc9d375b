"""``kowari.export``: a function or a fitted estimator to a model that was checked against Python."""

import inspect
import itertools
import platform
import re
import sys
from pathlib import Path

import numpy as np

from . import answers, estimator, file, lower, parity
from . import examples as rows_of
from . import operators as ops
from .errors import TraceError
from .graph import Program, ShapeError, Size, Value
from .outputs import read_result
from .recorded import ARRAY, PYTHON, SCALAR, Recorded
from .runtime import Model
from .subject import Input, Subject, Traced, make_input, pass_on
from .trace import Tracer

assert lower  # importing it registers the lowerings


# ---- inputs: declared, or the widest over all examples ----
_SIZE = r"\s*(?:[0-9]+|[A-Za-z_]\w*)\s*"
_DECLARED = re.compile(rf"\s*(\w+)\s*(?:\[({_SIZE}(?:,{_SIZE})*)\])?\s*$")


def parse_input(name: str, declared: str) -> Input:
    """Reads ``"f64"``, ``"f64[5]"``, ``"f64[n, 3]"``, ``"text"``.

    Raises
    ------
    TraceError
        For a type that is not known.
    """
    match = _DECLARED.match(declared)
    kind = match and match.group(1)
    if not match or kind not in ops.SHORT_NAMES:
        raise TraceError(
            f"input {name!r} is declared as {declared!r}",
            instead=f"TYPE or TYPE[SIZES] with one of {', '.join(ops.SHORT_NAMES)}",
        )
    sizes = (
        tuple(int(s) if s.isdigit() else s for s in map(str.strip, match.group(2).split(",")))
        if match.group(2)
        else ()
    )
    code = ops.SHORT_NAMES[kind]
    return Input(
        code,
        sizes,
        ARRAY if sizes else PYTHON if kind in ("f64", "i64", "bool", "text") else SCALAR,
    )


def infer_input(name: str, values: list) -> Input:
    """The widest type over all examples; every array parameter has a size of its own for its leading dimension."""
    if any(isinstance(v, dict) or type(v).__module__.startswith("pandas") for v in values):
        raise TraceError(
            f"input {name!r} is a {type(values[0]).__name__}",
            instead="one parameter for each array",
        )
    arrays = [np.asarray(v) for v in values]
    ranks = {a.ndim for a in arrays}
    if len(ranks) != 1:
        raise TraceError(
            f"input {name!r} has different numbers of dimensions in the examples: {sorted(ranks)}"
        )
    if any(isinstance(v, list | tuple) for v in values):
        raise TraceError(
            f"input {name!r} is a Python list",
            instead="pass np.array(...), or convert it in the caller",
        )
    try:
        code = ops.type_code(np.result_type(*(a.dtype for a in arrays)))
    except TypeError as error:
        raise TraceError(f"input {name!r}: {error}") from None
    if code == ops.TEXT:
        _check_text(name, arrays)
    rank = ranks.pop()
    inner = [{a.shape[d] for a in arrays} for d in range(rank)]
    sizes = tuple(
        name if d == 0 else inner[d].copy().pop() if len(inner[d]) == 1 else f"{name}.{d}"
        for d in range(rank)
    )
    python = all(
        isinstance(v, bool | int | float | str) and not isinstance(v, np.generic) for v in values
    )
    flavour = ARRAY if rank else PYTHON if python else SCALAR
    return Input(code, sizes, flavour, max((a.shape[0] for a in arrays if rank), default=0))


def _check_text(name: str, arrays: list) -> None:
    """Elements of arrays may be None, a text by itself may not."""
    for array in arrays:
        for element in array.ravel().tolist():
            if not isinstance(element, str) and not (element is None and array.ndim):
                raise TraceError(
                    f"an example of input {name!r} has {type(element).__name__} {element!r}",
                    instead="numbers, text, or arrays of a number type or of text",
                )


def _check_example(name: str, spec: Input, value) -> None:
    """Refuses an example that the input's type and sizes would change."""
    array = np.asarray(value)
    fixed = [(s, n) for s, n in zip(spec.sizes, array.shape, strict=False) if isinstance(s, int)]
    fits = array.ndim == len(spec.sizes) and all(s == n for s, n in fixed)
    if spec.type == ops.TEXT:
        _check_text(name, [array])
    elif fits and array.dtype != ops.DTYPES[spec.type]:
        try:
            with np.errstate(all="ignore"):
                again = array.astype(ops.DTYPES[spec.type]).astype(array.dtype)
            fits = np.array_equal(again, array, equal_nan=array.dtype.kind == "f")
        except (TypeError, ValueError):
            fits = False
    if not fits:
        sizes = f"[{', '.join(map(str, spec.sizes))}]" if spec.sizes else ""
        raise TraceError(
            f"an example of input {name!r} is {array.dtype}{list(array.shape) or ''}, which does "
            f"not fit {ops.DTYPES[spec.type]}{sizes}",
            instead="inputs={...} of the examples' type, or examples of that type",
        )


def _note_range(spec: Input, values: list) -> None:
    """Longest example and range seen."""
    arrays = [np.asarray(v) for v in values]
    spec.longest = max([spec.longest, *(a.shape[0] for a in arrays if a.ndim)])
    if spec.type in (ops.TEXT, 8):
        return
    finite = [a[np.isfinite(a)] for a in (np.asarray(a, dtype=float) for a in arrays)]
    finite = [f for f in finite if f.size]
    if finite:
        spec.low, spec.high = (
            float(min(f.min() for f in finite)),
            float(max(f.max() for f in finite)),
        )


def bind_examples(signature: inspect.Signature, examples) -> list[dict]:
    """Argument tuples or dicts as dicts by parameter name; what no example gives is no input and keeps its default."""
    rows = []
    for example in () if examples is None else examples:
        if not isinstance(example, tuple | list | dict):
            raise TraceError(
                f"an example is a {type(example).__name__}",
                instead="a tuple or dict of the function's arguments",
            )
        named = isinstance(example, dict)
        try:
            bound = signature.bind(**example) if named else signature.bind(*example)
        except TypeError as error:
            raise TraceError(f"an example does not fit the parameters: {error}") from None
        rows.append(dict(bound.arguments))
    defaults = {
        n: p.default for n, p in signature.parameters.items() if any(n in row for row in rows)
    }
    return [{n: row.get(n, default) for n, default in defaults.items()} for row in rows]


def bind_names(signature: inspect.Signature, values: dict) -> inspect.BoundArguments:
    """Values by name as a call takes them: parameters may be positional only."""
    bound = inspect.BoundArguments(signature, dict(values))
    bound.apply_defaults()
    return bound


def describe_inputs(names, declared: dict, rows: list[dict]) -> dict[str, Input]:
    """An Input for every parameter."""
    unknown = set(declared) - set(names)
    if unknown:
        raise TraceError(
            f"inputs names {', '.join(sorted(unknown))}, which is no parameter of the function"
        )
    specs = {}
    for name in names:
        values = [row[name] for row in rows]
        if name in declared:
            specs[name] = parse_input(name, declared[name])
        elif not values:
            raise TraceError(
                f"nothing tells the type of input {name!r}", instead="inputs={...}, or examples"
            )
        else:
            specs[name] = infer_input(name, values)
        for value in values:
            _check_example(name, specs[name], value)
        _note_range(specs[name], values)
    return specs


# ---- outputs ----
def _output_values(tracer: Tracer, values: dict) -> dict[str, Value]:
    outputs = {}
    for name, value in values.items():
        try:
            outputs[name] = pass_on(tracer.graph, value)
        except ShapeError as error:
            raise TraceError(f"output {name!r}: {error}") from None
    return outputs


# ---- tracing ----
def trace_function(
    function, specs: dict[str, Input], states: dict[str, str], sizes: dict[str, int], root: Path
) -> Traced:
    """Runs the rewritten function once with recording values."""
    program = Program()
    graph = program.graph(getattr(function, "__name__", "main"))
    named: dict[str, Size] = {}
    inputs = {n: make_input(program, n, s, named, sizes) for n, s in specs.items()}
    if any(s.type == ops.TEXT for s in specs.values()):
        program.size("text_bytes", sizes.get("text_bytes", 4096))
    tracer = Tracer(program, root)
    arguments = {n: Recorded(v, specs[n].flavour) for n, v in inputs.items()}
    with tracer.watched():
        bound = bind_names(inspect.signature(function), arguments)
        result = tracer.run(function, bound.args, bound.kwargs)
        schema, values = tracer.finish(lambda: read_result(tracer, result))
        outputs = _output_values(tracer, values)
    _check_states(states, inputs, outputs)
    ordered = [v for n, v in inputs.items() if n not in states.values()]
    graph.inputs = ordered + [inputs[n] for n in states.values()]
    graph.outputs = list(outputs.values())
    return Traced(program, inputs, outputs, specs, states, schema)


def _check_states(states, inputs, outputs):
    for output, name in states.items():
        if output not in outputs or name not in inputs:
            raise TraceError(f"state {output!r} -> {name!r}: there is no such output or input")
        new, old = outputs[output], inputs[name]
        if new.type != old.type or new.rank != old.rank:
            raise TraceError(
                f"state {name!r} is {old.dtype} of rank {old.rank}, its new value {new.dtype} of rank {new.rank}"
            )


# ---- the entry point ----
def export(
    target,
    inputs=None,
    examples=None,
    *,
    state=None,
    sizes=None,
    embed=False,
    name=None,
    note=None,
    units=None,
    ranges=None,
) -> Model:
    """Compiles a Python function, or a fitted estimator, into a model, and checks it against Python.

    Parameters
    ----------
    target : callable or estimator
        Any function, or a fitted scikit-learn estimator or Pipeline.
    inputs : dict of str, optional
        Types by parameter: ``{"rr_ms": "f64[n]", "age": "f64"}``; what is left out is taken from the examples.
    examples : list of tuples or dicts, optional
        Arguments.  Estimators draw rows within what they were fitted on when there are none.
    state : dict of str, optional
        ``{"output": "input"}``: feeds an output back as the next run's input.
    sizes : dict of int, optional
        Default capacities by name of size.
    embed : bool
        Puts the examples into the file; otherwise synthetic ones, drawn within their ranges, go there.
    name : str, optional
        The model's name.
    note : str, optional
        A sentence that travels with the file and is shown wherever its scores are, such as what they were trained on.

    Returns
    -------
    Model
        With ``report``, the parity table.

    Raises
    ------
    TraceError
        At the user's line, for what cannot be compiled faithfully.
    ParityError
        When the compiled model and Python disagree, or an output leaves its range.
    """
    root = Path.cwd().resolve()
    subject, rows = describe(target, inputs, examples)
    traced = subject.trace(state or {}, sizes or {}, root)
    traced.describe(units or {}, ranges or {})
    kept = rows if embed and rows else rows_of.draw_rows(traced.specs)
    if traced.states:
        kept = [row | traced.first_state() for row in kept]
    with answers.one_thread():
        report, tiers, records = parity.compare(subject, traced, rows, kept)
    meta = {"name": name or subject.name, "made with": _versions()} | (
        {"note": note} if note else {}
    )
    data = file.write(traced.program, traced.ports(tiers), {**meta, **subject.meta}, records)
    return Model(data, report)


def describe(target, inputs, examples) -> tuple[Subject, list[dict]]:
    """A function or a fitted estimator as the subject of an export, and its examples by parameter."""
    if hasattr(target, "get_params") and not inspect.isfunction(target):
        return estimator.describe(target, examples, inputs)
    return describe_function(target, inputs or {}, examples)


def describe_function(function, inputs: dict, examples) -> tuple[Subject, list[dict]]:
    """A function as the subject of an export."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise TraceError(
            f"{function!r} is no function whose parameters Python can tell",
            instead="a function defined in a file, or a fitted estimator",
        ) from None
    rows = bind_examples(signature, examples)
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TraceError(
                f"parameter *{parameter.name} has no fixed inputs", instead="named parameters"
            )
    names = [
        n
        for n, p in signature.parameters.items()
        if n in inputs or any(n in row for row in rows) or p.default is inspect.Parameter.empty
    ]
    specs = describe_inputs(names, inputs, rows)
    rows = [{n: _as_python(specs[n], row[n]) for n in names} for row in rows]
    meta = {"doc": inspect.getdoc(function) or ""}

    made = []

    def trace(states, sizes, root):
        made[:] = [trace_function(function, specs, states, sizes, root)]
        return made[0]

    def run(row: dict) -> dict:
        given = {n: _as_python(specs[n], row[n]) for n in names}
        copies = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in given.items()}
        bound = bind_names(signature, copies)  # the function may store into its arrays
        return made[0].schema.flatten(function(*bound.args, **bound.kwargs))

    return Subject(getattr(function, "__name__", "model"), trace, run, meta), rows


def _as_python(spec: Input, value):
    """An example in the flavour and type that the input has."""
    dtype = None if spec.type == ops.TEXT else ops.DTYPES[spec.type]
    array = np.asarray(value, dtype=dtype, order="C")
    if spec.flavour == PYTHON:
        return array.item()
    return array if spec.flavour == ARRAY else array[()]


def _versions() -> str:
    """Versions of what the numbers were compared with."""
    loaded = ((n, sys.modules.get(n)) for n in ("numpy", "scipy", "sklearn", "pandas"))
    parts = [f"{n} {m.__version__}" for n, m in loaded if m is not None]
    return ", ".join(itertools.chain([f"Python {platform.python_version()}"], parts))
