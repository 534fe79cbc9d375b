"""sklearn.compose: different columns through different transformers, side by side."""

from ..graph import Value
from .registry import column_dtypes, convert_estimator, converts, tells_dtypes
from .values import (
    FLOAT64,
    Columns,
    cast,
    check_features,
    join_columns,
    refuse,
    select_columns,
    stack_columns,
)


@converts("sklearn.compose.ColumnTransformer")
def convert_column_transformer(estimator, x):
    """The transformers' outputs in their order, then the remainder's."""
    x = order_columns(estimator, x)
    weights = estimator.transformer_weights or {}
    parts = []
    for name, transformer, indices in fitted_transformers(estimator):
        part = convert_estimator(transformer, select_columns(x, indices))["transform"]
        parts.append(part if name not in weights else weigh(part, weights[name]))
    if not parts:
        raise refuse(estimator, "passes no columns on")
    return {"transform": join_columns(parts)}


def order_columns(estimator, x: Value | Columns) -> Value | Columns:
    """A frame's columns by name: in the order of the fit, without those that it did not see."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and isinstance(x, Columns):
        missing = set(names) - set(x.names)
        if missing:
            raise refuse(estimator, f"was fitted on columns {sorted(missing)}, too")
        x = select_columns(x, [x.names.index(name) for name in names])
    check_features(estimator, x)
    return x


def fitted_transformers(estimator):
    """(name, transformer, indices of its columns) of those that pass something on."""
    for name, transformer, _ in estimator.transformers_:
        indices = [int(i) for i in estimator._transformer_to_input_indices[name]]
        if indices and transformer != "drop":
            yield name, transformer, indices


def weigh(x: Value | Columns, weight: float) -> Value:
    """x * weight."""
    matrix = cast(stack_columns(x), FLOAT64)
    return matrix.graph.add("multiply", matrix, matrix.graph.constant(weight, FLOAT64))


@tells_dtypes("sklearn.compose.ColumnTransformer")
def tell_dtypes_of_transformers(estimator):
    """What the transformers tell of their columns."""
    dtypes = [None] * estimator.n_features_in_
    for _, transformer, indices in fitted_transformers(estimator):
        for index, dtype in zip(indices, column_dtypes(transformer, len(indices)), strict=True):
            dtypes[index] = dtypes[index] or dtype
    return dtypes
