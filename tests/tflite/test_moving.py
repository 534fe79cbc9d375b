"""Index operands that lead outside end the run with what they were; sizes that a file leaves open keep their names."""

import kowari
import numpy as np
import pytest
from kowari.binding import OUTPUT, File
from recorded import read_cases

CASES = {case.name: case for family in ("shape", "selection") for case in read_cases(family)}

# The case, which of its inputs gets which values, and what the error says.
OUTSIDE = [
    ("gather/5_3_axis0_int32_computed", 1, [0, 5, 1], "IndexError: index 5 .* axis 0 with size 5"),
    ("gather/5_3_axis0_int64_computed", 1, [0, 1, -1], "IndexError: index -1 .* axis 0"),
    ("gather/4x3_2_axis1_int32_computed", 1, [2, 3], "IndexError: index 3 .* axis 1 with size 3"),
    ("gather/embedding", 0, [[0, -1, 2]], "IndexError: index -1 .* axis 0"),
    ("gather_nd/4_2x1_int32_computed", 1, [[1], [4]], "IndexError: index 4 .* axis 0 with size 4"),
    ("gather_nd/4_2x1_int64_computed", 1, [[-1], [0]], "IndexError: index -1 .* axis 0"),
    ("scatter_nd/2x1_to_5_computed", 0, [[1], [5]], "IndexError: index 5 .* axis 0 with size 5"),
    ("scatter_nd/2x1_to_5_computed", 0, [[-1], [0]], "IndexError: index -1 .* axis 0"),
    ("scatter_nd/2x1_to_5_computed", 2, [-5], "ValueError: negative dimensions"),
    ("slice/5_from_1_size_3_computed", 1, [3], "ValueError: no 3 elements from 3 .* size 5"),
    ("slice/5_from_1_size_3_computed", 1, [-1], "ValueError: no 3 elements from -1"),
    ("slice/5_from_1_size_3_computed", 2, [-2], "ValueError: no -2 elements"),
    ("strided_slice/plain_7_1_6_2_computed", 3, [0], "ValueError: slice step cannot be zero"),
    ("reshape/2x6_to_3x4_computed", 1, [5, -1], "ValueError: cannot reshape array of size 12"),
    ("reshape/2x6_to_3x4_computed", 1, [-1, -1], "ValueError: can only specify one unknown"),
    ("expand_dims/computed_axis", 1, 3, "AxisError: axis 3"),
    ("transpose/computed", 1, [0, 1, 1], "ValueError: repeated axis"),
    ("transpose/computed", 1, [0, 1, 3], "AxisError: axis 3"),
    ("split/6_axis0_into3_computed", 0, 1, "AxisError: axis 1"),
    ("split_v/6_axis0_into1x2x3_computed", 1, [1, 2, 2], "ValueError: an axis of size 6"),
    ("pad/4_by_1x2_computed", 1, [[-1, 2]], "ValueError: axis 0 of size 4 .* with -1"),
    ("mirror_pad/reflect_5_by_2x1_computed", 1, [[5, 0]], "ValueError: axis 0 of size 5 .* with 5"),
    ("tile/3_by_2_computed", 1, [-2], "ValueError: negative dimensions"),
    ("fill/3_float32_computed", 0, [-3], "ValueError: negative dimensions"),
    ("broadcast_to/3_to_2x3_computed", 1, [2, 4], "ValueError: operands could not be broadcast"),
    ("range/0_5_1_int32_computed", 2, -1, "ValueError: the steps do not lead"),
    ("range/0_5_1_float32_computed", 2, 0.0, "ValueError: the steps do not lead"),
    ("range/0_5_1_float32_computed", 1, np.inf, "ValueError: the steps do not lead"),
]


def open_case(name: str) -> kowari.Interpreter:
    """The file of a case, with inputs of the first step's sizes."""
    case = CASES[name]
    interpreter = kowari.Interpreter(model_content=case.model)
    for detail, x in zip(interpreter.get_input_details(), case.inputs[0], strict=True):
        interpreter.resize_tensor_input(detail["index"], x.shape)
    interpreter.allocate_tensors()
    for detail, x in zip(interpreter.get_input_details(), case.inputs[0], strict=True):
        interpreter.set_tensor(detail["index"], x)
    return interpreter


@pytest.mark.parametrize(("name", "place", "values", "says"), OUTSIDE)
def test_what_leads_outside_ends_the_run(name, place, values, says):
    interpreter = open_case(name)
    good = CASES[name].inputs[0][place]
    index = interpreter.get_input_details()[place]["index"]
    interpreter.set_tensor(index, np.array(values, good.dtype))
    with pytest.raises(RuntimeError, match=says):
        interpreter.invoke()
    interpreter.set_tensor(index, good)
    interpreter.invoke()
    result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(result, CASES[name].outputs[0][0])


def test_a_start_is_moved_to_where_the_update_fits():
    name = "dynamic_update_slice/6_part2_at_3_int32_computed"
    x, update, _ = CASES[name].inputs[0]
    interpreter = open_case(name)
    for start, place in ((-(2**31), 0), (-1, 0), (4, 4), (5, 4), (2**31 - 1, 4)):
        index = interpreter.get_input_details()[2]["index"]
        interpreter.set_tensor(index, np.array([start], np.int32))
        interpreter.invoke()
        want = x.copy()
        want[place : place + 2] = update
        result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        np.testing.assert_array_equal(result, want)


KEPT = {
    "squeeze/resized": ("t0[0]", 3),
    "transpose/resized": (3, "t0[0]", 2),
    "split/resized": ("t1[0]", 2),
    "reverse_v2/resized": ("t0[0]", 3),
    "slice/resized": ("t0[0]", 1),
    "strided_slice/resized": ("t0[0]",),
    "cast/resized": ("t0[0]", 2),
}


@pytest.mark.parametrize("name", KEPT)
def test_sizes_keep_their_names(name):
    file = File(CASES[name].model)
    assert [port.sizes for port in file.ports(OUTPUT)][0] == KEPT[name]


def refuse(model: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        kowari.Interpreter(model_content=model)


def test_other_scales_would_change_the_values():
    case = next(c for c in read_cases("quantized") if c.name == "reshape/int8_2x6_to_3x4")
    old, new = np.float32(0.1).tobytes(), np.float32(0.2).tobytes()
    refuse(case.model.replace(old, new, 1), "RESHAPE .* different scales")
