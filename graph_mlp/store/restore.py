"""From a checkpoint to a network with its weights: compared first, restored after."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import tensorflow.compat.v1 as tf

from graph_mlp.config import RunConfig
from graph_mlp.data import pca
from graph_mlp.data.dataset import network_inputs
from graph_mlp.errors import CheckpointError, DataError, UsageError, reason
from graph_mlp.graph.build import Graph, build
from graph_mlp.runtime.startup import chosen_device, session_config, use_threads
from graph_mlp.store.checkpoint import Checkpoint, open_checkpoint, part_file
from graph_mlp.store.manifest import Manifest

# The step, optimizers' slots and accumulators, and averages' shadows.
_OF_TRAINING = re.compile(
    r'(^|/)(global_step|beta[12]_power)$|/(Momentum|Adagrad|Adadelta|RMSProp|Adam|Ftrl)(_\d+)?$'
    r'|ExponentialMovingAverage$|^_CHECKPOINTABLE'
)


class RestoredNetwork(NamedTuple):
    """A checkpoint's network in a session of its own, to be measured or asked."""

    checkpoint: Checkpoint
    config: RunConfig
    projection: pca.Projection | None
    graph: Graph
    session: tf.Session

    @property
    def manifest(self) -> Manifest:
        """The checkpoint's; of one that has none it says the configuration alone."""
        return self.checkpoint.manifest or Manifest(config=self.config)

    @property
    def has_moving_averages(self) -> bool:
        """Whether any moving average differs from its initial value; True without batch norm."""
        initial = {'moving_mean': 0.0, 'moving_variance': 1.0}
        moving = {name: variable for name, variable in self.graph.model.items() if '/moving_' in name}
        values = self.session.run(moving)
        return not moving or any((value != initial[name.rpartition('/')[2]]).any() for name, value in values.items())

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """What is fed for pixels, uint8 [n, pixels]: float32 [n, input_features]."""
        return self.projection.project(images) if self.projection else network_inputs(images)


@contextlib.contextmanager
def restored_network(
    ckpt: str | Path,
    activation: str | None = None,
    pca_file: str | Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Iterator[RestoredNetwork]:
    """Opens the checkpoint that `ckpt` means and restores it into a fresh graph; the session is closed at the end.

    Args: ckpt, a checkpoint's prefix, its folder or one of its files; activation, where it has no manifest; pca_file,
    where it lacks a PCA of its own; threads of an operation, 0: all cores; device 'cpu' or 'gpu', 'auto' is the
    processor, which has answered before a GPU is ready. Raises CheckpointError, UsageError or DataError.
    """
    with open_checkpoint(Path(ckpt)) as checkpoint:
        config = read_config(checkpoint, activation)
        projection = read_projection(checkpoint, config, Path(pca_file) if pca_file else None)
        use_threads(threads)
        device = chosen_device('cpu' if device == 'auto' else device)
        graph = build(msgspec.structs.replace(config, schedule=None))  # which training alone follows
        with tf.Session(graph=graph.graph, config=session_config(threads, device)) as session:
            _check_no_other_network(checkpoint, graph)
            restore(session, graph.model_saver, graph.model, checkpoint)
            network = RestoredNetwork(checkpoint, config, projection, graph, session)
            if not network.has_moving_averages:
                print(
                    f'warning: training never updated the moving averages of {checkpoint.source}, as the 2017 '
                    "notebook's did not: what is computed by them means nothing",
                    file=sys.stderr,
                )
            yield network


def read_config(checkpoint: Checkpoint, activation: str | None) -> RunConfig:
    """The model of a checkpoint, from its manifest or, where there is none, from its variables.

    Raises UsageError where the variables leave the activation open and none is given, or the manifest has another;
    CheckpointError where this is no network of the notebook's kind.
    """
    if checkpoint.manifest is not None:
        config = checkpoint.manifest.config
        if activation not in (None, config.activation):
            raise UsageError(f'--activation {activation}: {checkpoint.source} was trained with {config.activation}')
        return config
    shapes = {name: shape for name, (shape, _) in variable_shapes(checkpoint).items()}
    sizes: list[int] = []
    while len(shape := shapes.get(f'hidden{len(sizes) + 1}/kernel', ())) == 2:
        sizes.append(shape[1])
    if not sizes or 'output/kernel' not in shapes:
        names = ', '.join(sorted(shapes)[:5])
        raise CheckpointError(f'{checkpoint.source} is no network of the notebook: it holds {names or "nothing"}')
    if activation is None:
        raise UsageError(f'{checkpoint.source} has no .json beside it: say which --activation it was trained with')
    has_batch_norm, features = 'batch_normalization/gamma' in shapes, shapes['hidden1/kernel'][0]
    try:
        return RunConfig(
            hidden_sizes=tuple(sizes), activation=activation, batch_norm=has_batch_norm, input_features=features,
            classes=shapes['output/kernel'][-1],
        )  # fmt: skip
    except UsageError as error:
        raise CheckpointError(f'{checkpoint.source} is no network of the notebook: {error}') from None


def read_projection(checkpoint: Checkpoint, config: RunConfig, pca_file: Path | None) -> pca.Projection | None:
    """The PCA that is kept with a checkpoint, or the one in `pca_file` where it has none of its own.

    Raises UsageError where a file is named that is not needed, DataError where one is needed and missing or damaged.
    """
    if config.input_features == config.pixels:
        if pca_file:
            raise UsageError(f'--pca {pca_file}: {checkpoint.source} takes all {config.pixels} pixels, no PCA')
        return None
    if '.pca.npz' in checkpoint.checksums:
        projection = pca.load(part_file(checkpoint.prefix, '.pca.npz'), config.input_features, config.pixels)
        if pca_file and not projection.equals(pca.load(pca_file, config.input_features, config.pixels)):
            raise UsageError(f'--pca {pca_file}: {checkpoint.source} has another PCA of its own; leave out --pca')
        return projection
    projection_file = pca_file or part_file(checkpoint.source, '.pca.npz')
    if not projection_file.is_file():
        raise DataError(
            f'{checkpoint.source} has no PCA beside it, and the network takes {config.input_features} principal '
            'components: name the .npz file with its mean and components by --pca'
        )
    return pca.load_given(projection_file, config.input_features, config.pixels)


def variable_shapes(checkpoint: Checkpoint) -> dict[str, tuple[tuple[int, ...], tf.DType]]:
    """Names, shapes and dtypes in the checkpoint, read from its index alone; raises CheckpointError."""
    try:
        with _literal(checkpoint.prefix) as prefix:
            reader = tf.train.load_checkpoint(prefix)
        dtypes = reader.get_variable_to_dtype_map()
        return {name: (tuple(shape), dtypes[name]) for name, shape in reader.get_variable_to_shape_map().items()}
    except Exception as error:  # the reader turns TensorFlow's statuses into Python's own errors, IndexError too
        raise CheckpointError(f'{checkpoint.source}.index is damaged: {reason(error)}') from None


@contextlib.contextmanager
def _literal(prefix: Path) -> Iterator[str]:
    """The prefix by a path that TensorFlow does not take for a pattern, as it does one with a bracket."""
    folder = os.open(prefix.parent, os.O_RDONLY)
    try:
        yield f'/proc/self/fd/{folder}/{prefix.name}' if re.search(r'[*?\[\\]', str(prefix.parent)) else str(prefix)
    finally:
        os.close(folder)


def restore(session: tf.Session, saver: tf.train.Saver, variables: Mapping[str, Any], checkpoint: Checkpoint) -> None:
    """Restores `variables`, by name, once their names, shapes and dtypes are known to be in the checkpoint.

    Raises CheckpointError naming the first variable that is missing or different, or a damaged file.
    """
    shapes = variable_shapes(checkpoint)
    for name, variable in variables.items():
        shape, dtype = _shape_and_dtype(variable)
        if shapes.get(name) != (shape, dtype):
            stored = f'{shapes[name][1].name} {list(shapes[name][0])}' if name in shapes else 'nothing'
            raise CheckpointError(
                f'{checkpoint.source}: {name} should be {dtype.name} {list(shape)}, the checkpoint has {stored}; '
                'use a checkpoint of the same network'
            )
    needed = sum(variable.shape.num_elements() * variable.dtype.size for variable in variables.values())
    data = [part_file(checkpoint.prefix, suffix) for suffix in checkpoint.checksums if suffix.startswith('.data-')]
    available = sum(path.stat().st_size for path in data)
    if available < needed:
        raise CheckpointError(f'{checkpoint.source}.data is cut short: {available} bytes of at least {needed}')
    names = saver.saver_def
    try:
        with _literal(checkpoint.prefix) as prefix:
            session.run(names.restore_op_name, {names.filename_tensor_name: prefix})
    except (tf.errors.OpError, ValueError) as error:
        raise CheckpointError(f'{checkpoint.source} is damaged: {reason(error)}') from None


def restore_initial_weights(session: tf.Session, graph: Graph, optimizer: str, checkpoint: Checkpoint) -> str:
    """Restores the network for `--init-ckpt`, and the optimizer's variables where the checkpoint has them all.

    They are taken if the checkpoint was trained by the same `optimizer`; one without a manifest, TensorFlow 1.x's own,
    says so by their names. Returns one line for people on what was taken and what was left. Raises CheckpointError.
    """
    shapes = variable_shapes(checkpoint)
    slots = {name: variable for name, variable in graph.published.items() if name not in graph.model}
    same_optimizer = checkpoint.manifest is None or checkpoint.manifest.config.optimizer == optimizer
    same_shapes = all(shapes.get(name) == _shape_and_dtype(slots[name]) for name in slots)
    takes_slots = bool(slots) and same_optimizer and same_shapes
    all_of_them, network_alone = (graph.published_saver, graph.published), (graph.model_saver, graph.model)
    saver, variables = all_of_them if takes_slots else network_alone
    restore(session, saver, variables, checkpoint)
    for name, value in session.run(dict(variables)).items():
        if not np.isfinite(value).all():
            raise CheckpointError(f'{checkpoint.source}: {name} holds numbers that are not finite: use another one')
    also = f' and {len(slots)} of {optimizer}' if takes_slots else ''
    anew = f'; those of {optimizer} start anew' if slots and not takes_slots else ''
    unused = sorted(shapes.keys() - variables.keys())
    others = f'; left {len(unused)}: {", ".join(unused[:2])}{", ..." if len(unused) > 2 else ""}' if unused else ''
    return f'took {len(graph.model)} variables of the network{also} from {checkpoint.source}{anew}{others}'


def _check_no_other_network(checkpoint: Checkpoint, graph: Graph) -> None:
    """Raises CheckpointError where variables are left over that belong to no network of this kind.

    A layer under another name would be left out without a word. What training adds is no part of a network.
    """
    left = {name: dtype for name, (_, dtype) in variable_shapes(checkpoint).items() if name not in graph.model}
    # A whole number is a step, whatever its name.
    others = sorted(name for name, dtype in left.items() if not (_OF_TRAINING.search(name) or dtype.is_integer))
    if others:
        raise CheckpointError(
            f'{checkpoint.source} is of another network: it has {", ".join(others[:5])}, which '
            f'{", ".join(sorted(graph.model)[:3])}, ... do not belong to'
        )


def _shape_and_dtype(variable: tf.Variable) -> tuple[tuple[int, ...], tf.DType]:
    return tuple(variable.shape.as_list()), variable.dtype.base_dtype
