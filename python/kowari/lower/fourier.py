"""Fourier transforms.  Their results are pairs of real arrays, which refuse what is not said here: other uses of complex
numbers are not compiled.
"""

import functools

import numpy as np

from ..recorded import ARRAY, Recorded, attributes, lowerings, lowers
from . import builtins, indexing, iteration, ufuncs  # noqa: F401 - what is extended
from .common import plain, record, recorded, refuse
from .written import require, written


class Spectrum(Recorded):
    """A complex array as its two parts."""

    def __init__(self, real: Recorded, imaginary: Recorded):
        super().__init__(None, ARRAY)
        self.parts = (real, imaginary)

    @property
    def value(self):
        refuse(
            "complex numbers are compiled in np.abs, np.angle, .real, .imag and subscripts alone",
            "np.abs(np.fft.rfft(x))",
        )

    def as_view(self, base, key):
        return self  # its parts are

    _value = property(lambda self: self.value, lambda self, value: None)


def transform(x, imaginary, inverse):
    """The two parts of a transform along the last axis."""
    raise NotImplementedError(f"{x}, {imaginary}, {inverse} while compiling")


@lowers(transform)
def _transform(tracer, x, imaginary, inverse, /):
    values = [v if v is None else plain(tracer, recorded(tracer, v)) for v in (x, imaginary)]
    parts = tracer.graph.add("fourier", *values, inverse=int(inverse))
    return tuple(record(part, flavour=ARRAY) for part in parts)


def pair(real, imaginary):
    """A spectrum."""
    raise NotImplementedError(f"{real}, {imaginary} while compiling")


@lowers(pair)
def _pair(tracer, real, imaginary, /):
    return Spectrum(recorded(tracer, real), recorded(tracer, imaginary))


def _sized(a, n):
    """The last axis cut, or filled up with zeros."""
    a = np.asarray(a)
    if a.dtype == np.float32 or a.ndim == 0:
        refuse("a transform is compiled for arrays of float64", ".astype(np.float64)")
    a = a.astype(np.float64)
    if n is None:
        return a
    require(np.greater(n, 0), "ValueError", "Invalid number of FFT data points specified.")
    a = a[..., :n]
    width = [(0, 0)] * (a.ndim - 1) + [(0, n - a.shape[-1])]
    return np.pad(a, width)


@written(np.fft.rfft)
def rfft(a, n=None):
    a = _sized(a, n)
    real, imaginary = transform(a, None, False)
    count = a.shape[-1] // 2 + 1
    return pair(real[..., :count], imaginary[..., :count])


@written(np.fft.fft)
def fft(a, n=None):
    real, imaginary = transform(_sized(a, n), None, False)
    return pair(real, imaginary)


@written(np.fft.rfftfreq)
def rfftfreq(n, d=1.0):
    step = 1.0 / (n * d)
    return np.arange(0, n // 2 + 1) * step


@written(np.fft.fftfreq)
def fftfreq(n, d=1.0):
    step = 1.0 / (n * d)
    return np.concatenate([np.arange(0, (n - 1) // 2 + 1), np.arange(-(n // 2), 0)]) * step


# ---- what a spectrum is asked for ----
def _extend(function, of_spectrum):
    """The lowering of a function, for spectra too."""
    known = lowerings[function]

    @functools.wraps(known)
    def lowering(tracer, x, /, *arguments, **keywords):
        if isinstance(x, Spectrum):
            return of_spectrum(tracer, x, *arguments, **keywords)
        return known(tracer, x, *arguments, **keywords)

    lowerings[function] = lowering


def _length(tracer, x):
    return lowerings[np.hypot](tracer, *x.parts)


def _item(tracer, x, key):
    parts = [lowerings["getitem"](tracer, part, key) for part in x.parts]
    if parts[0].rank == 0:
        refuse("one complex number is not compiled", "np.abs(spectrum)[k]")
    return Spectrum(*parts)


_extend(np.absolute, _length)
_extend(abs, _length)
_extend("getitem", _item)
_extend(len, lambda tracer, x: lowerings[len](tracer, x.parts[0]))


@lowers(np.angle)
def angle(tracer, z, /):
    if not isinstance(z, Spectrum):
        refuse("np.angle is compiled for the results of np.fft.rfft and np.fft.fft")
    return lowerings[np.arctan2](tracer, z.parts[1], z.parts[0])


def _register_part(name, index):
    def part(x):
        if not isinstance(x, Spectrum):
            refuse(f".{name} is compiled for the results of np.fft.rfft and np.fft.fft")
        return x.parts[index]

    attributes[name] = (False, part)

    @lowers(getattr(np, name))
    def lowering(tracer, val, /):
        return part(val)


_register_part("real", 0)
_register_part("imag", 1)
