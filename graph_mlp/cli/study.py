"""`bin/study`: repeat the 2017 Analysis over several seeds, and judge its claims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from graph_mlp.cli.arguments import Parser, add_data, positive, threads
from graph_mlp.errors import RunError
from graph_mlp.session.signals import Stop

if TYPE_CHECKING:
    from graph_mlp.analysis.study import Study, Task

QUICK = {'seeds': 2, 'epochs': 3}


def main(arguments: list[str]) -> int:
    """Parses the command line, trains what is missing, writes the report."""
    args = parser().parse_args(arguments)
    from graph_mlp.analysis.plan import chosen

    comparisons = chosen(args.only)
    default = QUICK if args.quick else {'seeds': 3, 'epochs': 60}
    from graph_mlp.analysis.jobs import max_parallel_runs
    from graph_mlp.analysis.study import Study, tasks, train_all
    from graph_mlp.data.load import load_dataset

    dataset = load_dataset(args.data, args.data_dir)
    study = Study(
        args.saves_dir, comparisons, args.seeds or default['seeds'], args.epochs or default['epochs'],
        dataset, args.data_dir, args.threads,
    )  # fmt: skip
    study_tasks = tasks(study)
    unfinished = [task for task in study_tasks if not task.finished]
    jobs = args.jobs or max_parallel_runs(args.threads)
    if args.dry_run:
        _dry_run(study, study_tasks, unfinished, jobs)
        return 0
    if unfinished:
        _print_plan(study, study_tasks, unfinished, jobs)
    with Stop():
        failed = list(train_all(unfinished, jobs, args.dask)) if unfinished else []
    _report(study)
    if failed:
        names = ', '.join(outcome.job.name for outcome in failed)
        raise RunError(f'{len(failed)} of {len(unfinished)} runs failed: {names}; the same command tries them again')
    return 0


def _report(study: Study) -> None:
    from graph_mlp.analysis.board import write_board
    from graph_mlp.analysis.report import write_report
    from graph_mlp.analysis.wording import measured_sentence

    findings = write_report(study)
    write_board(study.runs_folder / 'comparisons' / 'means', findings)
    for finding in findings:
        for judged in finding.judged_claims:
            sentence = measured_sentence(judged.claim, judged.verdict)
            print(f'{judged.number} {judged.verdict.word}: {judged.claim.statement} ({sentence})')
    print(f'report: {study.saves / "report" / "index.html"}', file=sys.stderr)
    print(f'curves: bin/tensorboard --logdir {study.saves / "study" / "comparisons"}', file=sys.stderr)


def _dry_run(study: Study, study_tasks: list[Task], unfinished: list[Task], jobs: int) -> None:
    from graph_mlp.analysis.study import estimated_seconds

    seconds = dict(zip((task.run.name for task in unfinished), estimated_seconds(study, study_tasks), strict=True))
    for task in study_tasks:
        left = f'about {seconds[task.run.name]:.0f} s' if task.run.name in seconds else 'finished'
        print(f'{task.run.name}: {task.done} of {task.epochs} epochs, {left}')
    alone = sum(seconds.values())
    print(
        f'{len(unfinished)} of {len(study_tasks)} runs to train: about {alone / jobs / 60:.0f} min with --jobs {jobs}'
    )


def _print_plan(study: Study, study_tasks: list[Task], unfinished: list[Task], jobs: int) -> None:
    from graph_mlp.analysis.study import estimated_seconds

    minutes = sum(estimated_seconds(study, study_tasks)) / jobs / 60
    print(
        f'{len(unfinished)} of {len(study_tasks)} runs to train on {study.dataset.title}, {jobs} at a time, threads '
        f'per run: {study.threads}; about {minutes:.0f} min. It can be stopped at any time: the same command goes on.',
        file=sys.stderr,
    )


def parser() -> Parser:
    """The command line."""
    parser = Parser(
        'study',
        'Repeats the Analysis of the 2017 notebook: trains every run it talks about, over several seeds, and writes '
        'a report with its figures and a verdict on each of its claims to saves/report. The runs are kept in '
        'saves/study; finished ones are not trained again. A number in a verdict is the mean over the seeds, with its '
        '95 % confidence interval in brackets.',
    )
    parser.add_argument('--seeds', type=positive, metavar='N', help='runs per configuration (default 3)')
    parser.add_argument('--epochs', type=positive, metavar='N', help='epochs of a run (default 60)')
    parser.add_argument('--quick', action='store_true', help=f'{QUICK["seeds"]} seeds, {QUICK["epochs"]} epochs')
    parser.add_argument('--only', nargs='+', default=[], metavar='FIGURE', help='number or name (default: all)')
    parser.add_argument(
        '--jobs', type=positive, metavar='N', help='runs at a time (default: as many as cores and memory allow)'
    )
    parser.add_argument('--threads', type=threads, default=1, metavar='N', help='per run (default %(default)s)')
    parser.add_argument('--dask', metavar='ADDRESS', help='use the workers of this dask scheduler; they share saves/')
    parser.add_argument('--dry-run', action='store_true', help='list the runs, estimate the time, train nothing')
    parser.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    add_data(parser, 'MNIST where it is on disk or can be downloaded, else the digits')
    return parser
