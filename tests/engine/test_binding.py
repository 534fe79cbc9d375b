"""What the binding keeps between runs is never stale: shapes, types, None and growth in any order, against NumPy."""

import kowari
import numpy as np
import pytest
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Program
from kowari.runtime import Model

F64, F32, BOOL = 1, 2, 8


@pytest.fixture
def model():
    """y = x + 1, z = w, c = s + s, no = not b, with room for four elements."""
    program = Program()
    graph = program.graph()
    n, m = program.size("n", 4), program.size("m", 4)
    x, w = graph.input(F64, (n,), "x"), graph.input(F32, (m, 2), "w", optional=True)
    s, b = graph.input(F64, (), "s"), graph.input(BOOL, (n,), "b")
    same = graph.add("copy", w)
    same.optional = True
    one = graph.constant(np.float64(1))
    outputs = {"y": graph.add("add", x, one), "z": same, "c": graph.add("add", s, s)}
    outputs["no"] = graph.add("logical_not", b)
    graph.outputs = list(outputs.values())
    ports = [Port(INPUT, v.name, v) for v in (x, w, s, b)]
    return Model(write(program, ports + [Port(OUTPUT, k, v) for k, v in outputs.items()], {}))


def check(model, x, w, s, b):
    outputs = model.run(x=x, w=w, s=s, b=b)
    np.testing.assert_array_equal(outputs["y"], np.asarray(x, "f8") + 1, strict=True)
    if w is None:
        assert outputs["z"] is None
    else:
        np.testing.assert_array_equal(outputs["z"], np.asarray(w, "f4"), strict=True)
    np.testing.assert_array_equal(outputs["c"], np.asarray(2 * s, "f8"), strict=True)
    np.testing.assert_array_equal(outputs["no"], np.logical_not(np.asarray(b, "?")), strict=True)
    return outputs


def test_runs_in_any_order_equal_numpy(model):
    rng = np.random.default_rng(0)
    for _ in range(300):
        n, m = rng.integers(0, 7, 2) if rng.random() < 0.5 else (3, 2)
        whole = rng.integers(-9, 9, n)
        kinds = [whole, whole.astype("f8"), whole.astype("f4"), whole.astype(">f8").astype("f8")]
        kinds += [whole.tolist(), np.repeat(whole.astype("f8"), 2)[::2], (whole > 0)]
        w = rng.integers(-9, 9, (m, 2))
        others = [None, w.astype("f4"), w, w.astype("f8"), np.asfortranarray(w.astype("f4"))]
        scalar = rng.normal()
        scalars = [scalar, np.float64(scalar), np.array(scalar), int(scalar), True]
        b = rng.random(n) < 0.5
        check(
            model,
            kinds[rng.integers(len(kinds))],
            others[rng.integers(len(others))],
            scalars[rng.integers(len(scalars))],
            b if rng.random() < 0.5 else b.tolist(),
        )


def test_outputs_are_copies_and_inputs_are_not_kept(model):
    x, b = np.arange(3.0), np.array([True, False, True])
    first = check(model, x, np.ones((1, 2), "f4"), 1.0, b)
    x += 10
    second = check(model, x, np.zeros((1, 2), "f4"), 2.0, ~b)
    assert first["y"].tolist() == [1, 2, 3] and first["z"].tolist() == [[1, 1]]
    assert first["c"] == 2 and first["no"].tolist() == [False, True, False]
    second["y"][:] = 0
    check(model, x, None, 2.0, b)


def test_growth_leaves_nothing_behind(model):
    b = np.ones(4, bool)
    for n in (4, 50, 4, 3000, 4):
        check(model, np.arange(float(n)), np.ones((n, 2), "f4"), 0.5, np.resize(b, n))


def test_refusals_leave_the_input_as_it_was(model):
    b = np.ones(3, bool)
    check(model, np.arange(3.0), None, 1.0, b)
    for bad, error in {
        "type": (np.array([1j, 2, 3]), TypeError),
        "rank": (np.ones((3, 1)), kowari.RunError),
        "dimensions": (np.ones((1,) * 9), TypeError),
        "objects": (np.array([object()] * 3), TypeError),
    }.values():
        with pytest.raises(error, match="'x'|complex128"):
            model.run(x=bad, w=None, s=1.0, b=b)
    with pytest.raises(kowari.RunError, match="has no equal value"):
        model.run(x=[0.0, 0.0, 0.0], w=np.full((1, 2), 0.1), s=1.0, b=b)
    with pytest.raises(TypeError, match="no input named v; there are x, w, s, b"):
        model.run(x=[0.0], w=None, s=1.0, b=b, v=1)
    with pytest.raises(TypeError, match="input 's' is missing"):
        model.run(x=[0.0], b=b)
    check(model, np.arange(3.0), np.ones((1, 2), "f4"), 1.0, b)


def test_bytes_at_any_address_and_paths_open_alike(model, tmp_path):
    path = tmp_path / "model.kow"
    model.save(path)
    assert path.read_bytes() == model.data
    for source in (path, str(path), model.data, bytearray(model.data), memoryview(model.data)):
        check(kowari.load(source), [1.0], None, 1.0, [True])
