"""The command line of `bin/study`."""

import argparse
from pathlib import Path

from graph_mlp.analysis.named_measures import measure_table
from graph_mlp.analysis.operators import OPERATORS
from graph_mlp.analysis.plan_file import DEFAULT_SEEDS
from graph_mlp.analysis.settings import SETTINGS
from graph_mlp.cli.arguments import Parser, add_data, positive, threads
from graph_mlp.cli.train import add_kept, add_model, add_training

DESCRIPTION = """\
Answers whether one model or setting is better than another, by how much and how surely: trains every run over
several seeds and writes a page with the answer, a table of all pairs and the curves to saves/report/QUESTION.
Without a model and without --vary it repeats the Analysis of the 2017 notebook and judges its claims.

  bin/study BN_elu-300-100 BN_relu-300-100 --seeds 8
  bin/study --vary learning-rate 0.003 0.01 0.03 --hidden 100
  bin/study my-plan.toml

The runs are kept in saves/study; finished ones are not trained again. Numbers are means over the seeds, with
their 95 % confidence interval in brackets."""
QUICK = {'seeds': 2, 'epochs': 3}
FIRST_SEEDS, MOST_SEEDS = 5, 16  # with --until-decided; fewer than 5 decide nothing


def parser() -> Parser:
    """The command line."""
    parser = Parser('study', DESCRIPTION, _tables())
    parser.add_argument('runs', nargs='*', metavar='TAG', help='models to compare, or one plan file NAME.toml')
    question = parser.add_argument_group('question')
    question.add_argument(
        '--vary', action='append', nargs='+', default=[], metavar=('SETTING', 'VALUE'),
        help='compare these values of a setting, as in --vary learning-rate 0.003 0.01; several --vary: every '
        'combination',
    )  # fmt: skip
    question.add_argument(
        '--measure', metavar='NAME', help='measure to compare by, from the list below (default: final accuracy)'
    )
    question.add_argument(
        '--seeds', type=positive, metavar='N',
        help=f"seeds per configuration (default {DEFAULT_SEEDS}; 3 for the notebook's Analysis; a plan's own; "
        f'{FIRST_SEEDS} to begin with for --until-decided)',
    )  # fmt: skip
    question.add_argument('--epochs', type=positive, metavar='N', help="epochs of a run (default 60; a plan's own)")
    question.add_argument('--quick', action='store_true', help=f'{QUICK["seeds"]} seeds, {QUICK["epochs"]} epochs')
    question.add_argument(
        '--only',
        nargs='+',
        default=[],
        metavar='COMPARISON',
        help='only these comparisons of the plan, by number or key',
    )
    question.add_argument(
        '--until-decided', action='store_true',
        help=f'begin with {FIRST_SEEDS} seeds, and add seeds where a verdict is within noise',
    )  # fmt: skip
    question.add_argument(
        '--most', type=positive, metavar='N', help=f'with --until-decided: at most N seeds (default {MOST_SEEDS})'
    )
    add_model(parser.add_argument_group('model, of every run'))
    add_training(parser.add_argument_group('training, of every run'))
    _add_work(parser.add_argument_group('work and files'))
    return parser


def _add_work(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        '--jobs', type=positive, metavar='N', help='runs at a time (default: as many as cores and memory allow)'
    )
    group.add_argument('--threads', type=threads, default=1, metavar='N', help='per run (default %(default)s)')
    group.add_argument('--device', choices=('auto', 'cpu', 'gpu'), default='auto', help='default %(default)s')
    group.add_argument('--dask', metavar='ADDRESS', help='use the workers of this dask scheduler; they share saves/')
    group.add_argument('--dry-run', action='store_true', help='list the runs, estimate the time, train nothing')
    group.add_argument('--json', action='store_true', help='print one JSON document instead of lines')
    group.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    add_data(group, 'MNIST where it is on disk or can be downloaded, else the digits')
    add_kept(group)


def _tables() -> str:
    """The measures, the operators and the settings, from their tables."""
    parts = {
        'measures (N is a number)': {measure.name: measure.meaning for measure in measure_table()},
        'operators of the claims of a plan file': {name: operator.meaning for name, operator in OPERATORS.items()},
        'settings for --vary and for plan files': {name: setting.expected for name, setting in SETTINGS.items()},
    }
    lines = []
    for title, rows in parts.items():
        lines += [f'{title}:', *(f'  {name:34} {meaning}' for name, meaning in rows.items()), '']
    return '\n'.join(lines[:-1])
