"""sklearn.tree: trees, and what classifiers and regressors make of their sums."""

import numpy as np

from ..graph import Value
from .node_layout import Trees, add_forest
from .registry import converts
from .values import FLOAT64, check_samples, choose_label, drop_axis, read_matrix, refuse


def read_tree(estimator) -> Trees:
    """A fitted tree.  scikit-learn pads the values of several outputs to the most classes."""
    tree = estimator.tree_
    inner = tree.children_left >= 0
    counts = np.atleast_1d(tree.n_classes)
    return Trees(
        roots=np.array([0]),
        left=tree.children_left,
        right=tree.children_right,
        slot=np.where(inner, 1 + 2 * tree.feature + (tree.missing_go_to_left == 0), 0),
        threshold=np.where(inner, tree.threshold, 0.0),
        weight=tree.weighted_n_node_samples,
        values=np.concatenate([tree.value[:, k, :n] for k, n in enumerate(counts)], axis=1),
        target=np.full(len(inner), -1),
    )


def add_trees(estimator, members: list, initial: float, x) -> Value:
    """``initial`` plus the values of the members' leaves, [rows, outputs or classes]."""
    if hasattr(estimator, "classes_") and estimator.n_outputs_ > 1:
        raise refuse(estimator, "fitted on several labels a row is not supported")
    nan = members[0].__sklearn_tags__().input_tags.allow_nan
    x = check_samples(read_matrix(estimator, x, weights=FLOAT64), nan=nan, narrow=True)
    parts = [read_tree(member) for member in members]
    return add_forest(x, parts, np.full(parts[0].values.shape[1], initial), narrow=True)


def name_results(estimator, values: Value) -> dict[str, Value]:
    """Fractions of classes, or predictions."""
    if hasattr(estimator, "classes_"):
        return {"predict": choose_label(values, estimator.classes_), "predict_proba": values}
    return {"predict": drop_axis(values) if estimator.n_outputs_ == 1 else values}


@converts(
    "sklearn.tree.DecisionTreeClassifier",
    "sklearn.tree.DecisionTreeRegressor",
    "sklearn.tree.ExtraTreeClassifier",
    "sklearn.tree.ExtraTreeRegressor",
)
def convert_tree(estimator, x):
    """The leaf's values as they are: -0.0 + v is v, also where v is -0.0."""
    return name_results(estimator, add_trees(estimator, [estimator], -0.0, x))
