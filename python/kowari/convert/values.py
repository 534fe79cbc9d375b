"""Values that converters take and give, and the small steps that several of them share.

A matrix is a Value f64 [rows, features]; Columns are a frame whose columns differ in type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import TraceError
from ..graph import Graph, Value
from ..operators import type_code

FLOAT64, INT64 = np.dtype("f8"), np.dtype("i8")


@dataclass(eq=False)
class Columns:
    """Columns [rows] of different types, and their names."""

    names: tuple[str, ...]
    values: list[Value]

    @property
    def graph(self) -> Graph:
        return self.values[0].graph


def refuse(estimator, reason: str) -> TraceError:
    """The error for an estimator or an option of it that has no faithful graph."""
    return TraceError(f"{type(estimator).__name__} {reason}")


def refuse_option(estimator, option: str, why: str = "is not supported") -> TraceError:
    """The error for ``option`` of ``estimator``."""
    return refuse(estimator, f"with {option}={getattr(estimator, option)!r} {why}")


def is_missing(thing) -> bool:
    """None, NaN or pandas.NA."""
    return thing is None or str(thing) in ("nan", "<NA>")


# ---- columns and matrices ----
def count_features(x: Value | Columns) -> int:
    """Number of columns."""
    if isinstance(x, Columns):
        return len(x.values)
    if x.rank != 2 or not isinstance(x.dims[1], int):
        raise TraceError("an estimator takes a matrix with a fixed number of columns")
    return x.dims[1]


def has_text(x: Value | Columns) -> bool:
    """Is a column text?"""
    return np.dtype(object) in [v.dtype for v in (x.values if isinstance(x, Columns) else [x])]


def check_features(estimator, x: Value | Columns) -> None:
    """Refuses other columns than those that the estimator was fitted on."""
    expected, given = estimator.n_features_in_, count_features(x)
    if given != expected:
        raise refuse(estimator, f"was fitted on {expected} features, the input has {given}")
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and isinstance(x, Columns) and list(names) != list(x.names):
        raise refuse(
            estimator, f"was fitted on columns {list(names)}, the input has {list(x.names)}"
        )


def split_columns(x: Value | Columns) -> Columns:
    """The columns of a matrix, each for itself."""
    if isinstance(x, Columns):
        return x
    graph, features = x.graph, range(count_features(x))
    values = [graph.add("take", x, graph.constant(i, INT64, index=True), axis=1) for i in features]
    return Columns(tuple(f"x{i}" for i in features), values)


def select_columns(x: Value | Columns, indices: Sequence[int]) -> Value | Columns:
    """Some columns, in the order of the indices."""
    if isinstance(x, Columns):
        return Columns(tuple(x.names[i] for i in indices), [x.values[i] for i in indices])
    if list(indices) == list(range(count_features(x))):
        return x
    return x.graph.add("take", x, x.graph.constant(indices, INT64, index=True), axis=1)


def stack_columns(x: Value | Columns) -> Value:
    """The matrix of a frame of numbers, in the type that all its columns fit."""
    if isinstance(x, Value):
        return x
    dtype = np.result_type(*(v.dtype for v in x.values))
    columns = [x.graph.add("expand_dims", cast(v, dtype), axes=[1]) for v in x.values]
    return columns[0] if len(columns) == 1 else x.graph.add("concat", *columns, axis=1)


def join_columns(parts: Sequence[Value | Columns]) -> Value | Columns:
    """Matrices and frames side by side: a matrix unless there is text."""
    if any(has_text(p) for p in parts):
        frames = [split_columns(p) for p in parts]
        names = tuple(name for f in frames for name in f.names)
        return Columns(names, [v for f in frames for v in f.values])
    matrices = [stack_columns(p) for p in parts]
    dtype = np.result_type(*(m.dtype for m in matrices))
    matrices = [cast(m, dtype) for m in matrices]
    return matrices[0] if len(matrices) == 1 else matrices[0].graph.add("concat", *matrices, axis=1)


def cast(x: Value, dtype: np.dtype) -> Value:
    """``x`` in another type."""
    return x if x.dtype == dtype else x.graph.add("cast", x, to=type_code(dtype))


# ---- what scikit-learn checks before it computes ----
def read_matrix(estimator, x: Value | Columns, weights: np.dtype | None = None) -> Value:
    """f64 [rows, features] of an estimator's input; input that it computes in less is refused.

    ``weights``: the type of the numbers that the input meets as it is; without them the estimator
    leaves floats as they are, and makes the rest f64.
    """
    check_features(estimator, x)
    if has_text(x):
        raise refuse(estimator, "takes numbers, the input has text")
    matrix = stack_columns(x)
    computed = matrix.dtype if matrix.dtype.kind == "f" else FLOAT64
    if weights is not None:
        computed = np.result_type(matrix.dtype, weights)
    if computed != FLOAT64:
        raise refuse(
            estimator, f"computes {matrix.dtype} input in {computed}; make it float64 first"
        )
    return cast(matrix, FLOAT64)


def check_samples(x: Value, *, nan: bool = False, narrow: bool = False) -> Value:
    """``x``; ValueError at run: no rows, infinity (``narrow``: as float32), NaN unless ``nan``."""
    return x.graph.add("check_samples", x, allow_nan=nan, narrow=narrow)


def check_rows(x: Value) -> None:
    """ValueError at run when there are no rows."""
    if isinstance(x.dims[0], int) and x.dims[0] > 0:
        return
    graph = x.graph
    some = graph.add("greater", graph.add("size_of", x, axis=0), graph.constant(0))
    message = "Found array with 0 sample(s) while a minimum of 1 is required."
    graph.add("check", some, type="ValueError", message=message)


# ---- results ----
def drop_axis(x: Value) -> Value:
    """[rows] of [rows, 1]."""
    return x.graph.add("squeeze", x, axes=[1])


def choose_label(scores: Value, classes: np.ndarray) -> Value:
    """The class of the highest score of each row; the first of equal ones."""
    graph = scores.graph
    return graph.add(
        "take", graph.constant(classes), graph.add("argmax", scores, axis=1), axis=0, safe=True
    )


def choose_second(condition: Value, classes: np.ndarray) -> Value:
    """``classes[1]`` where the condition holds, else ``classes[0]``."""
    graph = condition.graph
    return graph.add("where", condition, graph.constant(classes[1]), graph.constant(classes[0]))


def pair_probabilities(p: Value) -> Value:
    """[1 - p, p], [rows, 2], of p [rows, 1]."""
    graph = p.graph
    return graph.add("concat", graph.add("subtract", graph.constant(1.0), p), p, axis=1)


def classify_scores(scores: Value, classes: np.ndarray) -> dict[str, Value]:
    """A classifier's results: of one score for two classes by expit, of one for each by softmax."""
    graph = scores.graph
    if scores.dims[1] > 1:
        return {
            "predict": choose_label(scores, classes),
            "predict_proba": graph.add("softmax", scores),
            "decision_function": scores,
        }
    decision = drop_axis(scores)
    return {
        "predict": choose_second(graph.add("greater", decision, graph.constant(0.0)), classes),
        "predict_proba": pair_probabilities(graph.add("expit", scores)),
        "decision_function": decision,
    }
