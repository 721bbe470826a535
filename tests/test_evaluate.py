"""What a checkpoint scores on a split."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.special import softmax
from sklearn.metrics import log_loss

from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.evaluate import evaluate
from graph_mlp.store.manifest import DatasetRecord, Manifest
from graph_mlp.store.publish import publish_model
from tests.graph import reference
from tests.store.models import COMPONENTS, PIXELS, drawn, filled, published


@pytest.mark.parametrize('split', ['train', 'validation', 'test'])
@pytest.mark.parametrize('config', [PIXELS, COMPONENTS], ids=['pixels', 'components'])
def test_the_metrics_are_those_of_a_forward_pass_in_numpy(tmp_path, digits, config, split):
    values = drawn(config)
    images, labels = getattr(digits, split)
    X = images / 255 if config is PIXELS else images[:, 300:305] / 255 - 0.25
    evaluation = evaluate(published(tmp_path, values, config), digits, split)
    assert (evaluation.config, evaluation.run, evaluation.images) == (config, 'tiny', len(labels))
    for moving, accuracy, loss in (
        (False, evaluation.metrics.accuracy, evaluation.metrics.loss),
        (True, evaluation.metrics.accuracy_moving, evaluation.metrics.loss_moving),
    ):
        logits, _ = reference.forward(values, X, config, moving)
        assert accuracy == np.mean(logits.argmax(axis=1) == labels)
        assert loss == pytest.approx(log_loss(labels, softmax(logits, axis=1)), rel=1e-5)
    np.testing.assert_allclose(evaluation.probabilities, softmax(logits, axis=1), atol=1e-6)  # by moving averages


def test_other_data_than_it_was_trained_on_are_refused(tmp_path, digits):
    with pytest.raises(DataError, match='--dataset'):
        evaluate(published(tmp_path, config=PIXELS), digits._replace(name='mnist'), 'test')


def test_the_same_data_under_a_name_that_an_older_version_gave_them_are_measured(tmp_path, digits):
    config = replace(PIXELS, dataset='idx-00000000')
    record = DatasetRecord('idx-00000000', '', digits.sha256)
    prefix = publish_model(tmp_path, filled(0, config), b'', Manifest(config=config, dataset=record), None)
    assert evaluate(prefix, digits).images == len(digits.test.labels)


@pytest.mark.parametrize('change', [{'height': 14, 'width': 56}, {'classes': 11}])
def test_data_of_another_form_are_refused(tmp_path, digits, change):
    with pytest.raises(DataError, match='--data-dir'):
        evaluate(published(tmp_path, config=PIXELS), digits._replace(**change))


def test_weights_that_are_no_numbers_are_no_trained_network(tmp_path, digits):
    with pytest.raises(CheckpointError, match=r'model\.ckpt'):
        evaluate(published(tmp_path, np.nan, PIXELS), digits, 'test')


def test_ties_are_counted(tmp_path, digits):
    evaluation = evaluate(published(tmp_path, filled(0, PIXELS), PIXELS), digits, 'test')  # all ten logits are equal
    assert evaluation.metrics.accuracy_moving == 1.0
    assert evaluation.ties == np.count_nonzero(digits.test.labels)  # but for the zeros, which argmax finds too
