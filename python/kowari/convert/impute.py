"""sklearn.impute: missing numbers and texts replaced by fitted statistics."""

import numbers

import numpy as np

from ..graph import Value
from .registry import converts, tells_dtypes
from .values import (
    FLOAT64,
    Columns,
    cast,
    check_features,
    check_rows,
    check_samples,
    has_text,
    is_missing,
    join_columns,
    read_matrix,
    refuse,
    refuse_option,
    select_columns,
    split_columns,
)


@converts("sklearn.impute.SimpleImputer")
def convert_simple_imputer(estimator, x):
    """Fills what is missing; drops columns that were all missing in training."""
    check_features(estimator, x)
    statistics = estimator.statistics_
    dropped = [not estimator.keep_empty_features and is_missing(s) for s in statistics]
    kept = np.flatnonzero(np.logical_not(dropped)).tolist()
    if not kept:
        raise refuse(estimator, "was fitted on nothing but missing values")
    fills = statistics[kept].astype(estimator._fill_dtype, copy=False)
    impute = impute_frame if has_text(x) else impute_matrix
    return {"transform": impute(estimator, x, kept, fills)}


def impute_matrix(estimator, x: Value | Columns, kept: list[int], fills: np.ndarray) -> Value:
    """Numbers where NaN or a marker is missing; and, where asked for, which ones were."""
    marker = estimator.missing_values
    if not isinstance(marker, numbers.Real):
        raise refuse_option(estimator, "missing_values", "is not supported for numbers")
    y = read_matrix(estimator, x)
    graph = y.graph
    if estimator._fit_dtype.kind == "O":  # scikit-learn looks for infinity in floats only
        check_rows(y)
    else:
        y = check_samples(y, nan=is_missing(marker))
    mask = (
        graph.add("is_nan", y)
        if is_missing(marker)
        else graph.add("equal", y, graph.constant(marker, FLOAT64))
    )
    fill = graph.constant(fills, FLOAT64)
    result = graph.add("where", select_columns(mask, kept), fill, select_columns(y, kept))
    if not estimator.add_indicator or not len(estimator.indicator_.features_):
        return result
    indicator = select_columns(mask, estimator.indicator_.features_.tolist())
    return join_columns([result, cast(indicator, FLOAT64)])


def impute_frame(estimator, x: Value | Columns, kept: list[int], fills: np.ndarray) -> Columns:
    """Texts, and numbers beside them."""
    if estimator.add_indicator:
        raise refuse_option(estimator, "add_indicator", "is not supported for text")
    columns = select_columns(split_columns(x), kept)
    values = [
        impute_column(estimator, v, f) for v, f in zip(columns.values, fills.tolist(), strict=True)
    ]
    return Columns(columns.names, values)


def impute_column(estimator, column: Value, fill) -> Value:
    """One column of a frame with text; a missing text is None, whichever way Python marks it."""
    graph, marker = column.graph, estimator.missing_values
    check_rows(column)
    is_text = column.dtype == object
    if is_text != isinstance(fill, str):
        raise refuse(
            estimator, f"fills a column of {'text' if is_text else 'numbers'} with {fill!r}"
        )
    if not is_missing(marker) or (marker is None and not is_text):
        raise refuse_option(estimator, "missing_values", "is not supported beside text")
    if is_text:
        return graph.add(
            "where",
            graph.add("text_equal", column, graph.constant(None)),
            graph.constant(fill),
            column,
        )
    column = cast(column, FLOAT64)
    return graph.add("where", graph.add("is_nan", column), graph.constant(fill, FLOAT64), column)


@tells_dtypes("sklearn.impute.SimpleImputer")
def tell_dtypes_of_statistics(estimator):
    """Text where a text is filled in."""
    texts = [isinstance(s, str) for s in estimator.statistics_]
    return [np.dtype(object) if t else None for t in texts]
