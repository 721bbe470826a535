"""`python -m graph_mlp COMMAND`: the same as the `graph-mlp` that pip installs."""

import sys

from graph_mlp.cli.main import main

sys.exit(main())
