"""What a checkpoint says of images whose classes nobody knows."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from graph_mlp.config import PIXELS, RunConfig
from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.store.restore import restored_network
from graph_mlp.temperature import scaled


class Answers(NamedTuple):
    """What a network says of n images."""

    config: RunConfig
    run: str | None  # the run that the checkpoint comes from, where a manifest says so
    dataset: str | None  # that it was trained on, where a manifest says so
    probabilities: np.ndarray  # float32 [n, 10], by moving averages, after temperature scaling

    @property
    def classes(self) -> np.ndarray:
        """int [n]: the most probable class of each."""
        return self.ranked[:, 0]

    @property
    def ranked(self) -> np.ndarray:
        """int [n, 10]: the classes of each image, the most probable first."""
        return np.argsort(-self.probabilities, axis=1, kind='stable')


def predict(
    ckpt: str | Path,
    images: np.ndarray,
    activation: str | None = None,
    pca_file: str | Path | None = None,
    threads: int = 0,
    device: str = 'auto',
) -> Answers:
    """The class probabilities of images of MNIST's form, such as `prepare_image` returns them.

    Normalized by the moving averages of training, so that an image's answer does not depend on the others.

    Args:
        ckpt: a checkpoint's prefix, its folder or one of its files.
        images: uint8 [n, 784], [n, 28, 28] or, for one image, [28, 28].
        activation: where the checkpoint has no manifest.
        pca_file: where the checkpoint lacks a PCA of its own.
        threads: of an operation; 0: all cores.
        device: 'auto', 'cpu' or 'gpu'.

    Raises:
        CheckpointError or UsageError: the checkpoint is not a network's.
        DataError: `images` has another type or shape.
    """
    if images.dtype != np.uint8 or images.shape[-1:] not in ((PIXELS,), (28,)) or images.size % PIXELS:
        raise DataError(f'images are {images.dtype} {list(images.shape)}, expected uint8 [n, 784] or [n, 28, 28]')
    with restored_network(ckpt, activation, pca_file, threads, device) as network:
        feed_dict = {network.graph.X: network.inputs(images.reshape(-1, PIXELS))}
        probabilities = network.session.run(network.graph.probabilities, feed_dict)
        if not np.isfinite(probabilities).all():
            raise CheckpointError(
                f'{network.checkpoint.source}: a probability is not a finite number, so the weights are not a trained '
                'network; use another checkpoint'
            )
        dataset = network.config.dataset if network.checkpoint.manifest else None
        return Answers(network.config, network.run, dataset, scaled(probabilities, network.temperature))
