"""`python -m graph_mlp.tf1 PROGRAM ARGS`: the same as bin/tf1."""

import sys

from graph_mlp.cli.main import main

if __name__ == '__main__':
    sys.exit(main(['tf1', *sys.argv[1:]]))
