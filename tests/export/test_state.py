"""State: an output that is the next run's input; a device that goes on equals Python that carries the value itself."""

import kowari
import numpy as np
import pytest


def smooth(x, level, window):
    """One step of an exponential filter, and the last three samples."""
    level = level + 0.25 * (x.mean() - level)
    window = np.concatenate([window, x])[-3:]
    return {"level": level, "window": window, "score": level + window.sum()}


ROWS = [(np.array([1.0, 2.0]), 0.5, np.array([3.0])), (np.array([4.0]), 2.0, np.zeros(0))]


@pytest.fixture
def model():
    return kowari.export(smooth, examples=ROWS, state={"level": "level", "window": "window"})


def test_state_goes_on(model):
    assert list(model.inputs) == ["x"]
    assert list(model.states) == ["level", "window"]
    random = np.random.default_rng(5)
    level, window = np.float64(0), np.zeros(0)
    for _ in range(20):
        x = random.normal(size=random.integers(1, 5))
        python = smooth(x, level, window)
        level, window = python["level"], python["window"]
        device = model.run(x=x)
        for name in python:
            np.testing.assert_array_equal(device[name], python[name])


def test_save_and_load(model):
    model.run(x=[1.0, 2.0])
    saved = model.state_save()
    after = model.run(x=[5.0])["score"]
    model.reset()
    assert model.run(x=[5.0])["score"] != after
    model.state_load(saved)
    assert model.run(x=[5.0])["score"] == after


def test_examples_replay_from_the_first_state(model):
    passed, failed = model.check()
    assert passed > 0
    assert failed == 0


def test_state_of_another_type():
    with pytest.raises(kowari.TraceError, match="its new value int64"):
        kowari.export(lambda x, n: {"n": x.size}, {"x": "f64[k]", "n": "f64"}, state={"n": "n"})
