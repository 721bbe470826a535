"""Reads the claims of a plan file."""

import math
import re
from typing import Any

from graph_mlp.analysis.claims import Claim
from graph_mlp.analysis.measures import Measure
from graph_mlp.analysis.named_measures import named_measure
from graph_mlp.analysis.nearest import unknown_name
from graph_mlp.analysis.operators import OPERATORS, Operator
from graph_mlp.analysis.plan import MOST_CLAIMS
from graph_mlp.analysis.toml_file import Table
from graph_mlp.analysis.verdicts import Range
from graph_mlp.analysis.wording import listed
from graph_mlp.errors import UsageError

CLAIM_KEYS = {
    'claim': 'the statement that is judged',
    'measure': 'a measure',
    'operator': 'an operator',
    'runs': 'the runs it is applied to; the first is the one that the others are compared with',
    'range': '[low, high] of the number, between which the claim is true; inf and -inf are open ends',
    'sentence': 'what is measured, with {} for the number, its unit and its direction (default: from the operator)',
    'from': 'the number that "largest distance" measures from',
    'since': 'the measure that "change" counts from',
}


def read_claims(table: Table, labels: tuple[str, ...]) -> tuple[Claim, ...]:
    """The claims of a table, which are about runs of these labels; raises UsageError with the line of a slip."""
    tables = table.tables('claims')
    if len(tables) > MOST_CLAIMS:
        raise table.error('claims', f'{len(tables)} claims: a comparison has at most {MOST_CLAIMS}')
    return tuple(_claim(claim, labels) for claim in tables)


def _claim(table: Table, labels: tuple[str, ...]) -> Claim:
    table.allow(CLAIM_KEYS)
    measure = read_measure(table, 'measure', 'final accuracy')
    name = table.take('operator', str)
    if name not in OPERATORS:
        raise table.error('operator', unknown_name('operator', name, OPERATORS))
    operator = OPERATORS[name]
    runs = tuple(table.texts('runs'))
    for label in runs:
        if label not in labels:
            raise table.error('runs', unknown_name('run of this comparison', label, labels), label)
    least, most = operator.runs
    if not least <= len(runs) <= (most or len(runs)):
        wanted = f'{least}' if most == least else f'at least {least}'
        raise table.error('runs', f'{len(runs)} runs: operator {name!r} needs {wanted}')
    for key, needed_by in (('from', 'largest distance'), ('since', 'change')):
        if (key in table.values) != (name == needed_by):
            raise table.error(key, f'{key} belongs to operator {needed_by!r}, which needs it')
    return Claim(
        table.take('claim', str), _sentence(table, measure, operator, runs), measure, operator, runs, _range(table),
        table.take('from', float, None), read_measure(table, 'since', None) if name == 'change' else None,
    )  # fmt: skip


def _sentence(table: Table, measure: Measure, operator: Operator, runs: tuple[str, ...]) -> str:
    first, *others = runs
    default = operator.sentence.format(
        measure=measure.name, first=first, others=listed(others), runs=listed(list(runs))
    )
    sentence: str = table.take('sentence', str, default)
    if sentence.count('{}') != 1 or sentence.count('{') != 1 or sentence.count('}') != 1:
        raise table.error('sentence', 'sentence needs {} in one place, for the number, and no other brace')
    return sentence


def _range(table: Table) -> Range:
    ends = table.take('range', list)
    if len(ends) != 2 or not all(type(end) in (int, float) and not math.isnan(end) for end in ends):
        raise table.error('range', f'range is {ends!r:.60}, expected two numbers: [low, high]')
    low, high = map(float, ends)
    if low >= high:
        raise table.error('range', f'range [{low:g}, {high:g}] is upside down: the lower number comes first')
    return Range(low, high)


def read_measure(table: Table, key: str, default: Any) -> Measure:
    """The measure that a key names; raises UsageError with its line where there is none of this name."""
    try:
        return named_measure(table.take(key, str, default) if default else table.take(key, str))
    except UsageError as error:
        if re.match(r'.*:\d+: ', str(error)):
            raise
        raise table.error(key, str(error)) from None
