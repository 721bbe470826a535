"""How small a difference so many seeds can tell, and how many seeds a smaller one takes."""

import math

from graph_mlp.analysis.verdicts import LEVEL

POWER = 0.8  # the share of studies in which such a difference is found
MOST_SEEDS = 10_000
TERMS = (
    '"N seeds tell X apart" means that a paired t-test of N seeds finds a true difference of X in 80 of 100 studies, '
    'where the seeds differ as much as they did here, and, among several pairs, as the clearest of them has to by '
    "Holm's correction. Fewer than 5 seeds hardly know how much seeds differ."
)


def power(effect: float, seeds: int, level: float = LEVEL) -> float:
    """The probability that a paired t-test at this level finds a mean of `effect` standard deviations.

    `seeds` is at least 2.
    """
    from scipy.stats import nct, t

    critical = t.ppf(1 - level / 2, seeds - 1)
    return float(nct.sf(critical, seeds - 1, effect * math.sqrt(seeds)))


def detectable_difference(deviation: float, seeds: int, level: float = LEVEL) -> float:
    """The difference that a paired t-test of so many seeds finds with a probability of POWER."""
    from scipy.optimize import brentq

    return deviation * float(brentq(lambda effect: power(effect, seeds, level) - POWER, 0.0, 1e6))


def seeds_needed(difference: float, deviation: float, level: float = LEVEL) -> int | None:
    """How many seeds find this difference with a probability of POWER; None for more than MOST_SEEDS."""
    if not deviation:
        return 2 if difference else None
    effect = abs(difference) / deviation
    if not effect or power(effect, MOST_SEEDS, level) < POWER:
        return None
    if power(effect, 2, level) >= POWER:
        return 2
    few, enough = 2, MOST_SEEDS
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if power(effect, middle, level) >= POWER else (middle, enough)
    return enough
