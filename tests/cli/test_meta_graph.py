"""What bin/train leaves in saves/, used as someone who knows TensorFlow 1.x types it."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from graph_mlp.data.dataset import epoch_order
from tests.cli.commands import run


# Without batch norm, beside which the biases have no gradient but rounding, and Adam scales that up.
@pytest.mark.parametrize(('tag', 'operation'), [('BN_MO_elu-6-5', 'Momentum'), ('ADAM_elu-6-5', 'Adam')])
def test_the_published_graph_trains_on_as_bin_train_does(tmp_path, digits, tag, operation):
    flags = ('--dataset', 'digits', '--tag', tag, '--epochs', 1, '--steps-per-run', 1)
    run(tmp_path, 'train', *flags)
    run(tmp_path, 'train', *flags, '--saves-dir', 'again', '--init-ckpt', 'saves/model.ckpt')
    [batches] = epoch_order(len(digits.train.labels), 70, 42, 0)
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(str(tmp_path / 'saves/model.ckpt.meta'))
        saver.restore(sess, tf.train.latest_checkpoint(str(tmp_path / 'saves')))
        for rows in batches:
            images = digits.train.images[rows] / np.float32(255)
            sess.run(operation, feed_dict={'X:0': images, 'y:0': digits.train.labels[rows]})
        trained = {variable.op.name: sess.run(variable) for variable in tf.global_variables()}
    again = tf.train.load_checkpoint(str(tmp_path / 'again/model.ckpt'))
    assert set(trained) == set(again.get_variable_to_shape_map())
    for name, value in trained.items():
        if 'moving_' not in name:  # these are updated by `train/step`
            np.testing.assert_allclose(value, again.get_tensor(name), atol=1e-5, err_msg=name)
