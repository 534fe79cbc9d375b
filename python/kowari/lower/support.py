"""The tables of docs/writing.md, made from the lowerings: what is compiled, with which arguments.

``python -m kowari.lower.support docs/writing.md`` writes them into the page.
"""

import inspect
import re
import sys
from pathlib import Path

import numpy as np

from ..recorded import attributes, lowerings

OPERATORS = "+ - * / // % ** @ == != < <= > >= & | ^ ~"
HEADS = ("functions and operators", "methods and attributes")


def name_function(function) -> str:
    """``np.linalg.norm``, ``np.add.reduce``, ``len``."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_function(owner)}.{function.__name__}"
    module = "" if function.__module__ == "builtins" else f"{function.__module__}."
    return module.replace("numpy.", "np.", 1) + function.__name__


def show_argument(parameter: inspect.Parameter) -> str:
    text = "*" * (parameter.kind is parameter.VAR_POSITIONAL) + parameter.name
    default = parameter.default
    if default is parameter.empty or type(default) is object:  # an object of its own: "not given"
        return text
    return f"{text}={getattr(default, '__name__', None) or repr(default)}"


def show_arguments(lowering, hidden: int) -> str:
    """A lowering's arguments without the first ones."""
    shown: list[str] = []
    for parameter in list(inspect.signature(lowering).parameters.values())[hidden:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not any(s[0] == "*" for s in shown):
            shown.append("*")
        shown.append(show_argument(parameter))
    return ", ".join(shown)


def is_public(function) -> bool:
    """Hooks of operators go by a text; what only lowerings call is at home here."""
    return not isinstance(function, str) and not str(function.__module__).startswith(__package__)


def list_functions() -> dict[str, str]:
    """Names to arguments."""
    return {
        name_function(f): show_arguments(low, 1) for f, low in lowerings.items() if is_public(f)
    }


def list_attributes() -> dict[str, str]:
    return {
        name: f"({show_arguments(lowering, 2)})" if is_method else "attribute"
        for name, (is_method, lowering) in attributes.items()
    }


def make_table(head: str, listed: dict[str, str], first: str = "") -> str:
    """Markdown: a row for each list of arguments, with all the names that take it."""
    rows: dict[str, list[str]] = {}
    for name, arguments in listed.items():
        rows.setdefault(arguments, []).append(name)
    lines = [f"| {head} | arguments |", "|---|---|", *([first] if first else [])]
    for arguments, names in rows.items():
        shown = arguments if arguments == "attribute" else f"`{arguments}`" if arguments else ""
        lines.append(f"| `{' '.join(names)}` | {shown} |")
    return "\n".join(lines)


def make_tables() -> list[str]:
    signs = OPERATORS.replace("|", "\\|")
    first = f"| `{signs}`, subscripts | |"
    return [make_table(HEADS[0], list_functions(), first), make_table(HEADS[1], list_attributes())]


def replace_tables(page: str) -> str:
    """The page with its two tables as they are now."""
    for head, table in zip(HEADS, make_tables(), strict=True):
        old = re.search(rf"^\| {head} \|.*?(?=\n\n)", page, re.S | re.M)
        page = page[: old.start()] + table + page[old.end() :]
    return page


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(replace_tables(path.read_text()))
