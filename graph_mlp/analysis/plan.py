"""What a study is about: runs, the comparisons made of them, and the claims about them."""

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any, NamedTuple

from graph_mlp.analysis.claims import Claim
from graph_mlp.analysis.measures import Measure
from graph_mlp.analysis.settings import name_suffix
from graph_mlp.config import RunConfig
from graph_mlp.errors import UsageError
from graph_mlp.tags import parse_tag

FIRST_SEED = 42
AXES = {'by-epoch': 'epochs', 'by-time': 'training time (s), evaluation not counted'}
LONGEST_LABEL = 200  # bytes; a file system takes 255
MOST_CLAIMS = len(ascii_lowercase)  # of one comparison


class InputFile(NamedTuple):
    """A file that a run begins from."""

    flag: str  # of bin/train: '--init-ckpt' or '--pca'
    path: Path  # absolute
    checksum: str  # of its content


class PlannedRun(NamedTuple):
    """One configuration, to be trained with several seeds."""

    label: str  # in tables and figures
    settings: RunConfig  # without meaning: its seed, epochs and data set
    steps_per_run: int | None = None  # None: as bin/train chooses
    most_epochs: int | None = None  # where it is trained for less than the study's epochs
    files: tuple[InputFile, ...] = ()

    @property
    def name(self) -> str:
        """The tag of its runs without the seed: spelled by the configuration, so that a run is found again."""
        fields = {**dataclasses.asdict(self.settings), 'steps_per_run': self.steps_per_run}
        files = ''.join(f'_{file.flag[2:]}-{file.checksum[:8]}' for file in self.files)
        return self.settings.model_tag + name_suffix(fields, dataclasses.asdict(RunConfig())) + files

    def epochs(self, study_epochs: int) -> int:
        """How many epochs it is trained for in a study of `study_epochs`."""
        return min(study_epochs, self.most_epochs or study_epochs)

    def config(self, seed: int, epochs: int, dataset: str) -> RunConfig:
        """The whole configuration of one run."""
        return dataclasses.replace(self.settings, seed=seed, epochs=self.epochs(epochs), dataset=dataset)


class Comparison(NamedTuple):
    """Runs that are drawn together, and what is claimed of them."""

    key: str  # as in --only
    title: str
    axis: str  # one of AXES
    runs: tuple[PlannedRun, ...]
    timed: tuple[PlannedRun, ...] = ()  # for their seconds per epoch alone, not drawn
    summary: str = ''
    claims: tuple[Claim, ...] = ()
    pairs: Measure | None = None  # by which every run is compared with every other; None: they are not


NumberedComparisons = list[tuple[int, Comparison]]  # comparisons with their numbers in the plan, which begin at 1


class Plan(NamedTuple):
    """One study."""

    key: str  # of its folders
    question: str
    comparisons: tuple[Comparison, ...]
    seeds: int
    epochs: int
    claims_title: str = 'claim'

    def only(self, keys: Sequence[str]) -> NumberedComparisons:
        """The comparisons of these keys or numbers, in the plan's order; all without a key.

        Raises UsageError naming those that exist.
        """
        numbered = list(enumerate(self.comparisons, 1))
        by_name = {name: comparison for number, comparison in numbered for name in (comparison.key, str(number))}
        for key in keys:
            if key not in by_name:
                raise UsageError(
                    f'--only {key}: there is no such comparison; choose from 1 to {len(self.comparisons)} or '
                    f'{", ".join(comparison.key for comparison in self.comparisons)}'
                )
        chosen = {by_name[key].key for key in keys}
        return [entry for entry in numbered if not keys or entry[1].key in chosen]


def planned(comparisons: NumberedComparisons) -> list[PlannedRun]:
    """The runs that these comparisons need, each of them once."""
    return list(dict.fromkeys(run for _, comparison in comparisons for run in comparison.runs + comparison.timed))


def numbered_claims(number: int, comparison: Comparison) -> list[tuple[str, Claim]]:
    """The claims of the comparison of this number, as '8a', '8b', ... and the claim."""
    return [(f'{number}{letter}', claim) for letter, claim in zip(ascii_lowercase, comparison.claims, strict=False)]


def folder_name(text: str) -> str:
    """A text as the name of a folder: letters, digits, '.', '_' and '-' alone, at most 100 characters."""
    name = re.sub(r'[^A-Za-z0-9._-]+', '-', text).strip('-.') or 'study'
    return name if len(name) <= 100 else f'{name[:91]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}'


def check_runs(runs: Sequence[PlannedRun]) -> None:
    """Raises UsageError where two runs are the same, or a name or a label cannot be that of a folder."""
    by_name: dict[str, str] = {}
    for run in runs:
        if not run.label.strip() or run.label.startswith('.') or re.search(r'[/\x00-\x1f]', run.label):
            raise UsageError(f'run {run.label!r}: a label is not empty, begins with no dot and has no slash in it')
        if len(run.label.encode()) > LONGEST_LABEL:
            raise UsageError(f'run {run.label[:40]!r}...: a label has at most {LONGEST_LABEL} bytes')
        parse_tag(f'{run.name}_seed-{2**32 - 1}')
        if run.name in by_name:
            raise UsageError(f'runs {by_name[run.name]!r} and {run.label!r} have the same settings: drop one of them')
        by_name[run.name] = run.label


def model_settings(tag: str) -> dict[str, Any] | None:
    """The fields of RunConfig that a tag spells; None where it spells no model."""
    try:
        return parse_tag(tag)
    except UsageError:
        return None
