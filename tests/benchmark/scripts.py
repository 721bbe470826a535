"""Peers of a few lines, in place of the real ones."""

from pathlib import Path

from graph_mlp.benchmark import measure, workers
from graph_mlp.benchmark.peers import protocol

HEADER = f"""
import sys
sys.path.insert(0, {str(Path(protocol.__file__).parent)!r})
import protocol
class Fake(protocol.Peer):
    def epoch(self, order):
        print('epoch of', order.shape)
    def accuracy(self):
        return 0.25
    def roofline(self):
        return 100.0
"""
SERVE = 'protocol.serve(Fake)'


def use_scripts(monkeypatch, folder, scripts, **settings):
    """Puts scripts, by the name of their peer, in the place of the real ones; each begins with HEADER."""
    for name, script in scripts.items():
        (folder / f'{name}.py').write_text(HEADER + script)
        kind = workers.PeerKind(f'{name}.py', '', settings, name)
        monkeypatch.setitem(workers.PEERS, name, kind)
    monkeypatch.setattr(workers, 'SCRIPTS', folder)
    monkeypatch.setattr(measure, 'SCRIPTS', folder)
