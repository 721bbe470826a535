"""Small data sets of MNIST's form."""

import gzip

import numpy as np


def write_set(folder, train=5003, test=2, suffix='', pixels=28):
    """Four files in `folder`; image number i is i % 256 everywhere, its label i % 10."""
    pack = gzip.compress if suffix else bytes
    for name, count in (('train', train), ('t10k', test)):
        images = (np.arange(count) % 256).astype(np.uint8).repeat(pixels * pixels).tobytes()
        labels = (np.arange(count) % 10).astype(np.uint8).tobytes()
        header = b''.join(each.to_bytes(4, 'big') for each in (2051, count, pixels, pixels))
        (folder / f'{name}-images-idx3-ubyte{suffix}').write_bytes(pack(header + images))
        (folder / f'{name}-labels-idx1-ubyte{suffix}').write_bytes(pack(header[:3] + b'\1' + header[4:8] + labels))
