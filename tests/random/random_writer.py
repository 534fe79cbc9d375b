"""Writes random Python functions: nested control flow over mixed scalars, lists, arrays, views, closures and exceptions.

Every program ends: loops are bounded, and no list grows while it is gone over.  Everything else is allowed to go
wrong, since Python's exception is an answer too.
"""

import random

PARAMETERS = {"x": "f64[n]", "a": "f64", "k": "i64", "flag": "bool"}
ERRORS = ("ValueError", "ZeroDivisionError", "IndexError", "TypeError", "Exception")
SCALARS = ("int", "float", "bool", "mixed")


def write_program(seed: int) -> str:
    """The source of a module whose function ``program`` takes PARAMETERS."""
    return _Writer(random.Random(seed)).module()


class _Writer:
    def __init__(self, random):
        self.random = random
        self.lines: list[str] = []
        self.indent = 0
        self.kinds: dict[str, str] = {}
        self.frozen: set[str] = set()  # lists that are gone over
        self.counters = 0
        self.loops = 0
        self.depth = 0
        self.helpers: list[str] = []
        self.closures: list[str] = []
        self.changers: list[str] = []
        self.budget = random.randint(4, 30)
        self.result = random.choices(("scalar", "tuple", "list", "array"), (8, 3, 2, 3))[0]
        self.level = 0

    # ---- text ----
    def put(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, **weights):
        return self.random.choices(list(weights), list(weights.values()))[0]

    def module(self) -> str:
        for k in range(self.random.randint(0, 2)):
            self.write_helper(f"helper{k}")
        if self.chance(0.4):
            self.write_changer("change")
        self.put(f"def program({', '.join(PARAMETERS)}):")
        self.kinds = {"x": "array", "a": "float", "k": "int", "flag": "bool"}
        self.indent = 1
        for name in ("v0", "v1", "v2"):
            self.assign(name)
        while self.budget > 0:
            self.statement()
        self.write_return()
        return "\n".join(self.lines) + "\n"

    def write_helper(self, name: str) -> None:
        """Scalars in, a scalar out; may raise, may give None."""
        self.put(f"def {name}(p, q=2):")
        self.indent = 1
        self.kinds, result = {"p": "float", "q": "int"}, self.result
        self.result = "scalar"
        if self.chance(0.5):
            self.put(f"if {self.condition()}:")
            self.indented(self.write_return)
        if self.chance(0.4):
            self.put("for i in range(3):")
            self.indented(lambda: self.put(f"p = p + {self.number()}"))
        if self.chance(0.2):
            self.put(f"if {self.condition()}:")
            self.indented(lambda: self.put(f"raise {self.random.choice(ERRORS)}('helper')"))
        self.write_return()
        self.result, self.indent = result, 0
        self.helpers.append(name)

    def write_changer(self, name: str) -> None:
        """An array or list in, which it may change; that one, a part of it or a copy out."""
        self.put(f"def {name}(p):")
        self.kinds, self.indent = {"p": "list"}, 1
        if self.chance(0.4):
            self.put(f"if len(p) > {self.random.randint(0, 3)}:")
            self.indented(lambda: self.put(f"return {self.random.choice(['p', 'p[1:]'])}"))
        if self.chance(0.6):
            self.put(f"p[{self.random.choice([0, -1])}] = {self.number()}")
        self.put(f"return {self.random.choice(['p', 'p', 'p[:2]', 'p.copy()'])}")
        self.indent = 0
        self.changers.append(name)

    def indented(self, *actions) -> None:
        self.indent += 1
        for action in actions:
            action()
        self.indent -= 1

    # ---- names ----
    def named(self, *kinds) -> list[str]:
        return [n for n, k in self.kinds.items() if k in kinds]

    def name(self, *kinds) -> str | None:
        found = self.named(*kinds)
        return self.random.choice(found) if found else None

    def target(self) -> str:
        """A name to store a scalar in: an old one, or one more."""
        old = [n for n in self.named(*SCALARS) if n[0] == "v"]
        if old and self.chance(0.75):
            return self.random.choice(old)
        return f"v{len(self.kinds)}"

    # ---- expressions ----
    def expression(self, kind: str) -> str:
        if kind == "mixed":
            return self.random.choice(
                ["None", self.number(), self.condition(), self.number(), "None"]
            )
        return {"int": self.integer, "float": self.real, "bool": self.condition}[kind]()

    def deeper(self) -> bool:
        return self.level < 3 and self.chance(0.6)

    def nested(function):  # noqa: N805
        def write(self):
            self.level += 1
            try:
                return function(self)
            finally:
                self.level -= 1

        return write

    @nested
    def integer(self) -> str:
        if not self.deeper():
            name = self.name("int")
            return name if name and self.chance(0.7) else str(self.random.randint(-3, 7))
        integer, real = self.integer, self.real
        form = self.random.randint(0, 14)
        items = self.name("list", "array")
        if form < 4:
            return f"({integer()} {self.random.choice('+-*')} {integer()})"
        if form == 4:
            return f"({integer()} {self.random.choice(['//', '%'])} {integer()})"
        if form == 5 and items:
            return f"len({items})"
        if form == 6:
            return f"{self.random.choice(['min', 'max'])}({integer()}, {integer()})"
        if form == 7:
            return f"{self.random.choice(['abs', 'int', '-', '+'])}({integer()})"
        if form == 8:
            return f"int({real()})"
        if form == 9:
            return f"({integer()} if {self.condition()} else {integer()})"
        if form == 10 and items:
            return f"sum(1 for e in {items} if e {self.comparison()} {self.number()})"
        if form == 11:
            return f"({self.condition()} + {integer()})"
        if form == 12:
            return f"({integer()} {self.random.choice(['or', 'and'])} {integer()})"
        call = self.call()
        return f"int({call})" if call else integer()

    @nested
    def real(self) -> str:
        if not self.deeper():
            name = self.name("float")
            if name and self.chance(0.6):
                return name
            return self.random.choice(["0.0", "0.5", "-1.5", "2.0", "3.25", "1e3", "-0.0"])
        real = self.real
        form = self.random.randint(0, 14)
        array, items = self.name("array"), self.name("list")
        if form < 4:
            return f"({real()} {self.random.choice('+-*')} {self.number()})"
        if form == 4:
            return f"({self.number()} / {self.number()})"
        if form in (5, 6) and array:
            return f"{array}[{self.index(array)}]"
        if form == 7 and items:
            return f"{items}[{self.index(items)}]"
        if form == 8 and array:
            return self.random.choice(
                [f"np.sum({array})", f"{array}.max()", f"np.min({array})", f"{array}.sum()"]
            )
        if form == 9:
            return f"({real()} if {self.condition()} else {self.number()})"
        if form == 10:
            return f"{self.random.choice(['abs', 'float', '-', 'math.floor'])}({self.number()})"
        if form == 11:
            return f"({real()} {self.random.choice(['//', '%'])} {self.number()})"
        if form == 12:
            return f"{self.random.choice(['min', 'max'])}({real()}, {self.number()})"
        if form == 13:
            return f"({real()} {self.random.choice(['or', 'and'])} {real()})"
        return self.call() or real()

    def number(self) -> str:
        mixed = self.name("mixed")
        if mixed and self.chance(0.12):
            return mixed
        return self.integer() if self.chance(0.5) else self.real()

    def comparison(self) -> str:
        return self.random.choice(["<", "<=", ">", ">=", "==", "!="])

    @nested
    def condition(self) -> str:
        if not self.deeper():
            name = self.name("bool", "mixed")
            if name and self.chance(0.4):
                return name if self.kinds[name] == "bool" else f"{name} is not None"
            return f"{self.number()} {self.comparison()} {self.number()}"
        form = self.random.randint(0, 7)
        if form < 3:
            return f"({self.condition()} {self.random.choice(['and', 'or'])} {self.condition()})"
        if form == 3:
            return f"(not {self.condition()})"
        if form == 4:
            parts = self.number(), self.comparison(), self.number(), self.comparison()
            return f"({' '.join(parts)} {self.number()})"
        items = self.name("list")
        if form == 5 and items:
            return f"({self.number()} in {items})" if self.chance(0.5) else f"bool({items})"
        if form == 6:
            return f"bool(np.isnan({self.real()}))"
        array = self.name("array", "list")
        if form == 7 and array:
            test = f"e {self.comparison()} {self.number()}"
            return f"{self.random.choice(['any', 'all'])}({test} for e in {array})"
        return f"({self.number()} {self.comparison()} {self.number()})"

    def index(self, items: str) -> str:
        return self.pick(
            **{
                "0": 2,
                "-1": 2,
                self.integer(): 2,
                f"{self.integer()} % len({items})": 4,
                f"len({items}) - 1": 1,
            }
        )

    def bounds(self) -> str:
        parts = [self.integer() if self.chance(0.6) else "" for _ in range(2)]
        step = self.random.choice(["", "", "", ":2", ":-1"])
        return f"{parts[0]}:{parts[1]}{step}"

    def call(self) -> str | None:
        if self.closures and self.chance(0.5) and not self.frozen:
            return f"{self.random.choice(self.closures)}({self.number()})"
        if self.helpers:
            return f"{self.random.choice(self.helpers)}({self.number()}, {self.integer()})"
        return None

    # ---- statements ----
    def statement(self) -> None:
        self.budget -= 1
        forms = {"assign": 10, "augment": 4, "array": 2, "listing": 2, "store": 3}
        forms |= {"grow": 4, "pair": 1, "check": 1}
        if self.budget > 0:
            forms |= {"choice": 6}
        if self.budget > 0 and self.depth < 3:
            forms |= {"gone_over": 4, "repeat": 3, "attempt": 3}
        if self.depth:
            forms |= {"leave": 1, "fail": 1}
        if self.depth == 0 and len(self.closures) < 2:
            forms |= {"closure": 1}
        getattr(self, self.pick(**forms))()

    def block(self, most: int = 3) -> None:
        self.depth += 1
        self.indent += 1
        for _ in range(self.random.randint(1, most)):
            self.statement()
            if self.budget <= 0:
                break
        self.indent -= 1
        self.depth -= 1

    def pieces(self, *actions) -> None:
        """Each on what was before; afterwards a name is of a kind if all agree."""
        before = dict(self.kinds)
        ends = []
        for action in actions:
            self.kinds = dict(before)
            action()
            ends.append(self.kinds)
        self.kinds = {}
        for name in dict.fromkeys(n for e in ends for n in e):
            found = {e.get(name) for e in ends}
            if len(found) == 1:
                self.kinds[name] = found.pop()
            elif found <= {*SCALARS, None} and (None not in found or self.chance(0.1)):
                self.kinds[name] = "mixed"

    def assign(self, name: str = "") -> None:
        name = name or self.target()
        kind = self.kinds.get(name)
        if kind is None or self.chance(0.15):
            kind = self.pick(int=4, float=5, bool=2, mixed=1)
        self.put(f"{name} = {self.expression(kind)}")
        self.kinds[name] = kind

    def augment(self) -> None:
        name = next((n for n in self.named("int", "float") if n[0] == "v" and self.chance(0.5)), "")
        if not name:
            self.assign()
            return
        whole = self.kinds[name] == "int"
        value = self.integer() if whole else self.number()
        self.put(f"{name} {self.random.choice(['+=', '-=', '*='])} {value}")

    def pair(self) -> None:
        names = self.random.sample(["v0", "v1", "v2"], 2)
        kinds = [self.kinds.get(n, "float") for n in names]
        if any(k not in SCALARS for k in kinds):
            kinds = ["float", "float"]
        self.put(f"{', '.join(names)} = {', '.join(map(self.expression, kinds))}")
        self.kinds |= dict(zip(names, kinds, strict=True))

    def check(self) -> None:
        self.put(f"assert {self.condition()}")

    def array(self) -> None:
        old = self.name("array")
        if not old:
            return self.assign()
        name = self.random.choice(["y", "z"])
        mask = f"{old}[{old} {self.comparison()} {self.number()}]"
        form = self.pick(
            **{
                f"{old}.copy()": 3,
                f"np.zeros(len({old}))": 2,
                f"{old}[{self.bounds()}]": 4,
                f"{old} {self.random.choice('+-*')} {self.real()}": 2,
                mask: 1,
                f"np.array([e * 0.5 for e in {old}])": 1,
                f"np.asarray({old})": 0.5,
                f"{old}.reshape(-1)": 0.5,
                f"({old} if {self.condition()} else {self.name('array')})": 0.5,
                f"{self.changers[-1]}({old})" if self.changers else old: 1,
                old: 2,
            }
        )
        self.put(f"{name} = {form}")
        self.kinds[name] = "array"
        return None

    def listing(self) -> None:
        name = self.random.choice(["r", "s"])
        old = self.name("array", "list")
        forms = {"[]": 4, f"[{self.real()}, {self.real()}]": 2, f"[{self.integer()}]": 1}
        if old:
            test = f" if e {self.comparison()} {self.number()}" if self.chance(0.5) else ""
            forms[f"[e + {self.number()} for e in {old}{test}]"] = 2
            forms[f"[float(e) for e in {old}]"] = 1
        listed = self.name("list")
        if listed:
            forms |= {f"{listed}[{self.bounds()}]": 1, f"sorted({listed})": 1, listed: 2}
            forms[f"({listed} if {self.condition()} else {self.name('list')})"] = 0.5
            forms[f"{self.changers[-1]}({listed})" if self.changers else listed] = 1
        if name in self.frozen:
            name = f"r{len(self.kinds)}"
        self.put(f"{name} = {self.pick(**forms)}")
        self.kinds[name] = "list"

    def store(self) -> None:
        items = self.name("array", "list")
        if not items:
            return self.assign()
        if self.kinds[items] == "list":
            self.put(f"{items}[{self.index(items)}] = {self.number()}")
            return None
        form = self.pick(item=5, part=2, augmented=2, whole=1, mask=1)
        if form == "item":
            self.put(f"{items}[{self.index(items)}] = {self.number()}")
        elif form == "part":
            self.put(f"{items}[{self.bounds()}] = {self.number()}")
        elif form == "augmented":
            operator = self.random.choice(["+=", "-=", "*="])
            self.put(f"{items}[{self.index(items)}] {operator} {self.number()}")
        elif form == "whole":
            self.put(f"{items} {self.random.choice(['+=', '*='])} {self.real()}")
        else:
            self.put(f"{items}[{items} {self.comparison()} {self.number()}] = {self.number()}")
        return None

    def grow(self) -> None:
        items = self.name("list")
        if not items or self.frozen:
            return self.assign()
        form = self.pick(append=6, pop=2, first=1, insert=1, extend=1, reverse=1)
        if form == "append":
            self.put(f"{items}.append({self.number()})")
        elif form in ("pop", "first"):
            name = self.target()
            self.put(f"{name} = {items}.pop({'0' if form == 'first' else ''})")
            self.kinds[name] = "float"
        elif form == "insert":
            self.put(f"{items}.insert({self.integer()}, {self.number()})")
        elif form == "extend":
            self.put(f"{items} += [{self.number()}, {self.number()}]")
        else:
            self.put(f"{items}.reverse()")
        return None

    def choice(self) -> None:
        def other(head):
            self.put(head)
            self.block()

        self.put(f"if {self.condition()}:")
        actions = [self.block]
        if self.chance(0.3):
            actions.append(lambda: other(f"elif {self.condition()}:"))
        actions.append((lambda: other("else:")) if self.chance(0.6) else lambda: None)
        self.pieces(*actions)

    def looped(self, head: str, first=()) -> None:
        """A loop's body, now and then with an else; what it stores may be stored or not."""

        def body():
            for line in first:
                self.indented(lambda line=line: self.put(line))
            self.loops += 1
            self.block(4)
            if self.chance(0.4):
                self.indented(lambda: self.put(f"if {self.condition()}:"))
                word = self.random.choice(["break", "continue"])
                self.indent += 1
                self.indented(lambda: self.put(word))
                self.indent -= 1
            self.loops -= 1

        self.put(head)
        self.pieces(body, lambda: None)
        if self.chance(0.15):
            self.put("else:")
            self.pieces(self.block, lambda: None)

    def gone_over(self) -> None:
        """A for loop."""
        items = self.name("array", "list")
        self.counters += 1
        name = f"i{self.counters}"
        form = self.pick(range=4, bounds=2, items=4 if items else 0, places=3 if items else 0)
        frozen = set(self.frozen)
        if form == "range":
            self.kinds[name] = "int"
            head = f"for {name} in range({self.random.randint(0, 6)}):"
        elif form == "bounds":
            last = f"min({self.integer()}, 9)"
            head = f"for {name} in range({self.random.randint(-1, 3)}, {last}):"
            self.kinds[name] = "int"
        elif form == "items":
            head = f"for {name} in {items}:"
            self.kinds[name] = "float"
            if self.kinds[items] == "list":
                self.frozen.add(items)
        else:
            head = f"for {name}, e{self.counters} in enumerate({items}):"
            self.kinds |= {name: "int", f"e{self.counters}": "float"}
            if self.kinds[items] == "list":
                self.frozen.add(items)
        loop_kinds = {n: self.kinds[n] for n in (name, f"e{self.counters}") if n in self.kinds}
        self.looped(head)
        self.frozen = frozen
        for n in loop_kinds:
            if self.chance(0.85):
                self.kinds.pop(n, None)

    def repeat(self) -> None:
        """A while loop with a counter of its own."""
        self.counters += 1
        name = f"n{self.counters}"
        self.put(f"{name} = 0")
        self.kinds[name] = "int"
        test = f" and {self.condition()}" if self.chance(0.6) else ""
        self.looped(f"while {name} < {self.random.randint(1, 6)}{test}:", [f"{name} += 1"])

    def attempt(self) -> None:
        def caught():
            kinds = self.random.sample(ERRORS, self.random.randint(1, 2))
            if len(kinds) == 2 and self.chance(0.4):
                self.put(f"except ({', '.join(kinds)}):")
                self.block(2)
                return
            for kind in sorted(kinds, key=lambda k: k == "Exception"):
                self.put(f"except {kind}:")
                self.block(2)

        def body():
            self.put("try:")
            self.block()

        def otherwise():
            self.put("else:")
            self.block(2)

        actions = [body, caught]
        if self.chance(0.25):
            actions.append(otherwise)
        self.pieces(*actions)
        if self.chance(0.25):
            self.put("finally:")
            self.indented(self.assign if self.chance(0.1) else self.count)

    def count(self) -> None:
        """What a ``finally`` is for: it cannot raise."""
        self.put(f"last = {self.random.randint(0, 9)}")
        self.kinds["last"] = "int"

    def leave(self) -> None:
        """A jump, under a condition or not."""
        if self.loops and self.chance(0.6):
            self.put(f"if {self.condition()}:")
            self.indented(lambda: self.put(self.random.choice(["break", "continue"])))
        elif self.chance(0.6):
            self.put(f"if {self.condition()}:")
            self.indented(self.write_return)
        else:
            self.write_return()

    def fail(self) -> None:
        self.put(f"if {self.condition()}:")
        self.indented(lambda: self.put(f"raise {self.random.choice(ERRORS)}('no')"))

    def closure(self) -> None:
        name = f"inner{len(self.closures)}"
        stored = [n for n in self.named("int", "float") if n[0] == "v"]
        self.put(f"def {name}(p):")
        before = dict(self.kinds)
        self.kinds["p"] = "float"
        self.indent += 1
        if stored and self.chance(0.6):
            shared = self.random.choice(stored)
            self.put(f"nonlocal {shared}")
            self.put(f"{shared} = {shared} + {self.expression(self.kinds[shared])}")
        items = self.name("list")
        if items and self.chance(0.4):
            self.put(f"{items}.append({self.number()})")
        self.put(f"return {self.number()}")
        self.indent -= 1
        self.kinds = before
        self.closures.append(name)

    def write_return(self) -> None:
        scalars = self.named(*SCALARS)

        def scalar():
            if scalars and self.chance(0.7):
                return self.random.choice(scalars)
            return self.expression(self.pick(int=2, float=3, bool=1, mixed=1))

        if self.result == "tuple":
            things = [self.name("array", "list"), self.name("array", "list"), self.name("int")]
            value = f"{scalar()}, {', '.join(t or '0' for t in things)}"
        elif self.result == "list":
            value = self.name("list") or "[]"
        elif self.result == "array":
            value = self.name("array") or "x"
        else:
            value = scalar()
        self.put(f"return {value}")
