"""`bin/study`: is this better than that, by how much, and how sure are we?"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from graph_mlp.cli.arguments import Parser, add_data, add_settings, given_settings, positive, threads
from graph_mlp.cli.train import add_kept
from graph_mlp.compare import MEASURES, uneven
from graph_mlp.config import settings
from graph_mlp.errors import RunError, UsageError, as_typed
from graph_mlp.runtime.process import max_parallel_runs
from graph_mlp.runtime.signals import Stop
from graph_mlp.settings import BEYOND
from graph_mlp.study.claims import OPERATORS
from graph_mlp.study.plan import Plan, asked_plan, read_plan, variable_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph_mlp.store.recorded import RecordedRun
    from graph_mlp.study.executor import Job
    from graph_mlp.study.findings import Key, Recorded
    from graph_mlp.study.study import Study

DESCRIPTION = """\
Answers whether one model or setting is better than another, by how much and how surely: trains every run over
several seeds and writes a page with the answer, a table of all pairs and the curves to saves/report/QUESTION.
Without a model and without --vary it repeats the Analysis of the 2017 notebook and judges its claims.

  bin/study BN_elu-300-100 BN_relu-300-100 --seeds 8
  bin/study --vary learning-rate 0.003 0.01 0.03 --hidden 100
  bin/study my-plan.toml

The runs are kept in saves/study; finished ones are not trained again. Numbers are means over the seeds, with
their 95 % confidence interval in brackets."""
QUICK = {'seeds': 2, 'epochs': 3}
FIRST_SEEDS, MOST_SEEDS = 5, 16  # with --until-decided; fewer than 5 decide nothing


def main(arguments: list[str]) -> int:
    """Parses the command line, trains what is missing, writes the report."""
    args = parser().parse_args(arguments)
    if args.most is not None and not args.until_decided:
        raise UsageError('--most is for --until-decided: add that flag, or name the number of seeds with --seeds')
    # Before the data are loaded: a slip in the plan or the command line is answered at once.
    plan = asked(args)
    plan.only(args.only)
    from graph_mlp.study.study import recorded_runs

    study = make_study(args, plan)
    jobs = study.jobs()
    runs = recorded_runs(jobs)
    if args.dry_run:
        dry_run(study, jobs, runs, args)
        return 0
    with Stop():
        while True:
            failed = train(study, jobs, runs, args)
            runs = recorded_runs(jobs)
            if not runs:
                raise RunError(f'no run of the study has a complete epoch in {study.options.saves}: nothing to report')
            findings = study.findings(runs)
            more = study.with_more_seeds(findings, args.most or MOST_SEEDS)
            if failed or more is None or not args.until_decided:
                break
            study, jobs = more, more.jobs()
    from graph_mlp.study.board import write_board
    from graph_mlp.study.report import study_record, write_report
    from graph_mlp.study.wording import lines

    for one in study.comparisons.values():  # --threads or --epochs may have changed since the first runs
        compared = (run for key, run in runs.items() if key[0] in one.labels and not jobs[key].config.steps_per_run)
        for line in uneven(one.title, compared):
            print(line, file=sys.stderr)
    page, curves = write_report(study, runs, findings), study.saves / 'study' / 'comparisons' / study.name
    write_board(curves, plan.question, findings)
    if args.json:
        print(json.dumps(study_record(study, findings), indent=1, allow_nan=False))
    else:
        print('\n'.join(lines(findings, study.quick)))
    print(f'report: {page}', file=sys.stderr)
    print(f'curves: {as_typed(shlex.join(["bin/tensorboard", "--logdir", str(curves)]))}', file=sys.stderr)
    if failed:
        names = ', '.join(failed)
        raise RunError(f'{len(failed)} of {len(jobs)} runs failed: {names}; the same command tries them again')
    return 0


def asked(args: argparse.Namespace) -> Plan:
    """The plan that the command line asks for; raises UsageError where it contradicts itself."""
    files = [name for name in args.runs if name.endswith('.toml')]
    given = {name: value for name, value in given_settings(args).items() if name != 'epochs'}
    extra = [f'--{settings()[name].flag}' for name in given]
    extra += [f'--{name}' for name in ('vary', 'measure') if getattr(args, name)]
    if files:
        if others := ', '.join([*args.runs[1:], *extra]):
            advice = f'{others} cannot be added on the command line; write it into the plan'
            raise UsageError(f'{files[0]} is a complete study: {advice}')
        return read_plan(Path(files[0]))
    if args.runs or args.vary:
        own = {name: getattr(args, name) for name in ('measure', 'seeds', 'epochs') if getattr(args, name)}
        return asked_plan(args.runs, given, args.vary, **own)
    if extra:
        raise UsageError(f'{", ".join(extra)}: name the models to compare, or --vary a setting')
    from graph_mlp.study.claims_2017 import PLAN

    return PLAN


def make_study(args: argparse.Namespace, plan: Plan) -> Study:
    """The study of this plan that the command line asks for."""
    from graph_mlp.data.mnist import load_dataset
    from graph_mlp.start import Options, warn_of_shared_images
    from graph_mlp.study.study import Study

    most = args.most or MOST_SEEDS
    default = QUICK if args.quick else {'seeds': plan.seeds, 'epochs': plan.epochs}
    if args.until_decided and not args.quick:
        default = {**default, 'seeds': min(FIRST_SEEDS, most)}
    seeds, epochs = args.seeds or default['seeds'], args.epochs or default['epochs']
    if args.until_decided and seeds > most:
        raise UsageError(f'--seeds {seeds} is more than --most {most}')
    dataset = load_dataset(args.data, args.data_dir)
    warn_of_shared_images(dataset)
    # Absolute: a worker on another machine has another current folder.
    options = Options(
        saves=str((args.saves_dir / 'study').resolve()), dataset=dataset.flag, threads=args.threads, device=args.device,
        data_dir=str(Path(args.data_dir).resolve()) if args.data_dir else None,
        keep_all=args.keep == 'all', histograms=args.histograms,
    )  # fmt: skip
    quick = args.quick or epochs < plan.epochs or (seeds < plan.seeds and not args.until_decided)
    return Study(args.saves_dir, plan, plan.only(args.only), seeds, epochs, dataset, options, quick, args.until_decided)


def train(study: Study, jobs: Mapping[Key, Job], runs: Recorded, args: argparse.Namespace) -> list[str]:
    """Trains the unfinished runs, with a line on stderr as each ends; returns the labels of those that failed."""
    import tqdm

    from graph_mlp.store.recorded import readable_run
    from graph_mlp.study.executor import executor, is_finished, train_all

    unfinished = {job: key for key, job in jobs.items() if not is_finished(runs.get(key), job.config.epochs)}
    if not unfinished:
        return []
    parallel = args.jobs or max_parallel_runs(args.threads)
    print(
        f'{len(unfinished)} of {len(jobs)} runs to train on {study.dataset.title}, {parallel} at a time, threads per '
        f'run: {args.threads}; {duration(study, jobs, runs, parallel)}. It can be stopped at any time: the same '
        'command resumes.',
        file=sys.stderr,
    )
    failed, token = [], uuid.uuid4().hex
    epochs = {job: job.config.epochs - epochs_done(job, runs.get(key)) for job, key in unfinished.items()}
    with (
        tqdm.tqdm(total=sum(epochs.values()), unit='epoch', desc='study', disable=None, file=sys.stderr) as bar,
        executor(token, parallel, args.scheduler) as pool,
    ):
        for number, (job, outcome) in enumerate(train_all(token, list(unfinished), pool), 1):
            bar.update(epochs[job])
            if outcome.status:
                failed.append(job.label)
                how = f'killed by signal {-outcome.status}' if outcome.status < 0 else 'failed'
                told = f'{how} after {outcome.seconds:.0f} s' + (f': {outcome.message}' if outcome.status > 0 else '')
            else:
                recorded = readable_run(job.run)
                history = recorded.history[: job.config.epochs] if recorded else []
                accuracy = f'{history[-1].test_accuracy:.4f}' if history else 'no history'
                told = f'{accuracy} in {outcome.seconds:.0f} s'
            tqdm.tqdm.write(f'{number}/{len(unfinished)} {job.label}: {told}', file=sys.stderr)
    return failed


def dry_run(study: Study, jobs: Mapping[Key, Job], runs: Recorded, args: argparse.Namespace) -> None:
    """Lists the runs, and how long each will take."""
    from graph_mlp.study.study import estimated_seconds

    parallel, seconds = args.jobs or max_parallel_runs(args.threads), estimated_seconds(study, jobs, runs)
    for key, job in jobs.items():
        left = f'about {seconds[key]:.0f} s' if key in seconds else 'finished'
        print(f'{job.run.name}: {epochs_done(job, runs.get(key))} of {job.config.epochs} epochs, {left}')
    print(
        f'{len(seconds)} of {len(jobs)} runs to train: {duration(study, jobs, runs, parallel)} with --jobs {parallel}'
    )


def epochs_done(job: Job, run: RecordedRun | None) -> int:
    """Epochs of a job that need not be trained."""
    return min(len(run.history), job.config.epochs) if run else 0


def duration(study: Study, jobs: Mapping[Key, Job], runs: Recorded, parallel: int) -> str:
    """How long the unfinished runs will take, in words."""
    from graph_mlp.study.study import estimated_seconds

    seconds = sum(estimated_seconds(study, jobs, runs).values()) / parallel
    return f'about {seconds / 60:.0f} min' if seconds >= 60 else 'less than a minute'


def tables() -> str:
    """The measures, the operators and the settings, from their tables."""
    words = {'measure': 'MEASURE', 'first': 'A', 'others': 'B'}
    parts = {
        'measures (N is a number)': {measure.name: measure.meaning for measure in MEASURES},
        'operators of the claims of a plan file': {
            name: operator.sentence.format(**words).format('N') for name, operator in OPERATORS.items()
        },
        'settings for --vary and for plan files': {flag: one.expected for flag, one in variable_settings().items()},
    }
    lines = []
    for title, rows in parts.items():
        lines += [f'{title}:', *(f'  {name:34} {meaning}' for name, meaning in rows.items()), '']
    return '\n'.join(lines[:-1])


def parser() -> Parser:
    """The command line."""
    parser = Parser('study', DESCRIPTION, tables())
    parser.add_argument('runs', nargs='*', metavar='TAG', help='models to compare, or one plan file NAME.toml')
    add = parser.add_argument_group('question').add_argument
    add(
        '--vary', action='append', nargs='+', default=[], metavar=('SETTING', 'VALUE'),
        help='compare these values of a setting, as in --vary learning-rate 0.003 0.01; several --vary: every '
        'combination',
    )  # fmt: skip
    add('--measure', metavar='NAME', help='measure to compare by, from the list below (default: final accuracy)')
    seeds = f"default 8; 3 for the notebook's Analysis; a plan's own; {FIRST_SEEDS} to begin with for --until-decided"
    add('--seeds', type=positive, metavar='N', help=f'seeds per configuration ({seeds})')
    add('--epochs', type=positive, metavar='N', help="epochs of a run (default 60; a plan's own)")
    add('--quick', action='store_true', help=f'{QUICK["seeds"]} seeds, {QUICK["epochs"]} epochs')
    add('--only', nargs='+', default=[], metavar='COMPARISON', help='only these of the plan, by number or key')
    until = f'begin with {FIRST_SEEDS} seeds, and add seeds where a verdict is within noise'
    add('--until-decided', action='store_true', help=until)
    add('--most', type=positive, metavar='N', help=f'with --until-decided: at most N seeds (default {MOST_SEEDS})')
    add_settings(parser.add_argument_group('model, of every run'), 'model')
    add_settings(parser.add_argument_group('training, of every run'), 'training', without=('seed', 'epochs'))
    add_settings(parser.add_argument_group(f'{BEYOND}, of every run'), BEYOND)
    work = parser.add_argument_group('work and files')
    add = work.add_argument
    add('--jobs', type=positive, metavar='N', help='runs at a time (default: as many as cores and memory allow)')
    add('--threads', type=threads, default=1, metavar='N', help='per run (default %(default)s)')
    add('--device', choices=('auto', 'cpu', 'gpu'), default='auto', help='default %(default)s')
    add('--scheduler', metavar='ADDRESS', help='use the workers of the dask scheduler at tcp://...; they share saves/')
    add('--dry-run', action='store_true', help='list the runs, estimate the time, train nothing')
    add('--json', action='store_true', help='print one JSON document instead of lines')
    add('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    add_data(work, 'MNIST where it is on disk or can be downloaded, else the digits')
    add_kept(work)
    return parser
