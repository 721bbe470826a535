"""`bin/evaluate`: measure a checkpoint."""

import json
import sys
from pathlib import Path

from graph_mlp.activations import ACTIVATIONS
from graph_mlp.cli.arguments import Parser, add_data, add_machine, add_pca, checkpoint_dataset
from graph_mlp.data.dataset import SPLITS
from graph_mlp.runtime.startup import quiet_tensorflow


def main(arguments: list[str]) -> int:
    """Parses the command line, measures and prints."""
    args = parser().parse_args(arguments)
    dataset = checkpoint_dataset(args)
    with quiet_tensorflow():
        from graph_mlp.session.evaluate import evaluate
    evaluation = evaluate(args.ckpt, dataset, args.split, args.activation, args.pca, args.threads or 0, args.device)
    figures = evaluation.figures._asdict()
    if not evaluation.config.batch_norm:
        figures = {name: value for name, value in figures.items() if not name.endswith('_moving')}
    if not evaluation.has_moving_averages:
        print(
            'accuracy_moving and loss_moving mean nothing here: training never updated the moving averages of this '
            "checkpoint, as the 2017 notebook's did not",
            file=sys.stderr,
        )
    record = {'dataset': dataset.name, 'split': args.split, 'images': evaluation.images, **figures}
    if args.report:
        from graph_mlp.analysis.classification import write_classification

        split = getattr(dataset, args.split)
        write_classification(args.report, split, evaluation.probabilities, {'checkpoint': str(args.ckpt), **record})
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
    parser.add_argument(
        '--ckpt', type=Path, required=True, help='the checkpoint: its prefix, its folder or one of its files'
    )
    parser.add_argument('--split', choices=SPLITS, default='test', help='default %(default)s')
    parser.add_argument(
        '--report', type=Path, metavar='DIR',
        help='write confusion matrix, precision and recall, and the misclassified images there, by moving averages',
    )  # fmt: skip
    parser.add_argument('--json', action='store_true', help='one line of JSON')
    parser.add_argument('--activation', choices=ACTIVATIONS, help='needed where the checkpoint has no .json')
    add_pca(parser, 'of a checkpoint without its own')
    add_data(parser, "the checkpoint's own")
    add_machine(parser)
    return parser
