"""The pilot's modules are found by name, as its scripts find each other; models are trained once."""

import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "pilot"))


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """With more threads, scoring a single row is mostly waiting for them."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def trained(one_thread):
    """Return people, tasks and models of a small simulation, as `train` makes them."""
    import train

    people, tasks = train.collect(people=40, days=2, minutes=240)
    return people, tasks, train.fit_tasks(tasks)
