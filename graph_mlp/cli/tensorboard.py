"""`bin/tensorboard`: TensorBoard from this environment, with the user's arguments."""

import sys

from graph_mlp.runtime.startup import quiet_tensorflow


def main(arguments: list[str]) -> int:
    """Hands the process over to TensorBoard, which serves on localhost unless told otherwise."""
    with quiet_tensorflow():
        import tensorflow  # noqa: F401 (TensorBoard would import it, and show what it prints)
        from tensorboard.main import run_main
    sys.argv = ['bin/tensorboard', *arguments]
    run_main()
    return 0
