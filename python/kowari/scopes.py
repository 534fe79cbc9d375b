"""Which local variables a statement stores, and which of them are read later: what branches merge and loops carry."""

import ast

from .jumps import Attempt, Loop

_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a]
    return [a.arg for a in every]


def stored(nodes) -> set[str]:
    """Names that these statements bind in their own scope."""
    names: set[str] = set()
    for node in nodes:
        _collect_stores(node, names)
    return names


def _collect_stores(node, names) -> None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        names.add(node.name)
        return
    if isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
        return
    if hasattr(node, "stores"):
        names |= node.stores
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        names.add(node.id)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        names.update((a.asname or a.name).split(".")[0] for a in node.names)
    elif isinstance(node, Attempt):
        names.add(node.flag)
    for child in ast.iter_child_nodes(node):
        _collect_stores(child, names)


def loaded(node) -> set[str]:
    """Names that are read anywhere inside, functions and comprehensions included."""
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)
    }


def captured(nodes) -> set[str]:
    """Names that functions defined inside read: they may be called at any time."""
    return {
        name for s in nodes for n in ast.walk(s) if isinstance(n, _SCOPES) for name in loaded(n)
    }


def own_nodes(statements):
    """Nodes of a scope, without those of the functions inside of it; a node before what is in it."""
    waiting = list(statements)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(ast.iter_child_nodes(node))


def find_pieces(function: ast.FunctionDef) -> list:
    """Each if, while, for and attempt of the function itself, an inner one before that around it."""
    return [n for n in own_nodes(function.body) if isinstance(n, PIECES)][::-1]


PIECES = (ast.If, ast.While, Loop, Attempt)


def mark_live(function: ast.FunctionDef) -> None:
    """Gives each if, loop and attempt of a function without jumps ``.stores``, and ``.live``: what of it is read later."""
    for piece in find_pieces(function):
        piece.stores = stored([piece])
    always = captured(function.body)
    _Live(always).block(function.body, set(always))


class _Live:
    def __init__(self, always: set):
        self.always = always

    def block(self, statements, out: set) -> set:
        """What is live before the statements, given what is behind them."""
        for statement in reversed(statements):
            out = self.statement(statement, out)
        return out

    def statement(self, node, out: set) -> set:
        if isinstance(node, ast.If):
            return self.choice(node, out)
        if isinstance(node, ast.While | Loop):
            return self.loop(node, out)
        if isinstance(node, Attempt):
            before = self.block(node.body, set(out)) | out
            node.live = self.keep(node.body, out) - {node.flag}
            return (before - {node.flag}) | loaded(node.clauses)
        if isinstance(node, ast.With):
            inside = self.block(node.body, out)
            return inside.union(*(loaded(i) for i in node.items))
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return (out - {node.name}) | loaded(node)
        return (out - self.killed(node)) | loaded(node) | self.always

    def killed(self, node) -> set:
        return (
            stored([node]) if isinstance(node, ast.Assign | ast.Import | ast.ImportFrom) else set()
        )

    def keep(self, body, out: set) -> set:
        return stored(body) & (out | self.always)

    def choice(self, node, out):
        before = self.block(node.body, set(out)) | self.block(node.orelse, set(out))
        node.live = self.keep([*node.body, *node.orelse], out)
        return before | loaded(node.test)

    def loop(self, node, out):
        parts = [node.test] if isinstance(node, ast.While) or node.test else []
        head = out.union(*(loaded(p) for p in parts))
        target = stored([node.target]) if isinstance(node, Loop) else set()
        while True:
            more = head | (self.block(node.body, set(head)) - target)
            if more == head:
                break
            head = more
        node.live = self.keep(node.body, head)
        return head | (loaded(node.iter) if isinstance(node, Loop) else set())
