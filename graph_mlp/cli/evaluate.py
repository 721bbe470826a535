"""`bin/evaluate`: measure a checkpoint."""

import json
import sys
from pathlib import Path

from graph_mlp.cli.arguments import Parser, add_checkpoint, add_data, add_machine, checkpoint_dataset
from graph_mlp.data.dataset import SPLITS
from graph_mlp.runtime.startup import quiet_tensorflow
from graph_mlp.store.checkpoint import find_prefix


def main(arguments: list[str]) -> int:
    """Parses the command line, measures and prints."""
    args = parser().parse_args(arguments)
    find_prefix(args.ckpt)  # before TensorFlow is imported: a slip is answered at once
    with quiet_tensorflow(device='gpu' if args.device == 'gpu' else 'cpu'):
        from graph_mlp.evaluate import evaluate_network, write_classification
        from graph_mlp.store.restore import restored_network
    with restored_network(args.ckpt, args.activation, args.pca, args.threads or 0, args.device) as network:
        dataset = checkpoint_dataset(args, network.checkpoint)
        evaluation = evaluate_network(network, dataset, args.split)
    metrics = evaluation.metrics._asdict()
    if not evaluation.config.batch_norm:
        metrics = {name: value for name, value in metrics.items() if not name.endswith('_moving')}
    record = {'dataset': dataset.name, 'split': args.split, 'images': evaluation.images, **metrics}
    if evaluation.ties:
        print(
            f'warning: ties decided {evaluation.ties} of {evaluation.images} images: their true class shares the '
            'largest logit with another, which counts as a hit, as in the notebook',
            file=sys.stderr,
        )
    if args.report:
        header = {'checkpoint': str(args.ckpt), **record}
        write_classification(args.report, dataset, args.split, evaluation.probabilities, header)
        print(f'report: {args.report}', file=sys.stderr)
    if args.json:
        print(json.dumps({'checkpoint': str(args.ckpt), 'run': evaluation.run, **record}))
        return 0
    for name, value in record.items():
        print(name, f'{value:.4f}' if 'accuracy' in name else f'{value:.6f}' if 'loss' in name else value)
    return 0


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'evaluate',
        'Measures a checkpoint. With batch norm there are two accuracies and two losses: "accuracy" normalizes by the '
        'statistics of the images evaluated together, as the 2017 notebook did; "accuracy_moving" by the moving '
        'averages of training, so that it depends on no other image.',
    )
    add = parser.add_argument
    add_checkpoint(parser, required=True)
    add('--split', choices=SPLITS, default='test', help='default %(default)s')
    shown = 'write confusion matrix, precision and recall, and the misclassified images there, by moving averages'
    add('--report', type=Path, metavar='DIR', help=shown)
    add('--json', action='store_true', help='one line of JSON')
    add_data(parser, "the checkpoint's own")
    add_machine(parser)
    return parser
