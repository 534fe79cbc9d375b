"""Which converter belongs to an estimator, and the two questions that the exporter asks about one.

Estimators are known by the dotted name of their class, so that nothing of scikit-learn is imported.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import TraceError
from ..graph import Value
from .values import Columns, refuse

METHODS = ("predict", "predict_proba", "decision_function", "transform")

Converter = Callable[[object, Value | Columns], dict[str, Value | Columns]]
CONVERTERS: dict[str, Converter] = {}
DTYPES: dict[str, Callable[[object], list]] = {}
OTHERS: list[Converter] = []


def converts(*names: str) -> Callable[[Converter], Converter]:
    """Registers a converter under the public dotted names of the classes that it converts."""

    def register(function: Converter) -> Converter:
        CONVERTERS.update(dict.fromkeys(names, function))
        return function

    return register


def converts_others(function: Converter) -> Converter:
    """Registers what is asked about classes that have no converter; it may answer None."""
    OTHERS.append(function)
    return function


def tells_dtypes(*names: str):
    """Registers a function from an estimator to its columns' dtypes, None where not known."""

    def register(function):
        DTYPES.update(dict.fromkeys(names, function))
        return function

    return register


def public_name(estimator, known) -> str | None:
    """The class's name in ``known``: ``a.b._c.Name`` is also ``a.b.Name`` and ``a.Name``."""
    kind = type(estimator)
    modules = kind.__module__.split(".")
    names = (".".join([*modules[:n], kind.__qualname__]) for n in range(len(modules), 0, -1))
    return next((name for name in names if name in known), None)


def is_fitted(estimator) -> bool:
    """scikit-learn's rule: the estimator says so, or an attribute ends in an underscore."""
    if hasattr(estimator, "__sklearn_is_fitted__"):
        return estimator.__sklearn_is_fitted__()
    return any(name.endswith("_") and not name.startswith("__") for name in vars(estimator))


def convert_estimator(estimator, x: Value | Columns) -> dict[str, Value | Columns]:
    """Adds what a fitted estimator computes to the graph of its input.

    Parameters
    ----------
    estimator
        Fitted; of a class with a converter (``CONVERTERS``).
    x
        Numbers [rows, features], or a frame's columns.

    Returns
    -------
    dict
        For each of ``METHODS`` that the estimator has, what it returns: predictions [rows] or
        [rows, outputs], probabilities [rows, classes], scores [rows] or [rows, classes],
        transformed rows [rows, features], which are Columns where text is among them.

    Raises
    ------
    TraceError
        For a class without a converter, an option that is not supported, an estimator that is not
        fitted, or columns that it was not fitted on.
    """
    name = public_name(estimator, CONVERTERS)
    if name is None:
        for convert in OTHERS:
            if (found := convert(estimator, x)) is not None:
                return found
        kind = type(estimator)
        supported = ", ".join(sorted({n.rpartition(".")[2] for n in CONVERTERS}))
        raise TraceError(
            f"{kind.__module__}.{kind.__qualname__} cannot be compiled; supported are {supported}"
        )
    if not is_fitted(estimator):
        raise refuse(estimator, "is not fitted")
    return CONVERTERS[name](estimator, x)


@dataclass(frozen=True)
class InputSchema:
    """What an estimator was fitted on.

    ``names`` is None for an array; a dtype is None where not known, object for text.
    """

    features: int
    names: tuple[str, ...] | None
    dtypes: tuple[np.dtype | None, ...]


def input_schema(estimator) -> InputSchema:
    """Number, names and types of the columns that a fitted estimator takes."""
    first = first_estimator(estimator)
    features = getattr(first, "n_features_in_", None)
    if features is None:
        name = "" if first is estimator else f"its step {type(first).__name__} "
        raise refuse(estimator, f"is not fitted, or {name}does not tell n_features_in_")
    names = getattr(first, "feature_names_in_", None)
    return InputSchema(
        features,
        None if names is None else tuple(str(n) for n in names),
        tuple(column_dtypes(first, features)),
    )


def active_steps(pipeline) -> list:
    """The steps that do something."""
    return [step for _, step in pipeline.steps if step is not None and step != "passthrough"]


def first_estimator(estimator):
    """What takes the input: of a pipeline the first step that does something."""
    while hasattr(estimator, "steps") and active_steps(estimator):
        estimator = active_steps(estimator)[0]
    return estimator


def column_dtypes(estimator, features: int) -> list[np.dtype | None]:
    """Dtype of each input column as far as the fitted attributes tell it."""
    estimator = first_estimator(estimator)
    name = public_name(estimator, DTYPES)
    return [None] * features if name is None else DTYPES[name](estimator)
