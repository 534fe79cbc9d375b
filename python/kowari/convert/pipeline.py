"""sklearn.pipeline: one estimator after the other."""

from ..graph import Value
from .registry import column_dtypes, convert_estimator, converts, tells_dtypes
from .values import Columns


@converts("sklearn.pipeline.Pipeline")
def convert_pipeline(estimator, x):
    """The last step's methods on what the steps before it make of ``x``."""
    results = {"transform": x}
    for position, step in enumerate(active_steps(estimator)):
        x = results["transform"]
        results = convert_estimator(step, name_columns(step, x) if position else x)
    return results


def active_steps(estimator) -> list:
    """The steps that do something."""
    return [step for _, step in estimator.steps if step is not None and step != "passthrough"]


def name_columns(step, x: Value | Columns) -> Value | Columns:
    """A frame between steps, under the names that the step was fitted on, not the user's."""
    names = getattr(step, "feature_names_in_", None)
    return Columns(tuple(names), x.values) if names is not None and isinstance(x, Columns) else x


@tells_dtypes("sklearn.pipeline.Pipeline")
def tell_dtypes_of_first_step(estimator):
    """What the first step tells."""
    return column_dtypes(active_steps(estimator)[0], estimator.n_features_in_)
