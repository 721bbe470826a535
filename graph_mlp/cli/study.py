"""`bin/study`: is this better than that, by how much, and how sure are we?"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from graph_mlp.cli.study_arguments import FIRST_SEEDS, MOST_SEEDS, QUICK, parser
from graph_mlp.cli.study_plan import asked, kept_flags
from graph_mlp.errors import RunError, UsageError
from graph_mlp.invocation import as_typed
from graph_mlp.session.signals import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graph_mlp.analysis.findings import Finding, Recorded
    from graph_mlp.analysis.jobs import Outcome
    from graph_mlp.analysis.plan import Plan
    from graph_mlp.analysis.study import Study, Task


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
        print(f'{task.run.name}: {task.epochs_done} of {task.epochs} epochs, {left}')
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
