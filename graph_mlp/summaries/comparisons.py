"""The study's comparisons side by side in TensorBoard: curves over all seeds, and the page that arranges them."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import tensorflow.compat.v1 as tf

from graph_mlp.store.files import partial_folder, replace_folder
from graph_mlp.store.states import tensorflow_errors
from graph_mlp.summaries.dashboards import layout
from graph_mlp.summaries.event_file import EventFile, new_path


class SteppedCurve(NamedTuple):
    """One curve of one chart; the sequences are of one length, a value per step."""

    tag: str  # the chart's
    steps: Sequence[int]
    seconds: Sequence[float]  # of training, for the Relative axis
    values: Sequence[float]


def write_comparisons(
    folder: Path, category: str, charts: Mapping[str, str], curves: Mapping[str, Sequence[SteppedCurve]]
) -> None:
    """Replaces `folder` by event files: a run of TensorBoard for every key of `curves`, with these curves.

    `charts` maps the titles of the custom-scalars dashboard's charts to the tag that each shows; they stand under the
    heading `category`. Raises RunError where TensorFlow cannot write, OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tensorflow_errors(folder), partial_folder(folder.parent) as partial:
        for name, series in curves.items():
            (partial / name).mkdir()
            opening = tf.Event(wall_time=time.time(), summary=layout({category: dict(charts)}))
            file = EventFile(new_path(partial / name, 0), 0, [opening])
            for curve in series:
                _add(file, curve)
            file.close()
        replace_folder(folder, partial)


def _add(file: EventFile, curve: SteppedCurve) -> None:
    start = time.time() - max(curve.seconds)
    for step, seconds, value in zip(curve.steps, curve.seconds, curve.values, strict=True):
        summary = tf.Summary(value=[tf.Summary.Value(tag=curve.tag, simple_value=value)])
        file.write(tf.Event(wall_time=start + seconds, step=step, summary=summary))
