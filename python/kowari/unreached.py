"""Which branches no input ran: the lines that Python ran, against the decisions that are left to the model's run."""

import ast
import contextlib
import linecache
import sys


class Lines:
    """The lines that Python runs in the files where decisions stand.

    Parameters
    ----------
    decisions
        (file, line) of what was traced as a piece: sides of branches, bodies of loops, statements in a try.
    """

    def __init__(self, decisions: set[tuple[str, int]]):
        self.decisions = decisions
        self.files = {file for file, _ in decisions}
        self.ran: set[tuple[str, int]] = set()
        self.counted = True

    @contextlib.contextmanager
    def watched(self):
        """Notes the lines that run inside, unless a debugger or a coverage tool does such a thing already."""
        if sys.gettrace() is not None:
            self.counted = not self.files
            yield
            return
        if self.files:
            sys.settrace(self._note)
        try:
            yield
        finally:
            sys.settrace(None)

    def _note(self, frame, event, argument):
        place = frame.f_code.co_filename, frame.f_lineno
        if place[0] not in self.files:
            return None
        self.ran.add(place)
        return self._note

    def find_unreached(self) -> list[tuple[str, int, int]]:
        """(file, first line, last line) of each side of a decision that never ran, though the decision did."""
        if not self.counted:
            return []
        return sorted({side for file in self.files for side in self._find_in(file)})

    def _find_in(self, file: str):
        for node in ast.walk(ast.parse("".join(linecache.getlines(file)))):
            for first, last in _read_sides(node, {n for f, n in self.decisions if f == file}):
                decided = any((file, n) in self.ran for n in range(node.lineno, first))
                if decided and not any((file, n) in self.ran for n in range(first, last + 1)):
                    yield file, first, last


def _read_sides(node, decided: set[int]) -> list[tuple[int, int]]:
    """First and last lines of a statement's sides, if it is decided when the model runs."""
    if isinstance(node, ast.If | ast.While | ast.For):
        sides = [node.body, node.orelse] if node.lineno in decided else []
    elif isinstance(node, ast.Try):
        tried = range(node.lineno, node.body[-1].end_lineno + 1)
        sides = [h.body for h in node.handlers] if decided.intersection(tried) else []
    else:
        sides = []
    return [(side[0].lineno, side[-1].end_lineno) for side in sides if side]
