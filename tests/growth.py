"""Prints what an epoch costs at the beginning and at the end of a long run on the digits, and the memory it holds.

    python tests/growth.py FOLDER [EPOCHS]

The ratio of the last hundred epochs to the first (without the very first ten) should stay below 1.2.
"""

import itertools
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / 'graph_mlp' / '__main__.py'


def main(folder: Path, epochs: int) -> None:
    command = [sys.executable, str(PROGRAM), 'train', '--tag', 'relu-3', '--dataset', 'digits', '--threads', '1']
    process = subprocess.Popen(
        [*command, '--epochs', str(epochs), '--saves-dir', str(folder)], stdout=subprocess.PIPE, text=True
    )
    times, memory = [], []
    for _ in process.stdout:
        times.append(time.monotonic())
        memory.append(resident_mib(process.pid))
    if process.wait():
        sys.exit('the run failed')
    seconds = [after - before for before, after in itertools.pairwise(times)]
    first, last = seconds[10:110], seconds[-100:]
    means, medians = ([function(part) for part in (first, last)] for function in (statistics.fmean, statistics.median))
    for name, (before, after) in (('mean', means), ('median', medians)):
        print(f'{name} of an epoch: {1000 * before:.2f} ms, then {1000 * after:.2f} ms, ratio {after / before:.3f}')
    print(f'MiB: {memory[110]:.1f} after 110 epochs, {memory[-2]:.1f} at the end')


def resident_mib(pid: int) -> float:
    lines = Path(f'/proc/{pid}/status').read_text(encoding='utf-8').splitlines()
    [line] = [line for line in lines if line.startswith('VmRSS')] or ['0 0']
    return int(line.split()[1]) / 1024


if __name__ == '__main__':
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
