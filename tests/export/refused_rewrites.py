"""What is refused, why, and what to write instead: bodies of functions of an array ``x`` that only the run knows.

Where both mean the same, the rewrite also gives what Python gives for the code that is refused.
"""

ALIKE = [
    (
        "a, b = (x[0], 1.0), (x[0], 2.0)\nc = a if x[0] > 1.0 else b\nreturn c is a",
        "`is` on a value that is known only",
        "return x[0] > 1.0",
    ),
    ("return np.argsort(x)", "the machine's choice", 'return np.argsort(x, kind="stable")'),
    ("return round(float(x[0]), -2)", "to fewer than 0", "return np.round(x[0], -2)"),
    (
        'return {1: "low", 2: "high"}[int(x[0])]',
        "cannot be indexed by a value",
        'return "low" if x[0] == 1.0 else "high"',
    ),
    (
        "return len({v for v in x})",
        "a set with keys that are known only",
        "return len(np.unique(x))",
    ),
    (
        "match len(x):\n    case 2:\n        return 0.0\n    case _:\n        return 1.0",
        "match is not compiled",
        "if len(x) == 2:\n    return 0.0\nreturn 1.0",
    ),
    (
        "def walk():\n    for v in x:\n        yield v * 2.0\nreturn sum(walk())",
        "generators and coroutines",
        "return sum([v * 2.0 for v in x])",
    ),
    (
        "global LAST\nLAST = x.sum()\nreturn LAST",
        "a store to a global",
        "last = x.sum()\nreturn last",
    ),
    (
        "SETTINGS.level = 2.0\nreturn x * SETTINGS.level",
        "there before the call",
        "level = 2.0\nreturn x * level",
    ),
    (
        "HISTORY.append(1.0)\nreturn np.append(x, HISTORY[-1])",
        "there before the call",
        "return np.append(x, 1.0)",
    ),
    (
        "found = {}\nfor v in x:\n    found[v] = 1\nreturn len(found)",
        "the key of a store must be known",
        "found = []\nfor v in x:\n    if v not in found:\n        found.append(v)\nreturn len(found)",
    ),
    (
        'out = {"level": 1.0}\nif x.sum() > 7.0:\n    out["high"] = 2.0\nreturn out.get("high", 0.0)',
        "a dict gets another key in one branch",
        'out = {"level": 1.0, "high": 0.0}\nif x.sum() > 7.0:\n    out["high"] = 2.0\nreturn out["high"]',
    ),
    (
        "pairs = zip(x, x)\nreturn sum([a for a, _ in pairs]) + len([b for _, b in pairs])",
        "an iterator that was gone over before",
        "return sum([a for a, _ in zip(x, x)])",
    ),
    (
        "return len(tuple(x))",
        "a tuple whose length is known only",
        "return len(list(x))",
    ),
    (
        "a, *rest = x\nreturn a + len(rest)",
        "a number of values that is known only",
        "a, rest = x[0], x[1:]\nreturn a + len(rest)",
    ),
    (
        "return np.median(x, overwrite_input=True)",
        "unexpected keyword argument 'overwrite_input'",
        "return np.median(x)",
    ),
    (
        'return np.sort(x, kind="mergesort")',
        "unexpected keyword argument 'kind'",
        "return np.sort(x)",
    ),
    ("return np.sum(x, out=np.zeros(()))", "unexpected keyword argument 'out'", "return np.sum(x)"),
    (
        "return np.searchsorted(np.sort(x), 2.0, sorter=np.arange(len(x)))",
        "unexpected keyword argument 'sorter'",
        "return np.searchsorted(np.sort(x), 2.0)",
    ),
    (
        "return np.nan_to_num(x, copy=False)",
        "unexpected keyword argument 'copy'",
        "return np.nan_to_num(x)",
    ),
    (
        "def f(v):\n    return v + x[0]\nreturn np.apply_along_axis(f, 0, np.ones((2, 2)))[0, 0]",
        "calls a function of the traced one",
        "return 1.0 + x[0]",
    ),
    (
        "return x.tolist().count(x[0])",
        "list.count is not compiled",
        "return int(np.sum(x == x[0]))",
    ),
    (
        "return np.vectorize(np.sum, signature='(n)->()')(x)",
        "np.vectorize with a signature",
        "return np.sum(x)",
    ),
    ("return len(set(x))", "set has no lowering", "return len(np.unique(x))"),
    ('return eval("x.sum()")', "would be baked into the file", "return x.sum()"),
    ("return np.apply_along_axis(np.sum, 0, x)", "has no lowering", "return np.sum(x)"),
    (
        "with LOCK:\n    return x.max()",
        "may change what happens when the model runs",
        "return x.max()",
    ),
    ('return getattr(x, "size")', "getattr has no lowering", "return x.size"),
    (
        "SETTINGS.limit = 1.0\ndel SETTINGS.limit\nreturn x",
        "del of an attribute is not compiled",
        "return x",
    ),
    (
        "y = z = x + 1\nif len(x) > 2:\n    y = np.zeros(2)\ny[0] = 1.0\nreturn y[0] + z[1:].sum()",
        "stored into through another name",
        "y = z = x + 1\nif len(x) > 2:\n    y = np.zeros(2)\ny = y.copy()\ny[0] = 1.0\nreturn y[0] + z[1:].sum()",
    ),
    (
        "s = [v for v in x]\nfor v in s:\n    if v > 9.0:\n        s.pop()\nreturn s",
        "changes its length while it is gone over",
        "s = [v for v in x]\nat = 0\nwhile at < len(s):\n    if s[at] > 9.0:\n        s.pop()\n    at += 1\nreturn s",
    ),
    (
        "y = TABLE if x.sum() > 7.0 else x.copy()\ny[0] = 1.0\nreturn y",
        "an array that was there before the call",
        "y = TABLE.copy() if x.sum() > 7.0 else x.copy()\ny[0] = 1.0\nreturn y",
    ),
    (
        'names = set()\nif x.sum() > 7.0:\n    names.add("a")\nreturn len(names)',
        "a set that changes in a branch",
        "names = []\nif x.sum() > 7.0:\n    names.append(1.0)\nreturn len(names)",
    ),
    (
        "try:\n    y = x[9]\nexcept IndexError:\n    raise\nreturn y",
        "raise without an exception",
        'if len(x) < 10:\n    raise IndexError("too short")\nreturn x[9]',
    ),
    ("x.sort()\nreturn x", "attribute 'sort'", "return np.sort(x)"),
    ("return np.partition(x, 1)[1]", "has no lowering", "return np.sort(x)[1]"),
    ("x.shape = (1, len(x))\nreturn x", "there before the call", "return x.reshape(1, len(x))"),
    (
        "return np.fromiter((v for v in x), dtype=float)",
        "has no lowering",
        "return np.array([v for v in x])",
    ),
    ("return int(Counter(x)[1.0])", "has no lowering", "return int(np.sum(x == 1.0))"),
    (
        "from itertools import groupby\nreturn len(list(groupby(x)))",
        "has no lowering",
        "return 1 + int(np.sum(x[1:] != x[:-1]))",
    ),
]
"""The same on rows of two to five numbers, of which the first is 1 or 2."""

OTHER = [
    ("return x[: len(x) / 2]", "must be an integer", "return x[: len(x) // 2]"),
    (
        'return ["low", "high"][x[0] > 1.0]',
        "must be an integer, not bool",
        'return "high" if x[0] > 1.0 else "low"',
    ),
    (
        "if x > 1.0:\n    return 1.0\nreturn 0.0",
        "a decision on an array",
        "if np.all(x > 1.0):\n    return 1.0\nreturn 0.0",
    ),
    (
        'warnings.simplefilter("error")\nreturn x.mean()',
        "warnings that become errors",
        "return x.mean()",
    ),
    (
        "return next(iter([1.0])) + next(SERIES)",
        "an iterator that was there before",
        "return 1.0 + 1.0",
    ),
    (
        'limits = {"a": 1.0}\nreturn x + limits.get(x[0], 2.0)',
        "a dict by a key that is known only",
        "return x + 2.0",
    ),
    (
        'return "-".join(["a", "b"]).index(x[0])',
        "str.index has no lowering",
        'return "a-b".index("b")',
    ),
    (
        "class Once:\n    def __new__(cls):\n        return object.__new__(cls)\nreturn Once() and x",
        "__new__ is not compiled",
        "class Many:\n    pass\nreturn Many() and x",
    ),
    (
        "return [a for a, *b in [(v, v, v) for v in x]]",
        "this target of a comprehension",
        "return [a for a, b, c in [(v, v, v) for v in x]]",
    ),
    (
        "try:\n    y = x[9]\nexcept* IndexError:\n    y = 0.0\nreturn y",
        "except. is not compiled",
        "try:\n    y = x[9]\nexcept IndexError:\n    y = 0.0\nreturn y",
    ),
    ("return LOCK.acquire() and x", "may change an object", "return x"),
    ("return np.sum(x.astype(np.uint8))", "unsigned integers", "return np.sum(x.astype(np.int64))"),
    ('return f"{x.mean()}"', "text made of a value", "return x.mean()"),
    ('return "%.1f" % x[0]', "text made of a value", "return x[0]"),
    ("return [str(v) for v in x]", "str has no lowering", "return [v for v in x]"),
    ("return time.time() + x", "what time.time answers now", "return x"),
    ('return np.load("table.npy") + x', "what numpy.load answers now", "return x"),
    (
        'return float(os.environ.get("LIMIT", 1.0)) + x',
        "the environment of this process",
        "return x + 1.0",
    ),
    ("return hash(x[0])", "what hash answers now", "return x[0]"),
    ("return x + 1j", "complex128", "return x + 1.0"),
    ("while True:\n    pass", "a loop that does not end", "return x"),
    ('return np.array([x[0], "a"])', "text and numbers do not mix", "return x[0]"),
    (
        "return x if x.sum() > 7.0 else 0.0",
        "a number in one case and an array",
        "return x.sum() if x.sum() > 7.0 else 0.0",
    ),
    (
        'names = np.append(np.array(["low"], dtype=object), np.nan)\nreturn names[np.digitize(x, [2.0])] == "low"',
        "NaN among them is not known from None",
        'names = np.array(["low", "none"], dtype=object)\nreturn names[np.digitize(x, [2.0])] == "low"',
    ),
    ("return {1: x[0]}", "keys must be text", 'return {"first": x[0]}'),
]
"""Something near: what the code that is refused gives cannot be had, is an error, or is of another type."""
