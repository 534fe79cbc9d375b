"""Names for one object: a store through one is seen through the others, or refused; never is there another value."""

from dataclasses import dataclass

import differential as d
import kowari
import numpy as np
import pytest

COPIED_OR_SHARED = [
    "b = np.asarray(a); b[0] = 9.0",
    "b = np.asarray(a); a[0] = 9.0",
    "b = np.ravel(a); b[0] = 9.0",
    "b = a.ravel(); a[0] = 9.0",
    "b = a.reshape(-1, 1); b[0] = 9.0",
    "b = a.reshape(-1, 1); a[0] = 9.0",
    "b = a.T; b[0] = 9.0",
    "b = a.T; a[0] = 9.0",
    "b = np.expand_dims(a, 0); a[0] = 9.0",
    "b = np.atleast_1d(a); b[0] = 9.0",
    "b = np.atleast_2d(a); a[0] = 9.0",
    "b = np.squeeze(a[None], axis=0); a[0] = 9.0",
    "b = np.ascontiguousarray(a); b[0] = 9.0",
    "b = np.flip(a); a[0] = 9.0",
    "b = np.flip(a); b[0] = 9.0",
    "b = np.split(a, [2])[0]; a[0] = 9.0",
    "b = np.split(a, [2])[0]; b[0] = 9.0",
    "b = np.broadcast_to(a, (2, a.size)); a[0] = 9.0",
    "b = np.diagonal(np.outer(a, a)); a[0] = 9.0",
    "b = np.nan_to_num(a); a[0] = 9.0",
    "b = np.clip(a, None, None); a[0] = 9.0",
    "b = a.astype(float); a[0] = 9.0",
    "b = np.add.reduce(a, axis=0, keepdims=True); a[0] = 9.0",
    "b = np.swapaxes(a[None], 0, 1); a[0] = 9.0",
    "b = np.roll(a, 0); a[0] = 9.0",
    "b = np.pad(a, 0); a[0] = 9.0",
    "b = np.diff(a, n=0); a[0] = 9.0",
    "b = np.trim_zeros(a); a[0] = 9.0",
    "b = np.unwrap(a); a[0] = 9.0",
    "b = np.mean(a[None], axis=0); a[0] = 9.0",
    "b = [a]; b[0][0] = 9.0",
    "b = 0\nfor r in a[None]:\n    r[0] = 9.0",
    "b = 0\nfor r, k in zip(a[None], [1]):\n    r[0] = 9.0",
    "b, = a[None]; b[0] = 9.0",
    "b = list(a[None])[0]; b[0] = 9.0",
    "b = np.maximum.accumulate(a); a[0] = 9.0",
    "b = np.where(True, a, 0); a[0] = 9.0",
    "b = np.hstack([a]); a[0] = 9.0",
    "b = np.polyval([0, 0], a); a[0] = 9.0",
    "b = np.asanyarray(a); a += 1",
    "b = x; b = b + 0; c = b; c += 1",
    "b = np.sort(a); a[0] = 9.0",
    "b = np.asarray(a, dtype=float); b *= 2",
    "b = np.round(a.astype(int)); a[0] = 9.0",
    "k = a.astype(int); b = np.floor(k); k[0] = 9.0",
    "b, c = np.broadcast_arrays(a, 1.0); a[0] = 9.0",
    "b = a.flatten(); a[0] = 9.0",
    "b = max([a[:2]], key=lambda r: r[0]); b[0] = 9.0",
    "b = a[1:]; c = b.reshape(-1, 1); a[1] = 9.0; b = c",
    "b = a[:, None].squeeze(axis=1); b[0] = 9.0",
]
"""What is made of an array ``a``, and a store into one of the two."""

NAMES = [
    "a = np.arange(6.0).reshape(2, 3)\na[0, 1] = x[0]\nb = a",
    "a = np.arange(6.0)\nb = a.reshape(2, 3)\nfor k in range(len(x)):\n    b[k % 2, 0] = x[k]",
    "a = np.arange(6.0)\nb = a.reshape(2, 3)\nfor k in range(len(x)):\n    a[k % 2] = x[k]",
    "a = np.arange(6.0)\nb = a.reshape(2, 3)\nif x[0] > 0:\n    a[1] = x[0]",
    "a = np.arange(6.0)\nb = a[1:]\nif x[0] > 0:\n    b[1] = x[0]",
    "a = np.arange(6.0)\nb = a[1:]\nc = b.reshape(-1, 1)\nif x[0] > 0:\n    b[1] = x[0]\nb = c",
    "a = np.arange(6.0)\nb = a.T\nif x[0] > 0:\n    b[1] = x[0]",
    "a = np.arange(6.0).reshape(2, 3)\nt = a.T\nr = t[0]\nr[1] = x[0]\nb = r",
    "a = x.copy().reshape(1, -1)\nt = a.T\nr = t[1]\nr[0] = 7.0\nb = r",
    "a = x.copy()\nb = a.reshape(-1, 1)\nfor k in range(len(x)):\n    a[k] = b[k - 1, 0] * 2",
    "a = x.copy()\nb = a.reshape(-1, 1)\nif x[0] > 0:\n    b[0, 0] = 5.0\na[1] += 2",
    "a = x.copy()\nb = np.asarray(a)\nif x[0] > 0:\n    b = b[1:]\nelse:\n    b = b[:-1]\na[1] = 99.0",
    "a = x.copy()\nb = a[::2].reshape(-1, 1)\na[0] = 5.0",
    "a = x.copy()\nb = np.ascontiguousarray(a[::2])\na[0] = 5.0",
    "a = x.copy()\nb = np.ascontiguousarray(a[::2])\nb[0] = 5.0",
    "a = x.copy()\nb = a.flatten()\nb[0] = 5.0",
    "a = np.zeros((2, 2))\nb = np.diag(a)\na[0, 0] = x[0]",
    "a = np.outer(x, x)\nb = np.diagonal(a)\na[0, 0] = 77.0",
    "a = np.zeros(3)\nb = np.broadcast_to(a, (2, 3))\na[0] = x[0]",
    "a = np.zeros(3)\nb = [a, a.reshape(3, 1)]\na[0] = x[0]\nb = b[1]",
    "a = np.zeros((3, 3))\nfor r in a:\n    r[0] = x[0]\nb = a[0]",
    "a = np.zeros((3, 3))\nb = a.T\na[0, 2] = x[0]",
    "a = np.zeros((3, 3))\nb = a.ravel()\nb[2] = x[0]",
    "a = np.zeros((3, 3))\nb = a[0].reshape(3, 1)\nb[2] = x[0]",
    "a = x.copy()\nfor k in range(3):\n    b = a.reshape(1, -1)\n    b[0, k] = k * 2.0",
    "a = x.copy()\nfor k in range(len(x)):\n    b = a.reshape(1, -1)\n    b[0, k] = k * 2.0\nb = 0",
    "a = x.copy()\nb = a.reshape(1, -1)\nk = 0\nwhile b[0, k] < 3:\n    a[k + 1] = b[0, k] + 1\n    k += 1",
    "a = np.zeros(3)\nb = a[:, None]\na[0] = x[0]",
    "a = np.zeros(3)\nb = a.view()\na[0] = x[0]",
    "a = np.zeros(3)\nb = np.asarray(a)\nb[0] = x[0]",
    "a = np.zeros(4)\nb, c = np.split(a, 2)\nc[0] = x[0]",
    "a = np.zeros(4)\nb = np.asarray(a, dtype=float)[1:]\nb += x[0]",
    "a = np.zeros(4)\nb = np.atleast_2d(a)\na[0] = x[0]",
    "a = x.copy()\nb = np.diff(a, n=0)\nb[0] = 4.0",
    "a = np.zeros(4)\nb = list(a.reshape(2, 2))\na[0] = x[0]\nb = b[0]",
    "a = np.zeros(4)\nd = {'r': a.reshape(2, 2)}\na[0] = x[0]\nb = d['r'] + 1",
    "a = np.zeros(4)\nb = a.reshape(2, 2).sum(axis=0)\na[0] = x[0]",
    "a = np.zeros(4)\nb = np.squeeze(a)\na[0] = x[0]",
    "a = x.copy()\nd = x * 2\nif x[0] > 0:\n    b = a\nelse:\n    b = d\na[0] = 9.0",
    "a = np.zeros(3)\nout = []\nfor k in range(len(x)):\n    a[0] = x[k]\n    out.append(a)\nb = np.array(out)",
    "a = []\nfor k in range(len(x)):\n    a.append(np.zeros(3) + k)\nr = a[0]\nr[1] = 5.0\nb = a[0]\na = 0",
    "a = []\nfor k in range(len(x)):\n    a.append(np.zeros(3) + k)\nfor r in a:\n    r[1] = 5.0\nb = a[0]\na = 0",
    "a = x.copy()\nb = a * 0\nfor k in range(len(x)):\n    if x[k] > 1:\n        b = a\na[0] = 9.0",
    "a = x.copy()\nd = x * 2\np = (a, d) if x[0] > 0 else (d, a)\np[0][0] = 9.0\nb = p[0]",
    "a = x.copy()\nd = x * 2\np = (a, d) if x[0] > 0 else (d, a)\na[0] = 9.0\nb = p[0]",
    "a = x.copy()\nd = x * 2\np = [a, d] if x[0] > 0 else [d, a]\np[0][0] = 9.0\nb = p[0]",
    "a = x.copy()\nd = x * 2\np = [a, d]\np[int(x[0] > 0)][0] = 9.0\nb = p[0]",
    "a = x.copy()\nd = x * 2\np = [a, d]\nq = p[int(x[0] > 0)]\na[0] = 9.0\nb = q",
    "a = [1.0, 2.0]\nd = [3.0, 4.0]\np = a if x[0] > 0 else d\np[0] = x[0]\nb = d[0]",
    "a = [1.0, 2.0]\nd = [3.0, 4.0]\np = a if x[0] > 0 else d\na[0] = x[0]\nb = p[0]",
    "a = [1.0, 2.0]\nout = []\nfor k in range(len(x)):\n    a[0] = x[k]\n    out.append(a)\nb = out[0][0]",
    "a = {'v': 1.0}\nout = []\nfor k in range(len(x)):\n    a['v'] = x[k]\n    out.append(a)\nb = out[0]['v']\na = 0",
    "a = {'v': 1.0}\nd = {'v': 2.0}\np = a if x[0] > 0 else d\na['v'] = x[0]\nb = p['v']\na = 0",
    "a = {'v': 1.0}\nd = {'v': 2.0}\np = a if x[0] > 0 else d\np['v'] = x[0]\nb = d['v']\na = 0",
    "a = x.copy()\nout = [a]\nfor k in range(len(x)):\n    out.append(x + k)\na[0] = 9.0\nb = out[0]",
    "a = x.copy()\nout = []\nfor k in range(len(x)):\n    out.append(a[1:])\na[1] = 9.0\nb = out[0]",
    "a = [[0.0] * 2] * 2\na[0][0] = x[0]\nb = a[1][0]\na = 0",
    "a = [[0.0] * 2 for _ in range(len(x))]\na[0][0] = x[0]\nb = a[1][0]\na = a[0][0]",
    "a = x.copy()\nb = sorted([a[0:1], a[1:2]], key=lambda r: -r[0])[0]\na[1] = 7.0",
    "a = x.copy()\nb = max([a[0:1], a[1:2]], key=lambda r: r[0])\na[1] = 7.0",
    "a = x.copy()\nb = None\nif x[0] > 0:\n    b = a\na[0] = 9.0\nb = 0.0 if b is None else b[0]",
    "a = x.copy()\nb = a if x[0] > 0 else None\nif b is not None:\n    b[0] = 9.0\nb = 0",
    "class C:\n    pass\nc = C()\nc.a = x.copy()\nd = c.a if x[0] > 0 else c.a[1:]\nc.a[1] = 5.0\na, b = c.a, d",
    "a = x.copy()\ntry:\n    b = a\n    k = 1 / int(x[0] > 0)\nexcept ZeroDivisionError:\n    b = a * 2\na[0] = 9.0",
    "a = x.copy()\nf = lambda q=a: q\na[0] = 9.0\nb = f()",
    "a = x.copy()\nb = a[0:1]\nfor k in range(len(x)):\n    b = a[k:k + 1]\na[len(x) - 1] = 100.0",
]
"""Branches, loops, lists and containers between a store and who reads."""
ROWS = [{"x": np.arange(5.0) + 0.5}, {"x": -np.arange(4.0) - 0.5}]


def is_compiled(body: str) -> bool:
    """Fails where a row differs."""
    lines = f"{body}\nreturn {{'a': a, 'b': b}}".splitlines()
    function = d.make_body(lines)
    try:
        model, loose = d.compile_case(function, {"x": "f64[n]"})
    except kowari.TraceError:
        return False
    for row in ROWS:
        difference = d.find_difference(function, model, loose, row)
        assert not difference, f"{body}\n{row}: {difference}"
    return True


def test_shared_memory():
    made = [is_compiled(f"a = x.copy()\n{store}") for store in COPIED_OR_SHARED]
    assert sum(made) > 0.8 * len(made)


def test_shared_memory_of_known_arrays():
    stores = [store.replace("9.0", "x[0]") for store in COPIED_OR_SHARED]
    assert sum(is_compiled(f"a = np.arange(5.0)\n{store}") for store in stores) > 20


@pytest.mark.parametrize("body", NAMES)
def test_names_for_one_object(body):
    is_compiled(body)


def test_most_programs_with_names_for_one_object_compile():
    assert sum(map(is_compiled, NAMES)) > 0.45 * len(NAMES)


@dataclass(frozen=True)
class Held:
    a: np.ndarray


def stores_into_what_one_of_two_holds(x):
    base = Held(np.zeros(3))
    either = Held(x[:3] * 2.0) if x[0] > 0 else base
    either.a[0] = 7.0
    return either.a.sum() + base.a.sum()


def test_frozen_dataclasses_hold_what_others_see():
    with pytest.raises(kowari.TraceError, match="stored into through another name"):
        kowari.export(stores_into_what_one_of_two_holds, {"x": "f64[n]"})
