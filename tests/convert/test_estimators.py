"""Every converter against scikit-learn: equal labels, numbers within their bound, equal errors.

The list is complete: a converter that no case uses fails ``test_every_converter_has_a_case``.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from compiled import compile_estimator, run
from estimator_cases import (
    CASES,
    CATEGORIES,
    EXACT,
    FRAME,
    ROWS,
    SCORE,
    THREE,
    TWO,
    WHOLE,
    Case,
    X,
    frame_steps,
)
from kowari import RunError, TraceError
from kowari.convert import CONVERTERS, METHODS, input_schema
from kowari.convert.registry import public_name
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler


def edge_rows(case: Case):
    """Rows to compare on: given ones, or those of the fit and zeros, denormals and far values."""
    data = case.data if case.rows is None else case.rows
    if case.rows is not None or not isinstance(data, np.ndarray) or data.dtype != np.float64:
        return data
    if case.name.startswith("onehot"):
        return data
    low, high = np.nan_to_num(data).min(axis=0), np.nan_to_num(data).max(axis=0)
    same = [0.0, -0.0, 5e-324, -1e-310, 1e-45, 1e3, -1e3]
    edges = [low, high, 2 * high - low, *(np.full(data.shape[1], v) for v in same)]
    return np.vstack([data, edges])


def call(estimator, method: str, data) -> np.ndarray:
    """What scikit-learn answers, dense."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = getattr(estimator, method)(data)
    result = result.toarray() if hasattr(result, "toarray") else result
    return result.to_numpy() if hasattr(result, "to_numpy") else np.asarray(result)


def compare(answers: dict, method: str, reference: np.ndarray, bound: float) -> None:
    """Labels and text are equal, numbers within the bound."""
    if method not in answers:  # a frame with text: its columns stand alone
        columns = [answers[f"{method}.{i}"] for i in range(reference.shape[1])]
        for column, expected in zip(columns, reference.T, strict=True):
            texts = column.dtype == object
            compare({method: column}, method, expected if texts else expected.astype(float), bound)
        return
    ours = answers[method]
    assert ours.shape == reference.shape
    if ours.dtype == object:
        assert ours.tolist() == [t if isinstance(t, str) else None for t in reference]
    elif bound == EXACT or reference.dtype.kind != "f":
        assert method == "transform" or ours.dtype == reference.dtype
        np.testing.assert_array_equal(ours, reference)
    else:
        scale = np.abs(reference).max(axis=0, initial=0)
        assert np.all(np.abs(ours - reference) <= bound * (np.abs(reference) + scale))


def row_slices(data, count: int):
    """Single rows spread over the data, the last ones among them."""
    last = range(len(data) - count // 2, len(data))
    for i in [*range(0, len(data), max(1, 2 * len(data) // count)), *last]:
        yield data[i : i + 1]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_equals_scikit_learn(case):
    estimator, rows = case.fit(), edge_rows(case)
    model = compile_estimator(estimator, rows)
    methods = {name.partition(".")[0] for name in model.outputs}
    assert methods == {m for m in METHODS if hasattr(estimator, m)}
    for data in (rows, *row_slices(rows, 6)):
        answers = run(model, data)
        for method in methods:
            compare(answers, method, call(estimator, method, data), case.bound)


def outcome(function) -> str:
    """Name of the exception that a call raises, or ''."""
    try:
        function()
    except RunError as error:
        return error.type or repr(error)
    except Exception as error:
        return type(error).__name__
    return ""


ODD_VALUES = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "1e39": 1e39, "1e308": 1e308}
MATRICES = [c for c in CASES if isinstance(c.data, np.ndarray) and c.data.dtype == np.float64]


@pytest.mark.parametrize("case", MATRICES, ids=lambda c: c.name)
def test_raises_what_scikit_learn_raises(case):
    estimator = case.fit()
    model = compile_estimator(estimator, case.data)
    method = next(m for m in METHODS if hasattr(estimator, m))
    inputs = {"no rows": case.data[:0]}
    for name, value in ODD_VALUES.items():
        inputs[name] = case.data[:3].copy()
        inputs[name][1, 0] = value
    for name, data in inputs.items():
        expected = outcome(lambda data=data: call(estimator, method, data))
        assert outcome(lambda data=data: run(model, data)) == expected, name


@pytest.mark.parametrize("column", ["sex", "ward", "visits", "smoker"])
def test_raises_for_unknown_categories(column):
    estimator = OneHotEncoder().fit(FRAME[[column]].iloc[:40])
    model = compile_estimator(estimator, FRAME[[column]])
    known = FRAME[[column]].iloc[:3]
    strange = {"visits": 1000, "smoker": True}.get(column, "new")
    data = pd.concat([known, pd.DataFrame({column: [strange]})], ignore_index=True)
    expected = "" if column == "smoker" else "ValueError"
    assert outcome(lambda: estimator.transform(data)) == expected
    assert outcome(lambda: run(model, data)) == expected
    assert outcome(lambda: run(model, data.iloc[:0])) == "ValueError"


def all_estimators(estimator):
    """An estimator and those inside it."""
    yield estimator
    inner = [s for _, s in getattr(estimator, "steps", [])]
    inner += [t for _, t, _ in getattr(estimator, "transformers", [])]
    for one in inner:
        yield from all_estimators(one)


def test_every_converter_has_a_case():
    used = {public_name(e, CONVERTERS) for c in CASES for e in all_estimators(c.estimator)}
    assert set(CONVERTERS) <= used


class OwnScaler(StandardScaler):
    """A class of the user's: what it overrides is not known."""


OWN_FUNCTION = FunctionTransformer(np.log1p, validate=True)
LABELS = np.column_stack([TWO, THREE])
REFUSALS = [
    (OwnScaler(), X, None, "OwnScaler cannot be compiled; supported are .*StandardScaler"),
    (OneHotEncoder(min_frequency=3), WHOLE, None, "OneHotEncoder with min_frequency=3"),
    (OneHotEncoder(max_categories=2), WHOLE, None, "OneHotEncoder with max_categories=2"),
    (OWN_FUNCTION, np.abs(X), None, "FunctionTransformer with validate="),
    (
        StandardScaler(),
        X.astype(np.float32),
        None,
        "StandardScaler computes float32 input in float32",
    ),
    (Ridge(), X.astype(np.float32), SCORE.astype(np.float32), "Ridge computes float32"),
    (RandomForestClassifier(3), X, LABELS, "RandomForestClassifier fitted on several labels"),
    (MLPClassifier(3, max_iter=2), X, LABELS > 1, "MLPClassifier fitted on several labels"),
    (
        SimpleImputer(strategy="most_frequent", add_indicator=True),
        FRAME[["sex"]],
        None,
        "SimpleImputer with add_indicator=True",
    ),
]


@pytest.mark.parametrize(
    ("estimator", "data", "target", "message"), REFUSALS, ids=lambda p: type(p).__name__
)
def test_refuses_what_it_cannot_convert(estimator, data, target, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(data, target)
    with pytest.raises(TraceError, match=message):
        compile_estimator(estimator, data)


@pytest.mark.parametrize(
    "estimator", [StandardScaler(), make_pipeline(StandardScaler(), Ridge()), frame_steps()]
)
def test_refuses_an_estimator_that_is_not_fitted(estimator):
    with pytest.raises(TraceError, match=f"{type(estimator).__name__} is not fitted"):
        compile_estimator(estimator, X)
    with pytest.raises(TraceError, match="is not fitted"):
        input_schema(estimator)


def test_refuses_other_columns():
    scaler = StandardScaler().fit(X)
    with pytest.raises(TraceError, match="fitted on 5 features, the input has 4"):
        compile_estimator(scaler, X[:, :4])
    scaler = StandardScaler().fit(FRAME[["age", "visits"]])
    with pytest.raises(TraceError, match=r"fitted on columns \['age', 'visits'\]"):
        compile_estimator(scaler, FRAME[["visits", "age"]])
    with pytest.raises(TraceError, match="was fitted on columns .*'ward'"):
        compile_estimator(frame_steps().fit(FRAME), FRAME.drop(columns="ward"))
    with pytest.raises(TraceError, match="takes numbers, the input has text"):
        compile_estimator(
            StandardScaler().fit(FRAME[["age"]]), FRAME[["sex"]].set_axis(["age"], axis=1)
        )


@pytest.mark.parametrize(
    "estimator", [RandomForestClassifier(5), HistGradientBoostingClassifier(max_iter=5)]
)
def test_trees_take_float32(estimator):
    narrow = X.astype(np.float32)
    estimator.fit(narrow, THREE)
    model = compile_estimator(estimator, narrow)
    np.testing.assert_array_equal(run(model, narrow)["predict"], estimator.predict(narrow))


def test_schema_tells_names_and_types():
    schema = input_schema(make_pipeline(frame_steps(), Ridge()).fit(FRAME, SCORE))
    assert schema.features == 5
    assert schema.names == ("age", "visits", "sex", "smoker", "ward")
    assert schema.dtypes == (None, None, np.dtype(object), None, np.dtype(object))
    assert input_schema(OneHotEncoder().fit(WHOLE)).dtypes == (np.dtype("i8"),) * 2
    assert input_schema(StandardScaler().fit(X)).names is None
    boosting = HistGradientBoostingClassifier(max_iter=2).fit(CATEGORIES, THREE)
    assert input_schema(boosting).dtypes == (None, np.dtype(object), None)


def test_columns_of_text_may_come_as_a_matrix():
    data = FRAME[["sex", "ward"]]
    steps = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()).fit(data)
    model = compile_estimator(steps, data.to_numpy(object))
    texts = data.to_numpy(object, na_value=None)
    np.testing.assert_array_equal(model.run(X=texts)["transform"], steps.transform(data).toarray())


def flatten(network):
    """Sets every weight to 0: the outputs are all the same."""
    for values in (*getattr(network, "coefs_", ()), *getattr(network, "intercepts_", ())):
        values[:] = 0.0


TIES = [
    (LogisticRegression(fit_intercept=False), TWO),
    (LogisticRegression(fit_intercept=False), THREE),
    (MLPClassifier(3, max_iter=1), TWO),
    (MLPClassifier(3, max_iter=1), THREE),
    (HistGradientBoostingClassifier(min_samples_leaf=ROWS), TWO),
]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:lbfgs failed to converge")
@pytest.mark.parametrize(("estimator", "target"), TIES, ids=lambda p: type(p).__name__)
def test_of_equal_scores_the_first_wins(estimator, target):
    """Scores of 0 and equal probabilities; the labels are scikit-learn's."""
    flatten(estimator.fit(X, target))
    rows = X[:3] * 0
    assert len(np.unique(estimator.predict_proba(rows))) == 1
    answer = run(compile_estimator(estimator, rows), rows)
    np.testing.assert_array_equal(answer["predict"], estimator.predict(rows))
