"""A comparison as Markdown for people, and as CSV or JSON for programs."""

import csv
import io
import json
from collections.abc import Sequence

from graph_mlp.analysis.measures import Row

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
    """The rows of `measures.row` as 'markdown', 'csv' or 'json'; numbers in CSV and JSON are not rounded."""
    if form == 'json':
        return '\n'.join(json.dumps(row) for row in rows)
    if form == 'csv':
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().rstrip('\n')
    return run_table(rows)


def run_table(rows: Sequence[Row]) -> str:
    """The rows of `measures.row` as a Markdown table."""
    cells = [[_cell(row, name, form) for name, (_, form) in COLUMNS.items()] for row in rows]
    return markdown([title for title, _ in COLUMNS.values()], cells)


def markdown(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a vertical bar within a cell is escaped."""
    lines = [titles, ['---'] * len(titles), *cells]
    return '\n'.join('| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |' for line in lines)


def _cell(row: Row, name: str, form: str) -> str:
    value, deviation = row[name], row.get(f'{name}_deviation')
    if value is None:
        return '-'
    return form.format(value) + (f' ± {form.format(deviation)}' if deviation is not None else '')
