"""sklearn.neural_network: layers of x @ weights + bias and an activation."""

from ..graph import Value
from .registry import converts
from .values import (
    FLOAT64,
    check_samples,
    choose_label,
    choose_second,
    drop_axis,
    pair_probabilities,
    read_matrix,
    refuse,
)

FUSED = {"identity": 0, "relu": 1, "logistic": 2, "tanh": 3}
"""Activations that the operator ``dense`` applies itself."""


def add_layers(estimator, x) -> Value:
    """The output layer, [rows, outputs]."""
    y = check_samples(read_matrix(estimator, x, weights=estimator.coefs_[0].dtype))
    constant, last = y.graph.constant, len(estimator.coefs_) - 1
    for i, (weights, bias) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        activation = estimator.out_activation_ if i == last else estimator.activation
        y = y.graph.add(
            "dense",
            y,
            constant(weights, FLOAT64),
            constant(bias, FLOAT64),
            activation=FUSED.get(activation, FUSED["identity"]),
        )
        if activation not in FUSED:  # softmax, exp
            y = y.graph.add(activation, y)
    return y


@converts("sklearn.neural_network.MLPRegressor")
def convert_mlp_regressor(estimator, x):
    """The output layer."""
    y = add_layers(estimator, x)
    return {"predict": drop_axis(y) if estimator.n_outputs_ == 1 else y}


@converts("sklearn.neural_network.MLPClassifier")
def convert_mlp_classifier(estimator, x):
    """Two classes: one output above a half or not; more: the largest output."""
    classes = estimator.classes_
    if estimator.out_activation_ == "logistic" and (estimator.n_outputs_ > 1 or len(classes) != 2):
        raise refuse(estimator, "fitted on several labels a row, or on one class, is not supported")
    y = add_layers(estimator, x)
    if estimator.n_outputs_ > 1:
        return {"predict": choose_label(y, classes), "predict_proba": y}
    above = y.graph.add("greater", drop_axis(y), y.graph.constant(0.5))
    return {"predict": choose_second(above, classes), "predict_proba": pair_probabilities(y)}
