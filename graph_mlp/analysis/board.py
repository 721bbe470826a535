"""From findings to the study's page in TensorBoard's custom-scalars dashboard."""

from collections.abc import Sequence
from pathlib import Path

from graph_mlp.analysis.curves import curve
from graph_mlp.analysis.findings import Finding
from graph_mlp.runtime.startup import quiet_tensorflow


def write_board(folder: Path, title: str, findings: Sequence[Finding]) -> None:
    """Replaces `folder` by event files: a chart per comparison, in it a curve of mean test accuracies per group.

    The step of a point is the epoch, counted from 0, or in a comparison by time the milliseconds of training. The
    folder holds no single runs, because TensorBoard shows none of more than 40 runs until they are chosen by hand.
    """
    with quiet_tensorflow():
        from graph_mlp.summaries.comparisons import SteppedCurve, write_comparisons

    charts: dict[str, str] = {}
    curves: dict[str, list[SteppedCurve]] = {}
    for finding in findings:
        comparison = finding.comparison
        by_epoch = comparison.axis == 'by-epoch'
        unit = 'epoch' if by_epoch else 'milliseconds of training'
        tag = f'{comparison.key}/accuracy'
        charts[f'{finding.number}. {comparison.title} (step: {unit})'] = tag
        for group in finding.groups:
            _, seconds, accuracies = curve(group, 'by-time')
            steps = [epoch if by_epoch else round(1000 * end) for epoch, end in enumerate(seconds)]
            curves.setdefault(group.name, []).append(
                SteppedCurve(tag, steps, list(seconds), list(accuracies.mean(axis=0)))
            )
    write_comparisons(folder, f'{title}, means over the seeds', charts, curves)
