"""Training: rows as the device will see them, labels by hand, models that are worth having."""

import math

import heat
import numpy as np
import pytest
import score
import simulate
import train
import wrist

NAMES = ["heat_category", "heat_stress", "heat_change", "fatigue", "sweat_rate"]
STRESS, CHANGE = "heat_stress", "heat_change"


@pytest.fixture(scope="module")
def judged(trained):
    people, tasks, models = trained
    return train.judge(models, people, tasks)


@pytest.fixture(scope="module")
def day():
    people, lives = simulate.simulate(people=1, days=1, minutes=90, seed=4)
    person, told = people.loc[0], lives[0, 0]
    return person, told, wrist.record(np.random.default_rng(4), person, told)


def test_rows_are_what_score_asks_of_its_models(day):
    person, told, band = day
    estimates = 0
    asked = train.ask_score(person, band, told)
    for (_, sample), (_, true), models in zip(band.iterrows(), told.iterrows(), asked, strict=True):
        row = models["heat_category"].row
        assert (row is models[STRESS].row) or np.array_equal(row, models[STRESS].row)
        if row is None:
            continue
        expected = [sample["air_temperature"], person.age, person.sex, sample["humidity"]]
        assert row[:4].tolist() == expected
        assert row.shape == (15,) and not np.isnan(row).any()
        assert abs(row[4] - true["core"]) < 1.5  # an estimate from the heart
        estimates += row[4] != true["core"]
    assert estimates > 40
    lengths = {name: len(models[name].row) for name in NAMES}
    assert lengths == {name: len(train.COLUMNS[name]) for name in NAMES}


def test_labels_are_the_true_strain_now_and_a_quarter_of_an_hour_ahead(day):
    person, told, _ = day
    labels = train.label_day(person, told)
    assert list(labels) == NAMES
    assert {len(column) for column in labels.values()} == {90}
    core, heart = told["core"].to_list(), told["heart"].to_list()
    rest = 36.8 + person.core_shift
    strain = [
        50.0 * (c - rest) / (39.5 - rest)
        + 50.0 * (h - person.heart_rest) / (180.0 - person.heart_rest)
        for c, h in zip(core, heart, strict=True)
    ]
    strain = [min(max(one, 0.0), 100.0) for one in strain]
    assert labels[STRESS] == pytest.approx(strain)
    for minute in range(75):
        ahead = strain[minute + 15]
        assert labels[CHANGE][minute] == pytest.approx(ahead - strain[minute])
        level = sum(ahead >= limit for limit in (25.0, 45.0, 65.0))
        assert labels["heat_category"][minute] == heat.LEVELS[level]
    assert labels[CHANGE][75:] == labels["heat_category"][75:] == [None] * 15


def test_tasks_hold_whole_people_on_both_sides(trained):
    people, tasks, _ = trained
    for name, task in tasks.items():
        assert task.rows.shape == (len(task.labels), len(train.COLUMNS[name]))
        assert not np.isnan(task.rows).any()
        held = train.is_held_out(task.person)
        assert not set(task.person[held]) & set(task.person[~held])
        assert 0.15 < held.mean() < 0.35
    for group, inside in train.split_people(people).items():
        assert inside.sum() >= 5, group


@pytest.mark.parametrize("name", NAMES)
def test_models_beat_saying_always_the_same(judged, name):
    line = judged.loc[name]
    if line["measure"] == "accuracy":
        assert line["model"] > line["trivial"] + 0.1
    else:
        assert line["model"] < 0.95 * line["trivial"]


@pytest.mark.parametrize("name", NAMES)
def test_each_score_rests_on_more_than_one_input(judged, name):
    line = judged.loc[name]
    gain = abs(line["model"] - line["trivial"])
    harm = sorted(line["harm"].values(), reverse=True)
    assert harm[1] > 0.02 * gain
    assert len(harm) == len(train.COLUMNS[name])


def test_the_report_names_scores_groups_and_inputs(judged):
    text = train.describe(judged)
    for word in [*NAMES, "women", "men", "under 35", "from 50", "trivial", "core estimate"]:
        assert word in text


def test_the_seed_decides_the_models(trained):
    sizes = {"people": 6, "days": 1, "minutes": 80}
    fitted = [train.fit(seed, **sizes) for seed in (1, 1, 2)]
    for name, task in trained[1].items():
        one, same, other = (getattr(models, name).predict(task.rows) for models in fitted)
        assert np.array_equal(one, same), name
        assert not np.array_equal(one, other), name


def test_trained_models_score_a_day(trained, day):
    person, _, band = day
    function = score.make_score(trained[2])
    profile = {name: getattr(person, name) for name in train.PROFILE}
    state, categories = score.FIRST_STATE, set()
    for sample in band.drop(columns="worn").to_dict("records"):
        said = function(**sample, **profile, **state)
        state = {name: said[name] for name in state}
        categories.add(said["heat_category"])
        assert math.isnan(said["heat_stress"]) == (not said["heat_stress_valid"])
        assert said["heat_stress_valid"] == (said["heat_category"] != "unknown")
    assert "unknown" in categories and categories & set(heat.LEVELS)
