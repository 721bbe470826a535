"""The runs that the notebook's Analysis talks about, and the comparisons it makes of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError
from graph_mlp.tags import parse_tag

FIRST_SEED = 42
TIMING_EPOCHS = 5  # of runs that are trained for their seconds per epoch alone


class PlannedRun(NamedTuple):
    """One configuration, to be trained with several seeds."""

    tag: str  # the model
    learning_rate: float | None = None  # None: the notebook's
    notebook_loop: bool = False  # one step per session.run, TIMING_EPOCHS epochs, for its seconds per epoch alone

    @property
    def name(self) -> str:
        """The tag of its runs without the seed."""
        rate = f'_rate-{self.learning_rate:g}' if self.learning_rate else ''
        return f'{self.tag}{rate}{"_notebook-loop" if self.notebook_loop else ""}'

    def fields(self) -> dict[str, Any]:
        """Its fields of RunConfig, without the seed and the epochs."""
        rate = {'learning_rate': self.learning_rate} if self.learning_rate else {}
        return {**(parse_tag(self.tag) or {}), **rate}

    def epochs(self, study_epochs: int) -> int:
        """How many epochs it is trained for in a study of `study_epochs`."""
        return min(study_epochs, TIMING_EPOCHS) if self.notebook_loop else study_epochs

    def config(self, seed: int, epochs: int, dataset: str) -> RunConfig:
        """The whole configuration of one run."""
        return RunConfig(**self.fields(), seed=seed, epochs=self.epochs(epochs), dataset=dataset)


class Comparison(NamedTuple):
    """One figure of the notebook, or the advice of its conclusion."""

    key: str  # as in --only
    title: str
    axis: str  # 'by-epoch' or 'by-time'
    runs: tuple[PlannedRun, ...]
    timed: tuple[PlannedRun, ...] = ()  # for their seconds per epoch alone, not drawn
    summary: str = ''  # of the notebook's text, in our words


def _runs(*tags: str) -> tuple[PlannedRun, ...]:
    return tuple(map(PlannedRun, tags))


RAW = _runs('relu-1568-500', 'relu-300-100', 'relu-100-50')
REDUCED = _runs('PCA154_relu-1568-500', 'PCA154_relu-300-100', 'PCA154_relu-100-50')
LAYERS = _runs('relu-300-100', 'elu-300-100', 'BN_relu-300-100', 'BN_elu-300-100')
NON_ADAPTIVE = _runs('BN_elu-300-100', 'BN_MO_elu-300-100', 'BN_NAG_elu-300-100')
# All with the notebook's learning rate of 0.01, RMSProp and Adam also with the 0.001 that is usual for them.
ADAPTIVE = (
    *_runs('BN_ADAGRAD_elu-300-100', 'BN_RMS_elu-300-100', 'BN_ADAM_elu-300-100'),
    PlannedRun('BN_RMS_elu-300-100', 0.001),
    PlannedRun('BN_ADAM_elu-300-100', 0.001),
)
NOTEBOOK_LOOP = (PlannedRun('elu-300-100', notebook_loop=True), PlannedRun('BN_elu-300-100', notebook_loop=True))

COMPARISONS = (
    Comparison(
        'raw-by-epoch', 'Three topologies on raw pixels, by epoch', 'by-epoch', RAW,
        summary='Hidden layers larger than the input, smaller and much smaller all ended near 98 %. More units gave '
        'slightly more precision and took much more training time.',
    ),
    Comparison(
        'raw-by-time', 'Three topologies on raw pixels, by training time', 'by-time', RAW,
        summary='Over time 300-100 looked best: 41 % faster than 1568-500, for 0.15 % of precision.',
    ),
    Comparison(
        'pca', 'The same topology on raw pixels and on PCA154', 'by-time', (RAW[1], REDUCED[1]),
        summary='With 154 components, which lose 5 % of the data, the first matrix has 154 rows instead of 784: '
        'training was faster and hardly less precise. For so small a network that did not make up for the fit, '
        'which was not timed.',
    ),
    Comparison(
        'pca-against-big', 'PCA154 into 300-100 against raw pixels into 1568-500', 'by-time', (REDUCED[1], RAW[0]),
        summary='Both have about twice as many units as inputs. They ended 0.3 % apart, and computing time began to '
        'matter: a smaller network on fewer features saves more time than the fit of the PCA takes.',
    ),
    Comparison(
        'reduced-topologies', 'Three topologies on PCA154', 'by-epoch', REDUCED,
        summary='On reduced inputs the precision changed little from topology to topology: a light model will do.',
    ),
    Comparison(
        'raw-topologies', 'Three topologies on raw pixels', 'by-epoch', RAW,
        summary='On raw pixels, too, the precision changed little from topology to topology.',
    ),
    Comparison(
        'layers-by-time', 'Activations and batch norm on 300-100, by training time', 'by-time', LAYERS, NOTEBOOK_LOOP,
        summary='Batch norm with ELU learned much faster than the others, although it takes more computing: 60 '
        'epochs took 1 min 57 s instead of 59 s.',
    ),
    Comparison(
        'layers-by-epoch', 'Activations and batch norm on 300-100, by epoch', 'by-epoch', LAYERS,
        summary='Per epoch batch norm with ELU outperformed the others and was completely trained after 20 epochs, '
        '39 s, the others after about 50 s. ELU without batch norm was worse than all others, by 1 %.',
    ),
    Comparison(
        'optimizers', 'Six optimizers on batch norm, ELU and 300-100', 'by-epoch', NON_ADAPTIVE + ADAPTIVE,
        summary='Not tried. The conclusion passes on the advice of a study of 2017: avoid adaptive optimizers, which '
        "generalize poorly, and use Nesterov's accelerated gradient.",
    ),
)  # fmt: skip


def chosen(keys: Sequence[str]) -> tuple[Comparison, ...]:
    """The comparisons of these keys or numbers from 1, in the notebook's order; all without a key.

    Raises UsageError naming those that exist.
    """
    by_name = {
        name: comparison for number, comparison in enumerate(COMPARISONS, 1) for name in (comparison.key, str(number))
    }
    for key in keys:
        if key not in by_name:
            raise UsageError(
                f'--only {key}: there is no such figure; choose from 1 to {len(COMPARISONS)} or '
                f'{", ".join(comparison.key for comparison in COMPARISONS)}'
            )
    chosen_keys = {by_name[key].key for key in keys}
    return tuple(comparison for comparison in COMPARISONS if not keys or comparison.key in chosen_keys)


def planned(comparisons: Sequence[Comparison]) -> list[PlannedRun]:
    """The runs that these comparisons need, each of them once."""
    return list(dict.fromkeys(run for comparison in comparisons for run in comparison.runs + comparison.timed))
