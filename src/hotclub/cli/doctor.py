"""``hotclub doctor``: what is slow, on which line, and why."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from hotclub.cli._console import Shown, report_console
from hotclub.cli._html import write_html
from hotclub.cli._kept import keep
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
    writable_file,
)
from hotclub.cli._selection import add_selection_options, selection, write_baseline
from hotclub.doctor import Diagnosis, diagnose, examine
from hotclub.doctor.indexes import has_statements
from hotclub.doctor.silence import Baseline, Selection, silence
from hotclub.errors import HotclubError
from hotclub.workspace import Workspace

CLEAN, FOUND = 0, 1

_EPILOG = """\
The project itself is only read: the crawl runs on a copy of its tree and database, without
network. Exit status: 0 nothing found, 1 findings, 2 it could not run.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser(
        "doctor", help="find what is slow, on which line, and why", epilog=_EPILOG
    )
    add_project_options(parser)
    add_copy_options(parser)
    add_crawl_options(parser)
    add_exercise_options(parser)
    add_selection_options(parser)
    parser.add_argument(
        "--write-baseline", action="store_true", help="write what is found now to --baseline"
    )
    add_flag(parser, "--json", "print JSON, and nothing else")
    add_flag(parser, "--all", "describe everything in full")
    parser.add_argument(
        "--sarif", metavar="FILE", type=writable_file, help="write SARIF 2.1.0 here as well"
    )
    add_html_option(parser)
    parser.add_argument(
        "--recording", metavar="FILE", type=Path, help="look at this recording, do not crawl"
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=writable_file,
        help="keep the recording here (default: in the user's cache directory)",
    )


def run(args: argparse.Namespace) -> int:
    """Diagnose and report; 1 when there are findings."""
    wanted = selection(args)  # better now than after minutes of crawling
    if args.recording is not None:
        return _examine(args, wanted)
    options = crawl_options(args)
    project = find_project(args)
    with Shown() as tell:
        workspace = Workspace.create(project, tell, sample=wanted_sample(args))
    with workspace:
        with Shown() as tell:
            diagnosis = diagnose(project, workspace, options, tell)
            tell("comparing the project with how it was")
            changed = workspace.untouched()
        kept = keep(project, diagnosis.recordings, args.out)
        diagnosis = replace(diagnosis, recordings=(kept,))
        return _finish(diagnosis, workspace.tree, args, wanted, changed)


def _examine(args: argparse.Namespace, wanted: Selection) -> int:
    directory = Path(args.directory or args.project or ".").resolve()
    with contextlib.ExitStack() as stack, Shown() as tell:
        workspace, why_not = None, ""
        if has_statements(args.recording):  # indexes can be looked for, on a copy
            try:
                copied = Workspace.create(find_project(args), tell, sample=wanted_sample(args))
                workspace = stack.enter_context(copied)
            except HotclubError as error:
                why_not = str(error)
        seconds = crawl_options(args).index_seconds
        diagnosis = examine(
            args.recording, directory, workspace, why_not=why_not, seconds=seconds, progress=tell
        )
        changed = workspace.untouched() if workspace else None
    return _finish(diagnosis, directory, args, wanted, changed)


def _finish(
    diagnosis: Diagnosis,
    tree: Path,
    args: argparse.Namespace,
    wanted: Selection,
    changed: list[str] | None,
) -> int:
    """Report what is to be reported, or write it down as known."""
    if args.write_baseline:
        count = write_baseline(diagnosis, tree, wanted, args.baseline)
        what = "1 finding is" if count == 1 else f"{count} findings are"
        print(f"hotclub: {what} known now, in {args.baseline}", file=sys.stderr)
        wanted = replace(wanted, baseline=Baseline.read(args.baseline))
    diagnosis = silence(diagnosis, tree, wanted)
    _print(diagnosis, tree, args, changed)
    if args.sarif is not None:
        from hotclub.doctor.report import sarif, write_sarif

        write_sarif(args.sarif, sarif(diagnosis, tree, changed or ()))
    if args.html is not None:
        write_html(args.html, diagnosis, tree)
    return FOUND if diagnosis.findings else CLEAN


def _print(
    diagnosis: Diagnosis, tree: Path, args: argparse.Namespace, changed: list[str] | None
) -> None:
    if args.json:
        answer: dict[str, Any] = {**diagnosis.as_json(), "changed": changed}
        print(json.dumps(answer, indent=2, ensure_ascii=True))
        return
    from hotclub.doctor.report import render

    console = report_console()
    render(diagnosis, tree, console, everything=args.all)
    console.print()
    if changed is not None:
        for line in _end(diagnosis, changed):
            console.print(line, markup=False)


def _end(diagnosis: Diagnosis, changed: list[str]) -> list[str]:
    """What is true of the project now, and what to do next."""
    if changed:
        lines = ["The project changed while the doctor was at work (it changed nothing itself):"]
        lines += [f"  {what}" for what in changed]
    else:
        lines = ["The project is untouched: tree, databases and media are as they were."]
    lines.append(f"Recording: {diagnosis.recordings[0]}")
    if any(
        (finding.path or finding.index) and not finding.reason for finding in diagnosis.findings
    ):
        lines.append("Next: «hotclub fix --diff» shows the edits, «hotclub fix» proves them.")
    return lines
