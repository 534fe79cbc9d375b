"""Statements in fewer forms: every store is to one name, element or attribute; assert is if and raise.

Variables that several functions store (``nonlocal``, and what ``:=`` binds inside an expression) become cells, objects
that the tracer watches as it does lists.
"""

import ast

from .jumps import HIDDEN, HOOK, assign, can_raise, copy_place, load
from .scopes import own_nodes, parameters, stored

BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}


def hook(name: str, *arguments, keywords=()) -> ast.Call:
    """A call of the tracer, without a place yet."""
    return ast.Call(ast.Attribute(load(HOOK), name, ast.Load()), list(arguments), list(keywords))


def is_hook(node) -> bool:
    """Is it a call of the tracer?"""
    function = getattr(node, "func", None)
    owner = getattr(function, "value", None)
    return isinstance(owner, ast.Name) and owner.id == HOOK


def as_expression(node):
    """A subscript's slices as an expression: ``a:b`` becomes the tracer's ``slice(a, b, None)``."""
    if isinstance(node, ast.Slice):
        parts = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
        return copy_place(hook("slice", *parts), node)
    if isinstance(node, ast.Tuple):
        elements = [as_expression(e) for e in node.elts]
        return ast.copy_location(ast.Tuple(elements, ast.Load()), node)
    return node


def find_cells(function: ast.FunctionDef) -> tuple[set[str], set[str]]:
    """Names that become cells of this function, and those that it declares nonlocal."""
    declared, bound = set(), set(parameters(function.args)) | stored(function.body)
    walrus = set()
    for node in own_nodes(function.body):
        if isinstance(node, ast.Nonlocal):
            declared.update(node.names)
        elif isinstance(node, ast.NamedExpr):
            walrus.add(node.target.id)
    inner = {
        name
        for s in function.body
        for n in ast.walk(s)
        if isinstance(n, ast.Nonlocal)
        for name in n.names
    }
    return ((inner & bound) | walrus) - declared, declared


def cell_of(name: str) -> str:
    return f"{HIDDEN}cell_{name}"


class Desugar(ast.NodeTransformer):
    """Over the statements of one function."""

    def __init__(self, cells: set, refuse):
        self.cells, self.refuse, self.count = cells, refuse, 0

    def new(self, what: str) -> str:
        self.count += 1
        return f"{HIDDEN}{what}_{self.count}"

    def visit_FunctionDef(self, node):
        return node

    visit_ClassDef = visit_Lambda = visit_FunctionDef

    def store(self, target, value: ast.expr, at) -> list:
        """``target = value``: the value is computed first."""
        if isinstance(target, ast.Name):
            if target.id in self.cells:
                return [copy_place(ast.Expr(self.write(target.id, value)), at)]
            return [assign(target.id, value, at)]
        if isinstance(target, ast.Subscript):
            call = hook("set_item", value, target.value, as_expression(target.slice))
            return [copy_place(ast.Expr(call), at)]
        if isinstance(target, ast.Attribute):
            call = hook("set_attribute", value, target.value, ast.Constant(target.attr))
            return [copy_place(ast.Expr(call), at)]
        return self.unpack(target.elts, value, at)

    def unpack(self, targets, value, at) -> list:
        starred = [k for k, t in enumerate(targets) if isinstance(t, ast.Starred)]
        where = starred[0] if starred else None
        parts = hook("unpack", value, ast.Constant(len(targets)), ast.Constant(where))
        targets = [t.value if isinstance(t, ast.Starred) else t for t in targets]
        if all(isinstance(t, ast.Name) and t.id not in self.cells for t in targets):
            names = [ast.Name(t.id, ast.Store()) for t in targets]
            return [copy_place(ast.Assign([ast.Tuple(names, ast.Store())], parts), at)]
        name = self.new("parts")
        result = [assign(name, parts, at)]
        for k, target in enumerate(targets):
            result += self.store(target, hook("pick", load(name), ast.Constant(k)), at)
        return result

    def write(self, name, value):
        return hook("write", load(cell_of(name)), value)

    def visit_Assign(self, node):
        self.generic_visit_value(node)
        if len(node.targets) == 1:
            return self.store(node.targets[0], node.value, node)
        name = self.new("shared")
        stores = [s for t in node.targets for s in self.store(t, load(name), node)]
        return [assign(name, node.value, node), *stores]

    def generic_visit_value(self, node):
        node.value = self.visit(node.value)

    def visit_AnnAssign(self, node):
        if node.value is None:
            return copy_place(ast.Pass(), node)
        return self.visit_Assign(copy_place(ast.Assign([node.target], node.value), node))

    def visit_AugAssign(self, node):
        target, before = node.target, []
        if isinstance(target, ast.Name):
            old = copy_place(load(target.id), node)
        else:
            owner = self.new("owner")
            before = [assign(owner, target.value, node)]
            if isinstance(target, ast.Subscript):
                key = self.new("key")
                before.append(assign(key, as_expression(target.slice), node))
                target = ast.Subscript(load(owner), load(key), ast.Store())
                old = ast.Subscript(load(owner), load(key), ast.Load())
            else:
                target = ast.Attribute(load(owner), node.target.attr, ast.Store())
                old = ast.Attribute(load(owner), node.target.attr, ast.Load())
        operator = ast.Constant(BINARY[type(node.op)])
        value = copy_place(hook("augment", operator, old, self.visit(node.value)), node)
        return before + self.store(target, value, node)

    def visit_NamedExpr(self, node):
        return copy_place(self.write(node.target.id, self.visit(node.value)), node)

    def visit_For(self, node):
        self.generic_visit(node)
        item = self.new("item")
        stores = self.store(node.target, load(item), node.target)
        node.target = ast.copy_location(ast.Name(item, ast.Store()), node.target)
        node.body = stores + node.body
        return node

    def visit_With(self, node):
        self.generic_visit(node)
        for item in node.items:
            target = item.optional_vars
            if target is not None and not (
                isinstance(target, ast.Name) and target.id not in self.cells
            ):
                self.refuse(node, "this `with ... as` is not compiled", "a plain name")
        return node

    def visit_Try(self, node):
        inside = [n for s in node.finalbody for n in ast.walk(s)]
        jumps = any(isinstance(n, ast.Return | ast.Break | ast.Continue) for n in inside)
        if jumps or any(map(can_raise, node.finalbody)):
            self.refuse(
                node.finalbody[0],
                "a `finally` that may raise or jump, which hides the exception that it is run for",
                "the statement behind the try, where nothing else is caught",
            )
        return self.generic_visit(node)

    def visit_Assert(self, node):
        self.generic_visit(node)
        message = [node.msg] if node.msg else []
        error = ast.Call(ast.Name("AssertionError", ast.Load()), message, [])
        test = ast.UnaryOp(ast.Not(), node.test)
        return copy_place(ast.If(test, [ast.Raise(error, None)], []), node)

    def visit_Delete(self, node):
        result = []
        for target in node.targets:
            if isinstance(target, ast.Name):
                result += self.store(
                    target, ast.Attribute(load(HOOK), "undefined", ast.Load()), node
                )
            elif isinstance(target, ast.Subscript):
                call = hook("delete", target.value, as_expression(target.slice))
                result.append(copy_place(ast.Expr(call), node))
            else:
                self.refuse(node, "del of an attribute is not compiled")
        return result
