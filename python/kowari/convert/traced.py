"""Code of the user's among estimators: transformers of classes of their own, and the function of a FunctionTransformer.

Both are ordinary Python over arrays, which the tracer follows as it follows a function.
"""

from pathlib import Path

from ..graph import Value
from ..recorded import ARRAY, Recorded, active
from ..rules import is_opaque
from ..trace import Tracer
from .registry import METHODS, converts, converts_others
from .values import Columns, refuse, refuse_option


def _call(estimator, function, x, **keywords) -> Value:
    """What the function makes of the rows."""
    if isinstance(x, Columns):
        raise refuse(estimator, "takes a frame with text, whose columns it would be given together")
    if active:
        return _value(active[-1], function, x, keywords)
    tracer = Tracer(x.graph.program, Path.cwd().resolve())
    tracer.graph = x.graph
    with tracer.watched():
        return _value(tracer, function, x, keywords)


def _value(tracer, function, x, keywords) -> Value:
    result = tracer.finish(lambda: tracer.call(function, Recorded(x, ARRAY), **keywords))
    return tracer.plain(tracer.as_argument(result))


@converts("sklearn.preprocessing.FunctionTransformer")
def convert_function_transformer(estimator, x):
    """Without a function it passes rows on, as ColumnTransformer's 'passthrough' does."""
    if estimator.validate:
        raise refuse_option(estimator, "validate")
    if estimator.func is None:
        return {"transform": x}
    return {"transform": _call(estimator, estimator.func, x, **(estimator.kw_args or {}))}


@converts_others
def convert_own_class(estimator, x):
    """A class that is no package's: its methods as they are written."""
    methods = [m for m in METHODS if hasattr(estimator, m)]
    if any(is_opaque(getattr(type(estimator), m)) for m in methods):
        return None
    return {m: _call(estimator, getattr(estimator, m), x) for m in methods} or None
