"""Fit the five models of the pilot on simulated days; say how good they are on people never seen.

The rows are those that `score` itself builds: it runs over every simulated minute, with recorders in
the places of the models, so that what is learned from is what the device will see, estimates and
all. The labels are what the simulation knows and a band cannot: the true core and heart.

Usage: python train.py
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import heat
import numpy as np
import pandas as pd
import simulate
import wrist
from score import FIRST_STATE, make_score
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, root_mean_squared_error
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

NOTICE = "Trained on simulation - not a medical device."
AHEAD = 15  # minutes from a score to the strain that it is to foresee
CATEGORY_LIMITS = [10.0 * limit for limit in heat.LIMITS]
SHUFFLED = 2000  # rows, about, that tell what a model rests on
NIGHT = 600  # minutes that the band was off
EVERY = 4  # minutes between rows: neighbours are nearly the same
PROFILE = ["age", "sex", "height", "mass", "acclimatised"]
BEATS = [
    "mean RR", "SD of RR", "rate of mean RR", "mean rate", "SD of rate", "least rate", "largest rate",
    "RMSSD", "NN50", "pNN50",
]  # fmt: skip
HEAT_ROW = ["air temperature", "age", "sex", "humidity", "core estimate", *BEATS]
COLUMNS = {
    "heat_category": HEAT_ROW,
    "heat_stress": HEAT_ROW,
    "heat_change": HEAT_ROW,
    "fatigue": [
        "load of 3 h", "load of a week", "load of 4 weeks", "heart reserve", "RMSSD", "strain index",
        "water lost", "age", "sex",
    ],
    "sweat_rate": [
        "ISO 7933 sweat", "air temperature", "humidity", "metabolic rate", "heart reserve",
        "skin temperature", "skin area", "acclimatised", "sex",
    ],
}  # fmt: skip


@dataclass
class Models:
    """The five models that `score` asks, each a pipeline that scales its row first."""

    heat_category: Pipeline  # one of heat.LEVELS, for 15 minutes ahead
    heat_stress: Pipeline  # strain now, 0 to 100
    heat_change: Pipeline  # strain 15 minutes ahead less that of now, points
    fatigue: Pipeline  # 0 to 100
    sweat_rate: Pipeline  # litres an hour


@dataclass
class Task:
    """What a model learns from, a row per simulated minute."""

    rows: np.ndarray  # [rows, columns]
    labels: np.ndarray  # [rows]
    person: np.ndarray  # [rows], index of people


class Recorder:
    """Stands in for a model: remembers the row that it is asked about."""

    def __init__(self, answer):
        self.answer, self.row = answer, None

    def predict(self, row: np.ndarray) -> list:
        self.row = row[0]
        return [self.answer]


def begin_state(person, minute: int) -> dict:
    """Return the state at a day's first minute: of a new band, or of one worn for weeks till last night."""
    if person.chronic == 0.0:
        return FIRST_STATE
    known = {"resting_heart_rate": person.heart_rest, "last_minute": minute - NIGHT}
    return FIRST_STATE | known | {"acute": person.acute, "chronic": person.chronic}


def ask_score(person, band: pd.DataFrame, day: pd.DataFrame) -> Iterator[dict[str, Recorder]]:
    """Run `score` over a recorded day; yield, by model, what it asked in each minute.

    The sweat rate that it goes on with is the true one, so that water lost is as it will be with a
    good model.
    """
    profile = {name: getattr(person, name) for name in PROFILE}
    state = begin_state(person, int(day["minute"].iloc[0]))
    for sample, lost in zip(band.to_dict("records"), day["lost"], strict=True):
        del sample["worn"]
        answers = ["low", 0.0, 0.0, 0.0, 60.0 * lost]
        asked = Models(*map(Recorder, answers))
        said = make_score(asked)(**sample, **profile, **state)
        state = {name: said[name] for name in state}
        yield vars(asked)


def label_day(person, day: pd.DataFrame) -> dict[str, list]:
    """Return what each model should answer in each minute of a day; None where it is not known."""
    rest = simulate.CORE_REST + person.core_shift, person.heart_rest
    pairs = zip(day["core"], day["heart"], strict=True)
    strain = np.array([10.0 * heat.strain_index(core, heart, *rest) for core, heart in pairs])
    ahead, unknown = strain[AHEAD:], [None] * min(AHEAD, len(day))
    levels = np.array(heat.LEVELS)[np.digitize(ahead, CATEGORY_LIMITS)]
    return {
        "heat_category": [*levels, *unknown],
        "heat_stress": [*strain],
        "heat_change": [*(ahead - strain[: len(ahead)]), *unknown],
        "fatigue": [*day["fatigue"]],
        "sweat_rate": [*(60.0 * day["lost"])],
    }


def be_silent(text: str) -> None:
    """Tell nobody."""


def collect(
    people: int = 100,
    days: int = 2,
    minutes: int = 480,
    seed: int = 1,
    tell: Callable[[str], None] = be_silent,
) -> tuple[pd.DataFrame, dict[str, Task]]:
    """Return simulated people, a row each, and a Task for each model; the same for the same seed."""
    table, lives = simulate.simulate(people, days, minutes, seed)
    tell(f"{people} people lived {sum(map(len, lives.values()))} minutes; scoring each")
    rng = np.random.default_rng(seed)
    found = {one.name: ([], [], []) for one in fields(Models)}
    for (number, day), told in lives.items():
        person = table.loc[number]
        labels = label_day(person, told)
        for minute, asked in enumerate(ask_score(person, wrist.record(rng, person, told), told)):
            for name, (rows, wanted, who) in found.items():
                label, row = labels[name][minute], asked[name].row
                if minute % EVERY == 0 and row is not None and label is not None:
                    rows.append(row)
                    wanted.append(label)
                    who.append(number)
        if (number + 1) % 20 == 0 and day == days - 1:
            tell(f"{number + 1} people scored")
    return table, {name: Task(*map(np.array, parts)) for name, parts in found.items()}


def make_models(seed: int) -> Models:
    """Return five unfitted models of different kinds.

    What strain does in a quarter of an hour is mostly up to the person: little can be learned of it,
    and a line is enough, held in check, since some columns say nearly the same.
    """
    forest = RandomForestClassifier(40, max_leaf_nodes=64, random_state=seed)
    stress, sweat = (
        HistGradientBoostingRegressor(max_iter=100, max_leaf_nodes=16, random_state=seed)
        for _ in range(2)
    )
    network = MLPRegressor(
        hidden_layer_sizes=(32, 16),
        alpha=30.0,
        early_stopping=True,
        max_iter=500,
        random_state=seed,
    )
    kinds = [forest, stress, Ridge(1000.0), network, sweat]
    return Models(*(make_pipeline(StandardScaler(), kind) for kind in kinds))


def is_held_out(person: np.ndarray) -> np.ndarray:
    """Return who is not learned from, a quarter: whole people, so that none is on both sides."""
    return person % 4 == 0


def fit_tasks(tasks: dict[str, Task], seed: int = 1) -> Models:
    """Return the models fitted on the people that are not held out."""
    models = make_models(seed)
    for name, task in tasks.items():
        seen = ~is_held_out(task.person)
        getattr(models, name).fit(task.rows[seen], task.labels[seen])
    return models


def fit(seed: int = 1, **sizes) -> Models:
    """Return the fitted models; the same for the same seed and `collect`'s sizes."""
    return fit_tasks(collect(seed=seed, **sizes)[1], seed)


def measure(name: str, labels: np.ndarray, said: np.ndarray) -> float:
    """Return the accuracy of a category, the root mean square error of a number."""
    if name == "heat_category":
        return accuracy_score(labels, said)
    return root_mean_squared_error(labels, said)


def split_people(people: pd.DataFrame) -> dict[str, pd.Series]:
    """Return who is in which group of sex or age."""
    sex, age = people["sex"], people["age"]
    ages = {"under 35": age < 35, "35 to 49": (age >= 35) & (age < 50), "from 50": age >= 50}
    return {"women": sex == 0, "men": sex == 1} | ages


def judge(models: Models, people: pd.DataFrame, tasks: dict[str, Task]) -> pd.DataFrame:
    """Return a row per model: how it does on people never seen, in all and by group.

    `trivial` is how saying always the commonest category or the mean does. `harm` holds by how much
    it does worse where one column of its rows is shuffled.
    """
    lines = {}
    for name, task in tasks.items():
        model, held = getattr(models, name), is_held_out(task.person)
        is_category = name == "heat_category"
        trivial = DummyClassifier() if is_category else DummyRegressor()
        trivial.fit(task.rows[~held], task.labels[~held])
        rows, labels = task.rows[held], task.labels[held]
        said = model.predict(rows)
        line = {
            "measure": "accuracy" if is_category else "RMS error",
            "model": measure(name, labels, said),
            "trivial": measure(name, labels, trivial.predict(rows)),
        }
        for group, inside in split_people(people.loc[task.person[held]]).items():
            inside = inside.to_numpy()
            line[group] = measure(name, labels[inside], said[inside]) if inside.any() else np.nan
        some = slice(None, None, 1 + len(rows) // SHUFFLED)
        scoring = "accuracy" if is_category else "neg_root_mean_squared_error"
        harm = permutation_importance(
            model, rows[some], labels[some], scoring=scoring, random_state=0
        )
        line["harm"] = dict(zip(COLUMNS[name], harm.importances_mean, strict=True))
        lines[name] = line
    return pd.DataFrame.from_dict(lines, orient="index")


def describe(judged: pd.DataFrame) -> str:
    """Return the judgement in words."""
    table = judged.drop(columns="harm").to_string(float_format="%.3g")
    lines = [table, "", "What each rests on: how much worse it gets where a column is shuffled"]
    for name, harm in judged["harm"].items():
        first = sorted(harm, key=harm.get, reverse=True)[:4]
        lines.append(f"{name}: " + ", ".join(f"{column} {harm[column]:.3g}" for column in first))
    return "\n".join(lines)


def main() -> None:
    people, tasks = collect()
    print(f"{NOTICE} On people never seen:")
    print(describe(judge(fit_tasks(tasks), people, tasks)))


if __name__ == "__main__":
    main()
