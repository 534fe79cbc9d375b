"""The demo's parts: files of a recording, the command line beside Python, words and pictures."""

import csv
import json
import os
import statistics
from collections import defaultdict
from pathlib import Path

import demo
import numpy as np
import pandas as pd
import plot
import pytest
import recording
import report
import score

ROOT = Path(__file__).resolve().parents[2]
LINES = 120  # minutes of a simulated day that are scored here


def read_lines(name: str) -> list[list[str]]:
    with open(demo.DATA / name, newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def recordings():
    made = demo.make_recordings()
    for one in made[1:]:
        one.minutes, one.truth = one.minutes[:LINES], one.truth[:LINES]
    return made


@pytest.fixture(scope="module")
def program():
    path = Path(os.environ.get("KOWARI_CLI", ROOT / "build" / "release" / "kowari"))
    assert path.exists(), f"{path} is not built; KOWARI_CLI can name another one"
    return path


@pytest.fixture(scope="module")
def scored(trained, recordings, program, tmp_path_factory):
    """The real recording and a hot day: Python's runs, the file, and what the command line says."""
    function, chosen = score.make_score(trained[2]), [recordings[0], recordings[2]]
    runs = [demo.score_in_python(function, one) for one in chosen]
    folder = tmp_path_factory.mktemp("demo")
    examples = demo.choose_examples(runs)
    score.export(trained[2], examples, embed=True, note=demo.NOTICE).save(folder / "heat.kow")
    said = [
        demo.score_in_c(program, folder / "heat.kow", folder / one.title, one) for one in chosen
    ]
    return chosen, runs, folder / "heat.kow", said


def test_beats_of_the_recording_come_by_minute(recordings):
    (start, _), *lines = read_lines("IBI.csv")
    expected = defaultdict(list)
    for seconds, interval in lines:
        expected[int((float(start) + float(seconds)) // 60)].append(1000 * float(interval))
    minutes = recordings[0].minutes
    assert (np.diff(minutes["minute"]) == 1).all()
    assert {minutes["minute"].iloc[0], minutes["minute"].iloc[-1]} <= set(expected)
    for minute, rr in zip(minutes["minute"], minutes["rr_ms"], strict=True):
        assert rr.tolist() == pytest.approx(expected[minute], abs=0.001)


@pytest.mark.parametrize("name, column", [("HR", "heart_rate"), ("TEMP", "skin_temperature")])
def test_signals_of_the_recording_come_by_minute_and_end(recordings, name, column):
    start, rate, *samples = (float(line[0]) for line in read_lines(f"{name}.csv"))
    expected = defaultdict(list)
    for index, sample in enumerate(samples):
        expected[int((start + index / rate) // 60)].append(sample)
    minutes = recordings[0].minutes
    for minute, values in zip(minutes["minute"], minutes[column], strict=True):
        assert values.tolist() == expected[minute]
    assert len(minutes[column].iloc[-1]) == 0


def test_tables_hold_every_sample_under_its_minute(recordings, tmp_path):
    minutes = recordings[1].minutes
    words = recording.write_tables(minutes, tmp_path)
    assert words[::2] == ["--input"] * 8
    assert [word.split("=")[0] for word in words[1::2]] == [
        "minute", *recording.ONCE, *recording.SAMPLES,
    ]  # fmt: skip
    for name in recording.SAMPLES:
        table = pd.read_csv(tmp_path / f"{name}.csv").groupby("minute")[name]
        for minute, values in zip(minutes["minute"], minutes[name], strict=True):
            told = table.get_group(minute).to_numpy() if len(values) else np.empty(0)
            np.testing.assert_array_equal(told, values)
    once = pd.read_csv(tmp_path / "minutes.csv")
    pd.testing.assert_frame_equal(once, minutes[["minute", *recording.ONCE]], check_dtype=False)


def test_the_command_line_says_what_python_says(scored):
    _, runs, _, said = scored
    for run, scores in zip(runs, said, strict=True):
        python = pd.DataFrame(run.said)
        assert "values as in Python" in demo.compare(scores, python)
        assert set(scores["heat_category"]) == set(python["heat_category"])
        assert len(set(scores["heat_category"])) >= 2


@pytest.mark.parametrize("column, wrong", [("heat_stress", 99.0), ("heat_category", "none")])
def test_what_differs_from_python_ends_the_demo(scored, column, wrong):
    scores, python = scored[3][1].copy(), pd.DataFrame(scored[1][1].said)
    scores.loc[LINES - 1, column] = wrong
    with pytest.raises(SystemExit, match=column):
        demo.compare(scores, python)


def test_costs_come_from_replayed_examples(scored, program, capsys):
    _, runs, file, _ = scored
    demo.show_cost(program, file, runs)
    told = capsys.readouterr().out
    seconds = [one for run in runs for one in run.seconds]
    assert " 0 failed" in told
    assert f"CPython {1e6 * statistics.median(seconds):.0f} us" in told


def test_the_file_says_that_it_is_no_medical_device(scored, program):
    inspected = demo.run_program(program, "inspect", scored[2])
    assert "Trained on simulation" in inspected


def test_words_show_valid_scores_and_reasons(scored):
    scores = scored[3][1]
    for _, row in scores.iterrows():
        told = report.describe_minute(row)
        assert (told["heat"] == "") == (row["heat_category"] == "unknown")
        if told["heat"]:
            assert told["heat"] == f"{row['heat_category']}, {row['heat_stress']:.0f}"
        if row["heat_category_reason"] != "ok":
            assert row["heat_category_reason"] in told["what is left out, and why"]
    table = report.describe_minutes(scores)
    assert len(table.splitlines()) <= report.ROWS + 2
    assert "started less than a quarter of an hour ago" in table


@pytest.mark.parametrize(
    "points, words", [(0.4, "stays"), (-2.9, "stays"), (7.2, "rises by 7"), (-7.2, "falls by 7")]
)
def test_changes_in_words(points, words):
    assert report.say_change(points) == words


def test_truth_is_counted_minute_by_minute():
    scores = pd.DataFrame(
        {
            "heat_category": ["low", "high", "unknown", "low", "low"],
            "heat_category_valid": [True, True, False, True, True],
            "heat_stress": [10.0, 50.0, np.nan, 20.0, 20.0],
            "hydration_litres": [0.5] * 5,
            "fatigue": [10.0] * 5,
        }
    )
    truth = pd.DataFrame(
        {
            "heat_category": ["low", "low", "low", "extreme", None],
            "heat_stress": [12.0, 40.0, 99.0, 20.0, 20.0],
            "deficit": [0.25] * 5,
            "fatigue": [12.0] * 5,
        }
    )
    told = report.compare_with_truth(scores, truth)
    assert "right in 33 % of the minutes, too low in 33 %, too high in 33 %" in told
    assert "heat stress 3 points, water lost 0.25 l, fatigue 2 points" in told


def test_the_picture_shows_all_scores(scored, tmp_path):
    chosen, _, _, said = scored
    titles = [one.title for one in chosen]
    truths = {one.title: one.truth for one in chosen}
    plot.plot(dict(zip(titles, said, strict=True)), truths, tmp_path / "heat.png")
    assert (tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_days_come_again(recordings):
    for one, again in zip(recordings[1:], demo.make_recordings()[1:], strict=True):
        assert one.profile == again.profile
        same = again.minutes[:LINES]
        assert json.loads(one.minutes.to_json()) == json.loads(same.to_json())
