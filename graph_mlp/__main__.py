"""The program: `python -m graph_mlp COMMAND`, and what bin/graph-mlp runs as a file.

Run as a file, Python puts this folder on its path, where `graph_mlp` is not; the folder above takes its place.
"""

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from graph_mlp.cli.main import main

if __name__ == '__main__':  # a run of a study, which is forked, looks at this file too
    sys.exit(main())
