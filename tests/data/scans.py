"""Digits drawn as scans, and what a checkpoint says of them, prepared and not."""

import io

import numpy as np
from PIL import Image


def scan(digit, random):
    """A digit, uint8 [784], as a JPEG of quality 60: ten times as large, dark on paper that darkens to one side.

    Margins of 0 to 119 pixels, paper of 170 to 250 with a slope of at most 40 to either side, ink of 10 to 80, noise
    of 8 grey levels.
    """
    large = Image.fromarray(digit.reshape(28, 28)).resize((280, 280), Image.Resampling.BICUBIC)
    margins = random.randint(0, 120, (2, 2))
    ink = np.pad(np.asarray(large) / 255, margins)
    height, width = ink.shape
    slopes = random.uniform(-40, 40, 2)
    rows, columns = np.linspace(-0.5, 0.5, height)[:, None], np.linspace(-0.5, 0.5, width)
    paper = random.uniform(170, 250) + slopes[0] * rows + slopes[1] * columns
    page = paper * (1 - ink) + random.uniform(10, 80) * ink + random.normal(0, 8, ink.shape)
    file = io.BytesIO()
    Image.fromarray(page.clip(0, 255).astype(np.uint8)).save(file, 'JPEG', quality=60)
    return file.getvalue()


def resized(content):
    """What those get who only shrink their scan: grey, 28 x 28, turned to light on dark; uint8 [28, 28]."""
    return 255 - np.asarray(Image.open(io.BytesIO(content)).convert('L').resize((28, 28)))


def accuracies(ckpt, images, labels, activation=None):
    """The fractions of the originals, of their scans prepared and of their scans resized that are classified rightly.

    Also returns how many scans were refused, which count as misses.
    """
    from graph_mlp.data.picture import prepare_image
    from graph_mlp.data.pictures import grey_levels
    from graph_mlp.errors import DataError
    from graph_mlp.predict import predict

    random = np.random.RandomState(0)
    scans = [scan(image, random) for image in images]
    refused, prepared = 0, np.zeros((len(images), 28, 28), np.uint8)
    for number, content in enumerate(scans):
        try:
            prepared[number] = prepare_image(grey_levels(Image.open(io.BytesIO(content))))
        except DataError:
            refused += 1
    plain = np.stack([resized(content) for content in scans])
    classes = [predict(ckpt, each, activation=activation).classes for each in (images, prepared, plain)]
    return [float(np.mean(each == labels)) for each in classes], refused
