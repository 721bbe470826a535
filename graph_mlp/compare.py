"""Recorded runs compared: measures by name, their means over seeds, tables of Markdown, CSV or JSON, and plots."""

import csv
import difflib
import io
import json
import math
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graph_mlp.config import settings
from graph_mlp.errors import UsageError
from graph_mlp.metrics import best_epoch
from graph_mlp.significance import student_interval
from graph_mlp.store.manifest import shared_settings
from graph_mlp.store.recorded import RecordedRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from graph_mlp.plots.comparison import Curve

SETTLED = 0.002  # accuracy; a run is settled once its accuracy stays this close to its end
Row = dict[str, Any]  # a line of a table of runs


class Directions(NamedTuple):
    """The words for a positive and for a negative difference."""

    positive: str
    negative: str

    @property
    def reversed(self) -> 'Directions':
        """The same words for a difference that is taken the other way round."""
        return Directions(self.negative, self.positive)


HIGHER, LATER, LONGER = Directions('higher', 'lower'), Directions('later', 'earlier'), Directions('longer', 'shorter')
LARGER, MORE = Directions('larger', 'smaller'), Directions('more', 'fewer')


class Measure(NamedTuple):
    """A number of one run, under the name by which a plan and --measure call it."""

    name: str
    meaning: str
    quantity: str  # after 'N points of'
    unit: str  # 'points' of accuracy, 's', 'epochs' or 'parameters'
    directions: Directions  # of a difference
    function: Callable[[RecordedRun, float], float | None]  # of a run and N; None where the run does not have it
    number: float = 0.0  # the N of a name that has one

    def of(self, run: RecordedRun) -> float | None:
        """The number of a run; None where it does not have it."""
        return self.function(run, self.number)

    @property
    def is_accuracy(self) -> bool:
        """Whether more is better, and runs are chosen by validation accuracy where they are judged by this."""
        return self.directions == HIGHER

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.is_accuracy else -1


def epoch_seconds(run: RecordedRun) -> float:
    """The median, since other programs slow a few epochs down; every other time is a multiple of it."""
    return statistics.median(epoch.train_seconds for epoch in run.history)


def _accuracy_after(run: RecordedRun, epochs: float) -> float | None:
    return run.history[int(epochs) - 1].test_accuracy if len(run.history) >= epochs else None


def _epochs_to(run: RecordedRun, per_cent: float) -> float | None:
    return next((epoch.epoch + 1 for epoch in run.history if epoch.test_accuracy >= per_cent / 100), None)


def _change_after(run: RecordedRun, epochs: float) -> float | None:
    earlier = _accuracy_after(run, epochs)
    return None if earlier is None else abs(run.history[-1].test_accuracy - earlier)


def _epochs_until_settled(run: RecordedRun) -> int:
    end = statistics.fmean(epoch.test_accuracy for epoch in run.history[-5:])
    settled = len(run.history)
    while settled > 1 and abs(run.history[settled - 2].test_accuracy - end) <= SETTLED:
        settled -= 1
    return settled


def _seconds(run: RecordedRun, epochs: float | None, more: float | None = 0.0) -> float | None:
    return None if epochs is None or more is None else epochs * epoch_seconds(run) + more


def _fit_seconds(run: RecordedRun) -> float | None:
    """None where a run on principal components did not time its fit."""
    return 0.0 if run.pca_seconds is None and run.config.input_features == run.config.pixels else run.pca_seconds


MEASURES = (
    Measure('final accuracy', 'test accuracy after the last epoch', 'test accuracy', 'points', HIGHER,
            lambda run, n: run.history[-1].test_accuracy),
    Measure('final accuracy by moving averages', 'the same, normalized by moving averages',
            'test accuracy by moving averages', 'points', HIGHER, lambda run, n: run.history[-1].test_accuracy_moving),
    Measure('best accuracy by validation', 'test accuracy after the epoch of the highest validation accuracy',
            'test accuracy at the best epoch by validation', 'points', HIGHER,
            lambda run, n: run.history[best_epoch(run.history, run.config.monitor) or 0].test_accuracy),
    Measure('validation accuracy', 'validation accuracy after the last epoch', 'validation accuracy', 'points', HIGHER,
            lambda run, n: run.history[-1].validation_accuracy_moving),
    Measure('accuracy after N epochs', 'test accuracy after N epochs', 'test accuracy after N epochs', 'points', HIGHER,
            _accuracy_after),
    Measure('change after N epochs', 'how far the final accuracy is from that after N epochs', 'change after N epochs',
            'points', LARGER, _change_after),
    Measure('distance from N %', 'how far the final accuracy is from N %', 'distance from N %', 'points', LARGER,
            lambda run, n: abs(run.history[-1].test_accuracy - n / 100)),
    Measure('epochs to N %', 'epochs until N % of the test images are classified right', 'training to N %', 'epochs',
            LATER, _epochs_to),
    Measure('seconds to N %', 'seconds of training until then', 'training to N %', 's', LATER,
            lambda run, n: _seconds(run, _epochs_to(run, n))),
    Measure('seconds until settled', 'seconds until the test accuracy stays within 0.2 points of its end',
            'training until settled', 's', LATER, lambda run, n: _seconds(run, _epochs_until_settled(run))),
    Measure('seconds per epoch', 'the median of the seconds of training per epoch', 'each epoch', 's', LONGER,
            lambda run, n: epoch_seconds(run)),
    Measure('seconds per compiled epoch', 'the same, of runs with several steps per session.run alone', 'each epoch',
            's', LONGER, lambda run, n: epoch_seconds(run) if run.steps_per_run > 1 else None),
    Measure('training seconds', 'seconds of training of all epochs', 'training', 's', LONGER,
            lambda run, n: _seconds(run, len(run.history))),
    Measure('training seconds with PCA', 'the same and the fit of the PCA', 'training and the fit of the PCA', 's',
            LONGER, lambda run, n: _seconds(run, len(run.history), _fit_seconds(run))),
    Measure('seconds of the PCA', 'seconds of its fit', 'the fit of the PCA', 's', LONGER,
            lambda run, n: run.pca_seconds),
    Measure('parameters', 'how many numbers training changes', 'the network', 'parameters', MORE,
            lambda run, n: run.config.parameters),
)  # fmt: skip


def named_measure(name: str) -> Measure:
    """The measure of this name, as 'final accuracy' or 'seconds to 97 %'; raises UsageError naming the nearest."""
    for measure in MEASURES:
        match = re.fullmatch(re.escape(measure.name).replace('N', r'(\d+(?:\.\d+)?)'), name)
        if match and not match.groups():
            return measure
        if match:
            number = float(match[1])
            if not (number.is_integer() and number >= 1 if name.endswith('epochs') else 0 < number <= 100):
                raise UsageError(f'measure {name!r}: the number should be a whole number of epochs, or from 0 to 100 %')
            return measure._replace(name=name, number=number, quantity=measure.quantity.replace('N', match[1]))
    raise UsageError(unknown('measure', name, [measure.name for measure in MEASURES]))


def unknown(kind: str, name: object, valid_names: Iterable[str]) -> str:
    """'there is no measure 'final acuracy': did you mean 'final accuracy'?', or the names that there are."""
    names = list(valid_names)
    close = difflib.get_close_matches(str(name), names, 1)
    advice = f'did you mean {close[0]!r}?' if close else f'choose from {", ".join(names)}'
    return f'there is no {kind} {str(name)!r:.140}: {advice}'


class Group(NamedTuple):
    """Runs of one configuration, one per seed."""

    name: str
    runs: list[RecordedRun]  # by seed, at least one

    def mean(self, measure: str) -> tuple[float, float | None] | None:
        """Mean and standard deviation (n - 1; None for one run) of a measure; None where a run lacks it."""
        values = [value for run in self.runs if (value := named_measure(measure).of(run)) is not None]
        if len(values) < len(self.runs):
            return None
        return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None

    def unspelled(self) -> list[str]:
        """The settings that differ from their default and that the name of the group does not spell."""
        config = self.runs[0].config
        return [
            one.name for one in settings().values()
            if one.flag and one.name not in ('seed', 'epochs', 'steps_per_run')  # which have columns of their own
            and getattr(config, one.name) != one.default
            and (config.model_tag if one.in_tag else f'_{one.in_name}') not in self.name
        ]  # fmt: skip


def groups(runs: Sequence[RecordedRun]) -> list[Group]:
    """Runs that differ in their seed alone, in the order of their first names.

    Runs of one configuration, ended or of as many epochs, that begin from the same files form one group, named by their
    common name without `_seed-<seed>`; where that leaves two groups one name, their seeds follow it. Runs whose names
    differ otherwise are separate groups, and so is a second run of the same seed, under its own name.
    """
    by_settings: dict[tuple[str, ...], Group] = {}
    for run in runs:
        name = run.name.removesuffix(f'_seed-{run.config.seed}')
        epochs = 'all' if run.has_ended(run.config.epochs) else str(len(run.history))
        key = (name, epochs, *map(str, shared_settings(run.config, run.identity).values()))
        group = by_settings.setdefault(key, Group(name, []))
        if any(run.config.seed == other.config.seed for other in group.runs):
            group = by_settings.setdefault((run.name, *key), Group(run.name, []))
        group.runs.append(run)
    names = [group.name for group in by_settings.values()]
    for key, group in by_settings.items():
        group.runs.sort(key=lambda run: run.config.seed)
        if names.count(group.name) > 1:
            seeds = '+'.join(str(run.config.seed) for run in group.runs)
            name = f'{group.name}_seed-{seeds}' if len(group.runs) > 1 else group.runs[0].name
            by_settings[key] = group._replace(name=name)
    return list(by_settings.values())


def uneven(name: str, runs: Iterable[RecordedRun]) -> list[str]:
    """A line where the runs of a group or a comparison were not timed alike; none where they were."""
    ways = {run.timed_on for run in runs}
    return [f'warning: {name}: not all runs were timed alike: {"; ".join(sorted(ways))}'] if len(ways) > 1 else []


def rows(chosen: Sequence[Group]) -> list[Row]:
    """A line per group: measures of COLUMNS with deviation and interval over the seeds, None where it has none.

    A setting that differs from its default in any group, and that the group's name does not spell, is a column too.
    """
    names = [name for name in settings() if any(name in group.unspelled() for group in chosen)]
    has_schedules = any(group.runs[0].config.schedule for group in chosen)
    return [_row(group, names, has_schedules) for group in chosen]


def _row(group: Group, names: Sequence[str], has_schedules: bool) -> Row:
    config = group.runs[0].config
    values = {name: getattr(config, name) for name in names}
    row: Row = {
        'run': group.name,
        **{name: None if value is None else settings()[name].spelled(value) for name, value in values.items()},
        'seeds': len(group.runs),
        'epochs': min(len(run.history) for run in group.runs),
        'steps_per_run': group.runs[0].steps_per_run,
        'parameters': config.parameters,
        **({'final_rate': group.runs[0].history[-1].learning_rate} if has_schedules else {}),
    }
    for name, (_, _, measure) in COLUMNS.items():
        if not measure:
            continue
        mean, deviation = group.mean(measure) or (None, None)
        interval = None if mean is None or deviation is None else student_interval(mean, deviation, row['seeds'])
        highest = 1.0 if named_measure(measure).is_accuracy else math.inf
        low, high = interval.within(0.0, highest) if interval else (None, None)
        row |= {name: mean, f'{name}_deviation': deviation, f'{name}_low': low, f'{name}_high': high}
    return row


COLUMNS = {  # title, how a number is written, and the measure whose mean over the seeds it is
    'run': ('run', '{}', None),
    'seeds': ('seeds', '{}', None),
    'epochs': ('epochs', '{}', None),
    'final_rate': ('final rate', '{:.3g}', None),
    'accuracy': ('test accuracy', '{:.4f}', 'final accuracy'),
    'accuracy_moving': ('by moving averages', '{:.4f}', 'final accuracy by moving averages'),
    'accuracy_best': ('at the best epoch', '{:.4f}', 'best accuracy by validation'),
    'accuracy_at_20': ('after 20 epochs', '{:.4f}', 'accuracy after 20 epochs'),
    'epochs_to_97': ('epochs to 97 %', '{:.1f}', 'epochs to 97 %'),
    'seconds_to_97': ('s to 97 %', '{:.1f}', 'seconds to 97 %'),
    'epoch_seconds': ('s / epoch', '{:.3f}', 'seconds per epoch'),
    'pca_seconds': ('s for PCA', '{:.1f}', 'seconds of the PCA'),
    'parameters': ('parameters', '{:,}', None),
}


def table(lines: Sequence[Row], form: str) -> str:
    """The lines of `rows` as 'markdown', 'csv' or 'json', one document; there numbers are not rounded."""
    if form == 'markdown':
        return run_table(lines)
    if form == 'json':
        return json.dumps(lines, indent=1, allow_nan=False)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator='\n')
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().rstrip('\n')


def run_table(lines: Sequence[Row]) -> str:
    """The lines of `rows` as a Markdown table; a mean over several seeds has its 95 % interval in brackets."""
    own = [name for name in lines[0] if name in settings() and name not in ('epochs', 'steps_per_run')]
    columns = {'run': COLUMNS['run'], **{name: (str(settings()[name].flag), '{}', None) for name in own}, **COLUMNS}
    columns = {name: column for name, column in columns.items() if name in lines[0]}
    cells = [[_cell(row, name, form) for name, (_, form, _) in columns.items()] for row in lines]
    return markdown([title for title, _, _ in columns.values()], cells)


def markdown(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a vertical bar within a cell is escaped."""
    table = [titles, ['---'] * len(titles), *cells]
    return '\n'.join('| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |' for line in table)


def _cell(row: Row, name: str, form: str) -> str:
    if row[name] is None:
        return '-'
    low, high = row.get(f'{name}_low'), row.get(f'{name}_high')
    return form.format(row[name]) + ('' if low is None else f' [{form.format(low)}, {form.format(high)}]')


AXES = {'by-epoch': 'epochs', 'by-time': 'training time (s), evaluation not counted'}


def curve(group: Group, axis: str) -> 'Curve':
    """The group's test accuracies by epoch or by training time, for the epochs that all its seeds have.

    Training begins at zero seconds, so the first epoch's point is where that epoch ended. An epoch takes the mean of
    the seeds' seconds per epoch.
    """
    import numpy as np

    from graph_mlp.plots.comparison import Curve

    epochs = min(len(run.history) for run in group.runs)
    seconds = statistics.fmean(map(epoch_seconds, group.runs)) if axis == 'by-time' else 1
    accuracies = [[epoch.test_accuracy for epoch in run.history[:epochs]] for run in group.runs]
    return Curve(group.name, np.arange(1, epochs + 1) * seconds, np.array(accuracies))


def curves_plot(groups: Sequence[Group], axis: str) -> 'Figure':
    """The groups' test accuracy over one of AXES."""
    from graph_mlp.plots.comparison import accuracy_figure

    plot: Figure = accuracy_figure([curve(group, axis) for group in groups], AXES[axis])
    return plot


def accuracies_plot(groups: Sequence[Group]) -> 'Figure':
    """The groups' final test accuracies, the highest first, each with its 95 % interval over the seeds."""
    from graph_mlp.plots.comparison import IntervalRow, intervals_figure

    drawn = [
        IntervalRow(
            name=row['run'], mean=100 * row['accuracy'], is_decided=row['seeds'] > 1,
            interval=(100 * row['accuracy_low'], 100 * row['accuracy_high']) if row['seeds'] > 1 else None,
            verdict='' if row['seeds'] > 1 else 'one seed',
        )
        for row in sorted(rows(groups), key=lambda row: -row['accuracy'])
    ]  # fmt: skip
    plot: Figure = intervals_figure(drawn, 'test accuracy (%), mean and 95 % interval', reference=None)
    return plot
