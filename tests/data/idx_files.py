"""Small data sets: four IDX files, an .npz file, folders of pictures."""

import gzip

import numpy as np

FILES = ('train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte')


def write_set(folder, train=5003, test=2, suffix='', pixels=28):
    """Four files in `folder`; image number i is i % 256 everywhere, its label i % 10."""
    arrays = []
    for count in (train, test):
        images = (np.arange(count) % 256).astype(np.uint8).repeat(pixels * pixels).reshape(-1, pixels, pixels)
        arrays += [images, (np.arange(count) % 10).astype(np.uint8)]
    write_files(folder, arrays, [name + suffix for name in FILES])


def write_files(folder, arrays, names=FILES):
    """Training images and labels, test images and labels as IDX files; int32 as QMNIST's makers wrote their labels."""
    folder.mkdir(exist_ok=True)
    for name, array in zip(names, arrays, strict=True):
        pack = gzip.compress if name.endswith('.gz') else bytes
        kind = {'uint8': 8, 'int32': 12}[array.dtype.name]
        header = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, '>i4').tobytes()
        content = array.astype('>i4').tobytes() if kind == 12 else array.tobytes()
        (folder / name).write_bytes(pack(header + content))


def patterns(count, classes, height, width, seed=0):
    """Images uint8 [count, height, width] that a small network tells apart, and their labels, in turn."""
    labels = (np.arange(count) % classes).astype(np.uint8)
    bases = np.random.RandomState(classes).randint(0, 200, (classes, height, width))
    noise = np.random.RandomState(seed).randint(0, 56, (count, height, width))
    return (bases[labels] + noise).astype(np.uint8), labels


def small_set(classes, height, width, train=None, test=None):
    """Training images and labels, test images and labels, of ten and three images a class."""
    return [
        *patterns(train or 10 * classes, classes, height, width),
        *patterns(test or 3 * classes, classes, height, width, seed=1),
    ]


def write_pictures(folder, arrays, names):
    """A PNG file for every image, in a folder named after its class."""
    from PIL import Image

    for number, (image, label) in enumerate(zip(*arrays, strict=True)):
        (folder / names[label]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / names[label] / f'{number:03}.png')
