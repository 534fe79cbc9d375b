"""Trees where they are hard: inputs on and around every threshold, and what they refuse.

Values are compared bit for bit, which is more than is promised; only expit, softmax and exp, which
come from two libraries, are CLOSE.
"""

import numpy as np
import pytest
from compiled import compile_estimator, run
from kowari import RunError
from kowari.convert import node_layout
from kowari.convert.category_splits import expand_categories
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Program
from kowari.runtime import Model
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*encountered in:RuntimeWarning"
)  # rows are extreme

FLOAT32_MAX = float(np.finfo(np.float32).max)
FIRST_INFINITE = 3.4028235677973366e38
"""The least float64 that rounds to an infinite float32."""

SPECIAL = [
    0.0, -0.0, 5e-324, -5e-324, 1e-310, 7e-46, -7e-46, 1e-45, -1e-45, 1e-40, -1e-40,
    float(np.finfo(np.float32).tiny), FLOAT32_MAX, -FLOAT32_MAX, 1e30,
    np.nextafter(FIRST_INFINITE, 0),
]  # fmt: skip


def training_data(rng, rows, features, *, nan=False):
    """Features of very different sizes, with ties, denormals and signed zeros; and a score."""
    x = rng.normal(size=(rows, features)) * np.where(np.arange(features) % 3 == 0, 1e-3, 1.0)
    x[:, 1] = np.round(x[:, 1], 1)
    x[:, 2] = rng.integers(-3, 4, rows) * 1e-41
    x[:, 4] = rng.choice([-0.0, 0.0, 1.0], rows)
    score = x[:, 0] * 1e3 + x[:, 1] ** 2 - 2e3 * x[:, 3] * (x[:, 2] > 0) + rng.normal(size=rows)
    if nan:
        x[rng.random(x.shape) < 0.15] = np.nan
        score += 2 * np.isnan(x[:, 0])
    return x, score


def make_classes(score, count):
    """``count`` classes of equal size."""
    return np.digitize(score, np.quantile(score, np.arange(1, count) / count))


def read_thresholds(estimator) -> list[np.ndarray]:
    """The thresholds of each feature."""
    found = [[np.zeros(1)] for _ in range(estimator.n_features_in_)]
    if hasattr(estimator, "_predictors"):
        nodes = [p.nodes for trees in estimator._predictors for p in trees]
        splits = [(n["feature_idx"], n["num_threshold"], n["is_leaf"] == 0) for n in nodes]
    else:
        trees = [m.tree_ for m in getattr(estimator, "estimators_", [estimator])]
        splits = [(t.feature, t.threshold, t.children_left >= 0) for t in trees]
    for feature, threshold, inner in splits:
        for f in np.unique(feature[inner]):
            found[f].append(threshold[inner & (feature == f) & np.isfinite(threshold)])
    return [np.concatenate(t) for t in found]


def make_hard_rows(rng, thresholds, rows, *, nan, infinity=False) -> np.ndarray:
    """At thresholds, half and one ulp beside them in both precisions, special values, noise."""
    x = np.empty((rows, len(thresholds)))
    for feature, candidates in enumerate(thresholds):
        t = rng.choice(candidates, rows)
        single = t.astype(np.float32)
        up, down = (
            np.nextafter(single, np.float32(np.inf)),
            np.nextafter(single, np.float32(-np.inf)),
        )
        middle = (single.astype(np.float64) + up) / 2
        kinds = [
            t,
            np.nextafter(t, np.inf),
            np.nextafter(t, -np.inf),
            single,
            up,
            down,
            middle,
            np.nextafter(middle, np.inf),
            np.nextafter(middle, -np.inf),
            rng.choice(SPECIAL, rows),
            rng.normal(size=rows),
        ]
        if infinity:
            kinds.append(rng.choice([np.inf, -np.inf, 1e39, -1e308], rows))
        x[:, feature] = np.choose(rng.integers(0, len(kinds), rows), kinds)
        if nan:
            x[rng.random(rows) < 0.1, feature] = np.nan
    if not infinity:
        x[np.abs(x) >= FIRST_INFINITE] = 1.0
    return x


def assert_same_bits(ours, theirs):
    """Equal, and with the same signs of zeros."""
    assert ours.shape == theirs.shape
    np.testing.assert_array_equal(ours.view(np.int64), np.ascontiguousarray(theirs).view(np.int64))


def assert_close(ours, theirs):
    """Equal to 1e-12: both sides used an exp of their own."""
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)


def assert_equal_everywhere(estimator, x):
    """Labels and sums are the same bits; what went through expit, softmax or exp is close."""
    ours = run(compile_estimator(estimator, x), x)
    loss = type(getattr(estimator, "_loss", None)).__name__
    if not hasattr(estimator, "classes_"):
        compare = assert_close if loss in ("HalfPoissonLoss", "HalfGammaLoss") else assert_same_bits
        compare(ours["predict"], estimator.predict(x))
    elif hasattr(estimator, "decision_function"):
        assert_same_bits(ours["decision_function"], estimator.decision_function(x))
        assert_close(ours["predict_proba"], estimator.predict_proba(x))
        np.testing.assert_array_equal(ours["predict"], estimator.predict(x))
    else:  # scikit-learn's predict is this argmax, too; it would walk the trees again
        probabilities = estimator.predict_proba(x)
        assert_same_bits(ours["predict_proba"], probabilities)
        labels = estimator.classes_.take(np.argmax(probabilities, axis=1))
        np.testing.assert_array_equal(ours["predict"], labels)


def test_forest_of_unlimited_depth():
    """120 trees of unlimited depth, four classes, 100,000 rows."""
    rng = np.random.default_rng(1)
    x, score = training_data(rng, 3000, 15)
    forest = RandomForestClassifier(120, random_state=0).fit(x, make_classes(score, 4))
    assert max(t.get_depth() for t in forest.estimators_) > 15
    assert_equal_everywhere(forest, make_hard_rows(rng, read_thresholds(forest), 100_000, nan=True))


FIT, RUN, NEVER = "in fit and run", "in run", "never"
"""Where NaN occurs."""

ESTIMATORS = [
    (RandomForestClassifier(20, random_state=0), 3, FIT),
    (RandomForestClassifier(15, class_weight="balanced", ccp_alpha=1e-3, random_state=0), 4, RUN),
    (RandomForestRegressor(20, random_state=0), 0, FIT),
    (RandomForestRegressor(9, criterion="poisson", max_depth=6, random_state=0), 0, RUN),
    (ExtraTreesClassifier(20, random_state=0), 4, RUN),
    (ExtraTreesRegressor(20, random_state=0), 0, FIT),
    (DecisionTreeClassifier(random_state=0), 3, FIT),
    (DecisionTreeRegressor(random_state=0), 0, RUN),
    (ExtraTreeClassifier(random_state=0), 3, FIT),
    (ExtraTreeClassifier(splitter="best", random_state=0), 3, NEVER),
    (ExtraTreeRegressor(random_state=0), 0, FIT),
    (HistGradientBoostingClassifier(max_iter=40, random_state=0), 3, FIT),
    (HistGradientBoostingClassifier(early_stopping=True, random_state=0), 2, RUN),
    (HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=None, random_state=0), 0, FIT),
    (HistGradientBoostingRegressor(loss="quantile", quantile=0.3, max_iter=40), 0, FIT),
    (HistGradientBoostingRegressor(loss="gamma", max_iter=40), 0, FIT),
]


@pytest.mark.parametrize(
    ("estimator", "classes", "nan"), ESTIMATORS, ids=lambda p: type(p).__name__
)
def test_hard_rows(estimator, classes, nan):
    rng = np.random.default_rng(2)
    x, score = training_data(rng, 1500, 8, nan=nan == FIT)
    estimator.fit(x, make_classes(score, classes) if classes else np.abs(score) + 0.1)
    rows = make_hard_rows(
        rng,
        read_thresholds(estimator),
        10_000,
        nan=nan != NEVER,
        infinity=hasattr(estimator, "_predictors"),
    )
    assert_equal_everywhere(estimator, rows)


def test_negative_zero_stays():
    """A lone tree answers its leaf as it is, a forest a sum that starts from 0."""
    x, y = np.arange(8.0)[:, None], np.full(8, -0.0)
    for estimator in (
        DecisionTreeRegressor(criterion="absolute_error"),
        RandomForestRegressor(3, criterion="absolute_error"),
    ):
        estimator.fit(x, y)
        assert_equal_everywhere(estimator, x)
    assert np.signbit(estimator.estimators_[0].tree_.value).all()


ODD = {
    "nan": [np.nan, 0.0],
    "inf": [np.inf, 0.0],
    "-inf": [0.0, -np.inf],
    "1e39": [1e39, 0.0],
    "first infinite float32": [FIRST_INFINITE, 0.0],
    "last finite float32": [np.nextafter(FIRST_INFINITE, 0), 0.0],
    "nan after inf": [np.inf, np.nan],
    "nan before inf": [np.nan, np.inf],
}


@pytest.mark.parametrize(
    ("estimator", "classes", "nan"), ESTIMATORS, ids=lambda p: type(p).__name__
)
def test_same_refusals(estimator, classes, nan):
    """The same exceptions with the same first line, and the same answers elsewhere."""
    rng = np.random.default_rng(3)
    x, score = training_data(rng, 300, 5)
    estimator.fit(x, make_classes(score, classes) if classes else np.abs(score) + 0.1)
    model = compile_estimator(estimator, x)
    for name, values in ODD.items():
        rows = x[:3].copy()
        rows[1, [0, 3]] = values
        try:
            expected = estimator.predict(rows)
        except ValueError as error:
            with pytest.raises(RunError) as raised:
                run(model, rows)
            assert raised.value.type == type(error).__name__ == "ValueError", name
            assert raised.value.message.splitlines()[0] == str(error).splitlines()[0], name
        else:
            np.testing.assert_allclose(
                run(model, rows)["predict"], expected, rtol=1e-12, err_msg=name
            )


def test_many_features_and_wide_nodes(monkeypatch):
    """Nodes of 16 bytes: for more features than 12 bits can tell apart, and made by force."""
    rng = np.random.default_rng(4)
    x, score = training_data(rng, 300, 2100)
    forest = RandomForestRegressor(3, max_features=0.1, random_state=0).fit(x, score)
    assert_equal_everywhere(forest, make_hard_rows(rng, read_thresholds(forest), 500, nan=True))
    x, score = training_data(rng, 1500, 8)
    forest = RandomForestClassifier(20, random_state=0).fit(x, make_classes(score, 3))
    monkeypatch.setattr(node_layout, "EXACT_FLOAT32", 0)
    assert_equal_everywhere(forest, make_hard_rows(rng, read_thresholds(forest), 10_000, nan=True))


def test_thresholds_round_to_the_same_branch():
    """round_to_float32 and widen_threshold against their definitions."""
    rng = np.random.default_rng(5)
    spread = 10.0 ** rng.integers(-46, 39, 20_000)
    t = np.concatenate([rng.normal(size=20_000) * spread, SPECIAL, [np.inf, -np.inf, 1e39, -1e39]])
    narrow, wide = node_layout.round_to_float32(t), node_layout.widen_threshold(t)
    above = np.nextafter(narrow, np.float32(np.inf))
    finite = np.isfinite(wide)
    assert np.all(wide[finite].astype(np.float32) <= narrow[finite])
    assert np.all(np.nextafter(wide[finite], np.inf).astype(np.float32) > narrow[finite])
    assert np.all(narrow <= t)
    assert np.all((above > t) | (narrow == np.inf))


def split_by_category(right: np.ndarray, x: np.ndarray) -> np.ndarray:
    """0 for the rows that one split sends left, 1 for those that it sends right."""
    trees = node_layout.Trees(
        roots=np.array([0]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        slot=np.array([1, 0, 0]),
        threshold=np.zeros(3),
        weight=np.array([3.0, 1.0, 2.0]),
        values=np.array([[9.0], [0.0], [1.0]]),
        target=np.full(3, -1),
    )
    expand_categories(trees, 0, 2, right)
    program = Program()
    graph = program.graph()
    value = graph.input(1, (program.size("rows"), 1), "X")
    graph.outputs = [node_layout.add_forest(value, [trees], np.zeros(1), narrow=False)]
    ports = [Port(INPUT, "X", value), Port(OUTPUT, "side", graph.outputs[0])]
    return Model(write(program, ports, {})).run(X=x)["side"].ravel()


def test_splits_by_category():
    """Random directions of up to 12 categories, unknown ones and NaN."""
    rng = np.random.default_rng(6)
    for _ in range(200):
        count = int(rng.integers(1, 13))
        right = rng.random(count + 1) < rng.choice([0.1, 0.5, 0.9])
        x = np.append(np.arange(count), [count, count + 1, 254, np.nan])
        expected = right[np.append(np.arange(count), [count] * 4)]
        np.testing.assert_array_equal(split_by_category(right, x[:, None]), expected)


@pytest.mark.parametrize("missing", [False, True])
def test_boosting_with_categories(missing):
    rng = np.random.default_rng(7)
    x, score = training_data(rng, 2000, 8, nan=True)
    x[:, 0] = rng.integers(0, 200, len(x)) * 7
    x[:, 5] = rng.integers(-2, 9, len(x)) * 1.5
    y = (x[:, 0] // 7 * 37 % 11 > 4).astype(int) ^ (x[:, 5] % 2 > 1) + (score > 0)
    if missing:
        x[rng.random(len(x)) < 0.1, 0] = np.nan
    boosting = HistGradientBoostingClassifier(max_iter=30, categorical_features=[0, 5]).fit(x, y)
    assert sum(p.nodes["is_categorical"].sum() for r in boosting._predictors for p in r) > 50
    rows = make_hard_rows(rng, [np.zeros(1)] * 8, 10_000, nan=True)
    rows[:, 0] = rng.choice([*np.arange(200) * 7.0, 5.0, -1.0, 1e9, np.nan], len(rows))
    rows[:, 5] = rng.choice([*np.arange(-2, 9) * 1.5, 100.0, 0.5, np.nan], len(rows))
    assert_equal_everywhere(boosting, rows)
