"""A comparison as Markdown for people, and as CSV or JSON for programs."""

import csv
import io
import json
import math
from collections.abc import Sequence

from graph_mlp.analysis.measures import Row
from graph_mlp.analysis.verdicts import CONFIDENCE, Range

COLUMNS = {
    'run': ('run', '{}'),
    'seeds': ('seeds', '{}'),
    'epochs': ('epochs', '{}'),
    'accuracy': ('test accuracy', '{:.4f}'),
    'accuracy_moving': ('by moving averages', '{:.4f}'),
    'accuracy_best': ('at the best epoch', '{:.4f}'),
    'accuracy_at_20': ('after 20 epochs', '{:.4f}'),
    'epochs_to_97': ('epochs to 97 %', '{:.1f}'),
    'seconds_to_97': ('s to 97 %', '{:.1f}'),
    'epoch_seconds': ('s / epoch', '{:.3f}'),
    'pca_seconds': ('s for PCA', '{:.1f}'),
    'parameters': ('parameters', '{:,}'),
}


def table(rows: Sequence[Row], form: str) -> str:
    """The rows of `measures.row` as 'markdown', 'csv' or 'json', one document; there numbers are not rounded.

    CSV and JSON have the ends of each interval too, as `<measure>_low` and `<measure>_high`.
    """
    if form == 'json':
        return json.dumps([with_intervals(row) for row in rows], indent=1, allow_nan=False)
    if form == 'csv':
        rows = [with_intervals(row) for row in rows]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().rstrip('\n')
    return run_table(rows)


def run_table(rows: Sequence[Row]) -> str:
    """The rows of `measures.row` as a Markdown table; a mean over several seeds has its 95 % interval in brackets."""
    cells = [[_cell(row, name, form) for name, (_, form) in COLUMNS.items()] for row in rows]
    return markdown([title for title, _ in COLUMNS.values()], cells)


def markdown(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a vertical bar within a cell is escaped."""
    lines = [titles, ['---'] * len(titles), *cells]
    return '\n'.join('| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |' for line in lines)


def interval(row: Row, name: str) -> Range | None:
    """Student's 95 % confidence interval of the mean of a measure over the seeds; None for a single seed."""
    from scipy.stats import t

    mean, deviation, seeds = row[name], row.get(f'{name}_deviation'), row['seeds']
    if not isinstance(mean, (int, float)) or not isinstance(deviation, (int, float)) or not isinstance(seeds, int):
        return None
    half_width = float(t.ppf((1 + CONFIDENCE) / 2, seeds - 1)) * deviation / math.sqrt(seeds)
    return Range(mean - half_width, mean + half_width)


def with_intervals(row: Row) -> Row:
    """The row, and the ends of the interval of every measure that is a mean over seeds; None where there is none."""
    wide: Row = {}
    for name, value in row.items():
        wide[name] = value
        if name.endswith('_deviation'):
            measure = name.removesuffix('_deviation')
            wide[f'{measure}_low'], wide[f'{measure}_high'] = interval(row, measure) or (None, None)
    return wide


def _cell(row: Row, name: str, form: str) -> str:
    value, ends = row[name], interval(row, name)
    if value is None:
        return '-'
    return form.format(value) + (f' [{form.format(ends.low)}, {form.format(ends.high)}]' if ends else '')
