import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from graph_mlp.config import RunConfig
from graph_mlp.data.pca import Projection
from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.graph.build import build
from graph_mlp.session.evaluate import evaluate
from graph_mlp.store.publish import publish_model
from tests.graph import reference

PIXELS = RunConfig((3,), dataset='digits')
COMPONENTS = RunConfig((3,), 'tanh', input_features=5, dataset='digits')
PROJECTION = Projection(np.full(784, 0.25, np.float32), np.eye(5, 784, k=300, dtype=np.float32))  # pixels 300 to 304


def published(saves, config, projection=None):
    """Publishes a model of random weights as that of the run `digits_tiny`; returns them."""
    random = np.random.RandomState(0)
    values = {
        name: random.uniform(0.5, 1.5, variable.shape).astype(np.float32)
        if 'variance' in name
        else random.normal(0, 0.3, variable.shape).astype(np.float32)
        for name, variable in build(config).model.items()
    }
    publish_model(saves, values, b'meta', {'config': config.to_json(), 'run': 'digits_tiny'}, projection)
    return values


@pytest.mark.parametrize('split', ['train', 'validation', 'test'])
@pytest.mark.parametrize('config', [PIXELS, COMPONENTS], ids=['pixels', 'components'])
def test_the_figures_are_those_of_a_forward_pass_in_numpy(tmp_path, digits, config, split):
    projection = PROJECTION if config is COMPONENTS else None
    values = published(tmp_path, config, projection)
    images, labels = getattr(digits, split)
    X = images / 255
    if projection:
        X = X[:, 300:305] - 0.25
    evaluation = evaluate(tmp_path / 'model.ckpt', digits, split)
    for moving, accuracy, loss in (
        (False, evaluation.figures.accuracy, evaluation.figures.loss),
        (True, evaluation.figures.accuracy_moving, evaluation.figures.loss_moving),
    ):
        logits, _ = reference.forward(values, X, config, moving)
        assert accuracy == np.mean(logits.argmax(axis=1) == labels)
        assert loss == pytest.approx(log_loss(labels, softmax(logits, axis=1)), rel=1e-5)
    np.testing.assert_allclose(evaluation.probabilities, softmax(logits, axis=1), atol=1e-6)  # by moving averages


def test_it_says_which_model_of_which_run_was_measured_on_how_many_images(tmp_path, digits):
    published(tmp_path, PIXELS)
    config, run, images, *_ = evaluate(tmp_path, digits, 'validation')
    assert (config, run, images) == (PIXELS, 'digits_tiny', 200)


def test_other_data_than_it_was_trained_on_are_refused(tmp_path, digits):
    published(tmp_path, PIXELS)
    with pytest.raises(DataError, match=r'was trained on digits, the data at hand are mnist: .*--dataset'):
        evaluate(tmp_path, digits._replace(name='mnist'), 'test')


def test_weights_that_are_no_numbers_are_no_trained_network(tmp_path, digits):
    values = published(tmp_path, PIXELS)
    values['output/bias'][3] = np.nan
    publish_model(tmp_path, values, b'meta', {'config': PIXELS.to_json()}, None)
    with pytest.raises(CheckpointError, match='the loss is not a finite number'):
        evaluate(tmp_path, digits, 'test')
