"""sklearn.ensemble: forests, and boosting by histograms."""

import numpy as np

from ..graph import Value
from .category_splits import expand_categories
from .node_layout import Trees, add_forest
from .preprocessing import match_categories, plain_categories
from .registry import converts, tells_dtypes
from .tree import add_trees, name_results
from .values import (
    FLOAT64,
    Columns,
    cast,
    check_features,
    check_rows,
    classify_scores,
    drop_axis,
    is_missing,
    join_columns,
    read_matrix,
    refuse,
    select_columns,
    split_columns,
    stack_columns,
)


@converts(
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.ensemble.ExtraTreesClassifier",
    "sklearn.ensemble.ExtraTreesRegressor",
)
def convert_forest(estimator, x):
    """The trees' mean: their sum in order, then one division."""
    total = add_trees(estimator, estimator.estimators_, 0.0, x)
    count = total.graph.constant(float(len(estimator.estimators_)))
    return name_results(estimator, total.graph.add("divide", total, count))


@converts("sklearn.ensemble.HistGradientBoostingRegressor")
def convert_boosting_regressor(estimator, x):
    """The raw prediction, or its exp where the loss has a log link."""
    raw, link = drop_axis(add_rounds(estimator, x)), type(estimator._loss.link).__name__
    if link not in ("IdentityLink", "LogLink"):
        raise refuse(estimator, f"with the link {link} is not supported")
    return {"predict": raw if link == "IdentityLink" else raw.graph.add("exp", raw)}


@converts("sklearn.ensemble.HistGradientBoostingClassifier")
def convert_boosting_classifier(estimator, x):
    """Labels come from the raw predictions, probabilities from expit or softmax of them."""
    return classify_scores(add_rounds(estimator, x), estimator.classes_)


def add_rounds(estimator, x) -> Value:
    """The baseline plus every round's trees, one for each class: [rows, trees a round]."""
    known = estimator._bin_mapper.bin_thresholds_
    parts = [read_predictor(p, known) for trees in estimator._predictors for p in trees]
    baseline = 0.0 + estimator._baseline_prediction.ravel()
    return add_forest(
        encode_categories(estimator, x), parts, baseline.astype(FLOAT64), narrow=False
    )


def read_predictor(predictor, known: list[np.ndarray]) -> Trees:
    """One boosted tree."""
    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    goes_right = nodes["missing_go_to_left"] == 0
    trees = Trees(
        roots=np.array([0]),
        left=np.where(inner, nodes["left"].astype(np.int64), -1),
        right=np.where(inner, nodes["right"].astype(np.int64), -1),
        slot=np.where(inner, 1 + 2 * nodes["feature_idx"] + goes_right, 0),
        threshold=np.where(inner, nodes["num_threshold"], 0.0),
        weight=nodes["count"].astype(np.float64),
        values=nodes["value"].reshape(-1, 1),
        target=np.full(len(nodes), -1),
    )
    for node in np.flatnonzero(inner & (nodes["is_categorical"] != 0)):
        bits = predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]]
        feature = nodes["feature_idx"][node]
        codes = np.arange(len(known[feature]))
        right = (bits[codes // 32] >> (codes % 32)).astype(np.int64) & 1 == 0
        # After the last known category: unknown ones and NaN, which every step sends to the right.
        expand_categories(trees, node, 2 + 2 * feature, np.append(right, goes_right[node]))
    return trees


def encode_categories(estimator, x: Value | Columns) -> Value:
    """What the trees were grown on: categories by number, NaN where not known; then numbers."""
    if estimator._preprocessor is None:
        y = read_matrix(estimator, x, weights=FLOAT64)
        check_rows(y)
        return y
    check_features(estimator, x)
    chosen = estimator.is_categorical_
    encoder = estimator._preprocessor.named_transformers_["encoder"]
    columns = split_columns(select_columns(x, np.flatnonzero(chosen).tolist())).values
    pairs = zip(columns, encoder.categories_, strict=True)
    codes = [number_categories(estimator, c, k) for c, k in pairs]
    rest = np.flatnonzero(~chosen).tolist()
    numbers = [cast(stack_columns(select_columns(x, rest)), FLOAT64)] if rest else []
    return join_columns(codes + numbers)


def number_categories(estimator, column: Value, categories: np.ndarray) -> Value:
    """Each row's place among the categories that are not missing, f64 [rows, 1]; NaN for others."""
    known = categories[[not is_missing(c) for c in categories]]
    hot = match_categories(estimator, column, known)
    graph = column.graph
    place = cast(graph.add("argmax", hot, axis=1, keepdims=True), FLOAT64)
    return graph.add(
        "where", graph.add("any", hot, axes=[1], keepdims=True), place, graph.constant(np.nan)
    )


@tells_dtypes(
    "sklearn.ensemble.HistGradientBoostingClassifier",
    "sklearn.ensemble.HistGradientBoostingRegressor",
)
def tell_dtypes_of_categories(estimator):
    """The type of the categories, where a column has them."""
    dtypes = [None] * estimator.n_features_in_
    if estimator._preprocessor is not None:
        encoder = estimator._preprocessor.named_transformers_["encoder"]
        columns = np.flatnonzero(estimator.is_categorical_)
        for column, categories in zip(columns, encoder.categories_, strict=True):
            dtypes[column] = plain_categories(categories).dtype
    return dtypes
