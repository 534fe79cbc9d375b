"""Python source to the same source with calls, operators, stores and control flow made visible.

A function is re-read from its file; calls, operators, attributes, subscripts and stores become
hooks of the tracer (``_hook.call(f, x)`` for ``f(x)``), the bodies of if, while and for become
functions that it runs, and all is compiled again with its own globals, defaults and closure cells.
What is not hooked acts on recorded values through dunder methods, which all refuse.
"""

import ast
import functools
import sys
import types

from .desugar import BINARY, Desugar, as_expression, cell_of, find_cells, hook, is_hook
from .errors import TraceError
from .jumps import HIDDEN, HOOK, assign, copy_place, load, remove_jumps
from .scopes import find_pieces, mark_live, own_nodes, parameters, stored
from .source import find_source, shorten, show_source

_FACTORY, _FUNCTION = "_kowari_factory", "_kowari_function"
_UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}
_COMPARE = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


class _Hooks(ast.NodeTransformer):
    """Makes what a function does visible to the tracer."""

    def __init__(self, file: str, cells, class_name: str = ""):
        self.file = file
        self.older = set(cells)
        self.class_name = class_name
        self.depth = 0
        self.inside = 0  # lambdas and comprehensions around here
        self.cells: set[str] = set()
        self.guarded: set[str] = set()
        self.locals: set[str] = set()
        self.parameters: list[str] = []
        self.count = 0

    def _hook(self, node, name: str, *arguments, keywords=()):
        # one line, so that Python gives the call the line where it starts
        place = {"lineno": node.lineno, "end_lineno": node.lineno, "col_offset": node.col_offset}
        place["end_col_offset"] = node.col_offset
        function = ast.Attribute(ast.Name(HOOK, ast.Load(), **place), name, ast.Load(), **place)
        call = ast.copy_location(ast.Call(function, list(arguments), list(keywords)), node)
        return copy_place(call, node)

    def _later(self, body, names=()):
        """The expression as a function that the tracer calls when it needs the value."""
        arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
        return copy_place(ast.Lambda(arguments, body), body)

    # ---- expressions ----
    def visit_Call(self, node):
        if is_hook(node):
            if node.func.attr == "set_attribute":
                node.args[2] = ast.Constant(self._mangle(node.args[2].value))
            node.args = [self.visit(a) for a in node.args]
            return node
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
            node.args = [load("__class__"), load(self.parameters[0])] if self.parameters else []
            return copy_place(node, node)
        self.generic_visit(node)
        return self._hook(node, "call", node.func, *node.args, keywords=node.keywords)

    def visit_Name(self, node):
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.id in self.cells:
            return self._hook(node, "read", load(cell_of(node.id)), ast.Constant(node.id))
        if node.id in self.guarded and not node.id.startswith(HIDDEN):
            return self._hook(node, "load", node, ast.Constant(node.id), ast.Constant(self.inside))
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return self._hook(
            node, "binary", ast.Constant(BINARY[type(node.op)]), node.left, node.right
        )

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            return self._hook(node, "negate", self._test(node.operand))
        self.generic_visit(node)
        name = ast.Constant(_UNARY[type(node.op)])
        return self._hook(node, "unary", name, node.operand)

    def _test(self, node):
        """An expression of which only the truth is wanted."""
        if isinstance(node, ast.BoolOp):
            return self._decide(node, only_truth=True)
        if isinstance(node, ast.Compare):
            return self._compare(node, only_truth=True)
        return self.visit(node)

    def visit_BoolOp(self, node):
        return self._decide(node, only_truth=False)

    def _decide(self, node, only_truth: bool):
        parts = [self._test(v) if only_truth else self.visit(v) for v in node.values]
        stop = ast.Constant(isinstance(node.op, ast.Or))
        later = [self._later(p) for p in parts]
        return self._hook(node, "decide", stop, ast.Constant(only_truth), *later)

    def visit_IfExp(self, node):
        test, then, other = self._test(node.test), self.visit(node.body), self.visit(node.orelse)
        return self._hook(node, "choose", test, self._later(then), self._later(other))

    def visit_Compare(self, node):
        return self._compare(node, only_truth=False)

    def _compare(self, node, only_truth: bool):
        self.generic_visit(node)
        names = [ast.Constant(_COMPARE[type(op)]) for op in node.ops]
        if len(names) == 1:
            return self._hook(node, "compare", names[0], node.left, node.comparators[0])
        pairs = [
            copy_place(ast.Tuple([n, self._later(c)], ast.Load()), node)
            for n, c in zip(names, node.comparators, strict=True)
        ]
        return self._hook(node, "chain", ast.Constant(only_truth), node.left, *pairs)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        return self._hook(node, "get_item", node.value, as_expression(node.slice))

    def visit_Slice(self, node):
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and node.value.id == HOOK:
            return node
        self.generic_visit(node)
        return self._hook(node, "get_attribute", node.value, ast.Constant(self._mangle(node.attr)))

    def visit_JoinedStr(self, node):
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(part)
            else:
                spec = self.visit(part.format_spec) if part.format_spec else ast.Constant("")
                whole = [self.visit(part.value), ast.Constant(part.conversion), spec]
                parts.append(copy_place(ast.Tuple(whole, ast.Load()), node))
        return self._hook(node, "text", *parts)

    def _visit_fresh(self, node):
        """A display makes an object that the function itself may change."""
        self.generic_visit(node)
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return node
        return self._hook(node, "fresh", node)

    visit_List = visit_Dict = visit_Set = _visit_fresh

    def visit_Starred(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self._hook(node.value, "spread", node.value)
        return node

    def visit_Lambda(self, node):
        outer = self._enter(parameters(node.args), set())
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1
        self.cells, self.guarded, self.parameters, self.locals = outer
        return node

    def _enter(self, names, cells):
        outer = self.cells, self.guarded, self.parameters, self.locals
        self.cells = (self.cells - set(names)) | cells
        self.guarded = self.guarded - set(names)
        return outer

    # ---- comprehensions: functions of functions, whose loops the tracer runs ----
    def _visit_comprehension(self, node, kind: str, *results):
        targets = {n for g in node.generators for n in stored([g.target])}
        first = self.visit(node.generators[0].iter)  # belongs to the scope outside
        outer = self._enter(targets, set())
        own_scope = kind == "generator" or sys.version_info < (3, 12)
        self.inside += own_scope
        body = self._hook(node, "emit", load(HIDDEN + "all"), *(self.visit(r) for r in results))
        for at, generator in reversed(list(enumerate(node.generators))):
            for test in reversed(generator.ifs):
                body = self._hook(test, "when", self._test(test), self._later(body))
            iterable = first if at == 0 else self.visit(generator.iter)
            turn = self._bind(generator.target, body)
            body = self._hook(node, "each", iterable, turn)
        self.inside -= own_scope
        self.cells, self.guarded, self.parameters, self.locals = outer
        return self._hook(
            node, "comprehend", ast.Constant(kind), self._later(body, [HIDDEN + "all"])
        )

    def _bind(self, target, body):
        """``lambda target: body``, where a target may be a tuple of targets."""
        if isinstance(target, ast.Name):
            return self._later(body, [target.id])
        if not isinstance(target, ast.Tuple | ast.List) or any(
            isinstance(t, ast.Starred) for t in target.elts
        ):
            self._refuse(target, "this target of a comprehension is not compiled", "plain names")
        self.count += 1
        item = f"{HIDDEN}item{self.count}"
        names = [
            t.id if isinstance(t, ast.Name) else f"{item}_{k}" for k, t in enumerate(target.elts)
        ]
        for name, part in zip(names, target.elts, strict=True):
            if not isinstance(part, ast.Name):
                body = copy_place(ast.Call(self._bind(part, body), [load(name)], []), target)
        parts = ast.Starred(
            hook("unpack", load(item), ast.Constant(len(names)), ast.Constant(None))
        )
        parts.ctx = ast.Load()
        call = ast.Call(self._later(body, names), [parts], [])
        return self._later(copy_place(call, target), [item])

    def visit_ListComp(self, node):
        return self._visit_comprehension(node, "list", node.elt)

    def visit_SetComp(self, node):
        return self._visit_comprehension(node, "set", node.elt)

    def visit_GeneratorExp(self, node):
        return self._visit_comprehension(node, "generator", node.elt)

    def visit_DictComp(self, node):
        return self._visit_comprehension(node, "dict", node.key, node.value)

    # ---- statements ----
    def _piece(self, node, name: str, body: list, arguments=()) -> ast.FunctionDef:
        """The statements as a function that stores this function's variables."""
        self.count += 1
        names = sorted((stored(body) & self.locals) - set(arguments))
        statements = [s for b in body for s in _as_list(self.visit(b))]
        outer = [ast.Nonlocal(names)] if names else []
        args = ast.arguments([], [ast.arg(a) for a in arguments], None, [], [], None, [])
        piece = ast.FunctionDef(
            f"{HIDDEN}{name}{self.count}", args, outer + (statements or [ast.Pass()]), [], None
        )
        return copy_place(piece, node)

    def _state(self, node) -> tuple[list, ast.expr]:
        """Statements that make, and an expression that is, a view on the variables to merge, and to take back."""
        live = sorted(node.live & self.locals)
        inside = stored([*node.body, *getattr(node, "orelse", [])])
        names = [*live, *sorted((inside & self.locals) - node.live)]
        if not names:
            return [], copy_place(ast.Constant(None), node)
        self.count += 1
        setter, given = f"{HIDDEN}set{self.count}", HIDDEN + "given"
        targets = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
        store = [ast.Nonlocal(names), ast.Assign([targets], load(given))]
        arguments = ast.arguments([], [ast.arg(given)], None, [], [], None, [])
        define = copy_place(ast.FunctionDef(setter, arguments, store, [], None), node)
        values = ast.Tuple([load(n) for n in names], ast.Load())
        getter = ast.Lambda(_NO_ARGUMENTS, values)
        listed = ast.Tuple([ast.Constant(n) for n in live], ast.Load())
        return [define], copy_place(hook("state", listed, getter, load(setter)), node)

    def visit_If(self, node):
        test = self._test(node.test)
        before, state = self._state(node)
        then = self._piece(node, "then", node.body)
        other = self._piece(node, "else", node.orelse)
        call = self._hook(node, "branch", test, load(then.name), load(other.name), state)
        return [*before, then, other, copy_place(ast.Expr(call), node)]

    def visit_While(self, node):
        test = self._later(self._test(node.test))
        before, state = self._state(node)
        body = self._piece(node, "body", node.body)
        call = self._hook(node, "loop", test, load(body.name), state)
        return [*before, body, copy_place(ast.Expr(call), node)]

    def visit_Loop(self, node):
        iterable = self.visit(node.iter)
        before, state = self._state(node)
        body = self._piece(node, "body", node.body, [node.target.id])
        test = self._later(self._test(node.test)) if node.test else ast.Constant(None)
        call = self._hook(node, "each", iterable, load(body.name), state, test)
        return [*before, body, copy_place(ast.Expr(call), node)]

    def visit_Attempt(self, node):
        before, state = self._state(node)
        body = self._piece(node, "try", node.body)
        call = self._hook(node, "attempt", load(body.name), node.clauses, state)
        return [*before, body, assign(node.flag, call, node)]

    def visit_Raise(self, node):
        error = [self.visit(node.exc)] if node.exc else []
        return copy_place(ast.Expr(self._hook(node, "throw", *error)), node)

    def visit_With(self, node):
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self._hook(item.context_expr, "context", item.context_expr)
        return node

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant):
            return node
        self.generic_visit(node)
        return node

    # ---- what is not compiled ----
    def visit_Match(self, node):
        self._refuse(node, "match is not compiled", "if and elif")

    def visit_TryStar(self, node):
        self._refuse(node, "except* is not compiled", "except")

    def visit_Global(self, node):
        self._refuse(
            node,
            "a store to a global would be baked into the file",
            "a parameter and a return value",
        )

    def visit_Nonlocal(self, node):
        return copy_place(ast.Pass(), node)

    def _refuse(self, node, reason, instead=""):
        raise TraceError(
            reason,
            instead=instead,
            file=self.file,
            line=node.lineno,
            expression=show_source(
                self.file, node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
            ),
        )

    visit_Yield = visit_YieldFrom = visit_Await = visit_AsyncFor = visit_AsyncWith = (
        lambda self, node: self._refuse(
            node, "generators and coroutines are not compiled", "a list"
        )
    )

    # ---- functions and classes ----
    def visit_FunctionDef(self, node):
        """Of the outermost function decorators and defaults have been applied: they come from the function object."""
        if self.depth == 0:
            node.decorator_list = []
        node.returns = None
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        decorators = [self.visit(d) for d in node.decorator_list]
        self._visit_defaults(node.args)
        self._visit_body(node)
        node.decorator_list = [self._hook(d, "decorator", d) for d in decorators]
        return node

    def _visit_defaults(self, arguments):
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]

    def _visit_body(self, node):
        cells, declared = find_cells(node)
        if older := declared - self.cells:
            place = next(n for n in own_nodes(node.body) if isinstance(n, ast.Nonlocal))
            self._refuse(
                place,
                f"a store to {', '.join(sorted(older))} of an earlier call would be baked into the file",
            )
        given = parameters(node.args)
        outer = self._enter((set(given) | stored(node.body)) - declared, cells | declared)
        self.parameters = given
        desugar = Desugar(self.cells, self._refuse)
        node.body = [s for b in node.body for s in _as_list(desugar.visit(b))]
        remove_jumps(node)
        mark_live(node)
        self.locals = set(given) | stored(node.body)
        self.guarded = stored(find_pieces(node)) - set(given)
        self.depth += 1
        body = [s for b in node.body for s in _as_list(self.visit(b))]
        self.depth -= 1
        node.body = self._definitions(node, cells, given) + body
        self.cells, self.guarded, self.parameters, self.locals = outer

    def _definitions(self, node, cells, given) -> list:
        """Variables that pieces store exist from the start; cells begin as parameters, or undefined."""
        undefined = ast.Attribute(load(HOOK), "undefined", ast.Load())
        result = [assign(n, undefined, node) for n in sorted(self.guarded)]
        for name in sorted(cells):
            value = load(name) if name in given else undefined
            result.append(assign(cell_of(name), hook("cell", value), node))
        return result

    def visit_ClassDef(self, node):
        outer, self.class_name = self.class_name, node.name
        self.generic_visit(node)
        self.class_name = outer
        return node

    def _mangle(self, name: str) -> str:
        """Python's private names: ``__x`` inside class C is ``_C__x``."""
        if not name.startswith("__") or name.endswith("__") or not self.class_name:
            return name
        return f"_{self.class_name.lstrip('_')}{name}"


def _as_list(thing) -> list:
    return thing if isinstance(thing, list) else [] if thing is None else [thing]


def _as_function(node) -> ast.FunctionDef:
    if isinstance(node, ast.Lambda):
        body = [ast.copy_location(ast.Return(node.body), node)]
        return ast.copy_location(
            ast.FunctionDef(
                name=_FUNCTION, args=node.args, body=body, decorator_list=[], returns=None
            ),
            node,
        )
    return node


def _drop_defaults(arguments: ast.arguments) -> None:
    """Defaults come from the function object; here they only have to be as many."""
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [d and ast.Constant(None) for d in arguments.kw_defaults]


def _find_code(code: types.CodeType, name: str) -> types.CodeType:
    return next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == name)


def _class_of(function) -> str:
    """The class whose body holds the function, by its qualified name: it decides what private names mean."""
    parts = function.__qualname__.split(".")
    return parts[-2] if len(parts) > 1 and parts[-2] != "<locals>" else ""


def is_rewritten(code: types.CodeType) -> bool:
    """Does it hook already, or was it defined inside of what does?"""
    return code.co_qualname.startswith(_FACTORY)


@functools.lru_cache(maxsize=1024)
def _rewrite_code(function) -> types.CodeType:
    node, file = find_source(function)
    tree = _as_function(node)
    _drop_defaults(tree.args)
    inner = list(function.__code__.co_freevars)
    tree = _Hooks(file, inner, _class_of(function)).visit(tree)
    tree.name = _FUNCTION  # its own name may be that of a global which it calls
    factory = ast.FunctionDef(
        name=_FACTORY,
        args=ast.arguments([], [ast.arg(n) for n in [HOOK, *inner]], None, [], [], None, []),
        body=[tree],
        decorator_list=[],
    )
    module = ast.fix_missing_locations(ast.Module([factory], []))
    code = _find_code(_find_code(compile(module, file, "exec"), _FACTORY), _FUNCTION)
    return code.replace(co_name=function.__code__.co_name)


def rewrite(function: types.FunctionType, hook) -> types.FunctionType:
    """The same function with its calls, operators, stores and control flow going through ``hook``.

    Parameters
    ----------
    function
        A Python function whose source can be read.
    hook
        The tracer, whose methods under "hooks" are called.

    Raises
    ------
    TraceError
        At the line that cannot be compiled.
    """
    if is_rewritten(function.__code__):
        return function
    code = _rewrite_code(function)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    cells[HOOK] = types.CellType(hook)
    rewritten = types.FunctionType(
        code,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells[name] for name in code.co_freevars),
    )
    rewritten.__kwdefaults__ = function.__kwdefaults__
    rewritten.__qualname__ = function.__qualname__
    return rewritten


__all__ = ["is_rewritten", "rewrite", "shorten", "show_source"]
