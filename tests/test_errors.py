import signal

import pytest

from graph_mlp.errors import CheckpointError, DataError, GraphMLPError, Interrupted, RunError, UsageError


@pytest.mark.parametrize(
    ('error', 'status'), [(UsageError, 2), (DataError, 1), (CheckpointError, 1), (RunError, 1), (GraphMLPError, 1)]
)
def test_usage_ends_with_2_and_failures_with_1(error, status):
    assert error('message').exit_status == status
    assert isinstance(error('message'), GraphMLPError)


@pytest.mark.parametrize(('number', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_its_shells_status(number, status):
    interrupted = Interrupted(number, 'stopped')
    assert (interrupted.exit_status, str(interrupted)) == (status, 'stopped')
