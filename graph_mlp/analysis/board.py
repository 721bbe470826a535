"""From findings to the study's page in TensorBoard's custom-scalars dashboard."""

from collections.abc import Sequence
from pathlib import Path

from graph_mlp.analysis.curves import curve
from graph_mlp.analysis.findings import Finding
from graph_mlp.runtime.startup import quiet_tensorflow


def write_board(folder: Path, findings: Sequence[Finding]) -> None:
    """Writes every comparison that has its runs, by epoch or by milliseconds of training, as the steps' unit.

    In a folder of its own: TensorBoard shows none of more than 40 runs until they are chosen by hand.
    """
    with quiet_tensorflow():
        from graph_mlp.summaries.comparisons import SteppedCurve, write_comparisons

    charts: dict[str, str] = {}
    curves: dict[str, list[SteppedCurve]] = {}
    for finding in findings:
        comparison = finding.comparison
        unit = 'step: epoch' if comparison.axis == 'by-epoch' else 'step: milliseconds of training'
        charts[f'{finding.number}. {comparison.title} ({unit})'] = f'{comparison.key}/accuracy'
        for group in finding.groups:
            _, seconds, accuracies = curve(group, 'by-time')
            by_epoch = comparison.axis == 'by-epoch'
            steps = [number if by_epoch else round(1000 * at) for number, at in enumerate(seconds)]
            curves.setdefault(group.name, []).append(
                SteppedCurve(f'{comparison.key}/accuracy', steps, list(seconds), list(accuracies.mean(axis=0)))
            )
    write_comparisons(folder, charts, curves)
