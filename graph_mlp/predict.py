"""What a checkpoint says of images whose classes nobody knows."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from graph_mlp.config import RunConfig
from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.store.restore import restored_network
from graph_mlp.temperature import scaled


class Answers(NamedTuple):
    """What a network says of n images."""

    config: RunConfig
    run: str | None  # the run that the checkpoint comes from, where a manifest says so
    dataset: str | None  # that it was trained on, where a manifest says so
    probabilities: np.ndarray  # float32 [n, classes], by moving averages, after temperature scaling
    class_names: tuple[str, ...] = ()  # by class; empty: their numbers

    @property
    def classes(self) -> np.ndarray:
        """int [n]: the most probable class of each."""
        return self.ranked[:, 0]

    @property
    def ranked(self) -> np.ndarray:
        """int [n, classes]: the classes of each image, the most probable first."""
        return np.argsort(-self.probabilities, axis=1, kind='stable')


def predict(
    ckpt: str | Path,
    images: np.ndarray,
    activation: str | None = None,
    pca_file: str | Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Answers:
    """The class probabilities of images of the training images' form, as `prepare_image` returns MNIST's.

    Normalized by the moving averages of training, so that an image's answer does not depend on the others.

    Args: images, uint8 [n, pixels], [n, height, width] or, for one image, [height, width]; the others as
    `graph_mlp.store.restore.restored_network` takes them.
    Raises CheckpointError or UsageError where it is no network's, DataError where images have another type or shape.
    """
    with restored_network(ckpt, activation, pca_file, threads, device) as network:
        height, width, pixels = network.config.height, network.config.width, network.config.pixels
        if images.dtype != np.uint8 or images.shape[-1:] not in ((pixels,), (width,)) or images.size % pixels:
            found, expected = f'{images.dtype} {list(images.shape)}', f'uint8 [n, {pixels}] or [n, {height}, {width}]'
            raise DataError(f'images are {found}, expected {expected}')
        feed_dict = {network.graph.X: network.inputs(images.reshape(-1, pixels))}
        probabilities = network.session.run(network.graph.probabilities, feed_dict)
        if not np.isfinite(probabilities).all():
            raise CheckpointError(
                f'{network.checkpoint.source}: a probability is not a finite number, so the weights are not a trained '
                'network; use another checkpoint'
            )
        manifest = network.manifest
        dataset = network.config.dataset if network.checkpoint.manifest else None
        probabilities = scaled(probabilities, manifest.temperature)
        return Answers(network.config, manifest.run, dataset, probabilities, manifest.class_names)
