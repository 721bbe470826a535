"""`bin/train`: train a network, or go on with an interrupted run."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.cli.arguments import Parser, add_data, add_machine, add_pca, positive
from graph_mlp.config import RunConfig
from graph_mlp.optimizers import OPTIMIZERS
from graph_mlp.runtime.startup import quiet_tensorflow
from graph_mlp.runtime.timings import Timings, process_started
from graph_mlp.runtime.tuning import PRODUCTS
from graph_mlp.runtime.xla_cache import use_xla_cache
from graph_mlp.session.signals import Stop
from graph_mlp.tags import GRAMMAR, optimizer_tags, resolve_tag


def main(arguments: list[str]) -> int:
    """Parses the command line and trains."""
    timings = Timings(started=process_started())
    args = parser().parse_args(arguments)
    # Before anything else is imported: a slip in the command line is answered at once.
    tag, fields = resolve_tag(args.tag, {name: getattr(args, name, None) for name in RunConfig.__dataclass_fields__})
    with Stop() as stop:
        from graph_mlp.session.options import Options
        from graph_mlp.session.start import start

        options = Options(
            tag=tag,
            fields=fields,
            saves=args.saves_dir,
            data_dir=args.data_dir,
            dataset=args.data,
            init_ckpt=args.init_ckpt,
            pca=args.pca,
            steps_per_run=args.steps_per_run,
            threads=args.threads,
            products=args.products,
            device=args.device,
            overwrite=args.overwrite,
            keep_all=args.keep == 'all',
            histograms=args.histograms,
        )
        timings.begin('data')
        with start(options) as run_start:
            if run_start is not None:
                timings.begin('import')
                products = options.products_of(run_start.identity)
                is_compiled = run_start.identity.steps_per_run > 1
                xla_cache = use_xla_cache(args.device, products) if is_compiled else None
                with quiet_tensorflow(products):
                    from graph_mlp.session.train import train

                    gc.freeze()  # imported objects stay: looking through them while a run is built takes 0.3 s
                train(run_start, options, stop, xla_cache, timings)
    if args.timings:
        print('\n'.join(timings.table()), file=sys.stderr)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; flags that are not given are None, so that a tag or a stored run can settle them."""
    default = RunConfig()
    parser = Parser('train', 'Trains a network, or goes on with an interrupted run.', _tag_help())
    parser.add_argument('--tag', help='name of the run (default: spelled from the flags)')
    add_model(parser.add_argument_group('model'))
    training = parser.add_argument_group('training')
    training.add_argument(
        '--epochs', type=int, metavar='N', help=f'in total, those already done included (default {default.epochs})'
    )
    training.add_argument(
        '--seed', type=int, metavar='N', help=f'random seed of weights and batch order (default {default.seed})'
    )
    add_training(training)
    add_machine(training)
    training.add_argument(
        '--products', choices=PRODUCTS,
        help='library that multiplies matrices in many steps per run (default: ynnpack on several threads where the '
        'first kernel has 784,000 weights or more, else eigen)',
    )  # fmt: skip
    data = parser.add_argument_group('data and files')
    add_data(data, 'MNIST where it can be had, else the digits')
    data.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    data.add_argument(
        '--timings', action='store_true', help='end with a table of where the seconds and the memory went, on stderr'
    )
    data.add_argument('--overwrite', action='store_true', help='start again, removing the run of this tag')
    add_kept(data)
    return parser


def add_model(model: argparse._ArgumentGroup) -> None:
    """Adds the flags that spell a model."""
    default = RunConfig()
    model.add_argument(
        '--hidden', dest='hidden_sizes', type=units, nargs='+', action=_Flatten, metavar='UNITS',
        help=f'units of each hidden layer (default {" ".join(map(str, default.hidden_sizes))})',
    )  # fmt: skip
    model.add_argument('--activation', choices=ACTIVATIONS, help=f'default {default.activation}')
    model.add_argument('--batch-norm', action=argparse.BooleanOptionalAction, help='default: with batch norm')
    model.add_argument('--input-features', type=int, metavar='K', help='1 to 783: principal components; 784: pixels')
    add_pca(model, 'instead of a fit')


def add_kept(data: argparse._ArgumentGroup) -> None:
    """Adds the flags that say what is kept of a run."""
    data.add_argument(
        '--keep', choices=('few', 'all'), default='few',
        help='which training states: few (default) keeps the newest two and the best one, all those of every epoch',
    )  # fmt: skip
    data.add_argument('--histograms', action='store_true', help='weights and activations of every epoch in TensorBoard')


def add_training(group: argparse._ArgumentGroup) -> None:
    """Adds the flags that say how to train, but for the epochs and the seed."""
    default = RunConfig()
    group.add_argument('--batch-size', type=int, metavar='N', help=f'images in a step (default {default.batch_size})')
    group.add_argument(
        '--keep-last-batch', action=argparse.BooleanOptionalAction,
        help='train on an incomplete last batch too (default: left out, as in the notebook)',
    )  # fmt: skip
    group.add_argument('--learning-rate', type=float, metavar='RATE', help=f'default {default.learning_rate}')
    group.add_argument(
        '--optimizer', choices=OPTIMIZERS, help=f'default {default.optimizer}, {OPTIMIZERS[default.optimizer].title}'
    )
    group.add_argument(
        '--init-ckpt', type=Path, metavar='CKPT',
        help="begin from the weights of this checkpoint, TensorFlow 1.x's too, and from its slots if the optimizer is "
        'the same',
    )  # fmt: skip
    group.add_argument(
        '--steps-per-run', type=positive, metavar='K',
        help="steps in one session.run; 1 is the notebook's loop (default: a fifth of an epoch, at most 500; "
        '1 where the run has fewer than 1,500 steps)',
    )  # fmt: skip


def units(text: str) -> list[int]:
    """Sizes of hidden layers, for `type=`."""
    return [int(size) for size in text.replace('-', ',').split(',')]


class _Flatten(argparse.Action):
    """Takes `--hidden 300 100`, `--hidden 300-100` and `--hidden 300,100` alike."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, tuple(size for sizes in values or () for size in sizes))


def _tag_help() -> str:
    examples = {
        'relu-300-100': 'two hidden layers of 300 and 100 units',
        'BN_elu-300-100': 'the same with batch norm and ELU',
        'PCA154_BN_elu-300-100': 'on 154 principal components instead of 784 pixels',
        **{
            f'BN_{optimizer.tag}_elu-300-100': f'by {optimizer.title}'
            for optimizer in OPTIMIZERS.values()
            if optimizer.tag
        },
    }
    lines = [f'  {tag:25} {meaning}' for tag, meaning in examples.items()]
    return '\n'.join([
        f'A tag names the run and spells its model: {GRAMMAR}',
        *lines,
        f'OPT is one of {", ".join(optimizer_tags())}, or left out for {next(iter(OPTIMIZERS.values())).title}; the',
        f'activation one of {", ".join(ACTIVATIONS)}. Any other tag is a label; the flags then spell the model.',
    ])  # fmt: skip
