"""The benchmark's table and figure."""

from collections.abc import Iterator
from typing import Any

from matplotlib.figure import Figure

from graph_mlp.benchmark.workers import PEERS
from graph_mlp.plots.style import COLOURS, new_figure


def table(results: dict[str, Any]) -> Iterator[str]:
    """Lines of Markdown for everything in `results`."""
    yield '| program | s / epoch (median) | least | times ours | first epoch | s to 97 % | accuracy | peak MiB |'
    yield '| --- | --- | --- | --- | --- | --- | --- | --- |'
    for name, row in results['epochs']['peers'].items():
        reached = f'{row["seconds_to_97"]:.1f}' if row['seconds_to_97'] else '-'
        ratio = f'{row["ratio_to_ours"]:.2f}' if row['ratio_to_ours'] else '-'
        yield (
            f'| {PEERS[name].title} | {row["median_seconds"]:.3f} | {row["least_seconds"]:.3f} | {ratio} '
            f'| {row["first_epoch_seconds"]:.2f} | {reached} | {row["accuracy"]:.4f} | {row["peak_mib"]:.0f} |'
        )
    if roofline := results['epochs'].get('roofline'):
        yield ''
        yield (
            f'roofline: {roofline["epoch_gflop"]:.1f} GFLOP an epoch take {roofline["seconds"]:.3f} s at '
            f'the {roofline["gflops"]:.0f} GFLOP/s of a large matrix product; ours takes {roofline["ratio"]:.2f} x that'
        )
    if command := results.get('command'):
        yield ''
        times = ', '.join(f'{PEERS[name].title} {seconds:.1f} s' for name, seconds in command['seconds'].items())
        ratio = f'; ratio {command["ratio"]:.3f}' if command['ratio'] else ''
        yield f'whole command, {command["epochs"]} epochs: {times}{ratio}; peak {command["peak_mib"]:.0f} MiB'
    if scaling := results.get('scaling'):
        yield ''
        yield from _scaling(scaling)


def disagreements(results: dict[str, Any], within: float = 0.005) -> list[str]:
    """Peers of the same network whose accuracy is not ours within half a percent."""
    peers = results['epochs']['peers']
    if 'ours' not in peers:
        return []
    ours = peers['ours']['accuracy']
    return [
        f'{name} learned to {row["accuracy"]:.4f}, ours to {ours:.4f}'
        for name, row in peers.items()
        if name != 'sklearn' and abs(row['accuracy'] - ours) > within
    ]


def _scaling(scaling: dict[str, Any]) -> Iterator[str]:
    yield '| what grows | value | s / epoch |'
    yield '| --- | --- | --- |'
    for row in scaling['width']:
        sizes = '-'.join(map(str, row['hidden']))
        yield f'| hidden width | {sizes} ({row["gflop"]:.0f} GFLOP) | {row["seconds"]:.3f} |'
    for name, title in (('batch_size', 'batch size'), ('images', 'images')):
        for row in scaling[name]:
            yield f'| {title} | {row[name]} | {row["seconds"]:.3f} |'
    for row in scaling['concurrent']:
        yield f'| runs at once, one thread each | {row["runs"]} | {row["seconds"]:.3f} |'


def figure(results: dict[str, Any]) -> Figure:
    """Draws seconds per epoch of every peer, as horizontal bars."""
    peers = sorted(results['epochs']['peers'].items(), key=lambda item: -item[1]['median_seconds'])
    chart = new_figure(7, 0.5 * len(peers) + 1.2)
    axes = chart.add_subplot()
    colours = [COLOURS[0] if name.startswith('ours') else '#bbbbbb' for name, _ in peers]
    medians = [row['median_seconds'] for _, row in peers]
    bars = axes.barh([PEERS[name].title for name, _ in peers], medians, color=colours)
    axes.bar_label(bars, fmt='%.2f', padding=3)
    if roofline := results['epochs'].get('roofline'):
        axes.axvline(roofline['seconds'], color=COLOURS[1], linestyle='--', label='matrix products alone')
        axes.legend(loc='upper right')
    axes.set_xlabel('seconds per training epoch (median)')
    axes.margins(x=0.1)
    axes.spines[['top', 'right']].set_visible(False)
    return chart
