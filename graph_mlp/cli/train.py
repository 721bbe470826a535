"""`bin/train`: train a network, or resume an interrupted run."""

import argparse
import sys

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.cli.arguments import Parser, add_data, add_machine, add_settings, given_settings
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.runtime import timings
from graph_mlp.settings import BEYOND
from graph_mlp.tags import GRAMMAR, optimizer_tags, resolve_tag


def main(arguments: list[str]) -> int:
    """Parses the command line and trains."""
    args = parser().parse_args(arguments)
    # Before anything else is imported: a slip in the command line is answered at once.
    tag, given = resolve_tag(args.tag, given_settings(args))
    from graph_mlp.start import Options, start

    options = Options(
        saves=args.saves_dir, data_dir=args.data_dir, dataset=args.data, threads=args.threads or 0, device=args.device,
        overwrite=args.overwrite, keep_all=args.keep == 'all', histograms=args.histograms,
    )  # fmt: skip
    start(tag, given, options)
    if args.timings:
        print('\n'.join(timings.table()), file=sys.stderr)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; flags that are not given are None, so that a tag or a stored run can settle them."""
    parser = Parser('train', 'Trains a network, or resumes an interrupted run.', _tag_help())
    parser.add_argument('--tag', help='name of the run (default: spelled from the flags)')
    add_settings(parser.add_argument_group('model'), 'model')
    training = parser.add_argument_group('training')
    add_settings(training, 'training')
    add_machine(training)
    add_settings(parser.add_argument_group(BEYOND, "With the tag of a model they are part of the run's name."), BEYOND)
    data = parser.add_argument_group('data and files')
    add_data(data, 'MNIST where it can be had, else the digits')
    data.add_argument('--saves-dir', default='saves', metavar='DIR', help='default %(default)s')
    where = 'end with a table of where the seconds and the memory went, on stderr'
    data.add_argument('--timings', action='store_true', help=where)
    data.add_argument('--overwrite', action='store_true', help='start again, removing the run of this tag')
    add_kept(data)
    return parser


def add_kept(data: argparse._ArgumentGroup) -> None:
    """Adds the flags that say what is kept of a run."""
    data.add_argument(
        '--keep', choices=('few', 'all'), default='few',
        help='which training states: few (default) keeps the newest two and the best one, all those of every epoch',
    )  # fmt: skip
    data.add_argument('--histograms', action='store_true', help='weights and activations of every epoch in TensorBoard')


def _tag_help() -> str:
    examples = {
        'relu-300-100': 'two hidden layers of 300 and 100 units',
        'BN_elu-300-100': 'the same with batch norm and ELU',
        'PCA154_BN_elu-300-100': 'on 154 principal components instead of 784 pixels',
        **{f'BN_{one.tag}_elu-300-100': f'by {one.title}' for one in OPTIMIZERS.values() if one.tag},
    }
    lines = [f'  {tag:25} {meaning}' for tag, meaning in examples.items()]
    return '\n'.join([
        f'A tag names the run and spells its model: {GRAMMAR}',
        *lines,
        f'OPT is one of {", ".join(optimizer_tags())}, or left out for {next(iter(OPTIMIZERS.values())).title}; the',
        f'activation one of {", ".join(ACTIVATIONS)}. Any other tag is a label; the flags then spell the model.',
    ])  # fmt: skip
