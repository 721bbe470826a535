import numpy as np
import pytest

from graph_mlp.errors import CheckpointError
from graph_mlp.export.formats import read_model
from graph_mlp.store.restore import restored_network
from tests.export.networks import NETWORKS, model, publish


@pytest.mark.parametrize('name', ['BN_elu', 'PCA_BN_selu'])
def test_a_checkpoint_is_read_back_as_it_was_published(tmp_path, name):
    published = model(NETWORKS[name])
    publish(tmp_path, published)
    with restored_network(tmp_path / 'model.ckpt') as network:
        found = read_model(network)
    assert (found.config, found.manifest.run) == (published.config, 'digits_tiny')
    assert all((found.values[name] == value).all() for name, value in published.values.items())
    if published.projection:
        assert (found.projection.components == published.projection.components).all()
    else:
        assert found.projection is None


def test_weights_that_are_no_numbers_are_no_trained_network(tmp_path):
    published = model(NETWORKS['relu'])
    published.values['hidden1/kernel'][5, 3] = np.nan
    publish(tmp_path, published)
    with restored_network(tmp_path) as network, pytest.raises(CheckpointError, match='hidden1/kernel holds numbers'):
        read_model(network)
