"""Which functions of others are taken, and with what: the rule is here as code, the arguments as small tables."""

import importlib
import inspect
import linecache
import os
import signal
import time
import warnings
from contextlib import contextmanager

import numpy as np

MODULES = (
    "tsfel.feature_extraction.features",
    "heartpy.analysis",
    "heartpy.datautils",
    "heartpy.filtering",
    "heartpy.peakdetection",
    "pythermalcomfort.models",
)
FORBIDDEN = {
    "open",
    "read_csv",
    "genfromtxt",
    "loadmat",
    "resource_filename",
    "random",
    "plt",
    "show",
}
"""Names that plotting, reading files and drawing random numbers need."""
LEAST_RETURNS = 3
LONGEST = 20
"""Seconds."""

# ---- arguments by the parameter's name, then of single functions ----
ARGUMENTS = {
    "fs": "100.0",
    "sample_rate": "100.0",
    "working_data": "{}",
    "measures": "{}",
    "tdb": "x",
    "tr": "30.0",
    "t_running_mean": "20.0",
    "v": "0.3",
    "vr": "0.3",
    "v_ankle": "0.2",
    "rh": "50.0",
    "met": "1.4",
    "clo": "0.5",
    "sex": "'male'",
    "posture": "'standing'",
    "age": "40",
    "height": "1.8",
    "weight": "75",
    "duration": "60",
    "tout": "x",
    "twb": "x",
    "tg": "35.0",
    "wbgt": "x",
    "a_coefficient": "0.293",
    "e_coefficient": "0.6",
    "vertical_tmp_grad": "1.0",
    "vapor_pressure": "2000.0",
    "thickness_quilt": "2.0",
    "sol_altitude": "x",
    "sharp": "120.0",
    "sol_radiation_dir": "800.0",
    "sol_radiation_global": "800.0",
    "sol_transmittance": "0.5",
    "f_svv": "0.5",
    "f_bes": "0.5",
    "rol_mean": "x * 0 + 0.2",
    "ma_perc": "20.0",
    "windowsize": "0.75",
    "cutoff": "5.0",
    "lowcut": "0.7",
    "highcut": "3.5",
    "desired_sample_rate": "1000.0",
}
CALLS = {
    "sports_heat_stress_risk": "sports_heat_stress_risk(x, 30.0, 50.0, 0.3, other_module('pythermalcomfort.models.sports_heat_stress_risk').Sports.RUNNING)",
    "make_windows": "make_windows(x, 100.0, windowsize=1, min_size=0)",
    "append_dict": "append_dict({'a': []}, 'a', x)",
    "calc_ts_measures": "calc_ts_measures(x, np.diff(x), np.power(np.diff(x), 2), measures={}, working_data={})",
    "clean_rr_intervals": "clean_rr_intervals({'RR_list': x, 'RR_masklist': [0] * len(x), 'peaklist': list(range(len(x))), 'removed_beats': [], 'binary_peaklist': [1] * len(x)})",
    "calc_rr_segment": "calc_rr_segment(x, np.ones(len(x)))",
    "calc_fd_measures": "calc_fd_measures(measures={}, working_data={'RR_list_cor': x})",
    "update_rr": "update_rr({'RR_list': x, 'RR_masklist': [0] * len(x)})",
    "check_peaks": "check_peaks(x, np.arange(len(x)), x, working_data={})",
    "check_binary_quality": "check_binary_quality(np.arange(len(x)), np.where(x > 800, 1, 0), working_data={})",
    "interpolate_peaks": "interpolate_peaks(x, [50, 130], 100.0, working_data={})",
    "filter_signal": "filter_signal(x, 5.0, 100.0)",
    "phs": "phs(x, 30.0, 0.3, 50.0, 1.4, 0.5, 'standing', duration=30)",
}
INTERVALS = {
    "calc_rr_segment",
    "update_rr",
    "clean_rr_intervals",
    "calc_ts_measures",
    "calc_fd_measures",
    "calc_breathing",
    "calc_poincare",
    "outliers_iqr_method",
    "outliers_modified_z",
    "MAD",
    "quotient_filter",
    "check_peaks",
    "check_binary_quality",
}  # fmt: skip
TIMES = {"calc_rr", "get_samplerate_mstimer", "get_samplerate_datetime"}


def make_inputs(function) -> dict[str, np.ndarray]:
    """The six inputs, in the unit that the function takes."""
    random = np.random.default_rng(5)
    n = np.arange(240)
    if function.__module__.startswith("pythermalcomfort"):
        normal = 27 + 9 * np.sin(n[:24] / 4) + random.normal(0, 0.5, 24)
    elif function.__name__ in INTERVALS:
        normal = 800 + 60 * np.sin(n[:60] / 5) + random.normal(0, 25, 60)
        normal[20] = 1500.0
    elif function.__name__ in TIMES:
        normal = np.cumsum(np.round(80 + random.normal(0, 4, 40)))
    else:
        normal = np.sin(n / 9) + 0.3 * np.sin(n / 2.5) + random.normal(0, 0.1, 240)
    holes = normal.copy()
    holes[[0, 7, 8]] = np.nan
    return {
        "normal": normal,
        "empty": normal[:0],
        "length 1": normal[:1],
        "NaN": holes,
        "plateau": np.full(20, normal[3]),
        "short": normal[:5],
    }


def call_of(function) -> str:
    """How it is called on the signal x."""
    name = function.__name__
    if name in CALLS:
        return CALLS[name]
    shown = []
    for place, (key, parameter) in enumerate(inspect.signature(function).parameters.items()):
        given = "x" if place == 0 else ARGUMENTS.get(key)
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        if parameter.default is not parameter.empty and not (given or "").endswith("}"):
            continue
        if given is None:
            raise LookupError(f"no argument for {key} of {name}")
        shown.append(given if parameter.default is parameter.empty else f"{key}={given}")
    return f"{name}({', '.join(shown)})"


def make_case(function):
    """A function of the signal alone, with a source that the tracer can read."""
    name = f"<{function.__module__}.{function.__name__}>"
    source = f"def case(x):\n    return {call_of(function)}\n"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {
        "np": np,
        "other_module": importlib.import_module,
        function.__name__: function,
    }
    exec(compile(source, name, "exec"), space)
    return space["case"]


def list_public(module) -> list:
    """Functions at home in the module or, for a package, in its modules."""
    found = [f for n, f in vars(module).items() if inspect.isfunction(f) and n[0] != "_"]
    return [f for f in found if f"{f.__module__}.".startswith(f"{module.__name__}.")]


class TooLong(Exception):  # noqa: N818 - the row says what it is
    """Somebody's function, or compiling it, does not end in time."""


@contextmanager
def at_most(seconds: float):
    """TooLong when it takes longer.

    It arrives as KeyboardInterrupt, which no code under test takes for an exception of its own, raised by a handler in C,
    which the tracer does not take for the function's.
    """
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except KeyboardInterrupt:
        raise TooLong(f"longer than {seconds:g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_apart(case, x) -> str:
    """Whether it returns, raises or goes on, found in a process of its own: compiled code of others takes no signals."""
    child = os.fork()
    if child == 0:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                case(x)
            os._exit(0)
        except BaseException:
            os._exit(1)
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "raises" if status else "returns"
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "goes on"


def try_inputs(case, inputs) -> tuple[int, dict[str, np.ndarray]]:
    """On how many inputs does it return?  And the inputs on which it ends at all."""
    ends = {name: run_apart(case, x) for name, x in inputs.items()}
    returned = sum(end == "returns" for end in ends.values())
    return returned, {name: x for name, x in inputs.items() if ends[name] != "goes on"}


def list_cases(wanted=()):
    """(name, case, inputs) of every function that the rule takes; those only whose names hold one of the wanted texts."""
    for module in MODULES:
        for function in list_public(importlib.import_module(module)):
            if wanted and not any(w in f"{module}.{function.__name__}" for w in wanted):
                continue
            code = inspect.unwrap(function).__code__
            if FORBIDDEN & {*code.co_names, *code.co_varnames}:
                continue
            case = make_case(function)
            count, inputs = try_inputs(case, make_inputs(function))
            if count >= LEAST_RETURNS:
                yield f"{module}.{function.__name__}", case, inputs
