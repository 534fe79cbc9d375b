"""LSTM cells and sequences: batches, clipping, peepholes, projection, layer normalisation, state over steps."""

from itertools import product

import numpy as np

from .common import (
    Case,
    Cases,
    Value,
    constant,
    positive,
    quantized,
    real,
    schema,
    single,
    text_of,
    whole,
)

TANH = schema.ActivationFunctionType.TANH


def variable(*shape):
    return Value(np.zeros(shape, np.float32), variable=True)


def weights(rows, columns, pool, int8):
    """Return a matrix, in int8 with one scale where asked for."""
    if not int8:
        return constant(real(rows, columns, pool=pool) / 4)
    numbers = whole(rows, columns, low=-127, high=127, dtype="int8", pool=pool)
    return quantized(numbers, [np.float32(0.008)], [0], constant=True)


def cell_inputs(
    value, batch, units, *, coupled=False, peephole=False, project=0, normalize=False, int8=False
):
    """Return the 20 or 24 inputs of an LSTM, in the schema's order; gates: input, forget, cell, output."""
    features, outputs = value.shape[-1], project or units
    gates = [not coupled, True, True, True]
    inputs = [value]
    for columns, first in ((features, 0), (outputs, 4)):
        inputs += [
            weights(units, columns, first % 8 + k // 2, int8) if there else None
            for k, there in enumerate(gates)
        ]
    vectors = [constant(real(units, pool=k) / 2) for k in range(8)]
    if int8:
        vectors = [
            quantized(
                whole(units, low=-127, high=127, dtype="int8", pool=k),
                [np.float32(0.008)],
                [0],
                constant=True,
            )
            for k in range(8)
        ]
    inputs += [vectors[k] if peephole and gates[k] else None for k in (0, 1, 3)]
    inputs += [
        constant(real(units, pool=4 + k)) if there else None for k, there in enumerate(gates)
    ]
    inputs += [
        weights(project, units, 3, int8) if project else None,
        constant(real(project, pool=5)) if project else None,
        variable(batch, outputs),
        variable(batch, units),
    ]
    if normalize:
        inputs += [
            constant(positive(units, pool=k)) if there else None for k, there in enumerate(gates)
        ]
    return inputs


FORMS = {
    "plain": {},
    "coupled": {"coupled": True},
    "peephole": {"peephole": True},
    "peephole_coupled": {"peephole": True, "coupled": True},
    "projection": {"project": 3},
    "projection_peephole": {"project": 3, "peephole": True},
    "normalized": {"normalize": True},
    "normalized_coupled_projection": {"normalize": True, "coupled": True, "project": 3},
}


def cell(name, batch, features, units, asymmetric=False, clip=(0.0, 0.0), **form) -> Case:
    options = schema.LSTMOptionsT(
        fusedActivationFunction=TANH,
        cellClip=clip[0],
        projClip=clip[1],
        asymmetricQuantizeInputs=asymmetric,
    )
    inputs = cell_inputs(real(batch, features), batch, units, **form)
    return single(f"lstm/{name}", "LSTM", *inputs, options=options, steps=3, version=4)


def sequence(
    name, batch, times, features, units, major=False, asymmetric=False, clip=(0.0, 0.0), **form
) -> Case:
    options = schema.UnidirectionalSequenceLSTMOptionsT(
        fusedActivationFunction=TANH,
        cellClip=clip[0],
        projClip=clip[1],
        timeMajor=major,
        asymmetricQuantizeInputs=asymmetric,
    )
    shape = (times, batch, features) if major else (batch, times, features)
    inputs = cell_inputs(real(*shape), batch, units, **form)
    code = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    return single(f"{code.lower()}/{name}", code, *inputs, options=options, steps=2, version=3)


def make_basic() -> Cases:
    """The older form: all gates in one matrix, states as inputs and outputs."""
    for batch, features, units in ((1, 2, 3), (2, 4, 4), (3, 1, 5)):
        options = schema.LSTMOptionsT(
            fusedActivationFunction=TANH, kernelType=schema.LSTMKernelType.BASIC
        )
        values = [
            real(batch, features),
            real(batch, units, pool=1),
            constant(real(4 * units, features + units, pool=2) / 3),
            constant(real(4 * units, pool=3)),
            real(batch, units, pool=4),
        ]
        name = f"lstm/basic_{batch}x{features}_to_{units}"
        gives = ("float32",) * 4
        yield single(name, "LSTM", *values, options=options, gives=gives, version=2)


def make_cases() -> Cases:
    for form, batch in product(FORMS, (1, 2)):
        yield cell(f"{form}_batch{batch}", batch, 4, 5, **FORMS[form])
        for major in (False, True):
            name = text_of(f"{form}_batch{batch}", major and "time_major")
            yield sequence(name, batch, 4, 3, 5, major, **FORMS[form])
    for clip in ((0.5, 0.0), (0.0, 0.2), (0.3, 0.1)):
        yield cell(f"clip{text_of(clip)}", 2, 4, 5, clip=clip, project=3)
        yield sequence(f"clip{text_of(clip)}", 2, 4, 3, 5, clip=clip, project=3)
    for features, units, times in ((1, 1, 1), (9, 16, 3), (3, 7, 12), (1, 17, 5)):
        yield sequence(f"{features}_to_{units}_times{times}", 1, times, features, units)
        yield cell(f"{features}_to_{units}", 1, features, units)
    for form, asymmetric, batch in product(
        ("plain", "coupled", "peephole", "projection"), (False, True), (1, 2)
    ):
        name = text_of(f"hybrid_{form}_batch{batch}", asymmetric and "asymmetric")
        yield cell(name, batch, 6, 5, asymmetric, int8=True, **FORMS[form])
        for major in (False, True):
            yield sequence(
                text_of(name, major and "time_major"),
                *(batch, 4, 6, 5, major, asymmetric),
                int8=True,
                **FORMS[form],
            )
    yield from make_basic()
