"""`graph-mlp pca K`, which bin/train starts: fits a PCA of K components to the pixels on stdin."""

import sys

from graph_mlp.cli.arguments import Parser, positive


def main(arguments: list[str]) -> int:
    """Parses the command line and fits."""
    parser = Parser('pca', 'Fits a PCA to the pixels that bin/train sends on stdin, and writes it to stdout.')
    parser.add_argument('components', type=positive)
    args = parser.parse_args(arguments)
    from graph_mlp.session.pca_fit import fit_stdin

    fit_stdin(sys.stdin.buffer, sys.stdout.buffer, args.components)
    return 0
