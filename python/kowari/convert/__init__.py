"""Fitted scikit-learn estimators as operators; importing this package registers every converter."""

from . import (
    compose,
    ensemble,
    impute,
    linear_model,
    neural_network,
    pipeline,
    preprocessing,
    traced,
    tree,
)
from .registry import CONVERTERS, METHODS, InputSchema, convert_estimator, converts, input_schema
from .values import Columns

__all__ = [
    "CONVERTERS",
    "METHODS",
    "Columns",
    "InputSchema",
    "compose",
    "convert_estimator",
    "converts",
    "ensemble",
    "impute",
    "input_schema",
    "linear_model",
    "neural_network",
    "pipeline",
    "preprocessing",
    "traced",
    "tree",
]
