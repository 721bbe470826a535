"""How the user calls this program: bin/train from a checkout, `graph-mlp train` where pip installed it."""

import re
import sys
from pathlib import Path


def as_typed(text: str) -> str:
    """A text that names commands as bin/COMMAND, in the form in which this process was called."""
    is_installed = Path(sys.argv[0]).name == 'graph-mlp'  # what bin/train starts is graph_mlp/__main__.py
    return re.sub(r'\bbin/([a-z]+)\b', r'graph-mlp \1', text) if is_installed else text
