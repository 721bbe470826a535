"""`bin/export`: a trained model for other programs, or as one web page."""

import sys
from pathlib import Path

from graph_mlp.cli.arguments import Parser, add_checkpoint, add_data, checkpoint_dataset
from graph_mlp.runtime.startup import quiet_tensorflow
from graph_mlp.store.checkpoint import find_prefix

FORMATS = ('saved-model', 'onnx', 'tflite', 'html')


def main(arguments: list[str]) -> int:
    """Parses the command line and writes."""
    args = parser().parse_args(arguments)
    find_prefix(args.ckpt)  # before TensorFlow is imported: a slip is answered at once
    with quiet_tensorflow(device='cpu'):
        from graph_mlp.evaluate import evaluate_network
        from graph_mlp.export.formats import check_target, read_model, write_format, write_new
        from graph_mlp.export.page import page
        from graph_mlp.store.restore import restored_network
    check_target(args.out)
    with restored_network(args.ckpt, args.activation, args.pca, device='cpu') as network:
        model = read_model(network)
        if args.format == 'html':
            dataset = checkpoint_dataset(args, network.checkpoint)
            evaluation = evaluate_network(network, dataset)
            classes = evaluation.probabilities.argmax(axis=1)
            content = page(model, dataset, evaluation.metrics.accuracy_moving, classes)
            write_new(args.out, lambda path: path.write_bytes(content))
    if args.format != 'html':
        with quiet_tensorflow():  # the converters print too
            write_format(model, args.out, args.format)
    print(f'{args.format}: {args.out}', file=sys.stderr)
    if network.manifest.class_names:
        print(f'classes: {", ".join(network.manifest.class_names)}', file=sys.stderr)
    return 0


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'export',
        'Writes a trained model, by moving averages and with its PCA, for other programs: saved-model (TensorFlow '
        '2.21 and 1.15), onnx or tflite. They take images, float32 [n, pixels] from 0 to 1, and give classes and '
        'probabilities. html is one web page on which to draw a digit; it needs no server.',
    )
    add = parser.add_argument
    add('out', type=Path, metavar='OUT', help='a folder for saved-model, else a file; must be new')
    add('--format', choices=FORMATS, required=True, help='what to write')
    add_checkpoint(parser, required=True)
    add_data(parser.add_argument_group('test images, for html alone'), "the checkpoint's own")
    return parser
