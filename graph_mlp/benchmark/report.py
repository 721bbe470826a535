"""The benchmark's table and figure."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from graph_mlp.benchmark.results import CommandTimes, EpochResults, NetworkTimes, PeerTimes, Results, ScalingTimes
from graph_mlp.benchmark.workers import PEERS
from graph_mlp.plots.style import COLOURS, new_figure

GREY = '#bbbbbb'  # of the bars of other programs


def table(results: Results) -> Iterator[str]:
    """Lines of Markdown for every section in `results`, a blank line between two tables."""
    sections = [
        _epochs_table(results.epochs) if results.epochs else (),
        _command_line(results.command) if results.command else (),
        _networks_table(results.scaling.networks) if results.scaling else (),
        _scaling_table(results.scaling) if results.scaling else (),
    ]
    for number, lines in enumerate(section for section in map(list, sections) if section):
        if number:
            yield ''
        yield from lines


def disagreements(results: Results, tolerance: float = 0.005) -> list[str]:
    """A line about each peer of the same network whose accuracy differs from ours by more than `tolerance`.

    scikit-learn's network is another one: it has neither batch norm nor ELU.
    """
    peers = results.epochs.peers if results.epochs else {}
    if 'ours' not in peers:
        return []
    ours = peers['ours'].accuracy
    return [
        f'{name} learned to {times.accuracy:.4f}, ours to {ours:.4f}'
        for name, times in peers.items()
        if name != 'sklearn' and abs(times.accuracy - ours) > tolerance
    ]


def figure(results: EpochResults) -> Figure:
    """Draws seconds per epoch of every peer, as horizontal bars, and the roofline as a dashed line."""
    peers = sorted(results.peers.items(), key=lambda item: -item[1].median_seconds)
    chart = new_figure(7, 0.5 * len(peers) + 1.2)
    axes = chart.add_subplot()
    colours = [COLOURS[0] if name.startswith('ours') else GREY for name, _ in peers]
    bars = axes.barh(
        [PEERS[name].title for name, _ in peers], [times.median_seconds for _, times in peers], color=colours
    )
    axes.bar_label(bars, fmt='%.2f', padding=3)
    if roofline := results.roofline:
        axes.axvline(roofline.seconds, color=COLOURS[1], linestyle='--', label='matrix products alone')
        axes.legend(loc='upper right')
    axes.set_xlabel('seconds per training epoch (median)')
    axes.margins(x=0.1)
    axes.spines[['top', 'right']].set_visible(False)
    return chart


def _epochs_table(results: EpochResults) -> Iterator[str]:
    yield '| program | s / epoch (median) | least | times ours | first epoch | s to 97 % | accuracy | peak MiB |'
    yield '| --- | --- | --- | --- | --- | --- | --- | --- |'
    for name, times in results.peers.items():
        yield _peer_row(PEERS[name].title, times)
    if roofline := results.roofline:
        yield ''
        yield (
            f'roofline: {roofline.epoch_gflop:.1f} GFLOP an epoch take {roofline.seconds:.3f} s at '
            f'the {roofline.gflops:.0f} GFLOP/s of a large matrix product; ours takes {roofline.ratio:.2f} x that'
        )


def _command_line(command: CommandTimes) -> Iterator[str]:
    times = ', '.join(f'{PEERS[name].title} {seconds:.1f} s' for name, seconds in command.seconds.items())
    ratio = f'; ratio {command.ratio:.3f}' if command.ratio else ''
    yield f'whole command, {command.epochs} epochs: {times}{ratio}; peak {command.peak_mib:.0f} MiB'


def _networks_table(networks: list[NetworkTimes]) -> Iterator[str]:
    names = list(dict.fromkeys(name for network in networks for name in network.seconds))
    titles = ['network', 'threads', 'GFLOP', 'matrix products alone', *(PEERS[name].title for name in names)]
    yield f'| {" | ".join(titles)} |'
    yield f'|{" --- |" * len(titles)}'
    for network in networks:
        products = '-' if network.products_seconds is None else f'{network.products_seconds:.3f}'
        cells = [network.tag, str(network.threads), f'{network.gflop:.0f}', products]
        yield f'| {" | ".join([*cells, *(_seconds(network, name) for name in names)])} |'


def _seconds(network: NetworkTimes, name: str) -> str:
    """Seconds per epoch; of another program also how many times ours that is: '0.634 (1.22)'."""
    seconds, ours = network.seconds.get(name), network.seconds.get('ours')
    if seconds is None:
        return '-'
    return f'{seconds:.3f}' if name == 'ours' or ours is None else f'{seconds:.3f} ({seconds / ours:.2f})'


def _peer_row(title: str, times: PeerTimes) -> str:
    reached = '-' if times.seconds_to_97 is None else f'{times.seconds_to_97:.1f}'
    ratio = '-' if times.ratio_to_ours is None else f'{times.ratio_to_ours:.2f}'
    return (
        f'| {title} | {times.median_seconds:.3f} | {times.least_seconds:.3f} | {ratio} '
        f'| {times.first_epoch_seconds:.2f} | {reached} | {times.accuracy:.4f} | {times.peak_mib:.0f} |'
    )


def _scaling_table(scaling: ScalingTimes) -> Iterator[str]:
    yield '| what grows | value | s / epoch |'
    yield '| --- | --- | --- |'
    for batch in scaling.batch_size:
        yield f'| batch size | {batch.batch_size} | {batch.seconds:.3f} |'
    for images in scaling.images:
        yield f'| images | {images.images} | {images.seconds:.3f} |'
    for concurrent in scaling.concurrent:
        yield f'| runs at once, one thread each | {concurrent.runs} | {concurrent.seconds:.3f} |'
