"""`bin/compare`: a table of runs, and their curves."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from graph_mlp.cli.arguments import Parser
from graph_mlp.errors import RunError

if TYPE_CHECKING:
    from graph_mlp.analysis.measures import Group

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
    chosen = _matching_groups(groups(runs), args.tags)
    print(table([row(group) for group in chosen], args.format))
    if args.figures:
        _write_figures(chosen, args.figures, args.kind)
    return 0


def _write_figures(chosen: list[Group], folder: Path, kind: Literal['png', 'svg']) -> None:
    from graph_mlp.analysis.curves import accuracy_intervals, figure
    from graph_mlp.analysis.plan import AXES
    from graph_mlp.plots.style import rendered
    from graph_mlp.store.files import write_file

    figures = {axis: figure(chosen, axis) for axis in AXES}
    for name, drawn in {**figures, 'intervals': accuracy_intervals(chosen)}.items():
        path = folder / f'accuracy-{name}.{kind}'
        write_file(path, rendered(drawn, kind))
        print(f'figure: {path}', file=sys.stderr)


def _matching_groups(recorded_groups: list[Group], tags: list[str]) -> list[Group]:
    if not tags:
        return recorded_groups
    chosen: dict[str, Group] = {}
    for tag in tags:
        matching = [group for group in recorded_groups if _matches(group, tag)]
        if not matching:
            names = ', '.join(group.name for group in recorded_groups)
            raise RunError(f'there is no run {tag}; there is {names[:400]}')
        chosen.update({group.runs[0].name: group for group in matching})
    return list(chosen.values())


def _matches(group: Group, tag: str) -> bool:
    return any(fnmatch.fnmatchcase(name, tag) for name in (group.name, *(run.name for run in group.runs)))


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'compare',
        'Compares runs: accuracies, epochs and seconds to 97 %, seconds per epoch, parameters. Runs that differ in '
        "their seed alone share one line: means, in brackets their 95 % confidence intervals (Student's t). Seconds "
        'are of training alone.',
    )
    parser.add_argument('tags', nargs='*', metavar='TAG', help='runs to compare, * and ? allowed (default: all)')
    parser.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    parser.add_argument('--format', choices=FORMATS, default='markdown', help='default %(default)s')
    parser.add_argument(
        '--figures',
        type=Path,
        metavar='DIR',
        help='write figures of accuracy by epoch, by time and with intervals there',
    )
    parser.add_argument(
        '--kind', choices=('png', 'svg'), default='png', help='file format of the figures (default %(default)s)'
    )
    return parser
