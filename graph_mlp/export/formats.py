"""The formats that other programs read: SavedModel, ONNX and LiteRT."""

import shlex
import sys
import tempfile
from pathlib import Path

import tensorflow.compat.v1 as tf

from graph_mlp.errors import RunError
from graph_mlp.export.model import Model
from graph_mlp.export.serving_graph import CLASSES, INPUT, PROBABILITIES, serving_graph
from graph_mlp.runtime.startup import session_config


def write_saved_model(model: Model, folder: Path) -> None:
    """Writes a SavedModel into `folder`, which does not exist yet; its signature is `serving_default`.

    TensorFlow 1.15 loads it too: it has no operation and, defaults being left out, no attribute that is newer.
    """
    builder = tf.saved_model.Builder(str(folder))
    with tf.Graph().as_default() as graph, tf.Session(graph=graph, config=session_config(0, 'cpu')) as session:
        tf.import_graph_def(serving_graph(model), name='')
        signature = tf.saved_model.predict_signature_def(
            inputs={INPUT: graph.get_tensor_by_name(f'{INPUT}:0')},
            outputs={name: graph.get_tensor_by_name(f'{name}:0') for name in (CLASSES, PROBABILITIES)},
        )
        builder.add_meta_graph_and_variables(
            session,
            [tf.saved_model.tag_constants.SERVING],
            {tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
            strip_default_attrs=True,
        )
    builder.save()


def onnx_bytes(model: Model) -> bytes:
    """The model as the content of an ONNX file, its input and outputs named as in the SavedModel.

    Raises RunError where tf2onnx is not installed.
    """
    try:
        import tf2onnx.convert
    except ImportError as error:
        command = f'{shlex.quote(sys.executable)} -m pip install tf2onnx'
        raise RunError(f'--format onnx needs tf2onnx ({error}): install it by {command}') from None
    names = [f'{name}:0' for name in (INPUT, CLASSES, PROBABILITIES)]
    converted, _ = tf2onnx.convert.from_graph_def(
        serving_graph(model),
        name=model.config.model_tag,
        input_names=names[:1],
        output_names=names[1:],
        tensors_to_rename={name: name.removesuffix(':0') for name in names},
    )
    content: bytes = converted.SerializeToString()
    return content


def tflite_bytes(model: Model) -> bytes:
    """The model as the content of a LiteRT file, with the SavedModel's signature."""
    with tempfile.TemporaryDirectory(prefix='graph_mlp-') as folder:
        write_saved_model(model, Path(folder) / 'model')
        converter = tf.compat.v2.lite.TFLiteConverter.from_saved_model(str(Path(folder) / 'model'))
        content: bytes = converter.convert()
        return content
