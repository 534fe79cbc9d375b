"""The compiled library, seen through ctypes: the structs and prototypes of kowari.h and kowari_dev.h, and nothing else.

The shared library lies inside the package; ``KOWARI_LIBRARY`` names another one (a sanitizer or a mutant build).
"""

import ctypes
import os
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path

MAX_RANK = 8
Sizes = c_int64 * MAX_RANK


class Error(Structure):
    """kw_error."""

    _fields_ = [
        ("status", c_int32),
        ("node", c_int32),
        ("line", c_int32),
        ("index", c_int32),
        ("needed", c_int64),
        ("type", c_char * 40),
        ("name", c_char * 64),
        ("file", c_char * 128),
        ("message", c_char * 768),
    ]


class Info(Structure):
    """kw_info."""

    _fields_ = [
        ("name", c_char_p),
        ("unit", c_char_p),
        ("doc", c_char_p),
        ("type", c_int32),
        ("rank", c_int32),
        ("optional", c_int32),
        ("symbol", c_int32 * MAX_RANK),
        ("size", Sizes),
        ("low", c_double),
        ("high", c_double),
        ("scale", POINTER(c_float)),
        ("zero_point", POINTER(c_int64)),
        ("quantized", c_int32),
        ("axis", c_int32),
        ("reserved", c_int64 * 4),
    ]


class View(Structure):
    """kw_view."""

    _fields_ = [
        ("data", c_void_p),
        ("mask", POINTER(c_uint8)),
        ("type", c_int32),
        ("present", c_int32),
        ("rank", c_int32),
        ("reserved", c_int32),
        ("size", Sizes),
    ]


class Allocator(Structure):
    """kw_allocator."""

    _fields_ = [
        ("resize", CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t, c_size_t)),
        ("context", c_void_p),
    ]


Done = CFUNCTYPE(None, c_void_p, c_void_p, c_int32)


class Options(Structure):
    """kw_options, with ``bytes`` set."""

    _fields_ = [
        ("bytes", c_uint32),
        ("flags", c_uint32),
        ("allocator", POINTER(Allocator)),
        ("capacity", POINTER(c_int64)),
        ("capacities", c_int32),
        ("queue", c_int32),
        ("outputs", POINTER(c_int32)),
        ("output_count", c_int32),
        ("padding", c_int32),
        ("entry", c_char_p),
        ("memory", c_void_p),
        ("memory_bytes", c_size_t),
        ("max_steps", c_int64),
        ("background", c_int32),
        ("reserved", c_int32),
        ("done", Done),
        ("user", c_void_p),
    ]

    def __init__(self, **fields):
        super().__init__(bytes=ctypes.sizeof(Options), **fields)


class DevOperator(Structure):
    """kw_dev_operator."""

    _fields_ = [
        ("name", c_char_p),
        ("signature", c_char_p),
        ("plan", c_char_p),
        ("doc", c_char_p),
        ("reference", c_char_p),
        ("id", c_int32),
        ("version", c_int32),
        ("flags", c_int32),
        ("attributes", c_int32),
    ]


class DevAttribute(Structure):
    """kw_dev_attribute."""

    _fields_ = [
        ("name", c_char_p),
        ("fallback", c_double),
        ("low", c_double),
        ("high", c_double),
        ("kind", c_int32),
    ]


class DevShape(Structure):
    """kw_dev_shape."""

    _fields_ = [
        ("value", c_void_p),
        ("type", c_int32),
        ("rank", c_int32),
        ("size", Sizes),
        ("optional", c_int64),
    ]


class DevField(Structure):
    """kw_dev_field."""

    _fields_ = [
        ("record", c_char_p),
        ("field", c_char_p),
        ("kind", c_int32),
        ("offset", c_int32),
        ("bytes", c_int32),
    ]


class DevSection(Structure):
    """kw_dev_section."""

    _fields_ = [
        ("name", c_char_p),
        ("record", c_char_p),
        ("kind", c_int32),
        ("in_index", c_int32),
    ]


class DevNode(Structure):
    """kw_dev_node."""

    _fields_ = [
        ("operator_name", c_char_p),
        ("source", c_char_p),
        ("line", c_int32),
        ("graph", c_int32),
    ]


class DevPort(Structure):
    """kw_dev_port."""

    _fields_ = [
        ("entry", c_char_p),
        ("tensor", c_char_p),
        ("first", c_int32),
        ("is_signed", c_int32),
        ("index", c_int32),
        ("open", c_uint32),
    ]


_PROTOTYPES = {
    "kw_version": (c_int32,),
    "kw_status_text": (c_char_p, c_int32),
    "kw_open": (c_int32, POINTER(c_void_p), c_char_p, POINTER(Options), POINTER(Error)),
    "kw_load": (
        c_int32,
        POINTER(c_void_p),
        c_void_p,
        c_size_t,
        c_void_p,
        POINTER(Options),
        POINTER(Error),
    ),
    "kw_model_free": (None, c_void_p),
    "kw_meta": (c_char_p, c_void_p, c_char_p),
    "kw_count": (c_int32, c_void_p, c_int32),
    "kw_find": (c_int32, c_void_p, c_int32, c_char_p),
    "kw_describe": (c_int32, c_void_p, c_int32, c_int32, POINTER(Info)),
    "kw_check": (
        c_int32,
        c_void_p,
        POINTER(Options),
        POINTER(c_int64),
        POINTER(c_int64),
        POINTER(Error),
    ),
    "kw_session_new": (c_int32, POINTER(c_void_p), c_void_p, POINTER(Options), POINTER(Error)),
    "kw_session_free": (None, c_void_p),
    "kw_input": (c_int32, c_void_p, c_int32, POINTER(c_int64), c_int32, POINTER(c_void_p)),
    "kw_set": (c_int32, c_void_p, c_int32, c_int32, c_void_p, POINTER(c_int64), c_int32),
    "kw_grow": (c_int32, c_void_p, POINTER(c_int64), c_int32),
    "kw_run": (c_int32, c_void_p),
    "kw_output": (c_int32, c_void_p, c_int32, POINTER(View)),
    "kw_output_text": (c_void_p, c_void_p, c_int32, c_int64, POINTER(c_size_t)),
    "kw_session_error": (POINTER(Error), c_void_p),
    "kw_cancel": (None, c_void_p),
    "kw_reset": (None, c_void_p),
    "kw_state_save": (c_int32, c_void_p, c_void_p, POINTER(c_size_t)),
    "kw_state_load": (c_int32, c_void_p, c_void_p, c_size_t),
    "kw_dev_operator_count": (c_int32,),
    "kw_dev_operator_at": (c_int32, c_int32, POINTER(DevOperator)),
    "kw_dev_attribute_at": (c_int32, c_int32, c_int32, POINTER(DevAttribute)),
    "kw_dev_plan": (
        c_int32,
        c_int32,
        c_void_p,
        c_void_p,
        POINTER(DevShape),
        c_int32,
        POINTER(DevShape),
        c_int32,
        POINTER(c_int32),
        POINTER(Error),
    ),
    "kw_dev_field_at": (c_int32, c_int32, POINTER(DevField)),
    "kw_dev_section_at": (c_int32, c_int32, POINTER(DevSection)),
    "kw_dev_digest": (c_uint64, c_void_p, c_size_t),
    "kw_dev_seal": (c_int32, c_void_p, c_size_t),
    "kw_dev_strip": (c_int32, c_void_p, c_size_t, c_void_p, POINTER(c_size_t), POINTER(Error)),
    "kw_dev_node_count": (c_int32, c_void_p),
    "kw_dev_node_at": (c_int32, c_void_p, c_int32, POINTER(DevNode)),
    "kw_dev_run": (c_int32, c_void_p, POINTER(View)),
    "kw_dev_clear_inputs": (c_int32, c_void_p),
    "kw_dev_port_at": (c_int32, c_void_p, c_int32, c_int32, POINTER(DevPort)),
    "kw_dev_session_bytes": (c_size_t, c_void_p),
    "kw_dev_bounds": (
        c_int32,
        c_void_p,
        c_int32,
        POINTER(c_int32),
        POINTER(POINTER(c_double)),
        POINTER(c_int32),
    ),
}


def library_path() -> Path:
    """Where the shared library is.

    Returns
    -------
    pathlib.Path
        ``KOWARI_LIBRARY`` if set, else the library inside the package.
    """
    named = os.environ.get("KOWARI_LIBRARY")
    if named:
        return Path(named)
    here = Path(__file__).parent
    for name in ("libkowari_dev.so", "libkowari_dev.dylib", "kowari_dev.dll"):
        if (here / name).exists():
            return here / name
    raise ImportError(
        f"the kowari library is not in {here}; install the package, or set KOWARI_LIBRARY"
    )


def _load() -> ctypes.CDLL:
    loaded = ctypes.CDLL(str(library_path()))
    for name, (result, *arguments) in _PROTOTYPES.items():
        function = getattr(loaded, name)
        function.restype = result
        function.argtypes = arguments
    return loaded


lib = _load()
STATUS = {number: lib.kw_status_text(number).decode() for number in range(17)}
