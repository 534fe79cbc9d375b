"""sklearn.pipeline: one estimator after the other."""

from ..graph import Value
from .registry import active_steps, convert_estimator, converts
from .values import Columns


@converts("sklearn.pipeline.Pipeline")
def convert_pipeline(estimator, x):
    """The last step's methods on what the steps before it make of ``x``."""
    results = {"transform": x}
    for position, step in enumerate(active_steps(estimator)):
        x = results["transform"]
        results = convert_estimator(step, name_columns(step, x) if position else x)
    return results


def name_columns(step, x: Value | Columns) -> Value | Columns:
    """A frame between steps, under the names that the step was fitted on, not the user's."""
    names = getattr(step, "feature_names_in_", None)
    return Columns(tuple(names), x.values) if names is not None and isinstance(x, Columns) else x
