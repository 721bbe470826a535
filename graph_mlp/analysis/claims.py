"""The notebook's claims of 2017, each as a number to measure and the range in which the claim is true."""

import math
from string import ascii_lowercase
from typing import NamedTuple

from graph_mlp.analysis.measures import (
    EARLY_EPOCHS,
    SETTLED,
    TARGET_ACCURACY,
    accuracy_after,
    final_accuracy,
    seconds_to,
    seconds_until_settled,
)
from graph_mlp.analysis.plan import ADAPTIVE, LAYERS, NON_ADAPTIVE, NOTEBOOK_LOOP, RAW, REDUCED
from graph_mlp.analysis.seed_measures import (
    SeedMeasure,
    above_best_validated,
    above_highest,
    accuracy_range,
    below_lowest,
    change_after,
    compiled_time_ratio,
    largest_distance,
    seconds_lost_by_pca,
    seconds_saved_by_pca,
    time_ratio,
    time_share_saved,
)
from graph_mlp.analysis.verdicts import Range


class Directions(NamedTuple):
    """The words for a positive and for a negative difference."""

    positive: str
    negative: str


HIGHER = Directions('higher', 'lower')
LOWER = Directions('lower', 'higher')
EARLIER = Directions('earlier', 'later')
LONGER = Directions('longer', 'shorter')
LESS_TIME = Directions('less time', 'more time')


class Claim(NamedTuple):
    """One statement of 2017."""

    statement: str
    sentence: str  # what is measured; {} stands for the number with its unit and direction: '3.9 s later'
    measure: SeedMeasure
    claimed: Range  # of the measure
    unit: str  # 'points' of accuracy, '%', 'times' or 's'
    directions: Directions | None = None  # of a difference; None: the number is a distance or a ratio

    @property
    def quantity(self) -> str:
        """The sentence of a positive number N: 'BN_elu reaches 97 % N s earlier than the first of the others'."""
        direction = f' {self.directions.positive}' if self.directions else ''
        return self.sentence.format(f'N {self.unit}{direction}')


BIG, MIDDLE, SMALL = RAW
RELU, ELU, BN_RELU, BN_ELU = LAYERS
OTHERS = (RELU, ELU, BN_RELU)
SGD, MOMENTUM, NESTEROV = NON_ADAPTIVE
ABOVE_ZERO = Range(0.0, math.inf)
HALF_A_POINT = Range(-math.inf, 0.005)  # or any lower number

CLAIMS: dict[str, tuple[Claim, ...]] = {
    'raw-by-epoch': (
        Claim('All topologies end at the same accuracy, close to 98 %.',
              'The final accuracy furthest from 98 % is {} away from it',
              largest_distance(0.98, RAW), HALF_A_POINT, 'points'),
        Claim('More units give slightly more precision.', '1568-500 ends {} than 100-50',
              above_highest(BIG, (SMALL,), final_accuracy), Range(0.0, 0.01), 'points', HIGHER),
        Claim('But the training time grows a lot with them.',
              'An epoch of 1568-500 takes {} as long as an epoch of 100-50',
              time_ratio(BIG, SMALL), Range(2.0, math.inf), 'times'),
    ),
    'raw-by-time': (
        Claim('300-100 is 41 % faster than the big one ...', 'An epoch of 300-100 takes {} than an epoch of 1568-500',
              time_share_saved(MIDDLE, BIG), Range(0.31, 0.51), '%', LESS_TIME),
        Claim('... and loses only 0.15 % of precision.', '300-100 ends {} than 1568-500',
              below_lowest(MIDDLE, (BIG,), final_accuracy), Range(-math.inf, 0.0025), 'points', LOWER),
    ),
    'pca': (
        Claim('Training is faster on PCA154.', 'An epoch on PCA154 takes {} than an epoch on raw pixels',
              time_share_saved(REDUCED[1], MIDDLE), ABOVE_ZERO, '%', LESS_TIME),
        Claim('Hardly any precision is lost.', 'Training on PCA154 ends {} than on raw pixels',
              below_lowest(REDUCED[1], (MIDDLE,), final_accuracy), HALF_A_POINT, 'points', LOWER),
        Claim('The time gained does not pay for the fit of the PCA.',
              'The fit of the PCA and training on PCA154 together are {} than training on raw pixels',
              seconds_lost_by_pca(REDUCED[1], MIDDLE), ABOVE_ZERO, 's', LONGER),
    ),
    'pca-against-big': (
        Claim('The precisions are 0.3 % apart.', 'The two final accuracies are {} apart',
              accuracy_range((BIG, REDUCED[1])), Range(0.0015, 0.0045), 'points'),
        Claim('With a smaller topology as well, the PCA pays off.',
              'Training 1568-500 on raw pixels is {} than the fit of the PCA and training 300-100 on PCA154 together',
              seconds_saved_by_pca(REDUCED[1], BIG), ABOVE_ZERO, 's', LONGER),
    ),
    'reduced-topologies': (
        Claim('On PCA154 the accuracy depends little on the topology.',
              'The highest final accuracy is {} above the lowest', accuracy_range(REDUCED), HALF_A_POINT, 'points'),
    ),
    'raw-topologies': (
        Claim('On raw pixels the accuracy depends little on the topology.',
              'The highest final accuracy is {} above the lowest', accuracy_range(RAW), HALF_A_POINT, 'points'),
    ),
    'layers-by-time': (
        Claim('Batch norm with ELU learns faster than the others in training time too.',
              'BN_elu reaches 97 % {} than the first of the others',
              below_lowest(BN_ELU, OTHERS, seconds_to(TARGET_ACCURACY)), ABOVE_ZERO, 's', EARLIER),
        Claim("Batch norm doubles the computing time (59 s to 117 s), in the notebook's loop.",
              "In the notebook's loop an epoch of BN_elu takes {} as long as an epoch of elu",
              time_ratio(NOTEBOOK_LOOP[1], NOTEBOOK_LOOP[0]), Range(1.5, 2.5), 'times'),
        Claim('Batch norm doubles the computing time, in the compiled loop.',
              'In the compiled loop an epoch of BN_elu takes {} as long as an epoch of elu',
              compiled_time_ratio(BN_ELU, ELU), Range(1.5, 2.5), 'times'),
    ),
    'layers-by-epoch': (
        Claim('Batch norm with ELU learns fastest per epoch.',
              'After 5 epochs the accuracy of BN_elu is {} than the best of the others',
              above_highest(BN_ELU, OTHERS, accuracy_after(5)), ABOVE_ZERO, 'points', HIGHER),
        Claim('Batch norm with ELU is completely trained after 20 epochs.',
              'From epoch 20 to the end the accuracy of BN_elu changes by {}',
              change_after(EARLY_EPOCHS, BN_ELU), Range(-math.inf, SETTLED), 'points'),
        Claim('So it is trained sooner than the others in seconds (39 s against about 50 s).',
              'The accuracy of BN_elu settles within 0.2 points of its end {} than the first of the others',
              below_lowest(BN_ELU, OTHERS, seconds_until_settled), ABOVE_ZERO, 's', EARLIER),
        Claim('ELU without batch norm is worse than all others.', 'elu ends {} than the lowest of the others',
              below_lowest(ELU, (RELU, BN_RELU, BN_ELU), final_accuracy), ABOVE_ZERO, 'points', LOWER),
        Claim('ELU without batch norm is about 1 % worse than with it.', 'elu ends {} than BN_elu',
              below_lowest(ELU, (BN_ELU,), final_accuracy), Range(0.005, 0.015), 'points', LOWER),
    ),
    'optimizers': (
        Claim("Adaptive optimizers (Adagrad, RMSProp, Adam) generalize worse than Nesterov's gradient.",
              "Nesterov's gradient ends {} than the adaptive optimizer with the best validation accuracy",
              above_best_validated(NESTEROV, ADAPTIVE), ABOVE_ZERO, 'points', HIGHER),
        Claim("Nesterov's gradient is the one to use.",
              "Nesterov's gradient ends {} than the best of the other optimizers",
              above_highest(NESTEROV, (SGD, MOMENTUM, *ADAPTIVE), final_accuracy), ABOVE_ZERO, 'points', HIGHER),
    ),
}  # fmt: skip


def numbered_claims(number: int, key: str) -> list[tuple[str, Claim]]:
    """The claims of the comparison of this number and key, as '8a', '8b', ... and the claim."""
    return [(f'{number}{letter}', claim) for letter, claim in zip(ascii_lowercase, CLAIMS[key], strict=False)]
