"""`bin/benchmark`: time this program against its peers on this machine."""

import json
import sys

from graph_mlp.cli.arguments import Parser, add_data, add_machine, figure_file, positive
from graph_mlp.tags import resolve_tag

SECTIONS = ('epochs', 'command', 'scaling')


def main(arguments: list[str]) -> int:
    """Parses the command line, measures, prints; returns 1 where two programs did not learn the same."""
    args = parser().parse_args(arguments)
    _, fields = resolve_tag(args.tag, {})
    from graph_mlp.benchmark.measure import Bench
    from graph_mlp.benchmark.report import disagreements, figure, table
    from graph_mlp.benchmark.workers import absent
    from graph_mlp.config import RunConfig
    from graph_mlp.data.load import load_dataset
    from graph_mlp.plots.style import rendered
    from graph_mlp.runtime.process import available_threads
    from graph_mlp.store.files import write_file

    dataset = load_dataset(args.data, args.data_dir)
    config = RunConfig(**fields, dataset=dataset.name)
    threads = args.threads or available_threads()
    bench = Bench(dataset, config, threads, args.device, args.tf1_python)
    results = {'dataset': dataset.name, 'tag': config.model_tag, 'threads': threads}
    names = []
    for name in args.peers:
        if reason := absent(name, args.tf1_python):
            _print_progress(f'skipped: {name} ({reason})')
        else:
            names.append(name)
    results['epochs'] = bench.epochs(names, args.repeats, _print_progress)
    if 'command' in args.sections:
        results['command'] = bench.command(args.command_epochs, args.command_repeats, _print_progress)
    if 'scaling' in args.sections:
        results['scaling'] = bench.scaling(args.repeats, _print_progress)
    print(json.dumps(results) if args.json else '\n'.join(table(results)))
    if args.figure:
        write_file(args.figure, rendered(figure(results), args.figure.suffix[1:]))
        _print_progress(f'figure: {args.figure}')
    disagreeing = disagreements(results)
    for line in disagreeing:
        _print_progress(f'not the same network: {line}')
    return 1 if disagreeing else 0


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
    parser.add_argument('--sections', nargs='+', choices=SECTIONS, default=['epochs'], help='default %(default)s')
    parser.add_argument('--command-epochs', type=positive, default=60, metavar='N', help='default %(default)s')
    parser.add_argument('--command-repeats', type=positive, default=1, metavar='N', help='default %(default)s')
    parser.add_argument('--tf1-python', metavar='PATH', help='a Python 3.7 with tensorflow==1.15.5')
    parser.add_argument('--figure', type=figure_file, metavar='FILE', help='.png or .svg')
    parser.add_argument('--json', action='store_true', help='one line of JSON instead of the table')
    add_data(parser, 'MNIST where it can be had, else the digits')
    add_machine(parser)
    return parser


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
