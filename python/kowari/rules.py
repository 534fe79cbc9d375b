"""What a traced function may call as it is: nothing that answers otherwise next time, reads the machine, or changes an
object that was there before the call.  All of that would be baked into the file.
"""

import functools
import inspect
import operator
import os
import sys
import types
import warnings

import numpy as np

from .errors import TraceError
from .rewrite import BINARY, is_rewritten

OPAQUE = ("numpy", "scipy", "pandas", "sklearn", "statsmodels", "pywt", "astropy", "numba")
OPAQUE += ("joblib", "threadpoolctl")
"""Packages whose functions are lowered or refused, never traced into."""

MUTATORS = {
    list: "append extend insert pop remove clear sort reverse __setitem__ __delitem__ __iadd__ __imul__",
    dict: "clear pop popitem setdefault update __setitem__ __delitem__ __ior__",
    set: "add clear discard pop remove update difference_update intersection_update",
    bytearray: "append extend insert pop remove clear reverse",
    np.ndarray: "fill put resize sort partition setflags byteswap __setitem__",
}
MUTATORS = {kind: set(names.split()) for kind, names in MUTATORS.items()}
KEEPS_LENGTH = {"sort", "reverse", "__setitem__"}
TAKES_RECORDED = {
    list: {"append", "extend", "insert"},
    dict: {"update", "setdefault", "get", "pop"},
}
SEQUENCES = (list, np.ndarray)
STATELESS = (
    str,
    bytes,
    int,
    float,
    complex,
    tuple,
    frozenset,
    range,
    slice,
    type,
    np.generic,
    np.dtype,
    types.ModuleType,
    types.MappingProxyType,
)
"""Types whose methods change nothing."""
MAKES_NEW = {list, dict, set, bytearray, sorted, "copy", "tolist", "split"}
ALWAYS_LOWERED = {
    print,
    warnings.warn,
    isinstance,
    any,
    all,
    sum,
    max,
    min,
    next,
    filter,
    map,
    functools.reduce,
    inspect.currentframe,
    setattr,
}
"""They take generators, or do nothing that a model does."""
KNOWS_LISTS = {
    len,
    list,
    tuple,
    sum,
    min,
    max,
    sorted,
    any,
    all,
    enumerate,
    zip,
    reversed,
    isinstance,
    map,
    filter,
}
KNOWS_LISTS |= {bool, setattr, functools.reduce, range, iter, next, print, warnings.warn, type}
"""Lowerings that take lists of recorded length and generators as they are."""
STRUCTURAL = {list, tuple, dict, zip, enumerate, reversed}
"""They move elements about, whatever these are."""
CHANGES_FIRST = {
    np.copyto,
    np.put,
    np.place,
    np.putmask,
    np.fill_diagonal,
    np.put_along_axis,
    setattr,
    delattr,
}
CHANGES_FIRST |= {getattr(operator, f"i{name.rstrip('_')}") for name in BINARY.values()}
CHANGES_FIRST |= {operator.setitem, operator.delitem}
NOT_REPEATABLE = (
    "time",
    "random",
    "secrets",
    "uuid",
    "os",
    "posix",
    "nt",
    "socket",
    "subprocess",
    "tempfile",
)
NOT_REPEATABLE += (
    "platform",
    "genericpath",
    "pathlib",
    "shutil",
    "io",
    "_io",
    "logging",
    "inspect",
    "sys",
)
"""Modules whose functions answer otherwise next time."""
NOT_REPEATABLE_NAMES = {"now", "today", "utcnow", "localtime"}
NOT_REPEATABLE_FUNCTIONS = {id, hash, open, input, next, exec, eval, globals, locals, vars}
UNBOUND = (types.MethodDescriptorType, types.WrapperDescriptorType)
READS_FILES = {np.genfromtxt, np.fromfile, np.memmap}
ENVIRONMENT = (os.environ, getattr(os, "environb", None), sys.argv, sys.path)
PARAMETER = "a parameter of the function"


def refuse_here(reason: str, instead: str = ""):
    raise TraceError(reason, instead=instead)


def name_of(function) -> str:
    module = getattr(function, "__module__", "") or ""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", repr(function))
    return name if module in ("", "builtins") else f"{module}.{name}"


def is_opaque(function) -> bool:
    module = (
        getattr(function, "__module__", None) or getattr(type(function), "__module__", "") or ""
    )
    return module.split(".")[0] in OPAQUE


def unwrap(function):
    """The user's function inside of a package's wrapper, such as scikit-learn's around ``transform``."""
    while hasattr(function, "__wrapped__"):
        package = function.__globals__.get("__name__", "").split(".")[0]
        if package not in OPAQUE:
            break
        function = function.__wrapped__
    return function


def wrapper_of(function) -> str:
    """The lowering of what others wrapped around a Python function; empty where nobody did."""
    if isinstance(function, np.vectorize):
        return "vectorize"
    kind = function if isinstance(function, type) else type(function)
    if (getattr(kind, "__module__", None) or "").split(".")[0] != "numba":
        return ""
    if kind is function:
        return "numba range" if function.__name__ == "prange" else ""
    return "numba function" if hasattr(function, "py_func") else "numba ufunc"


def is_in(function, known) -> bool:
    try:
        return function in known
    except TypeError:  # not hashable
        return False


def is_own(frame) -> bool:
    """A lowering that is written in Python: what it meets is told of the user's line."""
    return frame.f_globals.get("__name__", "").startswith(f"{__package__}.lower")


def may_run(frame) -> bool:
    """Does a function that no hook has seen do nothing but compute?"""
    code, module = frame.f_code, frame.f_globals.get("__name__", "").split(".")[0]
    known = module in (__package__, *OPAQUE) or module in sys.stdlib_module_names
    generated = code.co_filename == "<string>"  # by dataclasses and namedtuple
    return known or generated or is_rewritten(code) or code.co_name == "__del__"


def check_environment(*things) -> None:
    if any(thing is known for thing in things for known in ENVIRONMENT):
        refuse_here("the environment of this process would be baked into the file", PARAMETER)


def holds_today(thing) -> bool:
    """Text that NumPy and pandas read as the clock's time, at any depth."""
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "UO":
        thing = thing.tolist()
    if isinstance(thing, list | tuple):
        return any(map(holds_today, thing))
    return isinstance(thing, str) and thing.lower() in ("now", "today")


def reads_file(function) -> bool:
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", None) or ""
    by_name = name.startswith(("read_", "load", "fetch_")) or ".io." in f"{module}."
    return is_opaque(function) and (by_name or is_in(function, READS_FILES))
