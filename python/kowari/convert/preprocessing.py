"""sklearn.preprocessing: scalers, and one-hot encoding of text and numbers."""

import numpy as np

from ..graph import Value
from .registry import converts, tells_dtypes
from .values import (
    FLOAT64,
    INT64,
    cast,
    check_features,
    check_rows,
    check_samples,
    join_columns,
    read_matrix,
    refuse,
    refuse_option,
    select_columns,
    split_columns,
)


@converts("sklearn.preprocessing.StandardScaler")
def convert_standard_scaler(estimator, x):
    """(x - mean) / scale, in two steps as scikit-learn does it."""
    y = check_samples(read_matrix(estimator, x), nan=True)
    graph = y.graph
    if estimator.with_mean:
        y = graph.add("subtract", y, graph.constant(estimator.mean_, FLOAT64))
    if estimator.with_std:
        y = graph.add("divide", y, graph.constant(estimator.scale_, FLOAT64))
    return {"transform": y}


@converts("sklearn.preprocessing.MinMaxScaler")
def convert_min_max_scaler(estimator, x):
    """x * scale + min, clipped if so asked."""
    y = check_samples(read_matrix(estimator, x), nan=True)
    graph = y.graph
    y = graph.add("multiply", y, graph.constant(estimator.scale_, FLOAT64))
    y = graph.add("add", y, graph.constant(estimator.min_, FLOAT64))
    if estimator.clip:
        low, high = (graph.constant(bound, FLOAT64) for bound in estimator.feature_range)
        y = graph.add("clip", y, low, high)
    return {"transform": y}


@converts("sklearn.preprocessing.OneHotEncoder")
def convert_one_hot_encoder(estimator, x):
    """A column of zeros and ones for each category that is not dropped."""
    for option in ("min_frequency", "max_categories"):
        if getattr(estimator, option) is not None:
            raise refuse_option(estimator, option)
    check_features(estimator, x)
    dropped = (
        [None] * len(estimator.categories_) if estimator.drop_idx_ is None else estimator.drop_idx_
    )
    parts = []
    for column, categories, drop in zip(
        split_columns(x).values, estimator.categories_, dropped, strict=True
    ):
        hot = match_categories(estimator, column, categories)
        if estimator.handle_unknown == "error":
            known = hot.graph.add("any", hot, axes=[1])
            hot.graph.add(
                "check",
                known,
                type="ValueError",
                message="Found unknown categories during transform",
            )
        kept = [i for i in range(len(categories)) if i != drop]
        if kept:
            parts.append(cast(select_columns(hot, kept), np.dtype(estimator.dtype)))
    return {"transform": join_columns(parts)}


def match_categories(estimator, column: Value, categories: np.ndarray) -> Value:
    """bool [rows, categories] of column [rows]."""
    graph = column.graph
    categories = plain_categories(categories)
    if (column.dtype == object) != (categories.dtype == object):
        raise refuse(
            estimator,
            f"was fitted on {categories.dtype}, the column is {column.dtype} (object: text)",
        )
    if column.dtype == object:
        check_rows(column)
        return graph.add(
            "text_equal", graph.add("expand_dims", column, axes=[1]), graph.constant(categories)
        )
    common = FLOAT64 if "f" in (column.dtype.kind, categories.dtype.kind) else INT64
    column = graph.add("expand_dims", cast(column, common), axes=[1])
    if common == FLOAT64:
        column = check_samples(column, nan=True)
    else:
        check_rows(column)
    hot = graph.add("equal", column, graph.constant(categories, common))
    if categories.dtype.kind == "f" and np.isnan(categories[-1]):
        missing = np.arange(len(categories)) == len(categories) - 1
        hot = graph.add("where", graph.add("is_nan", column), graph.constant(missing), hot)
    return hot


def plain_categories(categories: np.ndarray) -> np.ndarray:
    """Categories as numbers, or as text where None and NaN are None."""
    texts = [isinstance(c, str) for c in categories]
    if any(texts) or not any(c is not None and c == c for c in categories):
        return np.array([c if t else None for c, t in zip(categories, texts, strict=True)], object)
    return np.array(categories.tolist()) if categories.dtype == object else categories


@tells_dtypes("sklearn.preprocessing.OneHotEncoder")
def tell_dtypes_of_categories(estimator):
    """The type of each column's categories."""
    return [plain_categories(c).dtype for c in estimator.categories_]
