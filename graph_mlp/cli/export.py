"""`bin/export`: a trained model for other programs, or as one web page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.cli.arguments import Parser, add_data, add_pca, checkpoint_dataset
from graph_mlp.runtime.startup import quiet_tensorflow

if TYPE_CHECKING:
    from graph_mlp.export.model import Model

FORMATS = ('saved-model', 'onnx', 'tflite', 'html')


def main(arguments: list[str]) -> int:
    """Parses the command line and writes."""
    args = parser().parse_args(arguments)
    with quiet_tensorflow():
        from graph_mlp.export.model import read_model
        from graph_mlp.export.write import check_target, write_format
    check_target(args.out)
    model = read_model(args.ckpt, args.activation, args.pca)
    if args.format == 'html':
        _write_page(args, model)
    else:
        with quiet_tensorflow():  # the converters print too
            write_format(model, args.out, args.format)
    print(f'{args.format}: {args.out}', file=sys.stderr)
    return 0


def _write_page(args: argparse.Namespace, model: Model) -> None:
    from graph_mlp.export.write import write_page
    from graph_mlp.session.evaluate import evaluate

    dataset = checkpoint_dataset(args)
    evaluation = evaluate(args.ckpt, dataset, 'test', args.activation, args.pca, device='cpu')
    classes = evaluation.probabilities.argmax(axis=1)
    write_page(model, dataset, evaluation.figures.accuracy_moving, classes, args.out)


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'export',
        'Writes a trained model, by moving averages and with its PCA, for other programs: saved-model (TensorFlow '
        '2.21 and 1.15), onnx or tflite. They take images, float32 [n, 784] from 0 to 1, and give classes and '
        'probabilities. html is one web page on which to draw a digit; it needs no server.',
    )
    parser.add_argument('out', type=Path, metavar='OUT', help='a folder for saved-model, else a file; must be new')
    parser.add_argument(
        '--ckpt', type=Path, required=True, help='the checkpoint: its prefix, its folder or one of its files'
    )
    parser.add_argument('--format', choices=FORMATS, required=True, help='what to write')
    parser.add_argument('--activation', choices=ACTIVATIONS, help='needed where the checkpoint has no .json')
    add_pca(parser, 'of a checkpoint without its own')
    add_data(parser.add_argument_group('test images, for html alone'), "the checkpoint's own")
    return parser
