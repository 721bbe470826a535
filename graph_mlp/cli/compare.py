"""`bin/compare`: a table of runs, and their curves."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from graph_mlp.cli.arguments import Parser
from graph_mlp.errors import RunError

if TYPE_CHECKING:
    from graph_mlp.compare import Group


def main(arguments: list[str]) -> int:
    """Parses the command line, reads, prints."""
    args = parser().parse_args(arguments)
    from graph_mlp.compare import AXES, accuracies_plot, curves_plot, groups, rows, table, uneven
    from graph_mlp.store.recorded import read_runs

    runs, complaints = read_runs(args.saves_dir)
    chosen = matching_groups(groups(runs), args.tags)
    warnings = [f'warning: {complaint}' for complaint in complaints]
    for line in warnings + [line for group in chosen for line in uneven(group.name, group.runs)]:
        print(line, file=sys.stderr)
    print(table(rows(chosen), args.format))
    if args.figures:
        from graph_mlp.files import write_file
        from graph_mlp.plots.style import rendered

        plots = {axis: curves_plot(chosen, axis) for axis in AXES} | {'intervals': accuracies_plot(chosen)}
        for name, plot in plots.items():
            path = args.figures / f'accuracy-{name}.{args.kind}'
            write_file(path, rendered(plot, args.kind))
            print(f'figure: {path}', file=sys.stderr)
    return 0


def matching_groups(recorded: list[Group], tags: list[str]) -> list[Group]:
    """The groups whose name, or one of whose runs' names, a tag matches; all without a tag."""
    chosen: dict[str, Group] = {}
    for tag in tags or ['*']:
        matching = [group for group in recorded if fnmatch.filter([group.name, *(run.name for run in group.runs)], tag)]
        if not matching:
            names = ', '.join(group.name for group in recorded)
            raise RunError(f'there is no run {tag}; there is {names[:400]}')
        chosen.update({group.runs[0].name: group for group in matching})
    return list(chosen.values())


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'compare',
        'Compares runs: accuracies, epochs and seconds to 97 %, seconds per epoch, parameters. Runs that differ in '
        "their seed alone share one line: means, in brackets their 95 % confidence intervals (Student's t). A setting "
        'that is not the default, and that no name spells, has a column. Seconds are of training alone.',
    )
    add = parser.add_argument
    add('tags', nargs='*', metavar='TAG', help='runs to compare, * and ? allowed (default: all)')
    add('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    add('--format', choices=('markdown', 'csv', 'json'), default='markdown', help='default %(default)s')
    add('--figures', type=Path, metavar='DIR', help='folder for plots of accuracy by epoch, by time, with intervals')
    add('--kind', choices=('png', 'svg'), default='png', help='file format of the plots (default %(default)s)')
    return parser
