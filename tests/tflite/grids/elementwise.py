"""Arithmetic, comparison, logic and mathematical functions: broadcasting, types, activations, special values."""

from itertools import product

import numpy as np

from .common import (
    ACTIVATIONS,
    Case,
    Cases,
    constant,
    of_type,
    positive,
    real,
    resized,
    schema,
    single,
    text_of,
    truth,
    whole,
)

ARITHMETIC = {
    "ADD": schema.AddOptionsT,
    "SUB": schema.SubOptionsT,
    "MUL": schema.MulOptionsT,
    "DIV": schema.DivOptionsT,
}
BINARY = ("MAXIMUM", "MINIMUM", "POW", "FLOOR_DIV", "FLOOR_MOD", "SQUARED_DIFFERENCE", "ATAN2")
COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
WITH_INTEGERS = {"ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "FLOOR_DIV", "FLOOR_MOD"}
PAIRS = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 3), ()),
    ((), ()),
    ((2, 1), (1, 3)),
    ((2, 3, 4), (3, 1)),
    ((1, 2, 2, 3), (2, 1, 1, 3)),
    ((2, 1, 2, 1, 3), (1, 2, 1, 2, 1)),
    ((2, 0, 3), (1, 3)),
]
SPECIAL = np.array([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, np.nan, 1e-40, 3e38], np.float32)
EDGES = np.array([0, -1, 1, 2**31 - 1, -(2**31)], np.int32)
FUNCTIONS = (
    *("ABS", "NEG", "EXP", "LOG", "SQRT", "RSQRT", "SQUARE", "SIN", "COS", "FLOOR", "CEIL"),
    *("ROUND", "SIGN", "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "ELU", "HARD_SWISH"),
    *("LOGISTIC", "TANH", "ZEROS_LIKE"),
)
POSITIVE = {"LOG", "SQRT", "RSQRT"}
OF_INTEGERS = {"ABS", "NEG", "SQUARE", "SIGN", "RELU", "ZEROS_LIKE"}


def options_of(code: str, activation: str = "none"):
    kind = ARITHMETIC.get(code)
    return kind and kind(fusedActivationFunction=ACTIVATIONS[activation])


def make_binary(code: str, gives: str = "float32") -> Cases:
    def case(name: str, *values) -> Case:
        name = f"{code.lower()}/{name}"
        return single(name, code, *values, options=options_of(code), gives=(gives,))

    for a, b in PAIRS:
        if code == "ATAN2" and a != b:
            continue  # LiteRT reads behind the smaller one
        left = positive(*a) if code == "POW" else real(*a)
        yield case(f"float32_{text_of(a)}_with_{text_of(b)}", left, real(*b, pool=1))
    if code != "ATAN2":
        left, right = real(3, 2), positive(2, pool=1)
        left = np.abs(left) if code == "POW" else left
        yield case("constant_right", left, constant(right))
        yield case("constant_left", constant(right), left)
        yield case("resized", resized(real(4, 3), (-1, 3)), resized(positive(4, 1), (-1, 1)))
    if code not in ("FLOOR_DIV", "FLOOR_MOD"):  # neither takes 0 as divisor
        yield case("special", *(grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL)))


def make_whole(code: str, dtype: str, gives: str = "") -> Cases:
    for a, b in PAIRS[:7]:
        left = whole(*a, dtype=dtype, low=1 if code == "POW" else -9, high=5)
        values = left, whole(*b, low=1, high=5, dtype=dtype, pool=1)
        name = f"{code.lower()}/{dtype}_{text_of(a)}_with_{text_of(b)}"
        yield single(name, code, *values, options=options_of(code), gives=(gives or dtype,))


def make_special_functions() -> Cases:
    for alpha in (0.0, 0.125, 0.3, 1.0, 2.0):
        options = schema.LeakyReluOptionsT(alpha=alpha)
        yield single(f"leaky_relu/alpha{alpha}", "LEAKY_RELU", real(2, 5), options=options)
    yield single("leaky_relu/special", "LEAKY_RELU", SPECIAL, options=options)
    for approximate, (name, values) in product(
        (False, True), {"plain": real(3, 5), "special": SPECIAL, "large": 8 * real(9)}.items()
    ):
        options = schema.GeluOptionsT(approximate=approximate)
        name = text_of("gelu/" + name, approximate and "approximate")
        yield single(name, "GELU", values, options=options)
    for shape, slopes in (((2, 3, 4), (4,)), ((2, 3, 4), (1, 1, 4)), ((2, 3, 4), (3, 4))):
        values = real(*shape), constant(real(*slopes, pool=1))
        yield single(f"prelu/{text_of(shape)}_slopes_{text_of(slopes)}", "PRELU", *values)
    yield single("prelu/computed_slopes", "PRELU", real(2, 2, 3), real(1, 1, 3, pool=1))
    yield single("prelu/one_slope", "PRELU", real(1, 2, 2, 3), constant(real(1, 1, 1, pool=1)))
    yield single("prelu/special", "PRELU", SPECIAL, constant(np.float32([0.5])))


def make_logic() -> Cases:
    for code, (a, b) in product(("LOGICAL_AND", "LOGICAL_OR"), PAIRS):
        name = f"{code.lower()}/{text_of(a)}_with_{text_of(b)}"
        yield single(name, code, truth(*a), truth(*b, pool=1), gives=("bool",))
    for shape in ((2, 3), (), (0, 2)):
        name = f"logical_not/{text_of(shape)}"
        yield single(name, "LOGICAL_NOT", truth(*shape), gives=("bool",))


def make_functions() -> Cases:
    for code in FUNCTIONS:
        name = code.lower()
        plain = positive if code in POSITIVE else real
        yield single(f"{name}/plain", code, plain(2, 3, 4))
        yield single(f"{name}/special", code, SPECIAL)
        yield single(f"{name}/scalar", code, plain())
        yield single(f"{name}/empty", code, plain(2, 0))
        yield single(f"{name}/resized", code, resized(plain(3, 2), (-1, 2)))
        yield single(f"{name}/rank5", code, plain(1, 2, 1, 3, 2))
        if code in OF_INTEGERS:
            for dtype in ("int32", "int64"):
                yield single(f"{name}/{dtype}", code, of_type(dtype, 2, 4), gives=(dtype,))
    halves = np.arange(-4, 4.5, 0.5, dtype=np.float32)
    yield single("round/halves", "ROUND", halves)
    wide = np.float32([-100, -88, -50, -20, -9, -1e-4, 1e-4, 9, 20, 50, 88, 89, 100])
    for code in ("EXP", "LOGISTIC", "TANH", "ELU", "SIN", "COS", "HARD_SWISH"):
        yield single(f"{code.lower()}/wide", code, wide)


def make_sums_and_bits() -> Cases:
    """Sums of several values, and bits of integers."""
    for dtype, count in product(("float32", "int32"), (2, 3, 5)):
        values = [of_type(dtype, 2, 3, pool=pool) for pool in range(count)]
        yield single(f"add_n/{dtype}_{count}", "ADD_N", *values, gives=(dtype,))
    for a, b in PAIRS:
        name = f"bitwise_xor/int32_{text_of(a)}_with_{text_of(b)}"
        yield single(name, "BITWISE_XOR", whole(*a), whole(*b, pool=1), gives=("int32",))


def make_cases() -> Cases:
    for code in ARITHMETIC:
        yield from make_binary(code)
        shapes = (((2, 3, 3), (3,)), ((4, 4), (4, 4)))
        for activation, (a, b) in product(("relu", "relu1", "relu6"), shapes):
            values = 4 * real(*a), real(*b, pool=1)
            name = f"{code.lower()}/{activation}_{text_of(a)}_with_{text_of(b)}"
            yield single(name, code, *values, options=options_of(code, activation))
        for dtype, activation in product(("int32", "int64"), ("relu", "relu1", "relu6")):
            values = whole(3, 4, dtype=dtype), whole(4, low=1, dtype=dtype, pool=1)
            name = f"{code.lower()}/{dtype}_{activation}"
            options = options_of(code, activation)
            yield single(name, code, *values, options=options, gives=(dtype,))
        yield single(f"{code.lower()}/no_options", code, real(2, 3), real(2, 3, pool=1))
    for code in BINARY:
        yield from make_binary(code)
    for code in COMPARISONS:
        yield from make_binary(code, "bool")
        for dtype in ("int32", "int64"):
            yield from make_whole(code, dtype, "bool")
    for code in ("EQUAL", "NOT_EQUAL"):
        yield single(f"{code.lower()}/bool", code, truth(3, 4), truth(4, pool=1), gives=("bool",))
    for code, dtype in product(sorted(WITH_INTEGERS), ("int32", "int64")):
        yield from make_whole(code, dtype)
    for code in ("FLOOR_DIV", "FLOOR_MOD", "DIV"):
        numerators, denominators = np.int32([7, -7, 7, -7, 0]), np.int32([2, 2, -2, -2, 3])
        yield single(
            f"{code.lower()}/int32_signs",
            code,
            *(numerators, denominators),
            options=options_of(code),
            gives=("int32",),
        )
    signs = np.float32([7.5, -7.5, 7.5, -7.5, 0, -0.0, 1e10]), np.float32([2, 2, -2, -2, 3, 3, 3])
    for code in ("FLOOR_DIV", "FLOOR_MOD"):
        yield single(f"{code.lower()}/float32_signs", code, *signs)
    for code in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"):
        left, right = (g.ravel() for g in np.meshgrid(EDGES, EDGES))
        yield single(
            f"{code.lower()}/int32_edges",
            code,
            *(left, right),
            options=options_of(code),
            gives=("int32",),
        )
    yield from make_functions()
    yield from make_special_functions()
    yield from make_logic()
    yield from make_sums_and_bits()
