"""``hotclub bench``: how much faster, measured before and after under gunicorn and hotclub."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hotclub.cli._console import Shown, report_console
from hotclub.cli._kept import cache_directory
from hotclub.cli._options import (
    add_project_options,
    add_requests_option,
    find_project,
    positive_float,
    positive_int,
)
from hotclub.doctor import Diagnosis, examine
from hotclub.doctor.exercise import read_script
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Workspace

if TYPE_CHECKING:
    from hotclub.bench import Row

_EPILOG = """\
"Before" is the project without the last fix that hotclub wrote; where there is none, before and
after are the same tree and only the servers differ. Pages come from the last run of the doctor.
All of it runs on copies, one worker a server; the project itself is only read.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser(
        "bench", help="load the project before and after, say how much faster", epilog=_EPILOG
    )
    add_project_options(parser)
    add = parser.add_argument
    add("--pages", type=positive_int, default=8, metavar="N", help="pages (default: %(default)s)")
    add(
        "--rounds",
        type=positive_int,
        default=5,
        metavar="N",
        help="times each server is loaded with each page (default: %(default)s)",
    )
    add(
        "--seconds",
        type=positive_float,
        default=1.0,
        metavar="S",
        help="of load in one round (default: %(default)g)",
    )
    add_requests_option(parser)
    add("--recording", type=Path, metavar="FILE", help="take the pages from this recording")
    add("--json", action="store_true", help="print JSON, and nothing else")


def run(args: argparse.Namespace) -> int:
    """Measure and show the table."""
    from hotclub.bench import choose, compare, require
    from hotclub.fix import last_fix

    require()
    users = read_script(args.requests).users if args.requests else {}
    project = find_project(args)
    pages = choose(_diagnosis(project, args.recording), args.pages)
    if not pages:
        raise HotclubError("the recording holds no page of the project to load; run hotclub doctor")
    before = last_fix(cache_directory(project), project.root)
    with Shown() as tell, Workspace.create(project, tell) as workspace:
        workspace.users = users
        old = _before(workspace, before) if before else workspace.tree
        rows = compare(
            workspace,
            (old, workspace.tree),
            pages,
            rounds=args.rounds,
            seconds=args.seconds,
            tick=tell,
        )
    _print(rows, args, fixed=bool(before))
    return 0


def _before(workspace: Workspace, files: Mapping[str, str | None]) -> Path:
    """The tree as it was before the last fix, without the files that this made."""
    kept = {path: text for path, text in files.items() if text is not None}
    tree = workspace.branch("before-the-fix", kept)
    for path in files.keys() - kept.keys():
        (tree / path).unlink(missing_ok=True)
    return tree


def _diagnosis(project: Project, recording: Path | None) -> Diagnosis:
    path = recording or cache_directory(project) / "doctor.hclb"
    if not path.exists():
        raise HotclubError(f"{path} does not exist; run hotclub doctor first: it finds the pages")
    return examine(path, project.root)


def _print(rows: list[Row], args: argparse.Namespace, *, fixed: bool) -> None:
    from hotclub.bench import as_json, table

    if args.json:
        print(json.dumps(as_json(rows), indent=2))
        return
    console = report_console()
    console.print(table(rows))
    console.print(
        f"Medians of {args.rounds} interleaved rounds of {args.seconds:g} s, one worker each; "
        "ratio: hotclub after to gunicorn before."
    )
    if not fixed:
        console.print("No fix of hotclub's is in this tree: before and after differ in nothing.")
