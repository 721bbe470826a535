"""Findings in words, for the terminal, the report and the guide."""

import math
from collections.abc import Iterator, Sequence

from graph_mlp.compare import Directions, Measure
from graph_mlp.significance import BETTER, FAILS, HOLDS, NOISE, UNTESTED, MeanTest, Range, SequentialTest
from graph_mlp.study.claims import Claim
from graph_mlp.study.findings import Finding, JudgedClaim, Pair

NO_INTERVAL = 'too few seeds for an interval'
_CLAIMS = {HOLDS: ('holds', 'hold'), FAILS: ('does not hold', 'do not hold'),
           NOISE: ('is within noise', 'are within noise'), UNTESTED: ('is not tested', 'are not tested')}  # fmt: skip
FEW_SEEDS = 5  # with 4, the true standard deviation may be 3.7 times the measured one (95 %, chi-square)


def answer(findings: Sequence[Finding], quick: bool) -> str:
    """The answer to the study's question in one sentence: about its pairs, else about its claims."""
    sentences = [_of_pairs(finding, finding.measure) for finding in findings if finding.measure]
    words = [judged.word for finding in findings for judged in finding.claims]
    parts = [f'{words.count(word)} {form[words.count(word) > 1]}' for word, form in _CLAIMS.items() if word in words]
    sentences += [f'Of {len(words)} claims {listed(parts)}.'] if words else []
    return labelled(' '.join(sentences), quick)


def lines(findings: Sequence[Finding], quick: bool) -> Iterator[str]:
    """The answer and a line for every pair, where there are pairs; then a line for every claim."""
    if any(finding.pairs for finding in findings):
        yield answer(findings, quick)
    for finding in findings:
        if finding.measure and len(finding.pairs) > 1:
            yield from (labelled(pair_sentence(pair, finding.measure), quick) for pair in finding.pairs)
        for judged in finding.claims:
            takes = what_it_takes(judged.test, judged.word, judged.claim.unit, judged.claim.range)
            sentence = '; '.join(filter(None, [measured_sentence(judged), takes]))
            yield f'{judged.number} {labelled(judged.word, quick)}: {judged.claim.claim} ({sentence})'


def labelled(text: str, quick: bool) -> str:
    """A verdict as it is shown: one of a quick look says that it is."""
    return f'quick look: {text}' if quick else text


def pair_sentence(pair: Pair, measure: Measure) -> str:
    """'A is better than B by 0.21 points of test accuracy [0.12, 0.30], 8 seeds'."""
    difference = measured_difference(pair, measure)
    if pair.test is None:
        return f'{pair.first} and {pair.second} were not both measured'
    if pair.word == BETTER:
        return f'{pair.first} is better than {pair.second} by {difference}'
    if pair.word == UNTESTED:
        return f'{pair.first} is ahead of {pair.second} by {difference}: not tested'
    ahead = f'{pair.first} and {pair.second} are within noise: {pair.first} is ahead by {difference}'
    return '; '.join(filter(None, [ahead, what_it_takes(pair.test, pair.word, measure.unit)]))


def _of_pairs(finding: Finding, measure: Measure) -> str:
    if len(finding.pairs) == 1:
        return f'{pair_sentence(finding.pairs[0], measure)}.'
    name = 'validation accuracy' if measure.is_accuracy else measure.name
    means = {group.name: measure.better * mean[0] for group in finding.groups if (mean := group.mean(name))}
    chosen = max(finding.groups, key=lambda group: means.get(group.name, -math.inf), default=None)
    mean = chosen and chosen.mean(measure.name)
    if not chosen or not mean:
        return 'Not every run was measured.'
    how = 'Chosen by validation accuracy' if measure.is_accuracy else 'Judged by its mean'
    unit = '%' if measure.is_accuracy else measure.unit
    phrases = ('better than', 'within noise of', 'not tested against', 'worse than')
    others: dict[str, list[str]] = {phrase: [] for phrase in phrases}
    for pair in finding.pairs:
        if chosen.name in (pair.first, pair.second):
            better = 'better than' if pair.first == chosen.name else 'worse than'
            phrase = {BETTER: better, NOISE: 'within noise of', UNTESTED: 'not tested against'}[pair.word]
            others[phrase].append(pair.second if pair.first == chosen.name else pair.first)
    standing = ', '.join(f'{phrase} {listed(names)}' for phrase, names in others.items() if names)
    return (
        f'{how}, {chosen.name} is the best of {len(finding.groups)}: {number(mean[0], measure.unit)} {unit} of '
        f'{measure.quantity}, {len(chosen.runs)} seeds; it is {standing}.'
    )


def measured_sentence(judged: JudgedClaim) -> str:
    """The claim's sentence with the mean over the seeds, then the 95 % interval in brackets.

    'BN_elu reaches 97 % 3.9 s later than the first of the others [2.2, 5.6]': a difference is given by its size and
    its direction. Where the interval holds zero, each end has a direction: '[27.5 later to 8.9 earlier]'.
    """
    claim, test = judged.claim, judged.test
    if test is None:
        return 'not measured'
    amount = _amount(test.mean, claim.unit, claim.directions)
    return claim.template.format(amount) + _interval(judged.interval, claim.unit, claim.directions)


def claimed_range(claim: Claim) -> str:
    """The range that the claim was read as: 'earlier', 'more than 2.00 times', '31 to 51 % less time'."""
    (low, high), unit, directions = claim.range, claim.unit, claim.directions
    if directions and low == -math.inf:
        low, high, directions = -high, math.inf, directions.reversed
    if directions and low <= 0 and high == math.inf:
        return directions.positive + (f', or less than {_amount(low, unit, directions)}' if low else '')
    if high == math.inf:
        return f'more than {_amount(low, unit, directions)}'
    if low == -math.inf:
        return f'less than {_amount(high, unit, None)}'
    if directions and low < 0 < high:
        return f'{_amount(low, unit, directions)} to {_amount(high, unit, directions)}'
    smaller, larger = sorted((low, high), key=abs) if directions else (low, high)
    return f'{number(abs(smaller) if directions else smaller, unit)} to {_amount(larger, unit, directions)}'


def measured_difference(pair: Pair, measure: Measure | None) -> str:
    """A difference of two runs and its interval: '0.21 points of test accuracy [0.12, 0.30], 8 seeds'."""
    if pair.test is None or measure is None:
        return 'not measured'
    seeds = f'{pair.test.seeds} seed{"s" if pair.test.seeds > 1 else ""}'
    ends = _interval(pair.test.interval(), measure.unit, None)
    return f'{number(pair.test.mean, measure.unit)} {measure.unit} of {measure.quantity}{ends}, {seeds}'


def what_it_takes(test: MeanTest | None, word: str, unit: str, claimed: tuple[float, float] = (0.0, math.inf)) -> str:
    """What a verdict within noise would take: '8 seeds tell 0.15 points apart; for 0.05 about 60'.

    The second number is the distance of the mean from zero, or from the nearest end of the claimed range. Where there
    are fewer than FEW_SEEDS the last one is called a guess. Empty for any other verdict, and for a SequentialTest.
    """
    if word != NOISE or not test or not test.deviation or isinstance(test, SequentialTest):
        return ''
    distance = min(abs(test.mean - end) for end in claimed if math.isfinite(end))
    seeds = test.seeds_needed(distance)
    needed = f'about {seeds:,}' if seeds else 'more than 10,000'
    guess = ', a guess from so few seeds' if test.seeds < FEW_SEEDS else ''
    smallest = number(test.detectable(), unit)
    return f'{test.seeds} seeds tell {smallest} {unit} apart; for {number(distance, unit)} {needed}{guess}'


def _amount(value: float, unit: str, directions: Directions | None) -> str:
    if directions is None:
        return f'{number(value, unit)} {unit}'
    return f'{number(abs(value), unit)} {unit} {directions[value < 0]}'


def _interval(interval: Range | None, unit: str, directions: Directions | None) -> str:
    """' [2.2, 5.6]', empty where there is none."""
    if interval is None:
        return ''
    if math.isinf(interval.low):
        return f' [{NO_INTERVAL}]'
    if directions and interval.low < 0 < interval.high:
        return f' [{" to ".join(f"{number(abs(end), unit)} {directions[end < 0]}" for end in interval)}]'
    ends = sorted(map(abs, interval)) if directions else interval
    return f' [{", ".join(number(end, unit) for end in ends)}]'


def number(value: float, unit: str) -> str:
    """A number in its unit, rounded; points and per cent are a hundredth of the value, a fraction."""
    scale, digits = {'points': (100, 2), '%': (100, 0), 'parameters': (1, 0), 'times': (1, 2)}.get(unit, (1, 1))
    if unit == 's' and abs(value) < 1:
        digits = 2 if abs(value) >= 0.1 else 3
    return f'{scale * value:{"," if unit == "parameters" else ""}.{digits}f}'


def listed(names: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return ' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))
