"""`bin/study`: repeat the 2017 Analysis over several seeds, and judge its claims."""

import sys
from pathlib import Path

from graph_mlp.cli.arguments import Parser, add_data, positive
from graph_mlp.errors import RunError
from graph_mlp.session.signals import Stop

QUICK = {'seeds': 2, 'epochs': 3}


def main(arguments: list[str]) -> int:
    """Parses the command line, trains what is missing, writes the report."""
    args = parser().parse_args(arguments)
    from graph_mlp.analysis.plan import chosen

    comparisons = chosen(args.only)
    usual = QUICK if args.quick else {'seeds': 3, 'epochs': 60}
    from graph_mlp.analysis.jobs import most_at_once
    from graph_mlp.analysis.study import Study, tasks, train_all
    from graph_mlp.data.load import load_dataset

    dataset = load_dataset(args.data, args.data_dir)
    study = Study(
        args.saves_dir, comparisons, args.seeds or usual['seeds'], args.epochs or usual['epochs'],
        dataset, args.data_dir, args.threads,
    )  # fmt: skip
    every = tasks(study)
    todo = [task for task in every if not task.finished]
    jobs = args.jobs or most_at_once(args.threads)
    if args.dry_run:
        _dry_run(study, every, todo, jobs)
        return 0
    if todo:
        _say_plan(study, every, todo, jobs)
    with Stop():
        failed = list(train_all(todo, jobs, args.dask)) if todo else []
    _report(study)
    if failed:
        names = ', '.join(outcome.job.name for outcome in failed)
        raise RunError(f'{len(failed)} of {len(todo)} runs failed: {names}; the same command tries them again')
    return 0


def _report(study) -> None:
    from graph_mlp.analysis.board import write_board
    from graph_mlp.analysis.report import write_report

    found = write_report(study)
    write_board(study.runs_folder / 'comparisons' / 'means', found)
    for finding in found:
        for each in finding.judged:
            print(f'{each.number} {each.verdict.word}: {each.claim.said} ({each.claim.quantity}: {each.measured})')
    print(f'report: {study.saves / "report" / "index.html"}', file=sys.stderr)
    print(f'curves: bin/tensorboard --logdir {study.saves / "study" / "comparisons"}', file=sys.stderr)


def _dry_run(study, every, todo, jobs: int) -> None:
    from graph_mlp.analysis.study import estimated_seconds

    seconds = dict(zip((task.run.name for task in todo), estimated_seconds(study, every), strict=True))
    for task in every:
        left = f'about {seconds[task.run.name]:.0f} s' if task.run.name in seconds else 'finished'
        print(f'{task.run.name}: {task.done} of {task.epochs} epochs, {left}')
    alone = sum(seconds.values())
    print(f'{len(todo)} of {len(every)} runs to train: about {alone / jobs / 60:.0f} min with --jobs {jobs}')


def _say_plan(study, every, todo, jobs: int) -> None:
    from graph_mlp.analysis.study import estimated_seconds

    minutes = sum(estimated_seconds(study, every)) / jobs / 60
    print(
        f'{len(todo)} of {len(every)} runs to train on {study.dataset.title}, {jobs} at a time with '
        f'{study.threads} thread each: about {minutes:.0f} min; stop it at any time, the same command goes on',
        file=sys.stderr,
    )


def parser() -> Parser:
    """The command line."""
    made = Parser(
        'study',
        'Repeats the Analysis of the 2017 notebook: trains every run it talks about, over several seeds, and writes '
        'a report with its figures and a verdict on each of its claims to saves/report. The runs are kept in '
        'saves/study; finished ones are not trained again.',
    )
    made.add_argument('--seeds', type=positive, metavar='N', help='runs per configuration (default 3)')
    made.add_argument('--epochs', type=positive, metavar='N', help='default 60')
    made.add_argument('--quick', action='store_true', help=f'{QUICK["seeds"]} seeds, {QUICK["epochs"]} epochs')
    made.add_argument('--only', nargs='+', default=[], metavar='FIGURE', help='by number or name (default: all)')
    made.add_argument(
        '--jobs', type=positive, metavar='N', help='runs at a time (default: as many as cores and memory allow)'
    )
    made.add_argument('--threads', type=positive, default=1, metavar='N', help='of each run (default %(default)s)')
    made.add_argument('--dask', metavar='ADDRESS', help="a dask scheduler's, whose workers share saves/")
    made.add_argument('--dry-run', action='store_true', help='list the runs, estimate the time, train nothing')
    made.add_argument('--saves-dir', type=Path, default=Path('saves'), metavar='DIR', help='default %(default)s')
    add_data(made, 'MNIST where it can be had, else the digits')
    return made
