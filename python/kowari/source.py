"""Finding the source of a function: its syntax tree, its file, and what stands at a place."""

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


def show_source(file: str, line: int, end_line: int, column: int, end: int) -> str:
    """The source at a place; of several lines the first one."""
    text = linecache.getline(file, line).encode()
    shown = text[column : end if line == end_line else None].decode(errors="replace").strip()
    return shown if line == end_line else f"{shown} ..."


def find_source(function) -> tuple[ast.AST, str]:
    """The syntax tree of a function, which rewriting may change, and its file."""
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
            return copy.deepcopy(node), file
        if (
            isinstance(node, ast.Lambda)
            and code.co_name == "<lambda>"
            and _is_lambda_of(node, code)
        ):
            return copy.deepcopy(node), file
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
def _parse(source: str) -> ast.AST:
    return ast.parse(source)


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


@functools.lru_cache(maxsize=1024)
def shorten(file: str, root: Path) -> str:
    """A path relative to the project, or its name alone: files must not tell where they were made."""
    if Path(os.path.expanduser("~")).resolve().is_relative_to(root):
        return Path(file).name
    try:
        return str(Path(file).resolve().relative_to(root))
    except ValueError:
        return Path(file).name
