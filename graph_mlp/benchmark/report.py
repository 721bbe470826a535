"""The benchmark's tables, and whether all programs learned the same."""

from typing import Any

from graph_mlp.benchmark.measure import PEERS
from graph_mlp.compare import markdown

EPOCHS = {  # the columns of the section: key in the results, title, how the value is written
    'median_seconds': ('s / epoch (median)', '.3f'), 'least_seconds': ('least', '.3f'),
    'ratio_to_ours': ('times ours', '.2f'), 'first_epoch_seconds': ('first epoch', '.2f'),
    'seconds_to_97': ('s to 97 %', '.1f'), 'accuracy': ('accuracy', '.4f'), 'peak_mib': ('peak MiB', '.0f'),
}  # fmt: skip


def table(results: dict[str, Any]) -> str:
    """Every section in `results` in Markdown, a blank line between two."""
    sections = []
    if 'epochs' in results:
        sections.append(markdown(['program', *(title for title, _ in EPOCHS.values())], [
            [PEERS[name].title, *(_cell(times[key], form) for key, (_, form) in EPOCHS.items())]
            for name, times in results['epochs']['peers'].items()
        ]))  # fmt: skip
    if 'command' in results:
        epochs, seconds, ratio, peak_mib = results['command'].values()
        times = ', '.join(f'{PEERS[name].title} {value:.1f} s' for name, value in seconds.items())
        ratio = f'; ratio {ratio:.3f}' if ratio else ''
        sections.append(f'whole command, {epochs} epochs: {times}{ratio}; peak {peak_mib:.0f} MiB')
    if 'scaling' in results:
        *columns, _ = results['scaling'][0]
        names = list(dict.fromkeys(name for row in results['scaling'] for name in row['seconds']))
        titles, lines = [*(column.replace('_', ' ') for column in columns), *(PEERS[name].title for name in names)], []
        for row in results['scaling']:
            ours = {name: row['seconds'].get('ours') for name in names if name != 'ours'}
            cells = [_cell(row['seconds'].get(name), '.3f', ours.get(name)) for name in names]
            lines.append([*(str(row[column]) for column in columns), *cells])
        sections.append(markdown(titles, lines))
    return '\n\n'.join(sections)


def _cell(value: float | None, form: str, ours: float | None = None) -> str:
    """A value; with `ours` also how many times that it is: '0.634 (1.22)'."""
    return '-' if value is None else format(value, form) + (f' ({value / ours:.2f})' if ours else '')


def disagreements(peers: dict[str, Any]) -> list[str]:
    """A line about each peer whose accuracy is not ours within half a point; scikit-learn's network is another one."""
    accuracies = {name: times['accuracy'] for name, times in peers.items() if name != 'sklearn'}
    ours = accuracies.get('ours')
    differing = {name: value for name, value in accuracies.items() if ours and abs(value - ours) > 0.005}
    return [f'{name} learned to {accuracy:.4f}, ours to {ours:.4f}' for name, accuracy in differing.items()]
