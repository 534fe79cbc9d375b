"""Units and ranges: what the user states travels with the file, and a range that does not hold is refused."""

import kowari
import numpy as np
import pytest


def strain(heart_rate, level):
    level = level + 0.1 * (np.mean(heart_rate) - level)
    return {"strain": np.clip(level / 20.0, 0.0, 10.0), "level": level}


ROWS = [{"heart_rate": np.array([60.0, 70.0]), "level": 0.0}]


def export(**stated):
    return kowari.export(strain, examples=ROWS, state={"level": "level"}, **stated)


def test_they_travel_with_the_file(tmp_path):
    export(
        units={"heart_rate": "beats/min", "strain": "points", "level": "beats/min"},
        ranges={"strain": (0, 10)},
    ).save(tmp_path / "strain.kow")
    model = kowari.load(tmp_path / "strain.kow")
    assert (model.inputs["heart_rate"].unit, model.inputs["heart_rate"].high) == ("beats/min", 70.0)
    strain = model.outputs["strain"]
    assert (strain.unit, strain.low, strain.high) == ("points", 0.0, 10.0)
    assert np.isnan(model.outputs["level"].low)
    assert model.outputs["level"].unit == model.states["level"].unit == "beats/min"


def test_a_range_stands_for_what_the_examples_show():
    heart_rate = export(ranges={"heart_rate": (30, 220)}).inputs["heart_rate"]
    assert (heart_rate.low, heart_rate.high) == (30.0, 220.0)


def test_a_range_that_python_leaves_is_refused():
    with pytest.raises(
        kowari.ParityError, match="'strain' has the range 0 to 3, Python gives"
    ) as e:
        export(ranges={"strain": (0, 3)})
    assert strain(**e.value.inputs)["strain"] > 3


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"units": {"stress": "points"}}, "'stress', which is no input and no output"),
        ({"ranges": {"stress": (0, 1)}}, "one of heart_rate, level, strain"),
        ({"ranges": {"strain": (1, 0)}}, "'strain' cannot have the range 1 to 0"),
        ({"ranges": {"strain": (0, np.nan)}}, "'strain' cannot have the range 0 to nan"),
    ],
)
def test_what_makes_no_sense_is_refused(stated, message):
    with pytest.raises(kowari.TraceError, match=message):
        export(**stated)
