"""What TensorBoard shows: the graph, and the figures of every epoch."""

from pathlib import Path

import tensorflow.compat.v1 as tf

from graph_mlp.session.history import Epoch

# The notebook's one scalar keeps its name and stands alone; the others are grouped by the part before the slash.
SCALARS = {
    'Accuracy': 'test_accuracy',
    'test/accuracy_moving_averages': 'test_accuracy_moving',
    'test/loss': 'test_loss',
    'test/loss_moving_averages': 'test_loss_moving',
    'validation/accuracy': 'validation_accuracy',
    'validation/accuracy_moving_averages': 'validation_accuracy_moving',
    'validation/loss': 'validation_loss',
    'validation/loss_moving_averages': 'validation_loss_moving',
    'train/accuracy': 'train_accuracy',
    'train/loss': 'train_loss',
    'time/epoch_seconds': 'train_seconds',
}


class Summaries:
    """An event file of one run, flushed after every epoch.

    Every file begins with a SessionLog START at its first epoch, so that TensorBoard drops what an interrupted
    predecessor wrote from there on.
    """

    def __init__(self, folder: Path, graph: tf.Graph, graph_def: tf.GraphDef, first_epoch: int):
        self._folder = folder
        with graph.as_default():
            self._writer = tf.summary.FileWriter(str(folder), filename_suffix=f'.from-epoch-{first_epoch}')
        self._writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), first_epoch)
        self._writer.add_event(tf.Event(graph_def=graph_def.SerializeToString()))
        self._writer.flush()

    def add(self, epoch: Epoch) -> None:
        """Writes every scalar of `epoch` at step = epoch, as the notebook's `add_summary(..., epoch)` did."""
        values = [tf.Summary.Value(tag=tag, simple_value=getattr(epoch, field)) for tag, field in SCALARS.items()]
        self._writer.add_summary(tf.Summary(value=values), epoch.epoch)
        self._writer.flush()

    def close(self) -> None:
        """Flushes and closes the file."""
        self._writer.close()
