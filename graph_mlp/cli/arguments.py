"""What the command lines have in common."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.config import DATASETS, settings
from graph_mlp.errors import DataError, as_typed

if TYPE_CHECKING:
    from graph_mlp.data.dataset import Dataset
    from graph_mlp.store.checkpoint import Checkpoint


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit status 2; no abbreviations, so that a new flag breaks no script."""

    def __init__(self, command: str, description: str, epilog: str | None = None):
        formatter = argparse.RawDescriptionHelpFormatter if epilog else argparse.HelpFormatter
        shared: dict[str, Any] = {'allow_abbrev': False, 'formatter_class': formatter}
        super().__init__(as_typed(f'bin/{command}'), description=description, epilog=epilog, **shared)
        self.add_argument('--debug', action='store_true', help='show the traceback of an error')

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As argparse does, but refuses `--flag=--`, of which argparse makes an empty list."""
        for argument in args or ():
            if argument.startswith('--') and argument.endswith('=--'):
                self.error(f'{argument}: -- is no value')
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Ends the process."""
        command = re.split('[/ ]', self.prog)[-1]
        self.exit(2, f'{command}: {message}; {self.prog} --help shows every flag\n')


def add_settings(group: argparse._ArgumentGroup, name: str, without: Collection[str] = ()) -> None:
    """Adds the flag of every field of RunConfig in the group `name`; a flag that is not given is None.

    Args: group, where `--help` shows them; name, 'model', 'training' or BEYOND; without, fields that are left out.
    """
    for one in settings().values():
        if one.flag is None or one.group != name or one.name in without:
            continue
        is_said = one.default in (None, ()) or 'default' in one.help
        default = '' if is_said else f' (default {one.spelled(one.default).replace("-", " ")})'
        shared: dict[str, Any] = {'dest': one.name, 'default': None, 'help': f'{one.help}{default}'.replace('%', '%%')}
        if one.kind is bool:
            group.add_argument(f'--{one.flag}', action=argparse.BooleanOptionalAction, **shared)
        elif one.kind is tuple:
            group.add_argument(f'--{one.flag}', nargs='+', action=_Joined, metavar=one.metavar, **shared)
        elif one.choices:
            group.add_argument(f'--{one.flag}', choices=tuple(one.choices), **shared)
        else:
            group.add_argument(f'--{one.flag}', type=one.read, metavar=one.metavar, **shared)


def given_settings(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of RunConfig whose flags were given."""
    named = {name: getattr(args, name, None) for name in settings()}
    return {name: value for name, value in named.items() if value is not None}


class _Joined(argparse.Action):
    """Takes `--hidden 300 100`, `--hidden 300-100` and `--hidden 300,100` alike, and so every tuple."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        one = settings()[self.dest]
        setattr(namespace, self.dest, one.read(one.separator.join(values or ())))


def add_data(group: argparse._ArgumentGroup | argparse.ArgumentParser, default: str) -> None:
    """Adds the flags that say which images to use."""
    group.add_argument(
        '--data-dir',
        metavar='PATH',
        help="MNIST's four files or IDX files like them, an .npz file, or a folder of pictures for each class "
        "(default: $GRAPH_MLP_DATA, else the user's cache folder, downloaded once)",
    )
    group.add_argument('--dataset', dest='data', choices=DATASETS, help=f'default: {default}')


def add_machine(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Adds the flags that say what to compute on."""
    group.add_argument('--threads', type=threads, metavar='N', help='CPU threads (default: all cores)')
    group.add_argument(
        '--device', choices=('auto', 'cpu', 'gpu'), default='auto', help='default: a GPU where it is the faster one'
    )


def add_checkpoint(parser: argparse.ArgumentParser, **how: Any) -> None:
    """Adds the flags that say which network to restore; `how` is required or has a default."""
    shown = ' (default %(default)s)' if 'default' in how else ''
    place = f'the checkpoint: its prefix, its folder or one of its files{shown}'
    parser.add_argument('--ckpt', type=Path, help=place, **how)
    parser.add_argument('--activation', choices=ACTIVATIONS, help='needed where the checkpoint has no .json')
    projection = '.npz with mean and components, of a checkpoint without its own'
    parser.add_argument('--pca', type=Path, metavar='FILE', help=projection)


def positive(text: str, most: int = 10**6) -> int:
    """A whole number from 1 to `most`, for `type=`."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{value} is not a positive whole number')
    if value > most:
        raise argparse.ArgumentTypeError(f'{text:.40}: choose at most {most}')
    return value


def threads(text: str) -> int:
    """A number of threads, for `type=`."""
    return positive(text, 4096)


def figure_file(text: str) -> Path:
    """A path that ends in .png or .svg, for `type=`."""
    if not text.endswith(('.png', '.svg')):
        raise argparse.ArgumentTypeError(f'{text}: a figure is a .png or .svg file')
    return Path(text)


def checkpoint_dataset(args: argparse.Namespace, checkpoint: Checkpoint) -> Dataset:
    """The data that the flags name, or that the checkpoint's manifest does; raises DataError."""
    from graph_mlp.data.mnist import load_dataset

    # A manifest that names the digits settles the data; what names MNIST or nothing must not fall back on them.
    manifest = None if args.data_dir else checkpoint.manifest  # a folder that is named is what is meant
    name = args.data or (manifest.config.dataset if manifest else 'mnist')
    if name not in DATASETS and not (args.data_dir or os.environ.get('GRAPH_MLP_DATA')):
        raise DataError(
            f"{args.ckpt} was trained on data of the user's own ({name}): name their folder or file by --data-dir, or "
            'another data set by --dataset'
        )
    return load_dataset(name, args.data_dir)
