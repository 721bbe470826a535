import os
import signal

import pytest

from graph_mlp.errors import Interrupted
from graph_mlp.runtime.signals import Stop


@pytest.mark.parametrize('number', Stop.SIGNALS)
def test_before_anything_is_open_a_signal_raises_at_once(number):
    with Stop(), pytest.raises(Interrupted) as raised:
        os.kill(os.getpid(), number)
    assert raised.value.exit_status == 128 + number


def test_after_defer_it_waits_for_the_next_check_and_the_second_one_meets_the_default():
    before = [signal.getsignal(number) for number in Stop.SIGNALS]
    with Stop() as stop:
        stop.defer()
        stop.check()
        os.kill(os.getpid(), signal.SIGTERM)
        assert {signal.getsignal(number) for number in Stop.SIGNALS} == {signal.SIG_DFL}
        with pytest.raises(Interrupted, match='SIGTERM'):
            stop.check()
    assert [signal.getsignal(number) for number in Stop.SIGNALS] == before


def test_a_signal_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with Stop() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            stop.check()
    finally:
        signal.signal(signal.SIGHUP, before)
