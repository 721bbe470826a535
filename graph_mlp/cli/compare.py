"""`bin/compare`: a table of runs, and their curves."""

import fnmatch
import sys
from pathlib import Path

from graph_mlp.cli.arguments import Parser
from graph_mlp.errors import RunError

FORMATS = ('markdown', 'csv', 'json')


def main(arguments: list[str]) -> int:
    """Parses the command line, reads, prints."""
    args = parser().parse_args(arguments)
    from graph_mlp.analysis.measures import groups, row
    from graph_mlp.analysis.tables import table
    from graph_mlp.store.recorded import read_runs

    runs, complaints = read_runs(args.saves_dir)
    for complaint in complaints:
        print(f'warning: {complaint}', file=sys.stderr)
    found = _wanted(groups(runs), args.tags)
    print(table([row(group) for group in found], args.format))
    if args.figures:
        from graph_mlp.analysis.curves import AXES, figure
        from graph_mlp.plots.style import rendered as drawn
        from graph_mlp.store.files import write_file

        for axis in AXES:
            path = args.figures / f'accuracy-{axis}.{args.kind}'
            write_file(path, drawn(figure(found, axis), args.kind))
            print(f'figure: {path}', file=sys.stderr)
    return 0


def _wanted(found: list, tags: list[str]) -> list:
    if not tags:
        return found
    wanted = {}
    for tag in tags:
        matching = [each for each in found if _is_meant(each, tag)]
        if not matching:
            names = ', '.join(each.name for each in found)
            raise RunError(f'there is no run {tag}; there is {names[:400]}')
        wanted.update({id(each): each for each in matching})
    return list(wanted.values())


def _is_meant(group, tag: str) -> bool:
    return any(fnmatch.fnmatchcase(name, tag) for name in (group.name, *(run.name for run in group.runs)))


def parser() -> Parser:
    """The command line."""
    made = Parser(
        'compare',
        'Compares runs: accuracies, epochs and seconds to 97 %, seconds per epoch, parameters. Runs that differ in '
        'their seed alone stand in one line, as mean and standard deviation. Seconds are of training alone.',
    )
    made.add_argument('tags', nargs='*', metavar='TAG', help='runs to compare, * and ? allowed (default: all)')
    made.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    made.add_argument('--format', choices=FORMATS, default='markdown', help='default %(default)s')
    made.add_argument('--figures', type=Path, metavar='DIR', help='draw accuracy by epoch and by training time there')
    made.add_argument('--kind', choices=('png', 'svg'), default='png', help='of the figures, default %(default)s')
    return made
