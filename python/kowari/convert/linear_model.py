"""sklearn.linear_model: x @ coefficients + intercept, and what classifiers make of it."""

import numpy as np

from ..graph import Value
from .registry import converts
from .values import (
    FLOAT64,
    check_samples,
    classify_scores,
    drop_axis,
    read_matrix,
)


def add_scores(estimator, x) -> Value:
    """x @ coefficients + intercept, [rows, outputs]."""
    coefficients = np.atleast_2d(estimator.coef_)
    x = check_samples(read_matrix(estimator, x, weights=coefficients.dtype))
    constant = x.graph.constant
    bias = np.broadcast_to(estimator.intercept_, len(coefficients))
    return x.graph.add("dense", x, constant(coefficients.T, FLOAT64), constant(bias, FLOAT64))


@converts("sklearn.linear_model.LinearRegression", "sklearn.linear_model.Ridge")
def convert_linear_regression(estimator, x):
    """The scores themselves."""
    scores = add_scores(estimator, x)
    return {"predict": drop_axis(scores) if estimator.coef_.ndim == 1 else scores}


@converts("sklearn.linear_model.LogisticRegression")
def convert_logistic_regression(estimator, x):
    """Two classes: expit of the one score; more: softmax of the scores."""
    return classify_scores(add_scores(estimator, x), estimator.classes_)
