"""What a command reports in one line, with an exit status, instead of a traceback."""

import re
import sys
from pathlib import Path


class GraphMLPError(Exception):
    """An error that the user can correct; the message says what was wrong, what was expected and what to do."""

    exit_status = 1


class UsageError(GraphMLPError):
    """The command line or the configuration asks for something that does not exist or contradicts itself."""

    exit_status = 2


class DataError(GraphMLPError):
    """Images, labels or a PCA file are missing, damaged or not what they claim to be."""


class CheckpointError(GraphMLPError):
    """A checkpoint is missing, damaged or of another network."""


class RunError(GraphMLPError):
    """A run cannot start, resume or be written to disk."""


class Interrupted(GraphMLPError):
    """A signal asked the run to end, and everything that it had open is closed.

    `exit_status` is 128 + the signal's number, as a shell reports it: 130 for SIGINT, 143 for SIGTERM.
    """

    def __init__(self, signal_number: int, message: str):
        super().__init__(message)
        self.signal_number = signal_number
        self.exit_status = 128 + signal_number


def reason(error: BaseException) -> str:
    """Why an operation failed, in one line: of an error of the operating system, of TensorFlow or of Python.

    TensorFlow puts where the operation was defined before the reason, and hints after it.
    """
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename}: {error.strerror}' if error.filename else error.strerror
    if not hasattr(error, 'message'):  # which TensorFlow's own have
        return (' '.join(str(error).split()) or type(error).__name__)[:300]
    lines = [line.strip() for line in str(error.message).splitlines()]
    nodes = [number for number, line in enumerate(lines) if line.startswith('Node: ')]
    lines = lines[nodes[-1] + 1 :] if nodes else lines
    reasons = (line for line in lines if line and not line.endswith('root error(s) found.'))
    return re.sub(r'^\(\d\) [A-Z_]+: ', '', next(reasons, type(error).__name__))[:300]


def as_typed(text: str) -> str:
    """A text that names commands as bin/COMMAND, in the form in which this process was called.

    That is bin/train from a checkout, and `graph-mlp train` where pip installed the package.
    """
    is_installed = Path(sys.argv[0]).name == 'graph-mlp'  # what bin/train starts is graph_mlp/__main__.py
    return re.sub(r'\bbin/([a-z]+)\b', r'graph-mlp \1', text) if is_installed else text
