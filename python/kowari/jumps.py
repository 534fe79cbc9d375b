"""Jumps taken out of a function's statements: return, break, continue and caught exceptions become flags.

What is left is if, while, for and with, whose bodies end where they end, so that the tracer can run
each body as a piece.  Where a branch always jumps, the rest of the block moves into the other branch;
a flag is only made where a branch may jump.  No statement is ever written twice.
"""

import ast

HIDDEN, HOOK = "_kowari_", "_kowari_hook"
"""What names made here begin with: they are defined wherever they are read."""
VALUE, RETURNED = HIDDEN + "value", HIDDEN + "returned"
_QUIET = (ast.Pass, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Nonlocal)


class Attempt(ast.stmt):
    """``flag = the clause that caught what the body raised, from 1 on, or 0``; ``clauses`` names their types."""

    _fields = ("clauses", "body")

    def __init__(self, flag, body, clauses):
        super().__init__()
        self.flag, self.body, self.clauses = flag, body, clauses


class Loop(ast.stmt):
    """``for target in iter`` as long as ``test``, if there is one, holds."""

    _fields = ("target", "iter", "test", "body")

    def __init__(self, target, iter, test, body):
        super().__init__()
        self.target, self.iter, self.test, self.body = target, iter, test, body


def remove_jumps(node: ast.FunctionDef) -> None:
    """Rewrites the body of a function; those inside of it are left as they are."""
    _Jumps().rewrite(node)


def load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def assign(name: str, value: ast.expr, at: ast.AST) -> ast.Assign:
    """``name = value`` at the place of another node."""
    return copy_place(ast.Assign([ast.Name(name, ast.Store())], value), at)


def copy_place(new: ast.AST, at: ast.AST) -> ast.AST:
    """The new node and what is new inside of it, at the place of another one; what has a place is as it was."""
    waiting = [new]
    for part in waiting:  # grows as it goes
        if isinstance(part, ast.expr | ast.stmt) and not hasattr(part, "lineno"):
            ast.copy_location(part, at)
        waiting += (p for p in ast.iter_child_nodes(part) if not hasattr(p, "lineno"))
    return new


def _unless(flags, body, at) -> list:
    """The body, if none of the flags is set."""
    if not flags or not body:
        return body
    test = [ast.UnaryOp(ast.Not(), load(f)) for f in sorted(flags)]
    test = test[0] if len(test) == 1 else ast.BoolOp(ast.And(), test)
    return [copy_place(ast.If(test, body, []), at)]


def can_raise(node) -> bool:
    kinds = (ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Attribute)
    kinds += (ast.Raise, ast.Starred, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
    return any(
        isinstance(n, kinds) or isinstance(n, ast.Tuple | ast.List) and isinstance(n.ctx, ast.Store)
        for n in ast.walk(node)
    )


def _always_jumps(statements: list) -> bool:
    last = statements[-1] if statements else None
    if isinstance(last, ast.If):
        return _always_jumps(last.body) and _always_jumps(last.orelse)
    if isinstance(last, ast.With):
        return _always_jumps(last.body)
    return isinstance(last, ast.Return | ast.Break | ast.Continue)


def _is_store(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


class _Jumps:
    def __init__(self):
        self.count = 0
        self.loops: list[tuple[str, str]] = []  # the flags of break and continue
        self.tries: list[str] = []  # their flags, innermost last
        self.unsure: set[str] = set()  # names that may not be bound where they are read

    def rewrite(self, function):
        pieces = [n for s in function.body if hasattr(s, "body") for n in ast.walk(s)]
        self.unsure = {n.id for n in pieces if isinstance(n, ast.Name) and _is_store(n)}
        end = copy_place(ast.Return(ast.Constant(None)), function.body[-1])
        body, _, _ = self.block([*function.body, end])
        last = copy_place(ast.Return(load(VALUE)), end)
        body = [assign(RETURNED, ast.Constant(False), function), *body, last]
        function.body = _drop_unread(body)

    def may_raise(self, node) -> bool:
        """May it raise, were it only that a variable is not bound?"""
        names = (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not _is_store(n))
        return can_raise(node) or any(name in self.unsure for name in names)

    def new(self, what: str) -> str:
        self.count += 1
        return f"{HIDDEN}{what}{self.count}"

    def block(self, statements: list) -> tuple[list, set, bool]:
        """The statements without jumps, the flags that may be set at their end, and whether one always is."""
        done: list = []
        for at, statement in enumerate(statements):
            rest = statements[at + 1 :]
            if isinstance(statement, ast.If):
                more, flags, always = self.choice(statement, rest)
                return done + more, flags, always
            new, flags, always = self.statement(statement)
            done += new
            if always:
                return done, flags, True
            if flags:
                more, further, always = self.block(rest)
                return (
                    done + _unless(flags, more, statement),
                    flags | further,
                    always and bool(rest),
                )
        return done, set(), False

    def choice(self, node, rest):
        if self.tries and self.may_raise(node.test):
            name = self.new("test")
            again = copy_place(ast.If(load(name), node.body, node.orelse), node)
            return self.block([assign(name, node.test, node), again, *rest])
        then, other = node.body, node.orelse
        ends = _always_jumps(then), _always_jumps(other)
        if ends == (True, False):
            other, rest = [*other, *rest], []
        elif ends == (False, True):
            then, rest = [*then, *rest], []
        then, then_flags, then_always = self.block(then)
        other, other_flags, other_always = self.block(other)
        new = ast.If(node.test, then or [copy_place(ast.Pass(), node)], other)
        result, flags = [ast.copy_location(new, node)], then_flags | other_flags
        if then_always and other_always:
            return result, flags, True
        more, further, always = self.block(rest)
        return result + _unless(flags, more, node), flags | further, always

    def statement(self, node) -> tuple[list, set, bool]:
        if isinstance(node, ast.Return):
            value = assign(VALUE, node.value or ast.Constant(None), node)
            flag = assign(RETURNED, ast.Constant(True), node)
            new, flags, _ = self.guarded(value)
            return [*new, *_unless(flags, [flag], node)], flags | {RETURNED}, True
        if isinstance(node, ast.Break | ast.Continue):
            flag = getattr(node, "flag", self.loops[-1][isinstance(node, ast.Continue)])
            return [assign(flag, ast.Constant(True), node)], {flag}, True
        if isinstance(node, ast.While | ast.For):
            return self.loop(node)
        if isinstance(node, ast.With):
            node.body, flags, always = self.block(node.body)
            return [node], flags, always
        if isinstance(node, ast.Try):
            return self.attempt(node)
        return self.guarded(node)

    def loop(self, node):
        ended = self.new("ended")
        if self.tries and isinstance(node, ast.While) and self.may_raise(node.test):
            leave = ast.Break()
            leave.flag = ended  # no break: an else runs
            stop = copy_place(ast.If(ast.UnaryOp(ast.Not(), node.test), [leave], []), node)
            node = ast.copy_location(
                ast.While(ast.Constant(True), [stop, *node.body], node.orelse), node
            )
            node = copy_place(node, node)
        before, outer = [], set()
        if self.tries and isinstance(node, ast.For) and self.may_raise(node.iter):
            name = self.new("iter")
            before, outer, _ = self.guarded(assign(name, node.iter, node))
            node.iter = copy_place(load(name), node.iter)
        stopped, skipped = self.new("break"), self.new("continue")
        self.loops.append((stopped, skipped))
        body, flags, _ = self.block(node.body)
        self.loops.pop()
        flags.discard(skipped)
        body = [assign(skipped, ast.Constant(False), node), *body]
        tests = [ast.UnaryOp(ast.Not(), load(f)) for f in sorted(flags)]
        if isinstance(node, ast.While):
            always = isinstance(node.test, ast.Constant) and node.test.value
            tests += [] if always and tests else [node.test]
            test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
            new = copy_place(ast.While(test, body, []), node)
        else:
            test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests) if tests else None
            new = copy_place(Loop(node.target, node.iter, test, body), node)
        other, further, _ = self.block(node.orelse)
        result = [assign(flag, ast.Constant(False), node) for flag in (stopped, ended)]
        flags.discard(ended)
        result += [new, *_unless(flags, other, node)]
        flags = (flags - {stopped}) | further
        return [*before, *_unless(outer, result, node)], flags | outer, False

    # ---- exceptions: a statement that may raise is an attempt, and its flag a jump to the handlers ----
    def guarded(self, node):
        if not self.tries or isinstance(node, _QUIET) or not self.may_raise(node):
            return [node], set(), False
        flags = set()
        for flag in reversed(self.tries):
            node = copy_place(Attempt(flag, [node], load(_clauses(flag))), node)
            flags.add(flag)
        return [node], flags, False

    def attempt(self, node):
        caught = self.new("caught")
        types = [h.type or ast.Name("BaseException", ast.Load()) for h in node.handlers]
        start = assign(_clauses(caught), ast.Tuple(types, ast.Load()), node)
        result = [start, assign(caught, ast.Constant(0), node)]
        if node.handlers:
            self.tries.append(caught)
        body, flags, always = self.block(node.body)
        if node.handlers:
            self.tries.pop()
        always = always and caught not in flags
        chain = node.orelse
        for k, handler in reversed(list(enumerate(node.handlers, 1))):
            taken = handler.body
            if handler.name:
                exception = ast.Attribute(load(HOOK), "caught", ast.Load())
                taken = [assign(handler.name, exception, handler), *taken]
            test = ast.Compare(load(caught), [ast.Eq()], [ast.Constant(k)])
            chain = [copy_place(ast.If(test, taken, chain), handler)]
        if caught not in flags:
            chain = node.orelse
        flags.discard(caught)
        more, further, ends = self.block(chain)
        result += [*body, *_unless(flags, more, node)]
        flags |= further
        last, further, finally_ends = self.block(node.finalbody)
        always = always or finally_ends or (ends and bool(chain))
        return result + last, flags | further, always


def _clauses(flag: str) -> str:
    return flag.replace("caught", "clauses")


def _drop_unread(body: list) -> list:
    """Without the stores to flags that nothing reads."""
    read = {
        n.id
        for s in body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }

    class Drop(ast.NodeTransformer):
        def visit_Assign(self, node):
            target = node.targets[0]
            unread = (
                isinstance(target, ast.Name)
                and target.id.startswith(HIDDEN)
                and target.id not in read
                and isinstance(node.value, ast.Constant)
            )
            return None if unread else node

    kept = [s for s in map(Drop().visit, body) if s is not None]
    for node in (n for s in kept for n in ast.walk(s)):
        if isinstance(getattr(node, "body", None), list) and not node.body:
            node.body = [copy_place(ast.Pass(), node)]
    return kept
