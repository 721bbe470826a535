"""What a checkpoint says of images whose classes nobody knows."""

import numpy as np
import pytest
from scipy.special import softmax

from graph_mlp.errors import CheckpointError, DataError
from graph_mlp.predict import predict
from tests.conftest import RECORDED
from tests.data.scans import accuracies
from tests.graph import reference
from tests.store.models import COMPONENTS, PIXELS, drawn, published


@pytest.mark.parametrize('config', [PIXELS, COMPONENTS], ids=['pixels', 'components'])
def test_probabilities_are_those_of_a_forward_pass_by_moving_averages(tmp_path, digits, config):
    values, images = drawn(config), digits.test.images[:20]
    X = images / 255 if config is PIXELS else images[:, 300:305] / 255 - 0.25
    logits, _ = reference.forward(values, X, config, True)
    answers = predict(str(published(tmp_path, values, config)), images)
    np.testing.assert_allclose(answers.probabilities, softmax(logits, axis=1), atol=1e-6)
    assert answers.classes.tolist() == logits.argmax(axis=1).tolist()
    np.testing.assert_array_equal(answers.ranked, np.argsort(-answers.probabilities, axis=1, kind='stable'))
    assert (answers.run, answers.config) == ('tiny', config)


def test_an_answer_does_not_depend_on_the_other_images(tmp_path, digits):
    published(tmp_path, drawn(PIXELS), PIXELS)
    images = digits.test.images[:9].reshape(-1, 28, 28)
    alone = predict(tmp_path, images[4])
    np.testing.assert_allclose(alone.probabilities[0], predict(tmp_path, images).probabilities[4], atol=1e-6)


@pytest.mark.parametrize('images', [np.zeros((2, 784)), np.zeros((28, 29), np.uint8), np.zeros(28, np.uint8)])
def test_what_is_no_image_is_refused(tmp_path, images):
    with pytest.raises(DataError, match=r'\[n, 784\]'):
        predict(published(tmp_path, config=PIXELS), images)


def test_weights_that_are_no_numbers_are_no_trained_network(tmp_path, digits):
    with pytest.raises(CheckpointError, match=r'model\.ckpt'):
        predict(published(tmp_path, np.nan, PIXELS), digits.test.images[:1])


def test_scans_are_classified_as_well_as_their_originals_if_they_are_prepared(mnist):
    images, labels = mnist.test.images[:50], mnist.test.labels[:50]
    (originals, prepared, resized), refused = accuracies(RECORDED / 'relu-300-100/model.ckpt', images, labels, 'relu')
    assert originals > 0.88
    assert prepared > originals - 0.005
    assert resized < 0.5
    assert refused == 0
