"""The curves of a study for TensorBoard, and the page of its custom-scalars dashboard that arranges them."""

import time
from collections.abc import Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from graph_mlp.compare import curve
from graph_mlp.files import commit, partial_folder, write_errors
from graph_mlp.runtime.startup import quiet_tensorflow
from graph_mlp.study.findings import Finding


def write_board(folder: Path, title: str, findings: Sequence[Finding]) -> None:
    """Replaces `folder` by event files: a chart per comparison, in it a curve of mean test accuracies per group.

    The step of a point is the epoch, counted from 0, or in a comparison by time the milliseconds of training. It holds
    no single runs, because TensorBoard shows none of more than 40 runs until they are chosen by hand. Raises RunError
    where it cannot be written.
    """
    with quiet_tensorflow():
        from graph_mlp.summaries.dashboards import layout
        from graph_mlp.summaries.events import EventFile

    charts: dict[str, str] = {}
    events: dict[str, list[Event]] = {}  # by the name of the group
    for finding in findings:
        by_epoch, tag = finding.comparison.axis == 'by-epoch', f'{finding.comparison.key}/accuracy'
        unit = 'epoch' if by_epoch else 'milliseconds of training'
        charts[f'{finding.number}. {finding.comparison.title} (step: {unit})'] = tag
        for group in finding.groups:
            one = curve(group, 'by-time')
            start = time.time() - one.x[-1]  # the Relative axis shows seconds of training
            for epoch, (seconds, accuracy) in enumerate(zip(one.x, one.mean, strict=True)):
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=accuracy)])
                step = epoch if by_epoch else round(1000 * seconds)
                events.setdefault(group.name, []).append(Event(wall_time=start + seconds, step=step, summary=summary))
    opening = Summary.FromString(layout({f'{title}, means over the seeds': charts}).SerializeToString())
    with write_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with partial_folder(folder.parent) as partial:
            for name, points in events.items():
                (partial / name).mkdir()
                file = EventFile(partial / name, 0)
                for event in (Event(wall_time=time.time(), summary=opening), *points):
                    file.write(event)
                file.sync()
                file.close()
            commit(partial, folder)
