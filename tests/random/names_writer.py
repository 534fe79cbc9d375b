"""Writes random Python functions in which objects have several names: aliases, views, tuples, dicts, calls, and stores.

Few names and many stores: most programs store into something that another name shows, behind branches and in loops.
"""

import random

_NAMES = ["p", "q", "w"]
_CONDITIONS = ["flag", "k > 1", "a > 0", "len(x) > 2", "len(p) > 1"]
_NEW = {
    "list": ["[1.0, 2.0]", "[a, 3.0, 4.0]", "[]", "[e for e in x]", "list(x)"],
    "known": ["np.zeros(4)", "np.ones(3)", "np.arange(4.0)"],
    "array": ["x.copy()", "x * 2.0", "np.zeros(3)", "x[x > 0]", "np.array([a, 1.0, 2.0])"],
}
_RESULTS = ["p, q, w", "p, q", "[len(p), len(q)], w", "d['u'], p", "t[0], q, w", "p", "q", "w"]


def write_names(seed: int) -> str:
    """The source of a module whose function ``program`` takes the parameters of the other writer."""
    return _Writer(random.Random(seed)).module()


class _Writer:
    def __init__(self, random):
        self.random = random
        self.kind = random.choice(list(_NEW))
        self.lines: list[str] = []

    def put(self, depth: int, line: str) -> None:
        self.lines.append("    " * (depth + 1) + line)

    def pick(self, *things):
        return self.random.choice(things)

    def name(self) -> str:
        return self.random.choice(_NAMES)

    def condition(self) -> str:
        return self.random.choice(_CONDITIONS)

    def module(self) -> str:
        change = self.pick("    if len(v) > 1:\n        v[0] = 8.0\n", "")
        head = f"def f(v):\n{change}    return {self.pick('v', 'v', 'v[1:]', 'v.copy()')}\n"
        for name in _NAMES:
            self.put(0, f"{name} = {self.new()}")
        self.put(0, 'd = {"u": p, "v": q}')
        self.put(0, "t = (p, q)")
        for _ in range(self.random.randint(3, 9)):
            self.statement(0)
        self.put(0, f"return {self.random.choice(_RESULTS)}")
        return head + "def program(x, a, k, flag):\n" + "\n".join(self.lines) + "\n"

    def new(self) -> str:
        kind = self.pick("known", "known", "array") if self.kind == "known" else self.kind
        return self.random.choice(_NEW[kind])

    def value(self) -> str:
        name, other = self.name(), self.name()
        bounds = self.pick(":", "1:", ":2", "::-1", "::2", "k:")
        views = [f"np.asarray({name})", f"{name}.reshape(-1)", f"{name}.ravel()", f"{name}.T"]
        forms = {
            name: 35,
            f"{name}[{bounds}]": 15,
            f"({name} if {self.condition()} else {other})": 8,
            self.random.choice(views) if self.kind != "list" else self.new(): 6,
            f"{name}.copy()": 6,
            f'd["{self.pick("u", "v")}"]': 6,
            f"f({name})": 4,
            f"t[{self.pick('0', '1', 'k % 2')}]": 4,
            self.new(): 16,
        }
        return self.random.choices(list(forms), list(forms.values()))[0]

    def statement(self, depth: int) -> None:
        forms = {"bind": 30, "store": 20, "change": 6, "hold": 8, "swap": 4, "store_held": 3}
        if depth < 2:
            forms |= {"choice": 13, "loop": 11, "attempt": 5}
        getattr(self, self.random.choices(list(forms), list(forms.values()))[0])(depth)

    def block(self, depth: int, most: int) -> None:
        for _ in range(self.random.randint(1, most)):
            self.statement(depth)

    def bind(self, depth):
        self.put(depth, f"{self.name()} = {self.value()}")

    def store(self, depth):
        at = self.pick("0", "-1", "k % 2", "1")
        self.put(depth, f"{self.name()}[{at}] = {self.pick('a', '7.0', 'k', '9.0')}")

    def change(self, depth):
        grow = f".append({self.pick('a', '5.0')})" if self.kind == "list" else " += 1.0"
        self.put(depth, self.name() + grow)

    def hold(self, depth):
        dictionary = f'd["{self.pick("u", "v")}"] = {self.name()}'
        self.put(depth, self.pick(dictionary, f"t = ({self.name()}, {self.name()})"))

    def store_held(self, depth):
        self.put(depth, f'd["{self.pick("u", "v")}"][0] = 6.0')

    def swap(self, depth):
        self.put(depth, f"p, q = {', '.join(self.random.sample(_NAMES, 2))}")

    def choice(self, depth):
        self.put(depth, f"if {self.condition()}:")
        self.block(depth + 1, 3)
        if self.random.random() < 0.5:
            self.put(depth, "else:")
            self.block(depth + 1, 2)

    def loop(self, depth):
        turns = self.pick("k", "min(len(x), 3)", "2")
        self.put(depth, f"for i{depth} in range({turns}):")
        self.block(depth + 1, 3)
        if self.random.random() < 0.2:
            self.put(depth + 1, f"if {self.condition()}:")
            self.put(depth + 2, "break")

    def attempt(self, depth):
        self.put(depth, "try:")
        self.block(depth + 1, 2)
        self.put(depth, "except IndexError:")
        self.block(depth + 1, 1)
