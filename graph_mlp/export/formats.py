"""A trained network for other programs: SavedModel, ONNX and LiteRT, made from one graph with the weights inside."""

import os
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import CheckpointError, RunError, UsageError
from graph_mlp.files import commit, partial_folder
from graph_mlp.graph.model import network
from graph_mlp.graph.notebook_graph import older_operations
from graph_mlp.runtime.startup import session_config
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.restore import RestoredNetwork

INPUT = 'images'  # float32 [n, pixels], in [0, 1]
CLASSES = 'classes'  # int64 [n], the most probable class
PROBABILITIES = 'probabilities'  # float32 [n, classes]


class Model(NamedTuple):
    """A trained network."""

    manifest: Manifest  # its temperature is that of the page's probabilities; the other formats have the network's own
    projection: Projection | None  # from pixels to what the network takes; None: it takes pixels
    values: dict[str, np.ndarray]  # float32, the notebook's variables by name

    @property
    def config(self) -> RunConfig:
        """What it is."""
        return self.manifest.config


def read_model(restored: RestoredNetwork) -> Model:
    """The weights of a checkpoint; raises CheckpointError where one is not a finite number."""
    values, source = restored.session.run(restored.graph.model), restored.checkpoint.source
    for name, value in values.items():
        if not np.isfinite(value).all():
            raise CheckpointError(f'{source}: {name} holds numbers that are not finite; use another checkpoint')
    return Model(restored.manifest, restored.projection, values)


def serving_graph(model: Model) -> tf.GraphDef:
    """The network by moving averages, its PCA before it, every variable a constant.

    The operations `images`, `classes` and `probabilities` are its input and its outputs.
    """

    def trained(getter: Callable[..., tf.Variable], name: str, *args: Any, **kwargs: Any) -> tf.Variable:
        return getter(name, *args, **{**kwargs, 'initializer': tf.constant_initializer(model.values[name])})

    with tf.Graph().as_default() as graph, tf.Session(graph=graph, config=session_config(0, 'cpu')) as session:
        X = images = tf.placeholder(tf.float32, (None, model.config.pixels), name=INPUT)
        if model.projection:  # `Projection.project` on tensors
            with tf.name_scope('pca'):
                X = tf.matmul(images - model.projection.mean, model.projection.components, transpose_b=True)
        with tf.variable_scope('', custom_getter=trained):
            logits = network(X, model.config, batch_statistics=False).logits
        probabilities = tf.nn.softmax(logits, name=PROBABILITIES)
        tf.argmax(probabilities, axis=1, output_type=tf.int64, name=CLASSES)
        session.run(tf.global_variables_initializer())
        outputs = [CLASSES, PROBABILITIES]
        return older_operations(tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), outputs))


def write_saved_model(model: Model, folder: Path) -> None:
    """Writes a SavedModel into `folder`, which does not exist yet; its signature is `serving_default`.

    The classes' names, where they have any, are in `assets.extra/class_names.txt`.
    TensorFlow 1.15 loads it too: it has no operation and, defaults being left out, no attribute that is newer.
    """
    builder = tf.saved_model.Builder(str(folder))
    with tf.Graph().as_default() as graph, tf.Session(graph=graph, config=session_config(0, 'cpu')) as session:
        tf.import_graph_def(serving_graph(model), name='')
        signature = tf.saved_model.predict_signature_def(
            inputs={INPUT: graph.get_tensor_by_name(f'{INPUT}:0')},
            outputs={name: graph.get_tensor_by_name(f'{name}:0') for name in (CLASSES, PROBABILITIES)},
        )
        signatures = {'serving_default': signature}
        builder.add_meta_graph_and_variables(session, ['serve'], signatures, strip_default_attrs=True)
    builder.save()
    if model.manifest.class_names:
        (folder / 'assets.extra').mkdir()
        (folder / 'assets.extra' / 'class_names.txt').write_text('\n'.join(model.manifest.class_names) + '\n', 'utf-8')


def onnx_bytes(model: Model) -> bytes:
    """The model as the content of an ONNX file, its input and outputs named as in the SavedModel.

    Raises RunError where tf2onnx is not installed.
    """
    try:
        import tf2onnx.convert
    except ImportError as error:
        command = f'{shlex.quote(sys.executable)} -m pip install tf2onnx'
        raise RunError(f'--format onnx needs tf2onnx ({error}): install it by {command}') from None
    names = {f'{name}:0': name for name in (INPUT, CLASSES, PROBABILITIES)}
    first, *others = names
    converted, _ = tf2onnx.convert.from_graph_def(
        serving_graph(model), model.config.model_tag, input_names=[first], output_names=others, tensors_to_rename=names
    )
    if model.manifest.class_names:
        converted.metadata_props.add(key='class_names', value='\n'.join(model.manifest.class_names))
    return converted.SerializeToString()


def tflite_bytes(model: Model) -> bytes:
    """The model as the content of a LiteRT file, with the SavedModel's signature."""
    with tempfile.TemporaryDirectory(prefix='graph_mlp-') as folder:
        write_saved_model(model, Path(folder) / 'model')
        converter = tf.compat.v2.lite.TFLiteConverter.from_saved_model(str(Path(folder) / 'model'))
        return converter.convert()


def check_target(target: Path) -> None:
    """Raises UsageError where something is there already; RunError where its folder is missing."""
    if os.path.lexists(target):
        raise UsageError(f'{target} exists and is never overwritten: name another place, or remove it')
    if not target.parent.is_dir():
        raise RunError(f'cannot write {target}: there is no folder {target.parent}; make it, or name another place')


def write_format(model: Model, target: Path, name: str) -> None:
    """Writes `target` in the format `name`: saved-model (a folder), onnx or tflite.

    Raises UsageError where `target` exists, RunError where a requirement is missing or it cannot be written.
    """
    writers: dict[str, Callable[[Model, Path], object]] = {
        'saved-model': write_saved_model,
        'onnx': lambda model, path: path.write_bytes(onnx_bytes(model)),
        'tflite': lambda model, path: path.write_bytes(tflite_bytes(model)),
    }
    write_new(target, lambda path: writers[name](model, path))


def write_new(target: Path, write: Callable[[Path], object]) -> None:
    """Writes `target`, a file or a folder, completely or not at all; `write` is given the path to write to.

    Raises UsageError where `target` exists, RunError where it cannot be written.
    """
    check_target(target)
    try:
        with partial_folder(target.parent) as folder:
            write(folder / 'export')
            commit(folder / 'export', target, replace=False)
    except FileExistsError:
        check_target(target)
        raise
    except OSError as error:
        raise RunError(f'cannot write {target}: {error.strerror}; make room, or name another place') from None
