"""Where the tracer is in the user's source, and what goes wrong there: every refusal gets a file, a line and an expression."""

import contextlib
import gc
import sys
import traceback

from .errors import TraceError
from .graph import ShapeError
from .recorded import Raised, Recorded, active, promoted
from .rewrite import is_rewritten, shorten, show_source
from .rules import is_own, may_run


class Places:
    """The part of the tracer that knows places: a mixin, over ``program`` and ``root``."""

    def _find(self, frames):
        """Line, code and instruction of the first rewritten function among the frames; None if there is none."""
        for frame, line in frames:
            if is_rewritten(frame.f_code) and not is_own(frame):
                return line, frame.f_code, frame.f_lasti
        return None

    def _locate(self, found) -> tuple[int, str, str]:
        """Line, file and expression of what was found."""
        if found is None:
            return 0, "", ""
        line, code, instruction = found
        return line, shorten(code.co_filename, self.root), _expression(code, instruction)

    def note_decision(self) -> None:
        """What is traced now is decided when the model runs."""
        for frame, line in traceback.walk_stack(sys._getframe(1)):
            if is_rewritten(frame.f_code) and not is_own(frame):
                self.program.decisions.add((frame.f_code.co_filename, line))
                return

    @contextlib.contextmanager
    def watched(self):
        """Refuses Python functions that are reached without a hook: special methods, callbacks, descriptors.

        What they do - count, read the clock - would be done once, now, and its result be baked into the file.
        """
        strayed: list[TraceError] = []
        known: dict[int, object] = {}  # code that may run: asking takes longer than running it

        def watch(frame, event, argument):
            if event != "call" or id(frame.f_code) in known or strayed:
                return
            if may_run(frame):
                known[id(frame.f_code)] = frame.f_code
            else:
                name = f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_qualname}"
                reason = f"{name} would run now only, not when the model runs"
                strayed.append(TraceError(reason, instead="a call of it by name"))
                raise strayed[0]

        before, collects = sys.getprofile(), gc.isenabled()
        older = dict(promoted)
        promoted.clear()
        active.append(self)
        gc.disable()  # finalizers of others are not the function's doing
        sys.setprofile(watch)
        try:
            yield
        finally:
            sys.setprofile(before)
            active.pop()
            promoted.clear()
            promoted.update(older)
            if collects:
                gc.enable()
        if strayed:  # whoever called it may have caught the exception
            raise strayed[0]

    @contextlib.contextmanager
    def unwatched(self):
        """Runs nothing of the user's: without the watcher, which makes every call slow."""
        watch = sys.getprofile()
        sys.setprofile(None)
        try:
            yield
        finally:
            sys.setprofile(watch)

    def finish(self, action):
        """Does something outside of every branch, where an exception would be that of every run."""
        try:
            return self._guard(action)
        except Raised as error:
            reason = f"Python raised {error.type.__name__} while compiling: {error.message}"
            line, file, expression = error.place
            raise TraceError(reason, file=file, line=line, expression=expression) from None

    def here(self) -> tuple[int, str, str]:
        """Line, file and expression of the user's that is traced now."""
        return self._locate(self._find(traceback.walk_stack(sys._getframe(1))))

    def raised(self, type, message) -> Raised:
        """An exception of the traced function, with its place."""
        error = Raised(type, message)
        error.place = self.here()
        return error

    def python(self, action):
        """Something concrete: what Python raises is the function's own exception."""
        try:
            return action()
        except (TraceError, Raised, ShapeError, RecursionError, MemoryError):
            raise
        except Exception as error:
            if Recorded.__name__ in str(error):  # NumPy met one where no hook saw it
                raise TraceError(
                    "a value that is known only when the model runs in an array or function of NumPy"
                ) from error
            raise self.raised(type(error), str(error)) from error

    def _guard(self, action):
        found = self._find(traceback.walk_stack(sys._getframe(1)))
        if found:
            self.program.location = found[0], shorten(found[1].co_filename, self.root)
        try:
            return action()
        except Raised:
            raise
        except TraceError as error:
            if error.file:
                raise
            line, file, expression = self._locate_error(error, found)
            raise TraceError(
                error.reason, instead=error.instead, file=file, line=line, expression=expression
            ) from None
        except Exception as error:
            line, file, expression = self._locate_error(error, found)
            known = isinstance(error, ShapeError)
            reason = (
                str(error)
                if known
                else f"Python raised {type(error).__name__} while compiling: {error}"
            )
            raise TraceError(reason, file=file, line=line, expression=expression) from (
                None if known else error
            )

    def _locate_error(self, error, found):
        """Where what no hook sees was refused: the innermost rewritten function that the error went through.

        Else what was found; where the function has returned, its last place.
        """
        inner = self._find(reversed(list(traceback.walk_tb(error.__traceback__))))
        if inner or found:
            return self._locate(inner or found)
        return (*self.program.location, "")


def _expression(code, instruction: int) -> str:
    """The source of the call that a frame is in."""
    line, end_line, column, end = list(code.co_positions())[instruction // 2]
    return "" if line is None else show_source(code.co_filename, line, end_line, column, end)
