"""`bin/tensorboard`: TensorBoard from this environment, with the user's arguments."""

import os
import sys

# Not `-m`, which would put the current folder, where the user may keep anything, on the path.
_RUN = "import sys; sys.path.pop(0); sys.argv[0] = 'bin/tensorboard'; from tensorboard.main import run_main; run_main()"


def main(arguments: list[str]) -> int:
    """Hands the process over to TensorBoard, which serves on localhost unless told otherwise."""
    os.execv(sys.executable, [sys.executable, '-c', _RUN, *arguments])
