import os
import signal

import pytest

from graph_mlp.errors import Interrupted
from graph_mlp.session.signals import Stop


@pytest.mark.parametrize(('number', 'status'), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_before_anything_is_open_a_signal_raises_at_once(number, status):
    with Stop(), pytest.raises(Interrupted) as raised:
        os.kill(os.getpid(), number)
    assert raised.value.exit_status == status


def test_after_defer_it_waits_for_the_next_check():
    with Stop() as stop:
        stop.defer()
        stop.check()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted, match='SIGTERM'):
            stop.check()


def test_the_second_signal_meets_the_default_and_the_end_restores_what_was():
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stop:
        stop.defer()
        os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) == before
