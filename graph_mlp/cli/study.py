"""`bin/study`: is this better than that, by how much, and how sure are we?"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from graph_mlp.analysis.named_measures import measure_table
from graph_mlp.analysis.operators import OPERATORS
from graph_mlp.analysis.plan_file import DEFAULT_SEEDS
from graph_mlp.analysis.settings import SETTINGS
from graph_mlp.cli.arguments import Parser, add_data, positive, threads
from graph_mlp.cli.study_plan import asked, kept_flags
from graph_mlp.cli.train import add_kept, add_model, add_training
from graph_mlp.errors import RunError, UsageError
from graph_mlp.invocation import as_typed
from graph_mlp.session.signals import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph_mlp.analysis.findings import Finding, Recorded
    from graph_mlp.analysis.jobs import Outcome
    from graph_mlp.analysis.plan import Plan
    from graph_mlp.analysis.study import Study, Task

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
    # Before anything else is imported: a slip in the plan or the command line is answered at once.
    plan = asked(args)
    plan.only(args.only)
    from graph_mlp.analysis.study import recorded_runs, study_findings, tasks, with_more_seeds

    study = _study(args, plan)
    if args.dry_run:
        _dry_run(study, args)
        return 0
    most = args.most or MOST_SEEDS
    with Stop():
        while True:
            failed = _train(study, args)
            runs = recorded_runs(study)
            findings = study_findings(study, runs)
            extended = with_more_seeds(study, findings, most) if args.until_decided and not failed else None
            if extended is None:
                break
            study = extended
    _report(study, runs, findings, args.json)
    if failed:
        names = ', '.join(outcome.job.name for outcome in failed)
        raise RunError(f'{len(failed)} of {len(tasks(study))} runs failed: {names}; the same command tries them again')
    return 0


def _study(args: argparse.Namespace, plan: Plan) -> Study:
    from graph_mlp.analysis.study import Study
    from graph_mlp.data.load import load_dataset

    default = QUICK if args.quick else {'seeds': plan.seeds, 'epochs': plan.epochs}
    if args.until_decided and not args.quick:
        default = {**default, 'seeds': min(FIRST_SEEDS, args.most or MOST_SEEDS)}
    seeds, epochs = args.seeds or default['seeds'], args.epochs or default['epochs']
    if args.until_decided and seeds > (args.most or MOST_SEEDS):
        raise UsageError(f'--seeds {seeds} is more than --most {args.most or MOST_SEEDS}')
    quick = args.quick or epochs < plan.epochs or (seeds < plan.seeds and not args.until_decided)
    return Study(
        args.saves_dir, plan, plan.only(args.only), seeds, epochs, load_dataset(args.data, args.data_dir),
        args.data_dir, args.threads, kept_flags(args), quick, args.until_decided,
    )  # fmt: skip


def _train(study: Study, args: argparse.Namespace) -> list[Outcome]:
    """Trains the runs that are not finished; returns those that failed."""
    from graph_mlp.analysis.jobs import max_parallel_runs
    from graph_mlp.analysis.study import tasks, train_all

    study_tasks = tasks(study)
    unfinished = [task for task in study_tasks if not task.finished]
    if not unfinished:
        return []
    jobs = args.jobs or max_parallel_runs(args.threads)
    _print_plan(study, study_tasks, unfinished, jobs)
    return list(train_all(unfinished, jobs, args.dask))


def _report(study: Study, runs: Recorded, findings: Sequence[Finding], as_json: bool) -> None:
    from graph_mlp.analysis.board import write_board
    from graph_mlp.analysis.report import study_record, write_report

    page = write_report(study, runs, findings)
    curves = study.runs_folder / 'comparisons' / study.name
    write_board(curves, study.plan.question, findings)
    if as_json:
        print(json.dumps(study_record(study, findings), indent=1, allow_nan=False))
    else:
        for line in _lines(study, findings):
            print(line)
    print(f'report: {page}', file=sys.stderr)
    print(
        f'curves: {as_typed("bin/tensorboard")} --logdir {study.saves / "study" / "comparisons" / study.name}',
        file=sys.stderr,
    )


def _lines(study: Study, findings: Sequence[Finding]) -> Iterator[str]:
    """The answer and a line for every pair, where there are pairs; then a line for every claim."""
    from graph_mlp.analysis.answers import answer, labelled, pair_sentence
    from graph_mlp.analysis.wording import measured_sentence, what_it_takes

    if any(finding.pairs for finding in findings):
        yield answer(findings, study.quick)
    for finding in findings:
        measure = finding.comparison.pairs
        if measure and len(finding.pairs) > 1:
            yield from (labelled(pair_sentence(pair, measure), study.quick) for pair in finding.pairs)
        for judged in finding.judged_claims:
            claim, verdict = judged.claim, judged.verdict
            takes = what_it_takes(verdict, claim.unit, claim.claimed)
            sentence = f'{measured_sentence(claim, verdict)}{"; " if takes else ""}{takes}'
            yield f'{judged.number} {labelled(verdict.word, study.quick)}: {claim.statement} ({sentence})'


def _dry_run(study: Study, args: argparse.Namespace) -> None:
    from graph_mlp.analysis.jobs import max_parallel_runs
    from graph_mlp.analysis.study import estimated_seconds, tasks

    study_tasks = tasks(study)
    unfinished = [task for task in study_tasks if not task.finished]
    jobs = args.jobs or max_parallel_runs(args.threads)
    seconds = dict(zip((task.run.name for task in unfinished), estimated_seconds(study, study_tasks), strict=True))
    for task in study_tasks:
        left = f'about {seconds[task.run.name]:.0f} s' if task.run.name in seconds else 'finished'
        print(f'{task.run.name}: {task.done} of {task.epochs} epochs, {left}')
    alone = sum(seconds.values())
    print(f'{len(unfinished)} of {len(study_tasks)} runs to train: {_duration(alone / jobs)} with --jobs {jobs}')


def _print_plan(study: Study, study_tasks: list[Task], unfinished: list[Task], jobs: int) -> None:
    from graph_mlp.analysis.study import estimated_seconds

    seconds = sum(estimated_seconds(study, study_tasks)) / jobs
    print(
        f'{len(unfinished)} of {len(study_tasks)} runs to train on {study.dataset.title}, {jobs} at a time, threads '
        f'per run: {study.threads}; {_duration(seconds)}. It can be stopped at any time: the same command goes on.',
        file=sys.stderr,
    )


def _duration(seconds: float) -> str:
    return f'about {seconds / 60:.0f} min' if seconds >= 60 else 'less than a minute'


def parser() -> Parser:
    """The command line."""
    parser = Parser('study', DESCRIPTION, _tables())
    parser.add_argument('runs', nargs='*', metavar='TAG', help='models to compare, or one plan file NAME.toml')
    question = parser.add_argument_group('question')
    question.add_argument(
        '--vary', action='append', nargs='+', default=[], metavar=('SETTING', 'VALUE'),
        help='compare these values of a setting, as in --vary learning-rate 0.003 0.01; several --vary: every '
        'combination',
    )  # fmt: skip
    question.add_argument('--measure', metavar='NAME', help='what is compared (default: final accuracy); below')
    question.add_argument(
        '--seeds', type=positive, metavar='N',
        help=f'runs per configuration (default {DEFAULT_SEEDS}, the notebook 3, a plan its own)',
    )  # fmt: skip
    question.add_argument('--epochs', type=positive, metavar='N', help='epochs of a run (default 60, a plan its own)')
    question.add_argument('--quick', action='store_true', help=f'{QUICK["seeds"]} seeds, {QUICK["epochs"]} epochs')
    question.add_argument('--only', nargs='+', default=[], metavar='FIGURE', help='number or name (default: all)')
    question.add_argument(
        '--until-decided', action='store_true',
        help=f'begin with {FIRST_SEEDS} seeds, and add seeds where a verdict is within noise',
    )  # fmt: skip
    question.add_argument('--most', type=positive, metavar='N', help=f'most seeds then (default {MOST_SEEDS})')
    add_model(parser.add_argument_group('model, of every run'))
    add_training(parser.add_argument_group('training, of every run'))
    _add_work(parser.add_argument_group('work and files'))
    return parser


def _add_work(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        '--jobs', type=positive, metavar='N', help='runs at a time (default: as many as cores and memory allow)'
    )
    group.add_argument('--threads', type=threads, default=1, metavar='N', help='per run (default %(default)s)')
    group.add_argument('--device', choices=('auto', 'cpu', 'gpu'), default='auto', help='default %(default)s')
    group.add_argument('--dask', metavar='ADDRESS', help='use the workers of this dask scheduler; they share saves/')
    group.add_argument('--dry-run', action='store_true', help='list the runs, estimate the time, train nothing')
    group.add_argument('--json', action='store_true', help='print one JSON document instead of lines')
    group.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    add_data(group, 'MNIST where it is on disk or can be downloaded, else the digits')
    add_kept(group)


def _tables() -> str:
    """The measures, the operators and the settings, from their tables."""
    parts = {
        'measures (N is a number)': {measure.name: measure.meaning for measure in measure_table()},
        'operators of the claims of a plan file': {name: operator.meaning for name, operator in OPERATORS.items()},
        'settings for --vary and for plan files': {name: setting.expected for name, setting in SETTINGS.items()},
    }
    lines = []
    for title, rows in parts.items():
        lines += [f'{title}:', *(f'  {name:34} {meaning}' for name, meaning in rows.items()), '']
    return '\n'.join(lines[:-1])
