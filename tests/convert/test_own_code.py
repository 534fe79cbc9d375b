"""Transformers of the user's own, and functions in FunctionTransformers: followed as ordinary Python."""

import kowari
import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(60, 3))
Y = X[:, 0] - 2 * np.maximum(X[:, 1], 0) + X[:, 2] ** 2


class Clipper(TransformerMixin, BaseEstimator):
    """Clips columns to what was seen, with a loop."""

    def __init__(self, share=0.1):
        self.share = share

    def fit(self, X, y=None):  # noqa: N803 - scikit-learn's name
        self.low_ = np.quantile(X, self.share, axis=0)
        self.n_features_in_ = X.shape[1]
        self.high_ = np.quantile(X, 1 - self.share, axis=0)
        return self

    def transform(self, X):  # noqa: N803
        Z = np.empty_like(X)  # noqa: N806
        for column in range(X.shape[1]):
            Z[:, column] = np.clip(X[:, column], self.low_[column], self.high_[column])
        return Z


def add_square(rows, scale=1.0):
    return np.column_stack([rows, scale * rows[:, 0] ** 2])


@pytest.mark.parametrize(
    "estimator",
    [
        FunctionTransformer(np.abs),
        make_pipeline(FunctionTransformer(add_square, kw_args={"scale": 0.5}), LinearRegression()),
        Pipeline([("clip", Clipper()), ("scale", StandardScaler()), ("model", LinearRegression())]),
        make_pipeline(
            StandardScaler(), Clipper(0.2), FunctionTransformer(add_square), LinearRegression()
        ),
    ],
    ids=["abs", "function", "class", "all"],
)
def test_exported_by_itself(estimator):
    estimator.fit(X, Y)
    model = kowari.export(estimator, examples=[(X[:5],), (X[7:8],)])
    for method in ("predict", "transform"):
        if method in model.outputs:
            expected = getattr(estimator, method)(X)
            assert np.allclose(model.run(X=X)[method], expected, rtol=1e-9, atol=1e-12)


def test_inside_a_function():
    clip, model = Clipper().fit(X), LogisticRegression().fit(X, Y > 0)

    def score(x):
        row = clip.transform(x.reshape(1, -1))
        label = model.predict(row)[0]
        return {"label": label, "p": model.predict_proba(row)[0, 1] if label else 0.0}

    compiled = kowari.export(score, inputs={"x": "f64[3]"}, examples=[(row,) for row in X[:10]])
    for row in X:
        expected, given = score(row), compiled.run(x=row)
        assert bool(given["label"]) == bool(expected["label"])
        assert np.isclose(given["p"], expected["p"], rtol=1e-9)


def test_what_cannot_be_followed_is_refused():
    transformer = FunctionTransformer(np.linalg.svd).fit(X)
    with pytest.raises(kowari.TraceError, match="svd"):
        kowari.export(transformer, examples=[(X[:5],)])
