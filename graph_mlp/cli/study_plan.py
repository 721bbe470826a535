"""The command line of `bin/study` as a plan: the notebook's Analysis, a plan file, or a question of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph_mlp.analysis.plan_file import DEFAULT_EPOCHS, DEFAULT_SEEDS, notebook, read_plan
from graph_mlp.analysis.settings import SETTINGS
from graph_mlp.errors import UsageError

if TYPE_CHECKING:
    from graph_mlp.analysis.plan import InputFile, Plan


def asked(args: argparse.Namespace) -> Plan:
    """The plan that the command line asks for; raises UsageError where it contradicts itself."""
    files = [name for name in args.runs if name.endswith('.toml')]
    given = _settings(args)
    extra = [f'--{name}' for name, setting in SETTINGS.items() if given[setting.field] is not None]
    extra += [f'--{name}' for name in ('vary', 'measure', 'init-ckpt', 'pca') if getattr(args, name.replace('-', '_'))]
    if files:
        if len(args.runs) > 1 or extra:
            raise UsageError(
                f'{files[0]} is a whole study: {", ".join([*args.runs[1:], *extra])} cannot be added on the command '
                'line; write it into the plan'
            )
        return read_plan(Path(files[0]))
    if not args.runs and not args.vary:
        if extra:
            raise UsageError(f'{", ".join(extra)}: name the models to compare, or --vary a setting')
        return notebook()
    return _question(args, given)


def _question(args: argparse.Namespace, given: dict[str, Any]) -> Plan:
    from graph_mlp.analysis.named_measures import named_measure
    from graph_mlp.analysis.questions import asked_plan

    varied = [(name, values) for name, *values in args.vary]
    epochs = args.epochs or DEFAULT_EPOCHS
    measure = named_measure(args.measure or 'final accuracy')
    return asked_plan(args.runs, given, varied, _input_files(args), measure, args.seeds or DEFAULT_SEEDS, epochs)


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    return {setting.field: getattr(args, setting.field) for setting in SETTINGS.values()}


def _input_files(args: argparse.Namespace) -> list[InputFile]:
    from graph_mlp.analysis.plan import InputFile
    from graph_mlp.store.checkpoints import fingerprint
    from graph_mlp.store.files import sha256

    files = []
    if args.init_ckpt:
        files.append(InputFile('--init-ckpt', args.init_ckpt.resolve(), fingerprint(args.init_ckpt)))
    if args.pca:
        try:
            files.append(InputFile('--pca', args.pca.resolve(), sha256(args.pca)))
        except (OSError, ValueError) as error:
            raise UsageError(f'--pca {args.pca}: {getattr(error, "strerror", None) or error}') from None
    return files


def kept_flags(args: argparse.Namespace) -> tuple[str, ...]:
    """The flags of bin/train that change no result, for every run."""
    flags = ['--histograms'] if args.histograms else []
    flags += ['--keep', args.keep] if args.keep != 'few' else []
    flags += ['--device', args.device] if args.device != 'auto' else []
    return tuple(flags)
