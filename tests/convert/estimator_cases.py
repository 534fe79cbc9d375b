"""The battery: estimators with their options, what each is fitted on, and how close it comes."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

EXACT, TREES, LINEAR, NETWORK = 0.0, 1e-12, 1e-12, 1e-9
"""Bounds relative to the value, and absolute as a share of the largest value of its column."""

rng = np.random.default_rng(7)
ROWS = 160
X = rng.normal(size=(ROWS, 5)) * [1.0, 1e-3, 40.0, 1.0, 1e4] + [0.0, 0.0, 60.0, -3.0, 0.0]
X[:, 3] = np.round(X[:, 3])
HOLES = np.where(rng.random(X.shape) < 0.15, np.nan, X)
WHOLE = np.round(X[:, [2, 3]]).astype(np.int64)
SCORE = X[:, 0] + X[:, 2] / 40 - X[:, 3] + rng.normal(size=ROWS) / 3
TWO = (np.median(SCORE) < SCORE).astype(np.int64)
THREE = np.digitize(SCORE, np.quantile(SCORE, [0.3, 0.7]))
TEXTS = np.array(["cold", "mild", "very hot"])[THREE]
BOTH = np.column_stack([SCORE, X[:, 0] - SCORE])
FRAME = pd.DataFrame(
    {
        "age": HOLES[:, 2],
        "visits": WHOLE[:, 1],
        "sex": rng.choice(
            np.array(["f", "m", "other", None], object), ROWS, p=[0.4, 0.4, 0.1, 0.1]
        ),
        "smoker": rng.random(ROWS) < 0.3,
        "ward": rng.choice(["A", "B", "C"], ROWS),
    }
)
CODES = np.column_stack(
    [rng.integers(0, 4, ROWS) * 1.5, rng.choice([-0.0, 0.0, 7.0, np.nan], ROWS)]
)
CATEGORIES = FRAME.assign(ward=FRAME["ward"].astype("category"))[["age", "ward", "visits"]]


@dataclass
class Case:
    """An unfitted estimator, what it is fitted on, and the bound of its numbers."""

    name: str
    estimator: object
    data: object
    target: object = None
    bound: float = EXACT
    rows: object = None  # rows to compare; None: edge rows and those of the fit

    def fit(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.estimator.fit(self.data, self.target)


def frame_steps(*, sparse: float = 0.3, **options) -> ColumnTransformer:
    """What a data scientist writes for a frame."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"),
        OneHotEncoder(handle_unknown="ignore", drop="if_binary"),
    )
    return ColumnTransformer(
        [("numbers", numbers, ["visits", "age"]), ("texts", texts, ["sex", "ward"])],
        sparse_threshold=sparse,
        **options,
    )


NEW_WARD = FRAME.assign(ward=np.where(FRAME["visits"] % 2, "D", FRAME["ward"]))
NEW_CODES = np.where(rng.random(CODES.shape) < 0.2, 99.0, CODES)
NEW_CATEGORIES = CATEGORIES.assign(ward=NEW_WARD["ward"])
SMALL = {"max_iter": 40, "random_state": 0}
FOREST = {"n_estimators": 12, "random_state": 0}

CASES = [
    Case("standard", StandardScaler(), X),
    Case("standard-holes", StandardScaler(), HOLES),
    Case("standard-no-mean", StandardScaler(with_mean=False), X),
    Case("standard-no-std", StandardScaler(with_std=False), X),
    Case("standard-integers", StandardScaler(), WHOLE),
    Case("minmax", MinMaxScaler(), X),
    Case("minmax-clip", MinMaxScaler((-1, 3), clip=True), HOLES[:80], rows=HOLES),
    Case("impute-mean", SimpleImputer(), HOLES),
    Case("impute-median", SimpleImputer(strategy="median"), HOLES),
    Case("impute-frequent", SimpleImputer(strategy="most_frequent"), HOLES),
    Case("impute-constant", SimpleImputer(strategy="constant", fill_value=-7.5), HOLES),
    Case("impute-indicator", SimpleImputer(add_indicator=True), np.c_[HOLES, X[:, 0]]),
    Case("impute-marker", SimpleImputer(missing_values=-3.0, add_indicator=True), X),
    Case("impute-integers", SimpleImputer(missing_values=-3, strategy="most_frequent"), WHOLE),
    Case(
        "impute-empty",
        SimpleImputer(),
        np.c_[HOLES, np.full(ROWS, np.nan)],
        rows=np.c_[HOLES, X[:, 0]],
    ),
    Case(
        "impute-keep-empty",
        SimpleImputer(keep_empty_features=True),
        np.c_[HOLES, np.full(ROWS, np.nan)],
    ),
    Case("impute-text", SimpleImputer(strategy="most_frequent"), FRAME[["sex", "ward"]]),
    Case(
        "impute-none",
        SimpleImputer(missing_values=None, strategy="constant", fill_value="?"),
        FRAME[["sex"]].astype(object).where(FRAME[["sex"]].notna(), None),
    ),
    Case("impute-mixed", SimpleImputer(strategy="most_frequent"), FRAME[["age", "sex"]]),
    Case("onehot-text", OneHotEncoder(), FRAME[["sex", "ward"]]),
    Case("onehot-dense", OneHotEncoder(sparse_output=False), FRAME[["ward"]]),
    Case(
        "onehot-ignore",
        OneHotEncoder(handle_unknown="ignore"),
        FRAME[["sex", "ward"]],
        rows=NEW_WARD[["sex", "ward"]],
    ),
    Case("onehot-floats", OneHotEncoder(handle_unknown="ignore"), CODES, rows=NEW_CODES),
    Case("onehot-integers", OneHotEncoder(dtype=np.int64), WHOLE[:, 1:]),
    Case("onehot-bools", OneHotEncoder(), FRAME[["smoker"]]),
    Case("onehot-kinds", OneHotEncoder(), FRAME[["visits", "smoker", "ward"]]),
    Case("onehot-first", OneHotEncoder(drop="first"), FRAME[["sex", "ward"]]),
    Case("onehot-binary", OneHotEncoder(drop="if_binary"), FRAME[["smoker", "ward"]]),
    Case(
        "onehot-drop",
        OneHotEncoder(drop=["B"], handle_unknown="ignore"),
        FRAME[["ward"]],
        rows=NEW_WARD[["ward"]],
    ),
    Case("onehot-given", OneHotEncoder(categories=[["C", "A", "B"]]), FRAME[["ward"]]),
    Case("passthrough", FunctionTransformer(), X),
    Case("columns-frame", frame_steps(), FRAME),
    Case("columns-sparse", frame_steps(sparse=1.0), FRAME),
    Case("columns-remainder", frame_steps(remainder="passthrough"), FRAME),
    Case(
        "columns-order",
        frame_steps(),
        FRAME,
        rows=FRAME.assign(new=1.0)[["new", *FRAME.columns[::-1]]],
    ),
    Case(
        "columns-selectors",
        ColumnTransformer(
            [
                ("numbers", SimpleImputer(), make_column_selector(dtype_include="number")),
                ("text", "passthrough", ["sex"]),
                ("gone", "drop", ["ward"]),
            ],
        ),
        FRAME,
    ),
    Case(
        "columns-indices",
        ColumnTransformer(
            [
                ("a", StandardScaler(), [3, 0]),
                ("b", MinMaxScaler(), slice(1, 3)),
                ("c", "passthrough", np.array([False, True, False, False, False])),
                ("d", "drop", []),
            ],
            remainder=StandardScaler(with_mean=False),
            transformer_weights={"b": 0.1},
        ),
        X,
    ),
    Case(
        "pipeline-transform",
        make_pipeline(StandardScaler(), "passthrough", MinMaxScaler(), "passthrough"),
        X,
    ),
    Case("pipeline-named", Pipeline([("x", "passthrough"), ("y", Ridge())]), X, SCORE, LINEAR),
    Case(
        "pipeline-frame", make_pipeline(frame_steps(), LogisticRegression()), FRAME, TEXTS, LINEAR
    ),
    Case(
        "pipeline-trees",
        make_pipeline(frame_steps(), RandomForestClassifier(**FOREST)),
        FRAME,
        TWO,
        TREES,
    ),
    Case(
        "pipeline-pandas",
        make_pipeline(
            frame_steps(sparse=0.0, remainder="passthrough", verbose_feature_names_out=False),
            ColumnTransformer([("one", StandardScaler(), [1]), ("two", "passthrough", [0, 3])]),
            LinearRegression(),
        ),
        FRAME,
        SCORE,
        LINEAR,
    ),
    Case("linear", LinearRegression(), X, SCORE, LINEAR),
    Case("linear-two", LinearRegression(fit_intercept=False), X, BOTH, LINEAR),
    Case("linear-column", LinearRegression(), X, SCORE[:, None], LINEAR),
    Case("linear-integers", LinearRegression(positive=True), WHOLE, SCORE, LINEAR),
    Case("ridge", Ridge(alpha=3.0), X, SCORE, LINEAR),
    Case("ridge-two", Ridge(), X, BOTH, LINEAR),
    Case("logistic-two", make_pipeline(StandardScaler(), LogisticRegression()), X, TWO, LINEAR),
    Case("logistic-three", make_pipeline(StandardScaler(), LogisticRegression()), X, THREE, LINEAR),
    Case("logistic-bools", LogisticRegression(solver="liblinear"), X, TWO == 1, LINEAR),
    Case("logistic-text", LogisticRegression(fit_intercept=False), X, TEXTS, LINEAR),
    Case("logistic-float", LogisticRegression(), X, THREE * 2.0 - 1, LINEAR),
    *(
        Case(
            f"mlp-{a}-{n}",
            make_pipeline(StandardScaler(), MLPClassifier((9, 4), a, **SMALL)),
            X,
            y,
            NETWORK,
        )
        for a in ("identity", "logistic", "tanh", "relu")
        for n, y in (("two", TWO), ("text", TEXTS))
    ),
    *(
        Case(
            f"mlp-regressor-{a}",
            make_pipeline(
                StandardScaler(), MLPRegressor(hidden_layer_sizes=9, activation=a, **SMALL)
            ),
            X,
            SCORE,
            NETWORK,
        )
        for a in ("identity", "logistic", "tanh", "relu")
    ),
    Case(
        "mlp-regressor-two",
        make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=7, **SMALL)),
        X,
        BOTH,
        NETWORK,
    ),
    Case(
        "mlp-poisson",
        make_pipeline(StandardScaler(), MLPRegressor("poisson", 7, **SMALL)),
        X,
        THREE.astype(float),
        NETWORK,
        X,
    ),
    *(
        Case(f"{kind.__name__}-{n}", kind(random_state=0), data, y)
        for kind in (DecisionTreeClassifier, ExtraTreeClassifier)
        for n, data, y in (("ints", X, THREE), ("text", HOLES, TEXTS), ("bools", X, TWO == 1))
    ),
    *(
        Case(f"{kind.__name__}-{n}", kind(random_state=0), data, y)
        for kind in (DecisionTreeRegressor, ExtraTreeRegressor)
        for n, data, y in (("one", HOLES, SCORE), ("two", X, BOTH))
    ),
    Case("tree-strict", ExtraTreeClassifier(splitter="best", random_state=0), X, THREE),
    Case("tree-leaf", DecisionTreeRegressor(), X, np.full(ROWS, -0.0)),
    *(
        Case(f"{kind.__name__}-{n}", kind(**FOREST), data, y)
        for kind in (RandomForestClassifier, ExtraTreesClassifier)
        for n, data, y in (("two", HOLES, TWO), ("text", X, TEXTS))
    ),
    *(
        Case(f"{kind.__name__}-{n}", kind(**FOREST), data, y)
        for kind in (RandomForestRegressor, ExtraTreesRegressor)
        for n, data, y in (("one", HOLES, SCORE), ("two", X, BOTH))
    ),
    Case("boosting-two", HistGradientBoostingClassifier(max_iter=9), HOLES, TWO, TREES),
    Case("boosting-text", HistGradientBoostingClassifier(max_iter=9), X, TEXTS, TREES),
    *(
        Case(
            f"boosting-{loss}",
            HistGradientBoostingRegressor(loss=loss, max_iter=9, quantile=q),
            HOLES,
            np.abs(SCORE) + 0.1,
            TREES,
        )
        for loss, q in (
            ("squared_error", None),
            ("absolute_error", None),
            ("gamma", None),
            ("poisson", None),
            ("quantile", 0.3),
        )
    ),
    Case(
        "boosting-categories",
        HistGradientBoostingClassifier(max_iter=9, min_samples_leaf=5),
        CATEGORIES,
        THREE,
        TREES,
        NEW_CATEGORIES,
    ),
    Case(
        "boosting-codes",
        HistGradientBoostingRegressor(max_iter=9, categorical_features=[0, 1]),
        np.c_[CODES, X],
        SCORE,
        TREES,
        np.c_[NEW_CODES, X],
    ),
]
