"""Prints what writing an epoch to disk costs beside the epoch itself, on MNIST at the default settings.

    python tests/writing_cost.py FOLDER [EPOCHS]

It should stay within 3 %. `$GRAPH_MLP_DATA` names the folder of MNIST; other programs on the machine distort it.
"""

import itertools
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from graph_mlp.cli.main import main
from graph_mlp.runtime.startup import quiet_tensorflow

with quiet_tensorflow():
    from graph_mlp.session.writer import Writer


def measure(folder: str, epochs: str) -> None:
    real, starts, seconds = Writer.add, [], []

    def add(self, progress):
        starts.append(time.monotonic())
        real(self, progress)
        seconds.append(time.monotonic() - starts[-1])

    Writer.add = add
    if main(['train', '--tag', 'BN_elu-300-100', '--epochs', epochs, '--saves-dir', folder]):
        sys.exit('the run failed')
    epoch = statistics.median(after - before for before, after in itertools.pairwise(starts))
    writing = statistics.median(seconds)
    print(f'an epoch takes {1000 * epoch:.0f} ms, of it writing {1000 * writing:.1f} ms: {100 * writing / epoch:.2f} %')


if __name__ == '__main__':
    measure(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else '20')
