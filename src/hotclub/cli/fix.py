"""``hotclub fix``: diagnose, plan, prove in a workspace, write what is proved."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from hotclub import doctor
from hotclub.cli import _fix_report as report
from hotclub.cli._console import Shown, report_console
from hotclub.cli._fix_json import as_json
from hotclub.cli._fix_offers import Choice, show_offers
from hotclub.cli._fix_requests import replayed, steady
from hotclub.cli._html import write_html
from hotclub.cli._kept import cache_directory, keep
from hotclub.cli._options import (
    add_copy_options,
    add_crawl_options,
    add_exercise_options,
    add_flag,
    add_html_option,
    add_project_options,
    crawl_options,
    find_project,
    wanted_sample,
)
from hotclub.cli._selection import add_selection_options, selection
from hotclub.doctor.silence import silence
from hotclub.fix import (
    Destination,
    Fix,
    Known,
    Migrations,
    Plan,
    changes,
    diff,
    plan,
    render,
    undo,
    write_patch,
)
from hotclub.project import Project
from hotclub.proof import Cache, Proof, prove
from hotclub.workspace import Workspace

DONE, LEFT = 0, 1

_EPILOG = """\
Each fix is proved on a copy before a file of yours changes: the recorded requests are replayed
on the old code and the new (where they differ on the old again, since it may do so by itself),
and must get the same responses with fewer queries.
In a git work tree the files are edited (never those with uncommitted changes); without git a
patch is written. Exit status: 0 all is fixed or nothing was to fix, 1 findings are left, 2 it
could not run.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser(
        "fix", help="write the fixes, each proved, or take them back", epilog=_EPILOG
    )
    add_project_options(parser)
    add_copy_options(parser)
    add_crawl_options(parser)
    add_exercise_options(parser)
    add_selection_options(parser)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--diff", action="store_true", help="show the edits; prove and write nothing")
    mode.add_argument("--undo", action="store_true", help="take the last fix back")
    parser.add_argument(
        "--offered",
        metavar="WHICH",
        nargs="+",
        action="extend",
        default=[],
        help="write these offered edits too: a code, FILE:LINE, or all",
    )
    add_flag(parser, "--json", "print JSON, and nothing else")
    add_html_option(parser)
    parser.add_argument(
        "--recording",
        metavar="FILE",
        type=Path,
        help="take the findings from this recording of the doctor's, do not crawl",
    )
    add_flag(parser, "--no-cache", "prove anew what an earlier run has proved")
    add_flag(parser, "--write", "edit the files even without git to bring them back")
    add_flag(parser, "--force", "edit files with uncommitted changes too")


def run(args: argparse.Namespace) -> int:
    """Fix what can be proved; 1 when findings are left."""
    project = find_project(args)
    console = Console(quiet=True) if args.json else report_console()
    if args.undo:
        for path in undo(cache_directory(project), project.root):
            console.print(f"restored {path}", markup=False)
        return DONE
    options = crawl_options(args)
    wanted = selection(args)
    with Shown() as tell:
        workspace = Workspace.create(project, tell, sample=wanted_sample(args))
    with workspace:
        with Shown() as tell:
            diagnosis = _diagnosis(args, options, project, workspace, tell)
            diagnosis = silence(diagnosis, workspace.tree, wanted)
            tell("planning the edits")
            planned = plan(
                steady(diagnosis.findings),
                workspace.tree,
                django=_version(project),
                migrate=Migrations(workspace),
                models=Known(workspace),
            )
        return _fix(args, project, workspace, diagnosis, planned, console)


def _diagnosis(
    args: argparse.Namespace,
    options: doctor.Options,
    project: Project,
    workspace: Workspace,
    tell: Shown,
) -> doctor.Diagnosis:
    if args.recording is not None:
        workspace.users = options.script.users if options.script else {}
        return doctor.examine(
            args.recording,
            workspace.tree,
            workspace,
            seconds=options.index_seconds,
            progress=tell,
        )
    diagnosis = doctor.diagnose(project, workspace, options, tell)
    keep(project, diagnosis.recordings, None)
    return diagnosis


def _fix(
    args: argparse.Namespace,
    project: Project,
    workspace: Workspace,
    diagnosis: doctor.Diagnosis,
    planned: Plan,
    console: Console,
) -> int:
    tree = workspace.tree
    chosen = Choice.of(planned, args.offered, tree)
    _say_plan(planned, len(diagnosis.findings), console)
    proof = None
    if args.diff or not chosen.fixes:
        if chosen.fixes:
            report.show_diff(diff(render(chosen.fixes, tree), tree), console)
            console.print("\nNothing was proved or written: «hotclub fix» does both.")
    else:
        cache = cache_directory(project)
        destination = Destination(project.root, cache, write=args.write, force=args.force)
        if destination.edits:  # better now than after minutes of proving
            destination.check(sorted(_paths(chosen.fixes, tree)))
        requests = replayed(diagnosis, chosen.fixes)
        proof = _prove(args, workspace, chosen.fixes, requests, cache / "proofs")
        report.show_proof(proof, console, diagnosis.sampled)
    show_offers(chosen.left, tree, console)
    report.show_refusals(chosen.refusals, console)
    if proof is not None and proof.kept:
        _put(destination, proof, tree, console, " on a sample" if diagnosis.sampled else "")
    elif proof is not None:
        console.print("\nNo fix was proved; nothing was changed.")
    if args.json or args.html is not None:
        _write(args, diagnosis, as_json(chosen, proof, tree, diagnosis.sampled), tree)
    return LEFT if chosen.refusals or chosen.left or (proof and proof.rejected) else DONE


def _prove(
    args: argparse.Namespace,
    workspace: Workspace,
    fixes: Sequence[Fix],
    requests: Sequence[doctor.Request],
    kept: Path,
) -> Proof:
    """The proof; one of those ``kept`` by earlier runs where that still holds."""
    cache = None if args.no_cache else Cache(kept)
    with Shown() as tell:
        judge = prove if cache is None else cache.prove
        proof = judge(workspace, fixes, requests, render=render, progress=tell)
    for what in cache.said if cache else ():
        print(f"hotclub: {what}", file=sys.stderr)
    return proof


def _write(
    args: argparse.Namespace, diagnosis: doctor.Diagnosis, told: Mapping[str, Any], tree: Path
) -> None:
    """For programs, and for people who would rather look."""
    if args.html is not None:
        write_html(args.html, diagnosis, tree, told)
    if args.json:
        print(json.dumps(told, indent=2, allow_nan=False))


def _say_plan(planned: Plan, findings: int, console: Console) -> None:
    if not findings:
        console.print("Nothing to fix: the doctor found nothing.")
        return
    answered = sum(len(fix.findings) for fix in planned.fixes)
    edits = len(planned.fixes)
    console.print(
        f"{findings} finding{'s' * (findings != 1)}: {edits} edit{'s' * (edits != 1)} "
        f"would answer {answered} of them."
    )
    report.show_plan(planned, console)


def _put(destination: Destination, proof: Proof, tree: Path, console: Console, where: str) -> None:
    """Into the files, or into a patch, and say how to go back; ``where`` it was proved."""
    sources = dict(proof.sources)
    text = diff(sources, tree)
    report.show_diff(text, console)
    console.print()
    where += f" on {report.day(proof)}" if proof.proved else ""
    if destination.edits:
        destination.put(changes(sources, tree))
        report.show_stat(text, console)
        console.print(f"Proved{where} and written. «hotclub fix --undo» takes it back.")
        _say_migrate(proof, console)
        return
    path = write_patch(sources, tree, Path.cwd())
    console.print(
        f"Proved{where}. {destination.root} is not in a git work tree, so no file was edited; "
        f"apply it with\n  patch -p1 -d {destination.root} -i {path}\nor run hotclub fix --write.",
        markup=False,
        soft_wrap=True,
    )
    _say_migrate(proof, console)


def _say_migrate(proof: Proof, console: Console) -> None:
    """What is left to do for indexes."""
    if any(fix.files for fix in proof.kept):
        console.print("Indexes are made and dropped by the next «manage.py migrate».")


def _paths(fixes: Sequence[Fix], tree: Path) -> set[str]:
    """The files that are there already and would change."""
    return {path for path in render(fixes, tree) if (tree / path).exists()}


def _version(project: Project) -> tuple[int, int]:
    """Django's version as two numbers."""
    major, minor = (project.django_version.split(".") + ["0", "0"])[:2]
    return int(major), int("".join(c for c in minor if c.isdigit()) or 0)
