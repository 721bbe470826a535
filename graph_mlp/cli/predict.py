"""`bin/predict`: ask a trained network about pictures."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph_mlp.cli.arguments import Parser, add_checkpoint, add_machine, figure_file
from graph_mlp.runtime.startup import quiet_tensorflow

if TYPE_CHECKING:
    from graph_mlp.data.pictures import Picture
    from graph_mlp.predict import Answers

EPILOG = """\
stdout has one line per digit, its four fields separated by tabs: file, class, probability, and the second most probable
class. In a file's name a backslash, a tab, a line break and what cannot be printed are written as \\\\, \\t, \\n and
\\xNN. With --json it has one object per line, with all probabilities, the digit's number in its picture, its line
from the top, its position in the line from the left, and its box: left, top, right and bottom in pixels.

A picture shows digits, dark on light or light on dark, with some paper around them; shadows, ruled lines and frames are
left out. Several are read line by line, from left to right; stderr shows them as lines. Each is prepared as MNIST was:
its strokes made as wide, fitted into 20 x 20 pixels and placed by its centre of mass in 28 x 28. A picture of
28 x 28 that has this form already is not changed; with --raw none is looked at for its form.
For a model of anything else than ten digits of 28 x 28 a picture is one image: its grey levels are resized to the
size of the training images and taken as they are, so give it light on dark where those are. The classes have their
names, with --json in the probabilities too.
A probability is the network's after temperature scaling on the validation images of its training.
A picture that cannot be read, is too large or too small, has no ink or nearly no contrast, or does not look like digits
is refused in one line on stderr; the others get their answers, and the exit status is 1."""


def main(arguments: list[str]) -> int:
    """Parses the command line, prepares, asks and prints; returns 1 where a picture was refused."""
    args = parser().parse_args(arguments)
    from graph_mlp.data.pictures import prepare_pictures
    from graph_mlp.store.checkpoint import open_checkpoint

    with open_checkpoint(args.ckpt) as checkpoint:  # before any picture is opened
        manifest = checkpoint.manifest
    size, preparation = (28, 28), args.preparation
    if manifest and not manifest.is_of_digits:
        size, preparation = (manifest.config.height, manifest.config.width), preparation or 'plain'
    pictures, refusals = prepare_pictures(args.images, preparation or 'digits', size)
    for refusal in refusals:
        print(f'predict: {refusal}', file=sys.stderr)
    if pictures:
        _answer(args, pictures)
    return 1 if refusals else 0


def _answer(args: argparse.Namespace, pictures: list[Picture]) -> None:
    import numpy as np

    with quiet_tensorflow(device='gpu' if args.device == 'gpu' else 'cpu'):
        from graph_mlp.predict import predict
    images = np.stack([picture.digit.image for picture in pictures])
    answers = predict(args.ckpt, images, args.activation, args.pca, args.threads or 0, args.device)
    data = f'trained on {answers.dataset}' if answers.dataset else 'its data are not recorded'
    print(f'model: {answers.run or answers.config.model_tag}, {data}', file=sys.stderr)
    for file, rows in groupby(range(len(pictures)), key=lambda row: pictures[row].file):
        _show_lines(file, [(pictures[row].digit.line, answers.classes[row]) for row in rows])
    for picture, ranked, probabilities in zip(pictures, answers.ranked, answers.probabilities, strict=True):
        print(_line(picture, ranked, probabilities, answers.class_names, args.json))
    if args.figure:
        _draw(args.figure, pictures, answers)


def _show_lines(file: str, classes: list[tuple[int, int]]) -> None:
    """Shows people the digits of a picture of several as they stand in it."""
    from graph_mlp.data.pictures import one_line

    if len(classes) > 1:
        for number, line in groupby(classes, key=itemgetter(0)):
            print(f'{one_line(file)}, line {number}: {" ".join(str(digit) for _, digit in line)}', file=sys.stderr)


def _line(picture: Picture, ranked: Any, probabilities: Any, names: tuple[str, ...], as_json: bool) -> str:
    from graph_mlp.data.pictures import one_line

    best, runner_up = (names[number] if names else int(number) for number in ranked[:2])
    if as_json:
        numbers = [float(str(probability)) for probability in probabilities]
        return json.dumps({
            'file': picture.file, 'digit': picture.number, 'line': picture.digit.line,
            'position': picture.digit.position, 'box': picture.digit.box, 'class': best,
            'probability': numbers[ranked[0]], 'runner_up': runner_up,
            'probabilities': dict(zip(names, numbers, strict=True)) if names else numbers,
        })  # fmt: skip
    said, second = one_line(str(best)), one_line(str(runner_up))
    return f'{one_line(picture.file)}\t{said}\t{probabilities[ranked[0]]:.4f}\t{second}'


def _draw(path: Path, pictures: list[Picture], answers: Answers) -> None:
    from graph_mlp.data.pictures import one_line
    from graph_mlp.files import write_file
    from graph_mlp.plots.pictures import Answer, answers_figure
    from graph_mlp.plots.style import rendered

    lines = [
        Answer(one_line(Path(picture.file).name)[-30:], picture.preview, picture.digit, row, answers.class_names)
        for picture, row in zip(pictures, answers.probabilities, strict=True)
    ]
    write_file(path, rendered(answers_figure(lines), path.suffix[1:]))
    print(f'figure: {path}', file=sys.stderr)


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'predict', 'Says what pictures show. The network normalizes by the moving averages of training.', EPILOG
    )
    parser.add_argument(
        'images', nargs='+', metavar='IMAGE',
        help='PNG, JPEG, GIF (its first frame), WebP, BMP, JPEG 2000, TIFF, AVIF or HEIC files, folders, or - (stdin)',
    )  # fmt: skip
    add_checkpoint(parser, default=Path('saves/model.ckpt'))
    parser.add_argument(
        '--raw', dest='preparation', action='store_const', const='raw',
        help='the pictures are of the size of the training images, digits light on black, and are taken as they are',
    )  # fmt: skip
    parser.add_argument('--json', action='store_true', help='a line of JSON for each digit')
    parser.add_argument(
        '--figure', type=figure_file, metavar='FILE',
        help='.png or .svg: what was given, each step of the preparation, what the network saw, and the probabilities',
    )  # fmt: skip
    add_machine(parser)
    return parser
