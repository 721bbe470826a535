import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.evaluate import evaluate
from graph_mlp.store.manifest import Manifest
from graph_mlp.store.publish import publish_model
from tests.graph import reference
from tests.store.random_models import COMPONENTS, PIXELS, PROJECTION, published


@pytest.mark.parametrize('split', ['train', 'validation', 'test'])
@pytest.mark.parametrize('config', [PIXELS, COMPONENTS], ids=['pixels', 'components'])
def test_the_metrics_are_those_of_a_forward_pass_in_numpy(tmp_path, digits, config, split):
    projection = PROJECTION if config is COMPONENTS else None
    values = published(tmp_path, config, projection)
    images, labels = getattr(digits, split)
    X = images / 255
    if projection:
        X = X[:, 300:305] - 0.25
    evaluation = evaluate(tmp_path / 'model.ckpt', digits, split)
    for moving, accuracy, loss in (
        (False, evaluation.metrics.accuracy, evaluation.metrics.loss),
        (True, evaluation.metrics.accuracy_moving, evaluation.metrics.loss_moving),
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
    publish_model(tmp_path, values, b'meta', Manifest(config=PIXELS), None)
    with pytest.raises(CheckpointError, match='the loss is not a finite number'):
        evaluate(tmp_path, digits, 'test')


def test_ties_are_counted(tmp_path, digits):
    values = {name: np.zeros_like(value) for name, value in published(tmp_path, PIXELS).items()}
    publish_model(tmp_path, values, b'meta', Manifest(config=PIXELS), None)
    evaluation = evaluate(tmp_path, digits, 'test')  # all ten logits are equal
    assert evaluation.metrics.accuracy_moving == 1.0
    assert evaluation.ties == np.count_nonzero(digits.test.labels)  # but for the zeros, which argmax finds too
