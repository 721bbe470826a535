"""`graph-mlp COMMAND ...`: finds the command, and turns every error into one line and an exit status."""

import errno
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence

from graph_mlp import __version__
from graph_mlp.errors import GraphMLPError, as_typed, reason

COMMANDS = {
    'train': 'train a network, or resume an interrupted run',
    'evaluate': 'measure a checkpoint',
    'predict': 'say which digits pictures show',
    'export': 'write a model for other programs, or as a web page to draw on',
    'study': 'compare models or settings over several seeds, or repeat the 2017 Analysis',
    'compare': 'a table of runs, and their curves',
    'benchmark': 'time training against other programs',
    'tf1': 'run an unchanged TensorFlow 1.x program',
    'tensorboard': "TensorBoard, with TensorBoard's own arguments",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status: 0, 1 for failures, 2 for usage, 130 or 143 after a signal."""
    _open_standard_streams()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] in ('-h', '--help', '--version'):
        lines = [f'  {name:12} {purpose}' for name, purpose in COMMANDS.items()]
        usage = ['usage: graph-mlp COMMAND ...', '', *lines, '', 'graph-mlp COMMAND --help shows its flags']
        print(f'graph-mlp {__version__}' if arguments == ['--version'] else '\n'.join(usage))
        return 0 if arguments else 2
    name = arguments.pop(0)
    if name not in COMMANDS:
        return _fail(f'graph-mlp: there is no command {name!r}; choose from {", ".join(COMMANDS)}', 2)
    command: Callable[[list[str]], int] = importlib.import_module(f'graph_mlp.cli.{name}').main
    try:
        return command(arguments)
    except GraphMLPError as error:
        if '--debug' in arguments:
            raise
        return _fail(f'{name}: {" ".join(str(error).split()) or type(error).__name__}', error.exit_status)
    except KeyboardInterrupt:
        return _fail(f'{name}: interrupted', 128 + signal.SIGINT)
    except BrokenPipeError:  # the reader of stdout has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:
        if '--debug' in arguments:
            raise
        return _fail(f'{name}: {reason(error)}{_advice(error, name)}', 1)


def _open_standard_streams() -> None:
    """Opens /dev/null for closed stdin, stdout and stderr, whose places the next files opened would take."""
    closed = []
    for number, name, mode in ((0, 'stdin', 'r'), (1, 'stdout', 'w'), (2, 'stderr', 'w')):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, encoding='utf-8', closefd=False))  # noqa: SIM115 (stays open)
            closed.append(name)
    if 'stdout' in closed:
        print('warning: standard output is closed: what would be printed there is lost', file=sys.stderr)


def _fail(message: str, status: int) -> int:
    print(as_typed(message), file=sys.stderr)
    return status


def _advice(error: BaseException, command: str) -> str:
    if isinstance(error, MemoryError):
        return ': not enough memory; choose a smaller network or fewer images'
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        resume = 'the same command, without --overwrite, resumes from the last epoch'
        return f': make room on the disk, then {resume if command == "train" else "type the same command again"}'
    return '' if isinstance(error, OSError) else f' ({type(error).__name__}); --debug shows where'
