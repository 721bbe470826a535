"""The table of measures: the names by which plan files and --measure call the numbers of `measures`."""

import re

from graph_mlp.analysis import measures
from graph_mlp.analysis.measures import HIGHER, LATER, LONGER, MORE, Directions, Function, Measure
from graph_mlp.analysis.nearest import unknown_name
from graph_mlp.errors import UsageError

_NUMBER = r'(\d+(?:\.\d+)?)'


def _accuracy(name: str, meaning: str, quantity: str, function: Function) -> Measure:
    return Measure(name, meaning, quantity, function, 'points', HIGHER, 1)


def _cost(name: str, meaning: str, quantity: str, function: Function, unit: str, directions: Directions) -> Measure:
    return Measure(name, meaning, quantity, function, unit, directions, -1)


def measure_table(number: float = 0.0) -> list[Measure]:
    """Every measure; `number` stands for the N of those whose name has one."""
    share = number / 100
    return [
        _accuracy('final accuracy', 'test accuracy after the last epoch', 'test accuracy', measures.final_accuracy),
        _accuracy(
            'final accuracy by moving averages', 'the same, normalized by moving averages',
            'test accuracy by moving averages', measures.final_accuracy_moving,
        ),
        _accuracy(
            'best accuracy by validation', 'test accuracy after the epoch of the highest validation accuracy',
            'test accuracy at the best epoch by validation', measures.best_accuracy,
        ),
        _accuracy(
            'validation accuracy', 'validation accuracy after the last epoch', 'validation accuracy',
            measures.final_validation_accuracy,
        ),
        _accuracy(
            'accuracy after N epochs', 'test accuracy after N epochs', 'test accuracy after N epochs',
            measures.accuracy_after(number),
        ),
        _cost('epochs to N %', 'epochs until N % of the test images are classified right', 'training to N %',
              measures.epochs_to(share), 'epochs', LATER),
        _cost('seconds to N %', 'seconds of training until then', 'training to N %', measures.seconds_to(share), 's',
              LATER),
        _cost('seconds until settled', 'seconds until the test accuracy stays within 0.2 points of its end',
              'training until settled', measures.seconds_until_settled, 's', LATER),
        _cost('seconds per epoch', 'the median of the seconds of training per epoch', 'each epoch',
              measures.epoch_seconds, 's', LONGER),
        _cost('seconds per compiled epoch', 'the same, of runs with several steps per session.run alone', 'each epoch',
              measures.compiled_epoch_seconds, 's', LONGER),
        _cost('training seconds', 'seconds of training of all epochs', 'training', measures.training_seconds, 's',
              LONGER),
        _cost('training seconds with PCA', 'the same and the fit of the PCA', 'training and the fit of the PCA',
              measures.training_seconds_with_pca, 's', LONGER),
        _cost('parameters', 'how many numbers training changes', 'the network', measures.parameters, 'parameters',
              MORE),
    ]  # fmt: skip


def named_measure(name: str) -> Measure:
    """The measure of this name, as 'final accuracy' or 'seconds to 97 %'; raises UsageError naming the nearest."""
    for position, measure in enumerate(measure_table()):
        pattern = re.escape(measure.name).replace('N', _NUMBER)
        match = re.fullmatch(pattern, name)
        if match is None:
            continue
        if not match.groups():
            return measure
        number = float(match[1])
        if not (number.is_integer() and number >= 1 if measure.name.endswith('epochs') else 0 < number <= 100):
            raise UsageError(f'measure {name!r}: the number should be a whole number of epochs, or from 0 to 100 %')
        chosen = measure_table(number)[position]
        return chosen._replace(name=name, quantity=chosen.quantity.replace('N', match[1]))
    raise UsageError(unknown_name('measure', name, [measure.name for measure in measure_table()]))
