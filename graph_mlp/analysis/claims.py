"""The notebook's claims of 2017, each as a number to measure and the range in which the claim is true."""

import math
import statistics
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graph_mlp.analysis.measures import (
    EARLY,
    ENOUGH,
    accuracy_after,
    epoch_seconds,
    final_accuracy,
    seconds_to,
    training_seconds,
)
from graph_mlp.analysis.plan import ADAPTIVE, LAYERS, LOOPS, RAW, REDUCED, STEADY, PlannedRun
from graph_mlp.analysis.verdicts import Range
from graph_mlp.store.recorded import RecordedRun

Seed = Mapping[str, RecordedRun]  # the runs of one seed by their planned name, equally long
ABOVE_ZERO = Range(0.0, math.inf)
SETTLED = 0.002  # accuracy; a run is trained once it stays this close to where it ends


class Directions(NamedTuple):
    """What a positive and a negative value of a difference mean, in words."""

    positive: str
    negative: str


HIGHER = Directions('higher', 'lower')
EARLIER = Directions('earlier', 'later')
LONGER = Directions('longer', 'shorter')


class Claim(NamedTuple):
    """One statement of 2017."""

    statement: str
    quantity: str  # what is measured, in words
    measure: Callable[[Seed], float | None]  # of one seed; None where a run does not have it
    claimed: Range
    unit: str  # 'points' of accuracy, '%', 'times' or 's'
    directions: Directions | None = None  # of a difference; None: the value is never negative, or means what it says


def _difference(
    leader: PlannedRun, others: tuple[PlannedRun, ...], measure: Callable[[RecordedRun], float | None]
) -> Callable[[Seed], float | None]:
    """The leader's measure minus the highest of the others."""

    def difference(seed: Seed) -> float | None:
        value = measure(seed[leader.name])
        other_values = [other for run in others if (other := measure(seed[run.name])) is not None]
        return None if value is None or not other_values else value - max(other_values)

    return difference


def _shortfall(
    leader: PlannedRun, others: tuple[PlannedRun, ...], measure: Callable[[RecordedRun], float | None]
) -> Callable[[Seed], float | None]:
    """The lowest measure of the others minus the leader's."""
    return _difference(leader, others, _negated(measure))


def _negated(measure: Callable[[Any], float | None]) -> Callable[[Any], float | None]:
    def negated(run_or_seed: Any) -> float | None:
        value = measure(run_or_seed)
        return None if value is None else -value

    return negated


def _accuracy_range(runs: tuple[PlannedRun, ...]) -> Callable[[Seed], float]:
    """The highest final accuracy minus the lowest."""

    def accuracy_range(seed: Seed) -> float:
        accuracies = [final_accuracy(seed[run.name]) for run in runs]
        return max(accuracies) - min(accuracies)

    return accuracy_range


def _share_saved(quick: PlannedRun, slow: PlannedRun) -> Callable[[Seed], float]:
    """The share of the slow run's seconds per epoch that the quick one saves."""
    return lambda seed: 1 - epoch_seconds(seed[quick.name]) / epoch_seconds(seed[slow.name])


def _time_ratio(slow: PlannedRun, quick: PlannedRun) -> Callable[[Seed], float]:
    return lambda seed: epoch_seconds(seed[slow.name]) / epoch_seconds(seed[quick.name])


def _time_saved_by_pca(reduced: PlannedRun, raw: PlannedRun) -> Callable[[Seed], float | None]:
    """Training seconds on raw pixels minus those of the fit and of training on principal components."""

    def time_saved(seed: Seed) -> float | None:
        fit = seed[reduced.name].pca_seconds
        return None if fit is None else training_seconds(seed[raw.name]) - training_seconds(seed[reduced.name]) - fit

    return time_saved


def _change_after(epochs: int, run: PlannedRun) -> Callable[[Seed], float | None]:
    """The distance between the accuracy after so many epochs and the final one."""

    def change(seed: Seed) -> float | None:
        early = accuracy_after(epochs)(seed[run.name])
        return None if early is None else abs(final_accuracy(seed[run.name]) - early)

    return change


def seconds_until_settled(run: RecordedRun) -> float:
    """Training seconds until the test accuracy stays within 0.2 points of the mean of its last five epochs."""
    end = statistics.fmean(each.test_accuracy for each in run.history[-5:])
    settled = len(run.history)
    while settled > 1 and abs(run.history[settled - 2].test_accuracy - end) <= SETTLED:
        settled -= 1
    return settled * epoch_seconds(run)


def _lead_over_adaptive(seed: Seed) -> float:
    """Nesterov's final accuracy minus that of the adaptive run with the best validation accuracy at the end."""
    adaptive = [seed[run.name] for run in ADAPTIVE]
    chosen = max(adaptive, key=lambda run: run.history[-1].validation_accuracy_moving)
    return final_accuracy(seed[NESTEROV.name]) - final_accuracy(chosen)


BIG, MIDDLE, SMALL = RAW
RELU, ELU, BN_RELU, BN_ELU = LAYERS
OTHERS = (RELU, ELU, BN_RELU)
DESCENT, MOMENTUM, NESTEROV = STEADY
LITTLE = Range(-math.inf, 0.005)

CLAIMS: dict[str, tuple[Claim, ...]] = {
    'raw-by-epoch': (
        Claim('All topologies end at the same accuracy, close to 98 %.',
              'largest distance of a final accuracy from 98 %',
              lambda seed: max(abs(final_accuracy(seed[run.name]) - 0.98) for run in RAW), LITTLE, 'points'),
        Claim('More units give slightly more precision.', 'final accuracy of 1568-500 against that of 100-50',
              _difference(BIG, (SMALL,), final_accuracy), Range(0.0, 0.01), 'points', HIGHER),
        Claim('But the training time grows a lot with them.', 'seconds per epoch, 1568-500 over 100-50',
              _time_ratio(BIG, SMALL), Range(2.0, math.inf), 'times'),
    ),
    'raw-by-time': (
        Claim('300-100 is 41 % faster than the big one ...', 'seconds per epoch saved by 300-100',
              _share_saved(MIDDLE, BIG), Range(0.31, 0.51), '%'),
        Claim('... and loses only 0.15 % of precision.', 'final accuracy of 1568-500 against that of 300-100',
              _difference(BIG, (MIDDLE,), final_accuracy), Range(-math.inf, 0.0025), 'points', HIGHER),
    ),
    'pca': (
        Claim('Training is faster on PCA154.', 'seconds per epoch saved by PCA154',
              _share_saved(REDUCED[1], MIDDLE), ABOVE_ZERO, '%'),
        Claim('Hardly any precision is lost.', 'final accuracy on raw pixels against that on PCA154',
              _difference(MIDDLE, (REDUCED[1],), final_accuracy), LITTLE, 'points', HIGHER),
        Claim('The time gained does not pay for the fit of the PCA.',
              'fit and training on PCA154 against training on raw pixels',
              _negated(_time_saved_by_pca(REDUCED[1], MIDDLE)), ABOVE_ZERO, 's', LONGER),
    ),
    'pca-against-big': (
        Claim('The precisions are 0.3 % apart.', 'distance of the final accuracies',
              _accuracy_range((BIG, REDUCED[1])), Range(0.0015, 0.0045), 'points'),
        Claim('With a smaller topology as well, the PCA pays off.',
              'training on raw pixels with 1568-500 against fit and training on PCA154',
              _time_saved_by_pca(REDUCED[1], BIG), ABOVE_ZERO, 's', LONGER),
    ),
    'reduced-topologies': (
        Claim('On PCA154 the accuracy depends little on the topology.', 'highest minus lowest final accuracy',
              _accuracy_range(REDUCED), LITTLE, 'points'),
    ),
    'raw-topologies': (
        Claim('On raw pixels the accuracy depends little on the topology.', 'highest minus lowest final accuracy',
              _accuracy_range(RAW), LITTLE, 'points'),
    ),
    'layers-by-time': (
        Claim('Batch norm with ELU learns faster than the others in training time too.',
              'time at which it reaches 97 %, against the first of the others',
              _shortfall(BN_ELU, OTHERS, seconds_to(ENOUGH)), ABOVE_ZERO, 's', EARLIER),
        Claim("Batch norm doubles the computing time (59 s to 117 s), in the notebook's loop.",
              'seconds per epoch with batch norm over without, ELU, one step per run',
              _time_ratio(LOOPS[1], LOOPS[0]), Range(1.5, 2.5), 'times'),
        Claim('Batch norm doubles the computing time, in the compiled loop.',
              'seconds per epoch with batch norm over without, ELU, compiled',
              lambda seed: _time_ratio(BN_ELU, ELU)(seed) if seed[BN_ELU.name].loop > 1 else None,
              Range(1.5, 2.5), 'times'),
    ),
    'layers-by-epoch': (
        Claim('Batch norm with ELU learns fastest per epoch.',
              'accuracy after 5 epochs against the best of the others',
              _difference(BN_ELU, OTHERS, accuracy_after(5)), ABOVE_ZERO, 'points', HIGHER),
        Claim('Batch norm with ELU is completely trained after 20 epochs.',
              'change of its accuracy from epoch 20 to the end',
              _change_after(EARLY, BN_ELU), Range(-math.inf, SETTLED), 'points'),
        Claim('So it is trained sooner than the others in seconds (39 s against about 50 s).',
              'training time until it stays within 0.2 points of its end, against the first of the others',
              _shortfall(BN_ELU, OTHERS, seconds_until_settled), ABOVE_ZERO, 's', EARLIER),
        Claim('ELU without batch norm is worse than all others.',
              'lowest final accuracy of the others against its own',
              _shortfall(ELU, (RELU, BN_RELU, BN_ELU), final_accuracy), ABOVE_ZERO, 'points', HIGHER),
        Claim('ELU without batch norm is about 1 % worse than with it.', 'final accuracy of BN_elu against that of elu',
              _difference(BN_ELU, (ELU,), final_accuracy), Range(0.005, 0.015), 'points', HIGHER),
    ),
    'optimizers': (
        Claim('Adaptive optimizers (Adagrad, RMSProp, Adam) generalize worse than Nesterov\'s gradient.',
              "final accuracy of Nesterov's gradient against the adaptive run chosen by validation",
              _lead_over_adaptive, ABOVE_ZERO, 'points', HIGHER),
        Claim("Nesterov's gradient is the one to use.",
              "final accuracy of Nesterov's gradient against the best of all others",
              _difference(NESTEROV, (DESCENT, MOMENTUM, *ADAPTIVE), final_accuracy), ABOVE_ZERO, 'points', HIGHER),
    ),
}  # fmt: skip
