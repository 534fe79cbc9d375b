"""What grids are written with: values that become inputs or constants, and a file of one operator."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from write_tflite import File, Graph

ACTIVATIONS = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu1": schema.ActivationFunctionType.RELU_N1_TO_1,
    "relu6": schema.ActivationFunctionType.RELU6,
}
PADDINGS = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}

# All values are cut from these few, so that an archive holds each number once.
_RANDOM = np.random.default_rng(4)
REALS = _RANDOM.normal(scale=2.0, size=(8, 16384)).astype(np.float32)
WHOLES = _RANDOM.integers(0, 1 << 30, size=(8, 16384))


@dataclass(frozen=True)
class Value:
    """A tensor of a file: an input, unless `constant` or `variable` says otherwise."""

    array: np.ndarray
    constant: bool = False
    variable: bool = False
    declared: tuple | None = None  # the sizes in the file, -1 for those that the caller chooses
    scale: list[float] | None = None
    zero_point: list[int] | None = None
    axis: int = 0


@dataclass
class Case:
    """A file and what goes into it, step by step; `expected` where LiteRT cannot run it."""

    name: str
    file: File
    steps: list[list[np.ndarray]]
    expected: list[list[np.ndarray]] | None = None
    entry: str = ""


Cases = Iterator[Case]


def real(*shape: int, pool: int = 0) -> np.ndarray:
    """Return float32 values around 0, of standard deviation 2."""
    return REALS[pool, : int(np.prod(shape, dtype=int))].reshape(shape)


def positive(*shape: int, pool: int = 0) -> np.ndarray:
    """Return float32 values above 0."""
    return np.abs(real(*shape, pool=pool)) + np.float32(0.125)


def whole(*shape: int, low: int = -9, high: int = 9, dtype="int32", pool: int = 0) -> np.ndarray:
    """Return integers of low..high."""
    numbers = WHOLES[pool, : int(np.prod(shape, dtype=int))].reshape(shape)
    return (numbers % (high - low + 1) + low).astype(dtype)


def truth(*shape: int, pool: int = 0) -> np.ndarray:
    """Return booleans."""
    return whole(*shape, low=0, high=1, dtype="bool", pool=pool)


def of_type(dtype: str, *shape: int, pool: int = 0) -> np.ndarray:
    """Return values of a type."""
    if dtype == "float32":
        return real(*shape, pool=pool)
    if dtype == "bool":
        return truth(*shape, pool=pool)
    return whole(*shape, low=0 if dtype.startswith("u") else -9, dtype=dtype, pool=pool)


def constant(array, dtype=None, **keywords) -> Value:
    """Return a value that lies in the file."""
    return Value(np.asarray(array, dtype), constant=True, **keywords)


def resized(array: np.ndarray, declared: tuple) -> Value:
    """Return an input whose sizes of -1 are not those of the file."""
    return Value(array, declared=declared)


def place(graph: Graph, value: Value | np.ndarray | None, steps: list) -> int:
    """Add a value to a graph, and to the inputs of `steps` if it is one; return its tensor."""
    if value is None:
        return -1
    if not isinstance(value, Value):
        value = Value(np.asarray(value))
    keywords = {"scale": value.scale, "zero_point": value.zero_point, "axis": value.axis}
    dtype, shape = value.array.dtype.name, value.declared or value.array.shape
    if value.constant:
        return graph.tensor(dtype, shape, data=value.array, **keywords)
    if value.variable:
        return graph.tensor(dtype, shape, variable=True, **keywords)
    steps[0].append(value.array)
    return graph.input(dtype, shape, **keywords)


def single(
    name: str,
    code: str,
    *values,
    options=None,
    gives: tuple = ("float32",),
    version: int = 1,
    steps: int = 1,
    **keywords,
) -> Case:
    """Return a file of one operator; `gives` holds types, or Values whose quantisation counts."""
    file, inputs = File(), [[]]
    graph = file.add_graph()
    places = [place(graph, value, inputs) for value in values]
    outputs = []
    for result in gives:
        if isinstance(result, Value):
            quantisation = {"scale": result.scale, "zero_point": result.zero_point}
            outputs.append(graph.tensor(result.array.dtype.name, None, **quantisation))
        else:
            outputs.append(graph.tensor(result, None))
    graph.operator(code, places, outputs, options, version=version, **keywords)
    graph.record.outputs = outputs
    # Later steps bring the same numbers in another order.
    return Case(name, file, [[roll(a, step) for a in inputs[0]] for step in range(steps)])


def roll(array: np.ndarray, step: int) -> np.ndarray:
    """Return the array's elements, moved by `step`."""
    return np.roll(array, step) if array.ndim else array


def quantized(array: np.ndarray, scale, zero_point, axis: int = 0, **keywords) -> Value:
    """Return integers that stand for (array - zero_point) * scale."""
    scale, zero_point = np.atleast_1d(scale), np.atleast_1d(zero_point)
    return Value(array, scale=list(scale), zero_point=list(zero_point), axis=axis, **keywords)


def frozen(value: Value) -> Value:
    """Return the value as a constant."""
    return replace(value, constant=True)


def text_of(*parts) -> str:
    """Return a name's parts, joined; sizes as 2x3, flags that are off left out."""
    words = []
    for part in parts:
        if isinstance(part, (tuple, list, np.ndarray)):
            words.append("x".join(str(n) for n in part) or "none")
        elif part not in (False, None, ""):
            words.append(str(part))
    return "_".join(words)


__all__ = [name for name in dir() if not name.startswith("_") and name not in ("field",)]
