"""Numbers as text: cli/number.c against Python's float and repr, and exact fractions.

Every test draws from a fixed seed; the hard cases are built, not found.
"""

import ctypes
import math
import random
import struct
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

GOOD, RANGE = -1, -2
TYPES = {"f64": ctypes.c_double, "f32": ctypes.c_float, "i64": ctypes.c_int64}


def parse(numbers, name, text):
    """The result of parse_`name`, and the number or None."""
    data, out = text.encode(), TYPES[name]()
    result = getattr(numbers, f"parse_{name}")(data, len(data), out)
    return result, out.value if result == GOOD else None


def show(numbers, name, value, *more):
    text = ctypes.create_string_buffer(32)
    getattr(numbers, f"print_{name}")(text, value, *more)
    return text.value.decode()


def bits(value):
    return struct.pack("<d", value)


def check_f64(numbers, text):
    result, value = parse(numbers, "f64", text)
    expected = float(text)
    assert result == GOOD, text
    assert bits(value) == bits(expected) or (math.isnan(value) and math.isnan(expected)), text


def exact_text(value: Fraction) -> str:
    """A fraction whose denominator is a power of two, in decimal without rounding."""
    with localcontext() as context:
        context.prec = 2000
        return str(Decimal(value.numerator) / Decimal(value.denominator))


def neighbours_f64(count):
    """Doubles at the edges: powers of two and ten and what stands next to them, denormals."""
    edges = [2.0**k for k in range(-1074, 1024)] + [float(f"1e{k}") for k in range(-323, 309)]
    edges += [5e-324 * k for k in range(1, 50)] + [float(2**53 + k) for k in range(-20, 20)]
    for edge in edges:
        yield from (edge, math.nextafter(edge, math.inf), math.nextafter(edge, 0))
    draw = random.Random(1)
    for _ in range(count):
        yield struct.unpack("<d", draw.randbytes(8))[0]


def test_f64_both_ways(numbers):
    """Random bit patterns, edges, and numbers as data has them."""
    draw = random.Random(2)
    common = [round(draw.uniform(-1000, 1000), draw.randrange(8)) for _ in range(20_000)]
    for value in [*neighbours_f64(200_000), *common, 0.0, -0.0, math.inf, -math.inf, math.nan]:
        text = show(numbers, "f64", value)
        assert text == repr(value)
        result, back = parse(numbers, "f64", text)
        assert result == GOOD
        assert bits(back) == bits(value) or (math.isnan(back) and math.isnan(value))


def test_f64_halfway(numbers):
    """Exactly between two doubles the even one wins; any digit more or less decides."""
    draw = random.Random(3)
    edges = [5e-324, 2.2250738585072014e-308, 1.0, 2.0**53, 2.0**63, 1.7976931348623155e308]
    drawn = [abs(struct.unpack("<d", draw.randbytes(8))[0]) for _ in range(1500)]
    for value in edges + [value for value in drawn if value < 1.7e308]:
        for low in (value, math.nextafter(value, 0)):
            high = math.nextafter(low, math.inf)
            middle = Decimal(exact_text((Fraction(low) + Fraction(high)) / 2)).as_tuple()
            digits, exponent = int("".join(map(str, middle.digits))), middle.exponent
            check_f64(numbers, f"{digits}e{exponent}")
            check_f64(numbers, f"{digits}{'0' * 900}1e{exponent - 901}")
            check_f64(numbers, f"{digits - 1}{'9' * 900}e{exponent - 900}")
    limit = exact_text(Fraction(2**1024 - 2**970))
    check_f64(numbers, limit)  # rounds to infinity
    check_f64(numbers, str(int(limit) - 1))


def test_f64_any_length(numbers):
    draw = random.Random(4)
    for _ in range(20_000):
        digits = "".join(draw.choices("0123456789", k=draw.choice([1, 8, 15, 16, 17, 18, 20, 30])))
        point = draw.randrange(len(digits) + 1)
        exponent = draw.choice(
            ["", f"e{draw.randrange(-30, 30)}", f"E{draw.randrange(-345, 320):+}"]
        )
        check_f64(numbers, digits[:point] + "." + digits[point:] + exponent)
    for length in (760, 767, 768, 769, 799, 800, 801, 802, 5000):
        for _ in range(30):
            digits = "".join(draw.choices("0123456789", k=length))
            for exponent in (0, -length, -length - 300, -length - 320, 300 - length, 309 - length):
                check_f64(numbers, f"{digits}e{exponent}")
                check_f64(numbers, f"-0.{digits}e{exponent + length}")
    for text in (
        *("1e400", "-1e400", "1e-400", "-1e-400", "0e999999999999999999999", "-0e-99", "000.000e5"),
        *("1e99999999999999999999999", "1e-99999999999999999999999", "0." + "0" * 5000 + "1e5001"),
        *("1" + "0" * 5000 + "e-5000", "2.4703282292062327e-324", "2.4703282292062328e-324"),
        *("1.7976931348623158e308", "1.7976931348623159e308", "9" * 400, "0." + "0" * 400 + "7"),
    ):
        check_f64(numbers, text)


def test_f32_both_ways(numbers):
    """Shortest digits as NumPy finds them, laid out as repr does."""
    draw = np.random.default_rng(5)
    patterns = draw.integers(0, 2**32, 100_000, dtype=np.uint32)
    powers = (np.arange(0, 255, dtype=np.uint32) << 23)[:, None] + np.array([0, 1, 2**23 - 1])
    small = np.arange(200)
    patterns = np.concatenate([patterns, powers.ravel(), small]).astype(np.uint32)
    for value in patterns.view(np.float32):
        if not np.isfinite(value):
            continue
        text = show(numbers, "f32", value)
        assert text == repr(float(np.format_float_scientific(value, unique=True)))
        result, back = parse(numbers, "f32", text)
        assert result == GOOD
        assert np.float32(back).view(np.uint32) == value.view(np.uint32)
    for value in (0.0, -0.0, math.inf, -math.inf, math.nan, 1e-4, 1e16, 16777216.0):
        expected = repr(float(str(np.float32(value))))
        assert show(numbers, "f32", value) == expected


def round_f32(text: str) -> float:
    """The nearest float32 of a decimal, ties to even, from exact fractions."""
    exact = Fraction(Decimal(text))
    if abs(exact) >= Fraction(2**128 - 2**103):
        return math.inf if exact > 0 else -math.inf
    with np.errstate(over="ignore"):
        middle = np.clip(np.float32(float(text)), -np.finfo("f4").max, np.finfo("f4").max)
        around = [middle, *np.nextafter(middle, np.array([-np.inf, np.inf], dtype=np.float32))]
    around = [value for value in around if np.isfinite(value)]
    return float(
        min(around, key=lambda v: (abs(Fraction(float(v)) - exact), int(v.view(np.uint32)) & 1))
    )


def test_f32_is_rounded_once(numbers):
    draw = random.Random(6)
    texts = [f"{draw.uniform(-9, 9):.{draw.randrange(1, 25)}f}e{k % 78 - 46}" for k in range(5000)]
    for _ in range(3000):
        low = np.uint32(draw.randrange(0, 0x7F7FFFFF)).view(np.float32)
        high = np.nextafter(low, np.float32(np.inf))
        middle = (Fraction(float(low)) + Fraction(float(high))) / 2
        texts.append(exact_text(middle))
        # Closer to `middle` than a double can say: rounding twice would lose the difference.
        texts += [exact_text(middle * (1 + sign * Fraction(1, 2**70))) for sign in (-1, 1)]
    texts += [
        "3.4028235677973366e38",
        "3.4028235677973365e38",
        "1e39",
        "-1e400",
        "7e-46",
        "7.1e-46",
    ]
    for text in texts:
        result, value = parse(numbers, "f32", text)
        assert result == GOOD
        assert value == round_f32(text), text


def test_print_g(numbers):
    draw = random.Random(7)
    ties = [k / 2**j for k in (1, 3, 5, 7, 99, 12345, 2**53 - 1) for j in range(12)]
    ties += [
        0.5,
        1.5,
        2.5,
        0.125,
        9.5,
        99.5,
        999999.5,
        9999999999.5,
        1e22,
        1e-5,
        0.00009999999999995,
    ]
    for value in [*ties, *neighbours_f64(20_000), 0.0, -0.0, math.inf, -math.inf, math.nan]:
        for precision in {draw.randrange(1, 25), 10, 17}:
            assert show(numbers, "g", value, precision) == f"{value:.{precision}g}"


# What can still become a number, completed: used to find where a text stops being one.
ENDINGS = (
    "",
    "0",
    "e0",
    ".0",
    "nan",
    "an",
    "n",
    "inf",
    "nf",
    "f",
    "inity",
    "nity",
    "ity",
    "ty",
    "y",
)


def is_viable(text, accept):
    return any(accept(text + ending) for ending in ENDINGS)


def first_bad(text, accept):
    return next(
        i for i in range(len(text) + 1) if i == len(text) or not is_viable(text[: i + 1], accept)
    )


def accepts(function):
    def accept(text):
        try:
            function(text)
        except ValueError:
            return False
        return "_" not in text

    return accept


def malformed():
    draw = random.Random(8)
    words = ["nan", "inf", "infinity", "NaN", "+Inf", "-INFINITY", "infi", "infinit", "na", "nano"]
    words += [
        "",
        " ",
        "\t \t",
        ".",
        "+",
        "-",
        "+-1",
        "--1",
        "1e",
        "1e+",
        "1e-",
        "e5",
        ".e5",
        "1..2",
    ]
    words += [
        "0x10",
        "0x1p3",
        "1_000",
        "1,5",
        "1.5f",
        "1d5",
        "nan(1)",
        "1e5.0",
        "1 2",
        "\n1",
        "1\n",
    ]
    words += ["1.", ".5", "-.5e-1", " 7 ", "\t7\t", "٣", "½", "1\0", "\0", "infinityy", "- 1"]
    for alphabet in ("0123456789.eE+- ", "infatyNIFATY+- ", "01.e+-_xnif\t\n"):
        words += ["".join(draw.choices(alphabet, k=draw.randrange(1, 10))) for _ in range(4000)]
    return words


@pytest.mark.parametrize(("name", "function"), [("f64", float), ("f32", float), ("i64", int)])
def test_accepts_what_python_accepts(numbers, name, function):
    accept = accepts(function)
    for text in malformed():
        if not text.isascii() or text != text.replace("\n", ""):
            assert parse(numbers, name, text)[0] >= 0, repr(text)  # Python strips or reads these
        elif accept(text):
            result, value = parse(numbers, name, text)
            assert result == GOOD, repr(text)
            if name != "f32":
                assert repr(value) == repr(function(text)), repr(text)
        else:
            assert parse(numbers, name, text)[0] == first_bad(text, accept), repr(text)


def test_i64_range(numbers):
    for edge in (0, 2**63, -(2**63), 2**64, -(2**64), 10**19, 10**30, 922337203685477580):
        for value in range(edge - 15, edge + 15):
            for text in (str(value), f"{value:+031d}"):
                expected = (GOOD, value) if -(2**63) <= value < 2**63 else (RANGE, None)
                assert parse(numbers, "i64", text) == expected
    assert parse(numbers, "i64", "99999999999999999999x") == (20, None)


def test_comma_locale(numbers, comma_locale):
    libc = ctypes.CDLL(None)
    text = ctypes.create_string_buffer(32)
    libc.snprintf(text, ctypes.c_size_t(32), b"%g", ctypes.c_double(1.5))
    assert text.value == b"1,5"  # the locale does bite
    for value in (1.5, -0.25, 1e-7, 1.7976931348623157e308, 0.1):
        assert show(numbers, "f64", value) == repr(value)
        assert show(numbers, "g", value, 10) == f"{value:.10g}"
        assert parse(numbers, "f64", repr(value)) == (GOOD, value)
    assert show(numbers, "f32", 0.5) == "0.5"
    assert parse(numbers, "f64", "1,5") == (1, None)
