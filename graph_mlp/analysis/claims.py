"""What the notebook said in 2017, each claim as a number to measure and the range in which it is true."""

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


class Claim(NamedTuple):
    """One statement of 2017."""

    said: str
    quantity: str  # what is measured, in words
    measure: Callable[[Seed], float | None]  # of one seed; None where a run never gets there
    claimed: Range
    unit: str  # 'points' of accuracy, '%', 'times' or 's'


def _accuracy(run: PlannedRun) -> Callable[[Seed], float]:
    return lambda seed: final_accuracy(seed[run.name])


def _lead(leader: PlannedRun, others: tuple[PlannedRun, ...], measure: Callable[[RecordedRun], float | None]):
    """By how much the leader's measure exceeds the highest of the others."""

    def found(seed: Seed) -> float | None:
        mine = measure(seed[leader.name])
        theirs = [value for other in others if (value := measure(seed[other.name])) is not None]
        return None if mine is None or not theirs else mine - max(theirs)

    return found


def _below(leader: PlannedRun, others: tuple[PlannedRun, ...], measure: Callable[[RecordedRun], float | None]):
    """By how much the leader's measure is below the lowest of the others."""

    return _lead(leader, others, _negated(measure))


def _negated(measure: Callable[[Any], float | None]) -> Callable[[Any], float | None]:
    def found(of: Any) -> float | None:
        value = measure(of)
        return None if value is None else -value

    return found


def _spread(runs: tuple[PlannedRun, ...]) -> Callable[[Seed], float]:
    def found(seed: Seed) -> float:
        ends = [final_accuracy(seed[run.name]) for run in runs]
        return max(ends) - min(ends)

    return found


def _faster(quick: PlannedRun, slow: PlannedRun) -> Callable[[Seed], float]:
    return lambda seed: 1 - epoch_seconds(seed[quick.name]) / epoch_seconds(seed[slow.name])


def _times(slow: PlannedRun, quick: PlannedRun) -> Callable[[Seed], float]:
    return lambda seed: epoch_seconds(seed[slow.name]) / epoch_seconds(seed[quick.name])


def _saved_by_pca(reduced: PlannedRun, raw: PlannedRun) -> Callable[[Seed], float | None]:
    def found(seed: Seed) -> float | None:
        fit = seed[reduced.name].pca_seconds
        return None if fit is None else training_seconds(seed[raw.name]) - training_seconds(seed[reduced.name]) - fit

    return found


def _gain_after(epochs: int, run: PlannedRun) -> Callable[[Seed], float | None]:
    def found(seed: Seed) -> float | None:
        early = accuracy_after(epochs)(seed[run.name])
        return None if early is None else abs(final_accuracy(seed[run.name]) - early)

    return found


def seconds_until_settled(run: RecordedRun) -> float:
    """Training seconds until the test accuracy stays within 0.2 points of the mean of its last five epochs."""
    end = statistics.fmean(each.test_accuracy for each in run.history[-5:])
    settled = len(run.history)
    while settled > 1 and abs(run.history[settled - 2].test_accuracy - end) <= SETTLED:
        settled -= 1
    return settled * epoch_seconds(run)


def _best_adaptive(seed: Seed) -> float:
    """The test accuracy of the adaptive run with the best validation accuracy at the end."""
    runs = [seed[run.name] for run in ADAPTIVE]
    return final_accuracy(max(runs, key=lambda run: run.history[-1].validation_accuracy_moving))


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
        Claim('More units give slightly more precision.', 'final accuracy of 1568-500 above that of 100-50',
              _lead(BIG, (SMALL,), final_accuracy), Range(0.0, 0.01), 'points'),
        Claim('But the training time grows a lot with them.', 'seconds per epoch, 1568-500 over 100-50',
              _times(BIG, SMALL), Range(2.0, math.inf), 'times'),
    ),
    'raw-by-time': (
        Claim('300-100 is 41 % faster than the big one ...', 'seconds per epoch saved by 300-100',
              _faster(MIDDLE, BIG), Range(0.31, 0.51), '%'),
        Claim('... and loses only 0.15 % of precision.', 'final accuracy of 1568-500 above that of 300-100',
              _lead(BIG, (MIDDLE,), final_accuracy), Range(-math.inf, 0.0025), 'points'),
    ),
    'pca': (
        Claim('Training is faster on PCA154.', 'seconds per epoch saved by PCA154',
              _faster(REDUCED[1], MIDDLE), ABOVE_ZERO, '%'),
        Claim('Hardly any precision is lost.', 'final accuracy on raw pixels above that on PCA154',
              _lead(MIDDLE, (REDUCED[1],), final_accuracy), LITTLE, 'points'),
        Claim('The time gained does not pay for the fit of the PCA.',
              'fit and training on PCA154, longer than training on raw pixels by',
              _negated(_saved_by_pca(REDUCED[1], MIDDLE)), ABOVE_ZERO, 's'),
    ),
    'pca-against-big': (
        Claim('The precisions are 0.3 % apart.', 'distance of the final accuracies',
              lambda seed: abs(_accuracy(BIG)(seed) - _accuracy(REDUCED[1])(seed)), Range(0.0015, 0.0045), 'points'),
        Claim('With a smaller topology as well, the PCA pays off.',
              'training on raw pixels with 1568-500, longer than fit and training on PCA154 by',
              _saved_by_pca(REDUCED[1], BIG), ABOVE_ZERO, 's'),
    ),
    'reduced-topologies': (
        Claim('On PCA154 the accuracy depends little on the topology.', 'highest minus lowest final accuracy',
              _spread(REDUCED), LITTLE, 'points'),
    ),
    'raw-topologies': (
        Claim('On raw pixels the accuracy depends little on the topology.', 'highest minus lowest final accuracy',
              _spread(RAW), LITTLE, 'points'),
    ),
    'layers-by-time': (
        Claim('Batch norm with ELU learns faster than the others in training time too.',
              'seconds to 97 %, earlier than the first of the others by',
              _below(BN_ELU, OTHERS, seconds_to(ENOUGH)), ABOVE_ZERO, 's'),
        Claim("Batch norm doubles the computing time (59 s to 117 s), in the notebook's loop.",
              'seconds per epoch with batch norm over without, ELU, one step per run',
              _times(LOOPS[1], LOOPS[0]), Range(1.5, 2.5), 'times'),
        Claim('Batch norm doubles the computing time, in the compiled loop.',
              'seconds per epoch with batch norm over without, ELU, compiled',
              lambda seed: _times(BN_ELU, ELU)(seed) if seed[BN_ELU.name].loop > 1 else None, Range(1.5, 2.5), 'times'),
    ),
    'layers-by-epoch': (
        Claim('Batch norm with ELU learns fastest per epoch.',
              'accuracy after 5 epochs above the best of the others',
              _lead(BN_ELU, OTHERS, accuracy_after(5)), ABOVE_ZERO, 'points'),
        Claim('Batch norm with ELU is completely trained after 20 epochs.',
              'change of its accuracy from epoch 20 to the end',
              _gain_after(EARLY, BN_ELU), Range(-math.inf, SETTLED), 'points'),
        Claim('So it is trained sooner than the others in seconds (39 s against about 50 s).',
              'training seconds until settled, earlier than the first of the others by',
              _below(BN_ELU, OTHERS, seconds_until_settled), ABOVE_ZERO, 's'),
        Claim('ELU without batch norm is worse than all others.', 'lowest final accuracy of the others above its own',
              _below(ELU, (RELU, BN_RELU, BN_ELU), final_accuracy), ABOVE_ZERO, 'points'),
        Claim('ELU without batch norm is about 1 % worse than with it.', 'final accuracy of BN_elu above that of elu',
              _lead(BN_ELU, (ELU,), final_accuracy), Range(0.005, 0.015), 'points'),
    ),
    'optimizers': (
        Claim('Adaptive optimizers (Adagrad, RMSProp, Adam) generalize worse than Nesterov\'s gradient.',
              "final accuracy of Nesterov's above the adaptive run chosen by validation",
              lambda seed: _accuracy(NESTEROV)(seed) - _best_adaptive(seed), ABOVE_ZERO, 'points'),
        Claim("Nesterov's gradient is the one to use.",
              "final accuracy of Nesterov's above the best of all others",
              _lead(NESTEROV, (DESCENT, MOMENTUM, *ADAPTIVE), final_accuracy), ABOVE_ZERO, 'points'),
    ),
}  # fmt: skip
