"""What can go wrong: refusals while compiling, differences found at export, and statuses of the library."""


class KowariError(Exception):
    """Base of this package's errors."""


class TraceError(KowariError):
    """Something in the Python source cannot be compiled faithfully.

    Parameters
    ----------
    reason
        What it is, and why it cannot be compiled.
    instead
        What to write instead, if there is a way.
    file, line, expression
        Where it stands in the user's source.
    """

    def __init__(
        self, reason: str, *, instead: str = "", file: str = "", line: int = 0, expression: str = ""
    ):
        self.reason, self.instead = reason, instead
        self.file, self.line, self.expression = file, line, expression
        where = f"{file}:{line}: " if file else ""
        shown = f"`{expression}`: " if expression else ""
        super().__init__(f"{where}{shown}{reason}" + (f"; instead: {instead}" if instead else ""))


class ParityError(KowariError):
    """The compiled model and Python disagree on an example; nothing was saved.

    Parameters
    ----------
    message
        Both answers, and the input.
    inputs
        The smallest input found on which they disagree, by name.
    output
        The output that differs, or "" when one of them raised.
    """

    def __init__(self, message: str, *, inputs: dict | None = None, output: str = ""):
        self.inputs, self.output = inputs or {}, output
        super().__init__(message)


class RunError(KowariError):
    """The library answered with a status other than OK.

    Attributes
    ----------
    status : str
        The status in words.
    type : str
        Name of Python's exception class when the model raised one, else "".
    name : str
        The input, output or size at fault, or "".
    needed : int
        Rows, slots or bytes that were missing.
    """

    def __init__(
        self,
        status: str,
        message: str,
        *,
        type: str = "",
        name: str = "",
        needed: int = 0,
        line: int = -1,
        file: str = "",
    ):
        self.status, self.type, self.name, self.needed = status, type, name, needed
        self.line, self.file, self.message = line, file, message
        where = f" ({file}:{line})" if line > 0 else ""
        super().__init__(f"{type + ': ' if type else status + ': '}{message}{where}")
