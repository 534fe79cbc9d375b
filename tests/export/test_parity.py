"""The comparison itself: a device that is wrong is noticed, however seldom and however little."""

import kowari
import numpy as np
import pytest
from kowari import parity


def score(x):
    return {"level": np.exp(x.mean()), "high": np.exp(x).sum() > 3.0}


EXAMPLES = [(np.random.default_rng(i).normal(size=5),) for i in range(200)]


@pytest.mark.parametrize(
    ("output", "spoil"),
    [("level", lambda value: value * (1 + 1e-7)), ("high", np.logical_not)],
)
def test_one_wrong_row_is_enough(output, spoil, monkeypatch):
    run_device = parity.run_device

    def run_wrongly(model, row):
        outcome = run_device(model, row)
        if row["x"] is EXAMPLES[123][0] and output in outcome.outputs:
            outcome.outputs[output] = np.asarray(spoil(outcome.outputs[output]))
        return outcome

    monkeypatch.setattr(parity, "run_device", run_wrongly)
    with pytest.raises(kowari.ParityError, match=f"output '{output}'"):
        kowari.export(score, examples=EXAMPLES)


def test_a_right_device_passes():
    report = kowari.export(score, examples=EXAMPLES).report
    assert [(line.output, line.tier, line.skipped) for line in report.lines] == [
        ("level", "CLOSE", 0),
        ("high", "EXACT", 0),
    ]
