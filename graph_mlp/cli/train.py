"""`bin/train`: train a network, or go on with an interrupted run."""

import argparse
from pathlib import Path

from graph_mlp.cli.arguments import Parser, add_data, add_machine, add_pca, positive
from graph_mlp.config import ACTIVATIONS, OPTIMIZERS, RunConfig, requested
from graph_mlp.runtime.startup import quiet_tensorflow
from graph_mlp.runtime.xla_cache import keep_compiled
from graph_mlp.session.signals import Stop

TAG_HELP = """
A tag names the run and spells its model: [PCA<k>_][BN_][<OPT>_]<activation>-<h1>-<h2>[-...]
  relu-300-100            two hidden layers of 300 and 100 units
  BN_elu-300-100          the same with batch norm and ELU
  PCA154_BN_elu-300-100   on 154 principal components instead of 784 pixels
  BN_NAG_elu-300-100      with Nesterov's gradient (MO, NAG, ADAGRAD, RMS, ADAM; none: gradient descent)
Any other tag is a label; the flags then spell the model.
"""


def main(arguments: list[str]) -> int:
    """Parses the command line and trains."""
    args = parser().parse_args(arguments)
    # Before anything else is imported: a slip in the command line is answered at once.
    tag, fields = requested(args.tag, {name: getattr(args, name, None) for name in RunConfig.__dataclass_fields__})
    with Stop() as stop:
        from graph_mlp.session.start import Options, start

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
            device=args.device,
            overwrite=args.overwrite,
            keep_all=args.keep == 'all',
            histograms=args.histograms,
        )
        with start(options) as ready:
            if ready is not None:
                compiled = keep_compiled(args.device) if ready.identity['steps_per_run'] > 1 else None
                with quiet_tensorflow():
                    from graph_mlp.session.train import train
                train(ready, options, stop, compiled)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line; flags that are not given are None, so that a tag or a stored run can settle them."""
    default = RunConfig()
    made = Parser('train', __doc__.split(': ', 1)[1], TAG_HELP)
    made.add_argument('--tag', help='name of the run (default: spelled from the flags)')
    model = made.add_argument_group('model')
    model.add_argument(
        '--hidden', dest='hidden_sizes', type=units, nargs='+', action=_Flatten, metavar='UNITS',
        help=f'units of each hidden layer (default {" ".join(map(str, default.hidden_sizes))})',
    )  # fmt: skip
    model.add_argument('--activation', choices=ACTIVATIONS, help=f'default {default.activation}')
    model.add_argument('--batch-norm', action=argparse.BooleanOptionalAction, help='default: with batch norm')
    model.add_argument('--input-features', type=int, metavar='K', help='1 to 783: principal components; 784: pixels')
    add_pca(model, 'instead of a fit')
    _add_training(made.add_argument_group('training'), default)
    data = made.add_argument_group('data and files')
    add_data(data, 'MNIST where it can be had, else the digits')
    data.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    data.add_argument('--overwrite', action='store_true', help='start again, removing the run of this tag')
    data.add_argument('--keep', choices=('few', 'all'), default='few', help='states: the newest two and best, or all')
    data.add_argument('--histograms', action='store_true', help='weights and activations of every epoch in TensorBoard')
    return made


def _add_training(group: argparse._ArgumentGroup, default: RunConfig) -> None:
    group.add_argument('--epochs', type=int, metavar='N', help=f'in all, not in addition (default {default.epochs})')
    group.add_argument('--batch-size', type=int, metavar='N', help=f'default {default.batch_size}')
    group.add_argument(
        '--keep-last-batch', action=argparse.BooleanOptionalAction,
        help='train on an incomplete last batch too (default: left out, as in the notebook)',
    )  # fmt: skip
    group.add_argument('--learning-rate', type=float, metavar='RATE', help=f'default {default.learning_rate}')
    group.add_argument('--optimizer', choices=OPTIMIZERS, help=f'default {default.optimizer}, gradient descent')
    group.add_argument('--seed', type=int, metavar='N', help=f'of weights and batch order (default {default.seed})')
    group.add_argument('--init-ckpt', type=Path, metavar='CKPT', help="begin from its weights; TensorFlow 1.x's too")
    group.add_argument(
        '--steps-per-run', type=positive, metavar='K',
        help='steps in one session.run; 1 is the notebook (default: a fifth of an epoch)',
    )  # fmt: skip
    add_machine(group)


def units(text: str) -> list[int]:
    """Sizes of hidden layers, for `type=`."""
    return [int(size) for size in text.replace('-', ',').split(',')]


class _Flatten(argparse.Action):
    """Takes `--hidden 300 100`, `--hidden 300-100` and `--hidden 300,100` alike."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, tuple(size for each in values for size in each))
