"""Minutes of all kinds: what the scoring code reaches, what Python gives or raises, and the device the same."""

import math
import sys
from collections import Counter
from pathlib import Path

import activity
import beats
import heat
import kowari
import load
import numpy as np
import pytest
import quality
import score
import stand_in
import water
import windows
from threadpoolctl import threadpool_limits

SEED = 8
MODULES = (activity, beats, heat, load, quality, score, water)
SCORES = ("heat_category", "heat_stress", "heat_change", "hydration", "fatigue", "strain_index")
NUMBERS = {
    "heat_stress": (0, 100), "heat_change": (-100, 100), "hydration_litres": (0, 60),
    "hydration_percent": (0, 100), "fatigue": (0, 100), "strain_index": (0, 10), "data_quality": (0, 100),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """With more threads, scoring a single row is mostly waiting for them."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def models():
    return stand_in.make_models()


NOT_OF_A_MINUTE = {"export", "make_score"}  # they run once, before


class Coverage:
    """How often each line of some modules began to run."""

    def __init__(self, modules):
        self.files = {module.__file__ for module in modules}
        self.counts: Counter = Counter()

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *_):
        sys.settrace(self.before)

    def trace(self, frame, event, _):
        if frame.f_code.co_filename not in self.files:
            return None
        if event == "line":
            self.counts[frame.f_code.co_filename, frame.f_lineno] += 1
        return self.trace

    def lines(self, module) -> dict[int, int]:
        """Every line of every function that scores, and how often it ran."""
        path, found = module.__file__, {}
        codes = [compile(Path(path).read_text(), path, "exec")]
        while codes:
            code = codes.pop()
            codes += [inner for inner in code.co_consts if hasattr(inner, "co_lines")]
            if code.co_flags & 2 and code.co_name not in NOT_OF_A_MINUTE:
                lines = {line for _, _, line in code.co_lines() if line}
                found |= {n: self.counts[path, n] for n in lines - {code.co_firstlineno}}
        return found


@pytest.fixture(scope="module")
def drawn(models):
    with Coverage(MODULES) as coverage:
        found = windows.draw_windows(score.make_score(models), SEED)
    return found, coverage


@pytest.fixture(scope="module")
def model(models, drawn):
    return score.export(models, [window for window, _ in drawn[0]], embed=True)


def test_the_windows_reach_every_line_and_every_way_out(drawn):
    found, coverage = drawn
    raised = Counter(type(answer).__name__ for _, answer in found if isinstance(answer, Exception))
    given = [answer for _, answer in found if isinstance(answer, dict)]
    print(f"\n{len(found)} windows; Python raised on {raised.total()}: {dict(raised)}")
    for name in SCORES:
        print(f"{name}: {dict(Counter(answer[f'{name}_reason'] for answer in given))}")
    rare = {}
    for module in MODULES:
        lines = coverage.lines(module)
        least = min(lines.values())
        print(f"{Path(module.__file__).name}: {len(lines)} lines, each {least} times or more")
        rare |= {(module.__name__, line): count for line, count in lines.items() if count < 3}
    assert len(found) >= 500
    assert raised.total() >= 10
    assert len(raised) >= 3
    assert not rare
    assert {answer["heat_category"] for answer in given} == {*heat.LEVELS, "unknown"}
    assert {answer[f"{name}_reason"] for answer in given for name in SCORES} == {*quality.REASONS}


def test_a_score_is_a_number_in_its_range_or_says_why_not(drawn):
    for window, answer in drawn[0]:
        if isinstance(answer, Exception):
            continue
        for name in SCORES:
            valid, reason = answer[f"{name}_valid"], answer[f"{name}_reason"]
            assert valid == (reason == quality.OK)
            assert reason in quality.REASONS
        assert (answer["heat_category"] == "unknown") == (not answer["heat_category_valid"])
        for name, (low, high) in NUMBERS.items():
            valid = answer.get(f"{name.split('_')[0]}_valid", answer.get(f"{name}_valid", True))
            value = answer[name]
            assert low <= value <= high if valid else math.isnan(value), (name, value)
        strain, category = answer["strain_index"], answer["heat_category"]
        if strain >= heat.ALARM:
            assert category in ("high", "extreme")
        if category != "unknown":
            assert heat.worse(category, heat.strain_level(strain)) == category
        assert answer["last_minute"] == window["minute"]
        assert all(math.isfinite(answer[name]) for name in score.STATE)


def test_the_device_gives_what_python_gives(drawn, model):
    """The export itself compares every window by its tier; the file's examples are replayed in C."""
    found, _ = drawn
    report = model.report
    assert report.examples >= len(found)
    assert all(line.mismatches == 0 for line in report.lines)
    assert report.raised >= sum(isinstance(answer, Exception) for _, answer in found)
    passed, failed = model.check()
    assert passed >= 500
    assert failed == 0
    print(f"\n{report.examples} windows and {report.derived} made of them agree by their tiers")


@pytest.mark.parametrize("seed", [11, 12])
def test_minute_by_minute_the_device_goes_where_python_goes(models, model, seed):
    """State is the device's own: what it carries on is what Python carries on."""
    function, compared = score.make_score(models), 0
    for minutes, person in windows.stretches(seed, chances=1):
        model.reset()
        walked = windows.walk(function, np.random.default_rng(seed), minutes, person)
        for at, (window, python) in enumerate(walked):
            given = {name: window[name] for name in score.INPUTS}
            if at % 20 == 19:
                saved = model.state_save()
                model.reset()
                model.state_load(saved)
            if isinstance(python, Exception):
                with pytest.raises(kowari.RunError) as caught:
                    model.run(**given)
                assert caught.value.type == type(python).__name__
                continue
            device = model.run(**given)
            for name, value in python.items():
                if isinstance(value, float):
                    assert device[name] == pytest.approx(value, rel=1e-8, abs=1e-8, nan_ok=True), (
                        name
                    )
                else:
                    assert device[name] == value, name
            compared += 1
    assert compared > 150
