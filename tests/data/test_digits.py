import numpy as np
import sklearn.datasets


def test_the_split_is_fixed(digits):
    assert [len(split.labels) for split in (digits.train, digits.validation, digits.test)] == [1197, 200, 400]
    bundled = sklearn.datasets.load_digits().target
    together = np.concatenate([digits.validation.labels, digits.train.labels, digits.test.labels])
    np.testing.assert_array_equal(together, bundled)


def test_each_pixel_is_a_block_of_three_within_a_border_of_two(digits):
    image = digits.validation.images[0].reshape(28, 28)
    grey = sklearn.datasets.load_digits().images[0]
    np.testing.assert_array_equal(image[2:26:3, 2:26:3], np.round(grey * 255 / 16))
    np.testing.assert_array_equal(image[2:26:3, 2:26:3], image[4:26:3, 4:26:3])
    assert image[:2].sum() == image[26:].sum() == image[:, :2].sum() == image[:, 26:].sum() == 0


def test_it_is_named_so_that_it_cannot_be_taken_for_mnist(digits):
    assert digits.name == 'digits'
    assert 'not MNIST' in digits.title
