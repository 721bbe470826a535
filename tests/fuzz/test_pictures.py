"""Mutated pictures end in a refusal of ours or in an image of MNIST's form."""

import io

import numpy as np
import pytest
from PIL import Image

from graph_mlp.data.picture import prepare_row
from graph_mlp.data.picture_file import FORMATS, read_picture
from tests.fuzz.test_mutations import budget, check, mutated, mutations

__all__ = ['budget']  # a fixture


@pytest.mark.parametrize('kind', FORMATS)
def test_a_picture(tmp_path, budget, kind):
    page = np.full((60, 90), 240, np.uint8)
    page[10:50, 30:40] = 20
    file = io.BytesIO()
    Image.fromarray(page).save(file, kind)
    path, whole = tmp_path / 'picture', file.getvalue()

    def property_of(mutation):
        path.write_bytes(mutated(whole, mutation))
        for image in prepare_row(read_picture(path)):
            assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)

    property_of(('insert', 0.0, b''))  # undamaged, it is read
    check(budget, mutations, property_of)
