"""What a command reports in one line, with an exit status, instead of a traceback."""


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
    """A run cannot start, go on or be written to disk."""


class Interrupted(GraphMLPError):
    """A signal asked the run to end, and everything that it had open is closed.

    `exit_status` is 128 + the signal's number, as a shell reports it: 130 for SIGINT, 143 for SIGTERM.
    """

    def __init__(self, signal_number: int, message: str):
        super().__init__(message)
        self.exit_status = 128 + signal_number
