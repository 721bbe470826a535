"""What a study answers, in one sentence."""

from collections import Counter
from collections.abc import Mapping, Sequence

from graph_mlp.analysis.findings import Finding
from graph_mlp.analysis.measures import Group, Measure, final_validation_accuracy
from graph_mlp.analysis.pairs import BETTER, Pair
from graph_mlp.analysis.verdicts import FAILS, HOLDS, NOISE, UNTESTED
from graph_mlp.analysis.wording import listed, measured_difference, number, what_it_takes

QUICK = 'quick look: '
CHOICE = (
    'The best run is chosen by its mean validation accuracy after the last epoch, and what is reported of it is '
    'measured on the test images, which had no part in the choice.'
)


def answer(findings: Sequence[Finding], quick: bool) -> str:
    """The answer to the study's question: about its pairs, else about its claims."""
    sentences = [_of_pairs(finding, finding.comparison.pairs) for finding in findings if finding.comparison.pairs]
    words = Counter(judged.verdict.word for finding in findings for judged in finding.judged_claims)
    if words:
        sentences.append(_of_claims(words))
    text = ' '.join(sentences)
    return f'{QUICK}{text}' if quick else text


def labelled(word: str, quick: bool) -> str:
    """A verdict as it is shown: one of a quick look says that it is."""
    return f'{QUICK}{word}' if quick else word


def pair_sentence(pair: Pair, measure: Measure) -> str:
    """'A is better than B by 0.21 points of test accuracy [0.12, 0.30], 8 seeds'."""
    difference = measured_difference(measure, pair.verdict)
    if pair.verdict.word == BETTER:
        return f'{pair.first} is better than {pair.second} by {difference}'
    if pair.verdict.mean is None:
        return f'{pair.first} and {pair.second} were not both measured'
    if pair.verdict.word == UNTESTED:
        return f'{pair.first} is ahead of {pair.second} by {difference}: not tested'
    takes = what_it_takes(pair.verdict, measure.unit)
    return (
        f'{pair.first} and {pair.second} are within noise: {pair.first} is ahead by {difference}'
        f'{"; " if takes else ""}{takes}'
    )


def _of_pairs(finding: Finding, measure: Measure) -> str:
    if len(finding.pairs) == 1:
        return f'{pair_sentence(finding.pairs[0], measure)}.'
    chosen = best_group(finding.groups, measure)
    mean = chosen and chosen.mean(measure.function)
    if not chosen or not mean:
        return 'Not every run was measured.'
    how = 'Chosen by validation accuracy' if measure.is_accuracy else 'Judged by its mean'
    unit = '%' if measure.is_accuracy else measure.unit
    return (
        f'{how}, {chosen.name} is the best of {len(finding.groups)}: {number(mean[0], measure.unit)} {unit} of '
        f'{measure.quantity}, {len(chosen.runs)} seeds; {_standing(chosen.name, finding.pairs)}.'
    )


def best_group(groups: Sequence[Group], measure: Measure) -> Group | None:
    """The run with the best mean of the measure, or of the validation accuracy where the measure is an accuracy."""
    function = final_validation_accuracy if measure.is_accuracy else measure.function
    sign = 1 if measure.is_accuracy else measure.better
    means: Mapping[str, float] = {
        group.name: sign * mean[0] for group in groups if (mean := group.mean(function)) is not None
    }
    return max((group for group in groups if group.name in means), key=lambda group: means[group.name], default=None)


def _standing(name: str, pairs: Sequence[Pair]) -> str:
    own = [pair for pair in pairs if name in (pair.first, pair.second)]
    words = {'better than': BETTER, 'within noise of': NOISE, 'not tested against': UNTESTED}
    parts = []
    for phrase, word in words.items():
        others = [pair.second for pair in own if pair.verdict.word == word and pair.first == name]
        if word != BETTER:
            others += [pair.first for pair in own if pair.verdict.word == word and pair.second == name]
        parts += [f'{phrase} {listed(others)}'] if others else []
    worse = [pair.first for pair in own if pair.verdict.word == BETTER and pair.second == name]
    parts += [f'worse than {listed(worse)}'] if worse else []
    return f'it is {", ".join(parts)}'


def _of_claims(words: Mapping[str, int]) -> str:
    phrases = {HOLDS: 'hold', FAILS: 'do not hold', NOISE: 'are within noise', UNTESTED: 'are not tested'}
    singular = {HOLDS: HOLDS, FAILS: FAILS, NOISE: f'is {NOISE}', UNTESTED: f'is {UNTESTED}'}
    parts = [
        f'{words[word]} {singular[word] if words[word] == 1 else phrase}'
        for word, phrase in phrases.items()
        if words.get(word)
    ]
    return f'Of {sum(words.values())} claims {listed(parts)}.'
