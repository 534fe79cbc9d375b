"""Threads off: scikit-learn's sums keep their order, and the tests their time."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield
