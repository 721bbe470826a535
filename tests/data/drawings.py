"""Prints what a checkpoint reads of test digits that are drawn as people draw, scan and photograph theirs.

    python -m tests.data.drawings CHECKPOINT [pens|kinds|pages] [DIGITS]

`pens` redraws the skeletons of test images with round pens, `kinds` shows one digit as many kinds of picture, `pages`
writes lines of digits on paper with shade, noise and ruled lines. ONLY in the environment is a word in the names of
the kinds that are wanted. Needs MNIST and scikit-image.
"""

import io
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

ROWS, COLUMNS = np.indices((100, 100)) - 50
STRAPS = (np.abs(np.hypot(ROWS, COLUMNS) - 28) < 3) | ((np.abs(COLUMNS) < 2) & (np.abs(ROWS) < 28))
BAG = STRAPS | ((np.abs(ROWS - 24) < 9) & (np.abs(COLUMNS) < 30))
SCALE = 10  # pixels of a picture in a pixel of MNIST


def redrawn(image, pen, random):
    """The skeleton of uint8 [28, 28] drawn with a round pen, `pen` of 28 pixels wide: dark on white, uint8."""
    from skimage.morphology import skeletonize

    large = np.asarray(Image.fromarray(image).resize((448, 448), Image.Resampling.BICUBIC)) > 127
    distance = ndimage.distance_transform_edt(np.pad(~skeletonize(large), 64, constant_values=True))
    side = 36 * random.randint(8, 21)
    drawn = Image.fromarray(np.uint8(255 * (distance > pen * 8)))
    return np.asarray(drawn.resize((side, side), Image.Resampling.BOX))


def drawn(image, margin=60):
    """How much ink is on a page with the digit ten times as large: [height, width], 0 to 1."""
    large = Image.fromarray(image).resize((28 * SCALE, 28 * SCALE), Image.Resampling.BICUBIC)
    return np.pad(np.asarray(large) / 255, margin)


def as_file(grey, kind='PNG', **options):
    """Opened again after it was saved."""
    file = io.BytesIO()
    image = grey if isinstance(grey, Image.Image) else Image.fromarray(np.uint8(grey.clip(0, 255)))
    image.save(file, kind, **options)
    return Image.open(file)


def lined(ink, step, width, colour, *, squared=False, dark=(30, 30, 30)):
    """A sheet of ruled or squared paper with the ink on it."""
    height, length = ink.shape
    paper = np.full((height, length, 3), 250.0)
    for first in range(step // 2, height, step):
        paper[first : first + width] = colour
    for first in range(step // 2, length, step) if squared else ():
        paper[:, first : first + width] = colour
    return as_file(paper * (1 - ink[..., None]) + np.array(dark) * ink[..., None])


def framed(ink, inset, width, grey=0):
    sheet = Image.fromarray(np.uint8(255 - 225 * ink))
    side = np.array(sheet.size) - 1 - inset
    ImageDraw.Draw(sheet).rectangle((inset, inset, *side), outline=grey, width=width)
    return as_file(sheet)


def shaded(ink, random, noise=6.0):
    """On paper that a shadow crosses and a lamp lights."""
    rows, columns = np.indices(ink.shape) / max(ink.shape)
    lamp = 1 - 0.5 * ((rows - random.uniform()) ** 2 + (columns - random.uniform()) ** 2)
    edge = ndimage.gaussian_filter((columns + random.uniform(-0.5, 0.5) * rows > random.uniform(0.2, 0.8)) * 0.35, 12)
    light = 235 * lamp * (1 - edge)
    return light * (1 - 0.75 * ink) + random.normal(0, noise, ink.shape)


def kinds(image, random):
    """Pictures of one digit by name."""
    ink = drawn(image)
    plain = 255 - 225 * ink
    blank, blue, red, green, grey = 255 - 0 * ink, (150, 180, 230), (230, 150, 150), (160, 210, 160), (120, 120, 120)
    alpha = Image.fromarray(np.uint8(np.dstack([0 * ink, 0 * ink, 0 * ink, 255 * ink])))
    turned = Image.Exif()
    turned[0x0112] = 6
    return {
        'plain': as_file(plain),
        'small': as_file(Image.fromarray(np.uint8(plain)).resize((60, 60), Image.Resampling.BOX)),
        'large': as_file(np.kron(plain, np.ones((4, 4)))),
        'corner': as_file(np.pad(plain, ((0, 500), (600, 0)), constant_values=255)),
        'inverted': as_file(255 - plain),
        'transparent': as_file(alpha),
        'palette': as_file(Image.fromarray(np.uint8(plain)).convert('P')),
        '16 bits': as_file(Image.fromarray(np.uint16(plain * 257))),
        'CMYK': as_file(Image.fromarray(np.uint8(plain)).convert('CMYK'), 'JPEG'),
        'JPEG 20': as_file(plain, 'JPEG', quality=20),
        '1 bit TIFF': as_file(Image.fromarray(np.uint8(plain)).convert('1'), 'TIFF', compression='group4'),
        'shadow': as_file(shaded(ink, random)),
        'pencil': as_file(235 - 70 * ink * random.uniform(0.7, 1, ink.shape) + random.normal(0, 5, ink.shape)),
        'chalk': as_file(50 + 160 * ink * random.uniform(0.6, 1, ink.shape) + random.normal(0, 8, ink.shape)),
        'red ink': as_file(np.dstack([235 - 25 * ink, 230 - 180 * ink, 225 - 170 * ink])),
        'yellow paper': as_file(np.dstack([240 - 180 * ink, 225 - 165 * ink, 150 - 60 * ink])),
        'EXIF': as_file(np.rot90(plain), 'JPEG', exif=turned),
        'turned by 15': as_file(blank - ndimage.rotate(225 * ink, 15 * random.choice([-1, 1]), reshape=False, order=1)),
        'frame 1': framed(ink, 5, 1),
        'frame 4': framed(ink, 20, 4, 90),
        'ruled 1': lined(ink, 40, 1, blue),
        'ruled 2': lined(ink, 70, 2, grey),
        'ruled 4': lined(ink, 100, 4, red),
        'squared 1': lined(ink, 20, 1, blue, squared=True),
        'squared 2': lined(ink, 40, 2, green, squared=True),
        'squared 4': lined(ink, 80, 4, grey, squared=True, dark=(40, 40, 140)),
    }


def page(images, labels, random):
    """A photographed page, uint8, turned by up to 10 degrees, and the labels of its 1 to 6 lines of 3 to 10 digits."""
    lines = [random.randint(0, len(labels), random.randint(3, 11)) for _ in range(random.randint(1, 7))]
    size = random.randint(2, 5)
    step = size * 28 + random.randint(6, 30)
    ink = np.zeros((step * len(lines) + 160, max(map(len, lines)) * (size * 28 + 14) + 160))
    for number, line in enumerate(lines):
        left = 80 + random.randint(0, 20)
        for row in line:
            digit = np.asarray(Image.fromarray(images[row]).resize((28 * size, 28 * size), Image.Resampling.BICUBIC))
            digit = digit[:, np.flatnonzero((digit > 64).any(axis=0))] / 255
            top = 80 + number * step + random.randint(-3, 4)
            place = np.s_[top : top + 28 * size, left : left + digit.shape[1]]
            ink[place] = np.maximum(ink[place], digit)
            left += digit.shape[1] + random.randint(4 * size, 10 * size)
    rules = np.zeros_like(ink)
    if random.uniform() < 0.5:
        width = random.randint(1, 4)
        for first in range(random.randint(step), len(ink), step):
            rules[first : first + width] = random.uniform(0.2, 0.4)
    sheet = ndimage.rotate(np.maximum(ink, rules), random.uniform(-10, 10), order=1, mode='constant')
    grey = ndimage.gaussian_filter(shaded(sheet, random), random.uniform(0, 1.2))
    return np.asarray(as_file(grey, 'JPEG', quality=50)), [[int(labels[row]) for row in line] for line in lines]


def read(grey):
    """The prepared digits of a picture; none where it is refused."""
    from graph_mlp.data.picture import read_digits
    from graph_mlp.errors import DataError

    try:
        return read_digits(grey)
    except DataError:
        return []


def single(answers, pictures):
    """What `answers`, from uint8 [n, 28, 28] to classes, says of pictures of one digit; -1 for none or several."""
    found = [read(grey) for grey in pictures]
    classes = np.full(len(found), -1)
    alone = [number for number, digits in enumerate(found) if len(digits) == 1]
    if alone:
        classes[alone] = answers(np.stack([found[number][0].image for number in alone]))
    return classes


def measure_pens(answers, images, labels, random):
    for pen in (1, 1.5, 2, 3, 4, 5, 6):
        classes = single(answers, [redrawn(image, pen, random) for image in images])
        print(f'pen {pen}: {np.mean(classes == labels):.1%}, refused {np.sum(classes < 0)}', flush=True)


def measure_kinds(answers, images, labels, random):
    from PIL import ImageOps

    from graph_mlp.data.pictures import grey_levels

    sheets = [{name: grey_levels(ImageOps.exif_transpose(each)) for name, each in kinds(image, random).items()}
              for image in images]  # fmt: skip
    for name in sheets[0]:
        if os.environ.get('ONLY', name) not in name:
            continue
        classes = single(answers, [sheet[name] for sheet in sheets])
        print(f'{name:14} {np.mean(classes == labels):.1%}, none or several {np.sum(classes < 0)}', flush=True)


def measure_pages(answers, images, labels, random):
    right = total = counted = 0
    for _ in range(len(images) // 20):
        grey, expected = page(images, labels, random)
        digits = read(grey)
        classes = iter(answers(np.stack([digit.image for digit in digits])) if digits else ())
        found = [[] for _ in range(max((digit.line for digit in digits), default=0))]
        for digit in digits:
            found[digit.line - 1].append(next(classes))
        same = [len(line) for line in found] == [len(line) for line in expected]
        counted += same
        total += sum(map(len, expected))
        right += sum(a == b for one, other in zip(found, expected, strict=False)
                     for a, b in zip(one, other, strict=False) if same)  # fmt: skip
    print(f'pages with the right lines and digits {counted} of {len(images) // 20}; digits right {right / total:.1%}')


def main(ckpt, which='', count='200'):
    from graph_mlp.data.mnist import load_mnist
    from graph_mlp.predict import predict

    random = np.random.RandomState(0)
    test = load_mnist(Path(os.environ['GRAPH_MLP_DATA'])).test
    rows = random.permutation(len(test.labels))[: int(count)]
    images, labels = test.images[rows].reshape(-1, 28, 28), test.labels[rows]
    for measure in (measure_pens, measure_kinds, measure_pages):
        if measure.__name__.endswith(which):
            measure(lambda images: predict(ckpt, images).classes, images, labels, random)


if __name__ == '__main__':
    main(*sys.argv[1:])
