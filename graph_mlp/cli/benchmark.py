"""`bin/benchmark`: time this program against its peers on this machine."""

import dataclasses
import json
import sys

from graph_mlp.cli.arguments import Parser, add_data, add_machine, figure_file, positive
from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.errors import UsageError
from graph_mlp.tags import resolve_tag

SECTIONS = ('epochs', 'command', 'scaling')
ACTIVATIONS = ('relu', 'elu', 'tanh', 'selu')  # that every peer has under one definition


def main(arguments: list[str]) -> int:
    """Parses the command line, measures, prints; returns 1 where two programs did not learn the same."""
    args = parser().parse_args(arguments)
    config = _network(args.tag)
    if args.figure and 'epochs' not in args.sections:
        raise UsageError(f'--figure {args.figure}: it shows the section epochs; add epochs to --sections')
    from graph_mlp.benchmark.measure import Benchmark, Machine
    from graph_mlp.benchmark.report import disagreements, figure, table
    from graph_mlp.benchmark.results import Results
    from graph_mlp.benchmark.scaling import scaling
    from graph_mlp.data.load import load_dataset
    from graph_mlp.plots.style import rendered
    from graph_mlp.runtime.process import available_cores
    from graph_mlp.store.files import write_file

    dataset = load_dataset(args.data, args.data_dir)
    config = dataclasses.replace(config, dataset=dataset.name)
    machine = Machine(available_cores()[: args.threads], args.device, args.data_dir, args.tf1_python)
    benchmark = Benchmark(dataset, config, machine, _print_progress)
    peers = _available(args.peers, args.tf1_python)
    epochs = benchmark.epochs(peers, args.repeats) if 'epochs' in args.sections else None
    command = benchmark.command(args.command_epochs, args.command_repeats) if 'command' in args.sections else None
    growth = scaling(benchmark, peers, args.repeats) if 'scaling' in args.sections else None
    results = Results(dataset.name, config.model_tag, len(machine.cores), epochs, command, growth)
    print(json.dumps(results.to_json()) if args.json else '\n'.join(table(results)))
    if args.figure and epochs:
        write_file(args.figure, rendered(figure(epochs), args.figure.suffix[1:]))
        _print_progress(f'figure: {args.figure}')
    differing = disagreements(results)
    for line in differing:
        _print_progress(f'not the same network: {line}')
    return 1 if differing else 0


def _network(tag: str) -> RunConfig:
    _, fields = resolve_tag(tag, {})
    config = RunConfig(**fields)
    if config.input_features != PIXELS or config.optimizer != 'sgd' or config.activation not in ACTIVATIONS:
        raise UsageError(
            f'--tag {tag}: the peers train on pixels, by gradient descent, with {", ".join(ACTIVATIONS)}; '
            'use a tag such as BN_elu-300-100'
        )
    return config


def _available(names: list[str], tf1_python: str | None) -> list[str]:
    from graph_mlp.benchmark.workers import missing_requirement

    available = []
    for name in dict.fromkeys(names):  # each once
        if requirement := missing_requirement(name, tf1_python):
            _print_progress(f'skipped: {name} ({requirement})')
        else:
            available.append(name)
    return available


def parser() -> Parser:
    """The command line."""
    from graph_mlp.benchmark.workers import PEERS

    parser = Parser(
        'benchmark', 'Times training against other programs, in turns, and checks that each learns the same.'
    )
    parser.add_argument('--tag', default='BN_elu-300-100', help='the network (default %(default)s)')
    parser.add_argument(
        '--peers', nargs='+', choices=PEERS, default=list(PEERS), help='default: all that are installed'
    )
    parser.add_argument('--repeats', type=positive, default=10, metavar='N', help='epochs timed (default %(default)s)')
    parser.add_argument(
        '--sections', nargs='+', choices=SECTIONS, default=['epochs'], help='what to time (default: epochs)'
    )
    parser.add_argument(
        '--command-epochs',
        type=positive,
        default=60,
        metavar='N',
        help='epochs of a timed command (default %(default)s)',
    )
    parser.add_argument(
        '--command-repeats', type=positive, default=1, metavar='N', help='commands timed (default %(default)s)'
    )
    parser.add_argument('--tf1-python', metavar='PATH', help='a Python 3.7 with tensorflow==1.15.5')
    parser.add_argument('--figure', type=figure_file, metavar='FILE', help='.png or .svg')
    parser.add_argument('--json', action='store_true', help='one line of JSON instead of the table')
    add_data(parser, 'MNIST where it can be had, else the digits')
    add_machine(parser)
    return parser


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
