"""From an opened checkpoint to a network with its weights: compared first, restored after."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow.compat.v1 as tf

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.data import pca
from graph_mlp.errors import CheckpointError, DataError, UsageError
from graph_mlp.graph.build import Graph
from graph_mlp.store.checkpoints import MODEL, Checkpoint


def read_config(checkpoint: Checkpoint, activation: str | None) -> RunConfig:
    """The model of a checkpoint, from its record or, where there is none, from its variables.

    Raises UsageError where the variables leave the activation open and none is given, or the record has another;
    CheckpointError where this is no network of the notebook's kind.
    """
    if checkpoint.record is None:
        return _config_from_variables(checkpoint, activation)
    config = checkpoint.record.config
    if activation not in (None, config.activation):
        raise UsageError(f'--activation {activation}: {checkpoint.source} was trained with {config.activation}')
    return config


def read_projection(checkpoint: Checkpoint, config: RunConfig, pca_file: Path | None) -> pca.Projection | None:
    """The PCA that is kept with a checkpoint, or the one in `pca_file` where it has none of its own.

    Raises UsageError where a file is named that is not needed, DataError where one is needed and missing or damaged.
    """
    if config.input_features == PIXELS:
        if pca_file:
            raise UsageError(f'--pca {pca_file}: {checkpoint.source} takes all {PIXELS} pixels, no PCA')
        return None
    if checkpoint.record is not None and checkpoint.pca_file:
        projection = pca.load(checkpoint.pca_file, config.input_features)
        if pca_file and not projection.equals(pca.load(pca_file, config.input_features)):
            raise UsageError(f'--pca {pca_file}: {checkpoint.source} has another PCA of its own; leave out --pca')
        return projection
    projection_file = pca_file or checkpoint.source.with_name(checkpoint.source.name + '.pca.npz')
    if not projection_file.is_file():
        raise DataError(
            f'{checkpoint.source} has no PCA beside it, and the network takes {config.input_features} principal '
            'components: name the .npz file with its mean and components by --pca'
        )
    return pca.load(projection_file, config.input_features)


def variable_shapes(checkpoint: Checkpoint) -> dict[str, tuple[tuple[int, ...], tf.DType]]:
    """Names, shapes and dtypes in the checkpoint, read from its index alone; raises CheckpointError."""
    try:
        reader = tf.train.load_checkpoint(str(checkpoint.prefix))
        dtypes = reader.get_variable_to_dtype_map()
        return {name: (tuple(shape), dtypes[name]) for name, shape in reader.get_variable_to_shape_map().items()}
    except Exception as error:  # the reader turns TensorFlow's statuses into Python's own errors, IndexError too
        raise CheckpointError(f'{checkpoint.source}.index is damaged: {_first_line(error)}') from None


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
    available = sum(path.stat().st_size for path in checkpoint.prefix.parent.glob(f'{MODEL}.data-*'))
    if available < needed:
        raise CheckpointError(f'{checkpoint.source}.data is cut short: {available} bytes of at least {needed}')
    try:
        with session.graph.as_default():  # outside a graph the Saver would restore eagerly
            saver.restore(session, str(checkpoint.prefix))
    except (tf.errors.OpError, ValueError) as error:
        raise CheckpointError(f'{checkpoint.source} is damaged: {_first_line(error)}') from None


def restore_initial_weights(session: tf.Session, graph: Graph, optimizer: str, checkpoint: Checkpoint) -> str:
    """Restores the network for `--init-ckpt`, and the optimizer's variables where the checkpoint has them all.

    They are taken if the checkpoint was trained by the same `optimizer`; one without a record, TensorFlow 1.x's own,
    says so by their names. Returns one line for people on what was taken and what was left. Raises CheckpointError.
    """
    shapes = variable_shapes(checkpoint)
    slots = {name: variable for name, variable in graph.state.items() if name not in graph.model}
    same_optimizer = checkpoint.record is None or checkpoint.record.config.optimizer == optimizer
    same_shapes = all(shapes.get(name) == _shape_and_dtype(slots[name]) for name in slots)
    takes_slots = bool(slots) and same_optimizer and same_shapes
    saver, variables = (graph.state_saver, graph.state) if takes_slots else (graph.model_saver, graph.model)
    restore(session, saver, variables, checkpoint)
    restored = f'{len(graph.model)} variables of the network' + (
        f' and {len(slots)} of {optimizer}' if takes_slots else ''
    )
    anew = f'; those of {optimizer} begin anew' if slots and not takes_slots else ''
    unused = sorted(shapes.keys() - variables.keys())
    others = f'; left {len(unused)}: {", ".join(unused[:2])}{", ..." if len(unused) > 2 else ""}' if unused else ''
    return f'took {restored} from {checkpoint.source}{anew}{others}'


def _shape_and_dtype(variable: tf.Variable) -> tuple[tuple[int, ...], tf.DType]:
    return tuple(variable.shape.as_list()), variable.dtype.base_dtype


def _config_from_variables(checkpoint: Checkpoint, activation: str | None) -> RunConfig:
    shapes = {name: shape for name, (shape, _) in variable_shapes(checkpoint).items()}
    sizes: list[int] = []
    while len(shape := shapes.get(f'hidden{len(sizes) + 1}/kernel', ())) == 2:
        sizes.append(shape[1])
    if not sizes or 'output/kernel' not in shapes:
        names = ', '.join(sorted(shapes)[:5])
        raise CheckpointError(f'{checkpoint.source} is no network of the notebook: it holds {names or "nothing"}')
    if activation is None:
        raise UsageError(f'{checkpoint.source} has no .json beside it: say which --activation it was trained with')
    try:
        return RunConfig(
            hidden_sizes=tuple(sizes),
            activation=activation,
            batch_norm='batch_normalization/gamma' in shapes,
            input_features=shapes['hidden1/kernel'][0],
        )
    except UsageError as error:
        raise CheckpointError(f'{checkpoint.source} is no network of the notebook: {error}') from None


def _first_line(error: Exception) -> str:
    return (str(getattr(error, 'message', error)).splitlines() or ['unreadable'])[0][:160]
