"""A smoke run of bin/benchmark."""

import json

from tests.cli.commands import run

ARGUMENTS = (
    '--dataset', 'digits', '--tag', 'BN_elu-20-10', '--repeats', 1, '--peers', 'ours', 'ours-1', 'tensorflow1',
    '--sections', 'epochs', '--json', '--figure', 'bench.png',
)  # fmt: skip


def test_a_smoke_run_on_the_digits(tmp_path):
    stdout, stderr = run(tmp_path, 'benchmark', *ARGUMENTS)
    results = json.loads(stdout[0])
    assert results['dataset'] == 'digits'
    assert set(results['epochs']['peers']) == {'ours', 'ours-1'}
    assert results['epochs']['roofline']['gflops'] > 0
    assert any(line.startswith('skipped: tensorflow1') for line in stderr)
    assert (tmp_path / 'bench.png').read_bytes().startswith(b'\x89PNG')
