"""What the benchmark measures: records whose fields are the keys of `bin/benchmark --json`, and their arithmetic."""

import statistics
from typing import Any, NamedTuple

REACHED_ACCURACY = 0.97  # of the column "s to 97 %"


class PeerTimes(NamedTuple):
    """How one program trained the network; times in seconds."""

    median_seconds: float  # of the epochs after the first
    least_seconds: float  # likewise
    first_epoch_seconds: float  # what the program compiles is compiled in it
    ratio_to_ours: float | None  # of the medians; None: this program was not among the peers
    accuracy: float  # on the test images, after the last epoch
    seconds_to_97: float | None  # None: no epoch ended at 97 % or more
    peak_mib: float


class Roofline(NamedTuple):
    """An epoch's matrix products at the speed of one large product on the same machine."""

    gflops: float  # 10^9 operations a second, of the large product
    epoch_gflop: float  # 10^9 operations, of an epoch's products
    seconds: float  # the epoch's products at that speed
    ratio: float  # our median epoch over `seconds`


class EpochResults(NamedTuple):
    """Every program's epochs, timed in turns."""

    peers: dict[str, PeerTimes]
    roofline: Roofline | None  # None: this program was not among the peers

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; without `roofline` where there is none."""
        roofline = {'roofline': self.roofline._asdict()} if self.roofline else {}
        return {'peers': {name: times._asdict() for name, times in self.peers.items()}, **roofline}


class CommandTimes(NamedTuple):
    """The whole command, from process start to exit."""

    epochs: int
    seconds: dict[str, float]  # medians, by the name of the peer
    ratio: float | None  # ours over TensorFlow 1.15's; None: that one was not timed
    peak_mib: float  # the most that bin/train held


class NetworkTimes(NamedTuple):
    """Seconds of an epoch of one network on so many threads, under every program; medians of the epochs in turns."""

    tag: str
    threads: int
    gflop: float  # 10^9 operations, of an epoch's matrix products
    products_seconds: float | None  # of these at the speed of a large product; None: ours was not among the peers
    seconds: dict[str, float]  # by the name of the peer


class BatchSizeTime(NamedTuple):
    """Seconds of our epoch with this batch size."""

    batch_size: int
    seconds: float


class ImagesTime(NamedTuple):
    """Seconds of our epoch on this many training images."""

    images: int
    seconds: float


class ConcurrentTime(NamedTuple):
    """Seconds of an epoch of the slowest of `runs` runs at once, each on one thread."""

    runs: int
    seconds: float


class ScalingTimes(NamedTuple):
    """How the seconds of an epoch grow."""

    networks: list[NetworkTimes]  # the others are this program's alone
    batch_size: list[BatchSizeTime]
    images: list[ImagesTime]
    concurrent: list[ConcurrentTime]

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {name: [row._asdict() for row in rows] for name, rows in self._asdict().items()}


class Results(NamedTuple):
    """Everything that one `bin/benchmark` measured."""

    dataset: str
    tag: str  # of the network
    threads: int
    epochs: EpochResults | None = None  # None: not asked for
    command: CommandTimes | None = None  # likewise
    scaling: ScalingTimes | None = None  # likewise

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; without the sections that were not asked for."""
        record: dict[str, Any] = {'dataset': self.dataset, 'tag': self.tag, 'threads': self.threads}
        if self.epochs:
            record['epochs'] = self.epochs.to_json()
        if self.command:
            record['command'] = self.command._asdict()
        if self.scaling:
            record['scaling'] = self.scaling.to_json()
        return record


def peer_times(seconds: list[float], accuracies: list[float], peak_mib: float, ours: list[float] | None) -> PeerTimes:
    """One program's times from the seconds of its epochs, at least two, and its test accuracy after each.

    Args: ours, the seconds of this program's epochs; None: it was not among the peers.
    """
    median = statistics.median(seconds[1:])
    reached = next((number for number, accuracy in enumerate(accuracies) if accuracy >= REACHED_ACCURACY), None)
    return PeerTimes(
        median_seconds=median,
        least_seconds=min(seconds[1:]),
        first_epoch_seconds=seconds[0],
        ratio_to_ours=median / statistics.median(ours[1:]) if ours else None,
        accuracy=accuracies[-1],
        seconds_to_97=None if reached is None else sum(seconds[: reached + 1]),
        peak_mib=peak_mib,
    )


def roofline(gflops: list[float], epoch_gflop: float, ours: list[float]) -> Roofline:
    """The roofline from the speeds of the large product and the seconds of our epochs, at least two."""
    median_gflops = statistics.median(gflops)
    seconds = epoch_gflop / median_gflops
    return Roofline(median_gflops, epoch_gflop, seconds, statistics.median(ours[1:]) / seconds)
