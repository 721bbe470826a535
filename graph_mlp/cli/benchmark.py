"""`bin/benchmark`: time this program against its peers on this machine."""

import json
import sys

from graph_mlp.benchmark.measure import PEERS, Benchmark
from graph_mlp.cli.arguments import Parser, add_data, add_machine, positive
from graph_mlp.config import RunConfig
from graph_mlp.data.mnist import load_dataset
from graph_mlp.errors import UsageError
from graph_mlp.runtime.process import available_cores
from graph_mlp.tags import resolve_tag

ACTIVATIONS = ('relu', 'elu', 'tanh', 'selu')  # that every peer has under one definition


def main(arguments: list[str]) -> int:
    """Parses the command line, measures, prints; returns 1 where two did not learn the same, or none ran."""
    args = parser().parse_args(arguments)
    fields = resolve_tag(args.tag, {})[1]
    config = RunConfig(**fields)
    is_known = config.activation in ACTIVATIONS and config.optimizer == 'sgd'
    if not fields or config.input_features != config.pixels or not is_known:
        networks = f'the peers train on pixels, by gradient descent, with {", ".join(ACTIVATIONS)}'
        raise UsageError(f'--tag {args.tag}: {networks}; use a tag such as BN_elu-300-100')
    from graph_mlp.benchmark.report import disagreements, table

    dataset, cores = load_dataset(args.data, args.data_dir), available_cores()[: args.threads]
    config, peers = config.on(dataset.settings), list(dict.fromkeys(args.peers))
    benchmark = Benchmark(dataset, config, peers, cores, args.device, args.data_dir, args.tf1_python)
    numbers = {'command': (args.command_epochs, args.command_repeats)}
    sections = {name: getattr(benchmark, name)(*numbers.get(name, [args.repeats])) for name in args.sections}
    results = {'dataset': dataset.name, 'tag': config.model_tag, 'threads': len(cores), **sections}
    print(json.dumps(results) if args.json else table(results))
    trained = sections.get('epochs', {'peers': {}})['peers']
    differing = disagreements(trained)
    for line in differing:
        print(f'not the same network: {line}', file=sys.stderr)
    return 1 if differing or ('epochs' in sections and not trained) else 0


def parser() -> Parser:
    """The command line."""
    parser = Parser('benchmark', 'Times training against other programs, in turns; checks that each learns the same.')
    add, sections, default = parser.add_argument, ('epochs', 'command', 'scaling'), '(default %(default)s)'
    add('--tag', default='BN_elu-300-100', help=f'the network {default}')
    add('--peers', nargs='+', choices=PEERS, default=list(PEERS), help='default: all that are installed')
    add('--sections', nargs='+', choices=sections, default=['epochs'], help='what to time (default: epochs)')
    add('--repeats', type=positive, default=10, metavar='N', help=f'epochs timed {default}')
    add('--command-epochs', type=positive, default=60, metavar='N', help=f'epochs of a timed command {default}')
    add('--command-repeats', type=positive, default=1, metavar='N', help=f'commands timed {default}')
    add('--tf1-python', metavar='PATH', help='a Python 3.7 with tensorflow==1.15.5')
    add('--json', action='store_true', help='one line of JSON instead of the table')
    add_data(parser, 'MNIST where it can be had, else the digits')
    add_machine(parser)
    return parser
