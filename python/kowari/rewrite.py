"""Python source to the same source with calls, operators and stores made visible.

A function is re-read from its file; calls, operators, attributes, subscripts and stores become
hooks of the tracer (``_hook.call(f, x)`` for ``f(x)``), and it is compiled again with its own
globals, defaults and closure cells.  What is not hooked acts on recorded values through dunder methods, which all refuse.
"""

import __future__

import ast
import copy
import functools
import inspect
import linecache
import operator
import os
import types
from pathlib import Path

from .errors import TraceError

HOOK = "_kowari_hook"
_FACTORY, _FUNCTION = "_kowari_factory", "_kowari_function"
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
_UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}
_COMPARE = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


class _Hooks(ast.NodeTransformer):
    """Makes what a function does visible to the tracer."""

    def __init__(self, file: str, cells, class_name: str = ""):
        self.file = file
        self.cells = set(cells)
        self.class_name = class_name
        self.depth = 0

    def _hook(self, node, name: str, *arguments, keywords=()):
        # one line, so that Python gives the call the line where it starts
        place = {"lineno": node.lineno, "end_lineno": node.lineno, "col_offset": node.col_offset}
        place["end_col_offset"] = node.col_offset
        function = ast.Attribute(ast.Name(HOOK, ast.Load(), **place), name, ast.Load(), **place)
        return ast.copy_location(ast.Call(function, list(arguments), list(keywords)), node)

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return node
        return self._hook(node, "call", node.func, *node.args, keywords=node.keywords)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return self._hook(
            node, "binary", ast.Constant(BINARY[type(node.op)]), node.left, node.right
        )

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        name = _UNARY.get(type(node.op))
        return self._hook(node, "unary", ast.Constant(name), node.operand) if name else node

    def visit_Compare(self, node):
        self.generic_visit(node)
        identity = [isinstance(op, ast.Is | ast.IsNot) for op in node.ops]
        if len(node.ops) > 1:
            return (
                self._refuse(node, "a chain with `is`", "`and` between two comparisons")
                if any(identity)
                else node
            )
        if identity[0]:
            negated = ast.Constant(isinstance(node.ops[0], ast.IsNot))
            return self._hook(node, "is_same", node.left, node.comparators[0], negated)
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            negated = ast.Constant(isinstance(node.ops[0], ast.NotIn))
            return self._hook(node, "contains", node.comparators[0], node.left, negated)
        if type(node.ops[0]) in _COMPARE:
            name = ast.Constant(_COMPARE[type(node.ops[0])])
            return self._hook(node, "binary", name, node.left, node.comparators[0])
        return node

    def visit_Subscript(self, node):
        if not isinstance(node.ctx, ast.Load):
            self._refuse(
                node, "a store to an element among other targets", "a statement of its own"
            )
        self.generic_visit(node)
        return self._hook(node, "get_item", node.value, _as_expression(node.slice))

    def visit_Attribute(self, node):
        if not isinstance(node.ctx, ast.Load):
            self._refuse(
                node, "a store to an attribute would be baked into the file", "a local variable"
            )
        self.generic_visit(node)
        return self._hook(node, "get_attribute", node.value, ast.Constant(self._mangle(node.attr)))

    def visit_FormattedValue(self, node):
        self.generic_visit(node)
        node.value = self._hook(node.value, "known", node.value, ast.Constant("text made of"))
        return node

    def visit_Match(self, node):
        self._refuse(node, "match is not compiled", "if and elif")

    def visit_With(self, node):
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self._hook(item.context_expr, "context", item.context_expr)
        return node

    def _visit_fresh(self, node):
        """A display or comprehension makes an object that the function itself may change."""
        self.generic_visit(node)
        return (
            self._hook(node, "fresh", node)
            if isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
            else node
        )

    visit_List = visit_Dict = visit_Set = visit_ListComp = visit_DictComp = visit_SetComp = (
        _visit_fresh
    )
    visit_GeneratorExp = _visit_fresh

    def _visit_iteration(self, node):
        self.generic_visit(node)
        node.iter = self._hook(node.iter, "iterate", node.iter)
        return node

    visit_For = visit_comprehension = _visit_iteration

    def visit_Starred(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self._hook(node.value, "unpack", node.value)
        return node

    def visit_Assign(self, node):
        node.value = self.visit(node.value)
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            node.value = self._hook(node.value, "unpack", node.value)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            store = self._hook(
                node,
                "set_item",
                self.visit(target.value),
                _as_expression(self.visit(target.slice)),
                node.value,
            )
            return ast.copy_location(ast.Expr(store), node)
        node.targets = [self.visit(target) for target in node.targets]
        return node

    def visit_AugAssign(self, node):
        value = self.visit(node.value)
        if not isinstance(node.target, ast.Name):
            self._refuse(
                node, "an augmented store to an element or attribute", "a new value: x = x + ..."
            )
        load = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        call = self._hook(node, "augment", ast.Constant(BINARY[type(node.op)]), load, value)
        return ast.copy_location(ast.Assign([node.target], call), node)

    def visit_AnnAssign(self, node):
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return self.visit_Assign(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Global(self, node):
        self._refuse(
            node,
            "a store to a global would be baked into the file",
            "a parameter and a return value",
        )

    def visit_Nonlocal(self, node):
        if older := set(node.names) & self.cells:
            self._refuse(
                node,
                f"a store to {', '.join(sorted(older))} of an earlier call would be baked into the file",
            )
        return node

    def visit_Delete(self, node):
        self._refuse(node, "del is not compiled")

    def visit_Try(self, node):
        self._refuse(node, "an exception handler is not compiled", "np.where, or a check before")

    visit_TryStar = visit_Try

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

    def visit_FunctionDef(self, node):
        """Of the outermost function decorators and defaults have been applied: they come from the function object."""
        if self.depth == 0:
            node.decorator_list = []
        node.returns = None
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        node.decorator_list = [self._hook(d, "decorator", d) for d in node.decorator_list]
        return node

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


def show_source(file: str, line: int, end_line: int, column: int, end: int) -> str:
    """The source at a place; of several lines the first one."""
    text = linecache.getline(file, line).encode()
    shown = text[column : end if line == end_line else None].decode(errors="replace").strip()
    return shown if line == end_line else f"{shown} ..."


def _as_expression(node):
    """A subscript's slices as an expression: ``a:b`` becomes ``slice(a, b, None)``, unhooked."""
    if isinstance(node, ast.Slice):
        parts = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
        return ast.copy_location(
            ast.Call(ast.Attribute(ast.Name(HOOK, ast.Load()), "slice", ast.Load()), parts, []),
            node,
        )
    if isinstance(node, ast.Tuple):
        return ast.copy_location(
            ast.Tuple([_as_expression(e) for e in node.elts], ast.Load()), node
        )
    return node


def _find_source(function) -> tuple[ast.AST, str]:
    """The syntax tree of a function and its file."""
    code = function.__code__
    file = inspect.getsourcefile(function) or code.co_filename
    try:
        lines, _ = inspect.findsource(function)
    except OSError as error:
        raise TraceError(
            f"the source of {function.__qualname__} cannot be read",
            instead="define it in a file",
            file=file,
        ) from error
    source = "".join(lines)
    if code not in _compile_all(source, code.co_flags & _FUTURE):
        raise TraceError(
            f"the source of {function.__qualname__} is not what was loaded: the file changed since",
            instead="reload the module",
            file=file,
            line=code.co_firstlineno,
            expression=code.co_name,
        )
    for node in ast.walk(_parse(source)):
        first = min(
            (d.lineno for d in getattr(node, "decorator_list", [])),
            default=getattr(node, "lineno", 0),
        )
        if (
            isinstance(node, ast.FunctionDef)
            and first == code.co_firstlineno
            and node.name == code.co_name
        ):
            return node, file
        if (
            isinstance(node, ast.Lambda)
            and code.co_name == "<lambda>"
            and _is_lambda_of(node, code)
        ):
            return node, file
    raise TraceError(f"the source of {function.__qualname__} is not where its code says", file=file)


_FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)


@functools.lru_cache(maxsize=64)
def _compile_all(source: str, flags: int) -> list[types.CodeType]:
    """Every code object of a source; they compare by what they do, and by where they stand."""
    found = [compile(source, "", "exec", flags, dont_inherit=True)]
    for code in found:  # grows as it goes
        found += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return found


@functools.lru_cache(maxsize=64)
def _parse_once(source: str) -> ast.AST:
    return ast.parse(source)


def _parse(source: str) -> ast.AST:
    """A tree of its own for every caller: rewriting changes it."""
    return copy.deepcopy(_parse_once(source))


def _is_lambda_of(node: ast.Lambda, code) -> bool:
    """Several lambdas may stand on one line: the code's own positions tell which one it is."""
    body = node.body
    return any(
        line == body.lineno
        and end_line == body.end_lineno
        and column == body.col_offset
        and end == body.end_col_offset
        for line, end_line, column, end in code.co_positions()
    )


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
    node, file = _find_source(function)
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
    """The same function with its calls, operators and stores going through ``hook``.

    Parameters
    ----------
    function
        A Python function whose source can be read.
    hook
        The tracer: has ``call``, ``binary``, ``unary``, ``augment``, ``is_same``, ``contains``, ``iterate``, ``unpack``, ``get_item``, ``set_item``, ``get_attribute``,
        ``known``, ``context``, ``decorator``, ``fresh``, ``slice``.

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


def shorten(file: str, root: Path) -> str:
    """A path relative to the project, or its name alone: files must not tell where they were made."""
    if Path(os.path.expanduser("~")).resolve().is_relative_to(root):
        return Path(file).name
    try:
        return str(Path(file).resolve().relative_to(root))
    except ValueError:
        return Path(file).name
