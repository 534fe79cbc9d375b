"""kowari.export of every estimator of the battery: the exporter's own examples and hard cases, against scikit-learn."""

import warnings

import kowari
import pytest
from estimator_cases import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_export(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = kowari.export(case.fit())
    passed, failed = model.check()
    assert failed == 0
    assert passed > 0
