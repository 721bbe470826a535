"""The guide's page on fidelity, from what tests/tf1/fidelity.py measured."""

import json
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / 'tests/recorded/fidelity.json'
PAGE = ROOT / 'graph_mlp/guide/fidelity.md'
DRAWS, ALL_WEIGHTS_DRAWS = 5, 20
FACTOR, FLOOR = 1.5, 2e-6


class Distances(NamedTuple):
    """How far weights end from TensorFlow 1.15's: the largest absolute difference over all trained weights."""

    tag: str
    batch_size: int
    keep_last_batch: bool
    one_ulp: float  # of TensorFlow 1.15 with one weight moved: the largest of DRAWS
    single_steps: float  # of --steps-per-run 1
    compiled: float  # of the compiled loop
    all_weights: float | None = None  # of TensorFlow 1.15 with all weights moved: the largest of ALL_WEIGHTS_DRAWS

    @property
    def ours(self) -> float:
        return max(self.single_steps, self.compiled)

    @property
    def holds(self) -> bool:
        """Whether both loops end as near as TensorFlow 1.15 ends to itself."""
        return self.ours <= max(FACTOR * self.one_ulp, FLOOR)


def read() -> list[Distances]:
    return [Distances(**row) for row in json.loads(RECORDED.read_text(encoding='utf-8'))]


def write(rows: list[Distances]) -> None:
    """Writes the record and the page."""
    lines = ',\n'.join(json.dumps(row._asdict()) for row in rows)
    RECORDED.write_text(f'[\n{lines}\n]\n', encoding='utf-8')
    PAGE.write_text(page(rows), encoding='utf-8')


def summary(rows: list[Distances]) -> str:
    """What README and guide claim."""
    return (
        f'{sum(row.holds for row in rows)} of {len(rows)} networks end as near to the weights of TensorFlow 1.15 as '
        'TensorFlow 1.15 itself ends when one initial weight is moved by one unit in its last place'
    )


def page(rows: list[Distances]) -> str:
    """The page as Markdown."""
    return TEXT.format(
        summary=_wrapped(f'Trained on the bundled digits beside TensorFlow 1.15, {summary(rows)}.'),
        small=sum(row.ours <= FLOOR for row in rows),
        rows=len(rows),
        draws=DRAWS,
        factor=FACTOR,
        beyond=_beyond([row for row in rows if row.all_weights is not None]),
        table='\n'.join(f'| {_cells(row)} |' for row in rows),
    )


def _beyond(rows: list[Distances]) -> str:
    """The section about the networks that ended further away than the draws allow; empty where there are none."""
    if not rows:
        return ''
    return BEYOND.format(
        missed=len(rows),
        draws=DRAWS,
        all_draws=ALL_WEIGHTS_DRAWS,
        factor=FACTOR,
        reached=sum(row.ours <= FACTOR * row.all_weights for row in rows if row.all_weights is not None),
        rows='\n'.join(f'| {_cells(row)} | {row.all_weights:.1e} |' for row in rows),
    )


def _cells(row: Distances) -> str:
    batch = f'{row.batch_size}, last kept' if row.keep_last_batch else str(row.batch_size)
    return f'{row.tag} | {batch} | {row.one_ulp:.1e} | {row.single_steps:.1e} | {row.compiled:.1e}'


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_on_hyphens=False)


TEXT = """# How near to TensorFlow 1.15

{summary}
TensorFlow 1.15 was run {draws} times with one weight moved, each time another one: these are the draws. "As near"
means that no weight ends further away than {factor} times the largest distance in the {draws} draws, or 2e-06 if that
is larger. In {small} of the {rows} networks every weight ended within 2e-06.

In the others rounding alone moves weights further. The gradients of ReLU, leaky ReLU and selu jump at 0. Adam and
RMSProp divide a gradient by its own size, so that a gradient which is mere rounding becomes a full step. And many small
batches amplify every difference. TensorFlow 1.15 is as unsteady, which is why our distance is compared with its own.

## What was measured

`tests/tf1/fidelity.py` crosses every activation with every optimizer, with and without batch norm, on 784 pixels and
on 20 principal components; one to four hidden layers, batches of 7, 33, 70 and 101, and an incomplete last batch are
dealt out evenly. Each configuration trains two epochs of the digits at rate 0.01, on one thread, from the same weights
and on the same batches: under TensorFlow 1.15; {draws} times more under TensorFlow 1.15, each with another weight of a
kernel moved; and here, by single steps (`--steps-per-run 1`) and by the compiled loop. A figure is the largest absolute
difference of a trained weight from the first run's. "1.15 moved" is the largest of the {draws}.

{beyond}## Every configuration

| network | batch | 1.15 moved | single steps | compiled loop |
| --- | --- | --- | --- | --- |
{table}
"""

BEYOND = """## Where five draws do not reach as far

In {missed} configurations one of our loops ended further away than the limit. A draw changes few roundings at first,
while another version of TensorFlow changes nearly all of them, because it adds up matrix products in another order. So
for these TensorFlow 1.15 was run {all_draws} times more with every weight moved by one unit in its last place, up or
down at random. In {reached} of them both loops ended within {factor} times the largest of these distances:

| network | batch | 1.15, one moved | single steps | compiled loop | 1.15, all moved, {all_draws} draws |
| --- | --- | --- | --- | --- | --- |
{rows}

Which networks these are depends on the processor, for which TensorFlow orders its sums.

"""
