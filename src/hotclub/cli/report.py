"""``hotclub report``: a recording and its findings as one HTML page."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotclub.cli._console import Shown
from hotclub.cli._html import write_html
from hotclub.cli._kept import cache_directory
from hotclub.cli._options import add_project_options, find_project, writable_file
from hotclub.cli._selection import add_selection_options, selection
from hotclub.doctor import examine
from hotclub.doctor.silence import silence
from hotclub.errors import HotclubError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser("report", help="write a recording's findings as one HTML page")
    add_project_options(parser)
    add_selection_options(parser)
    parser.add_argument(
        "--recording", metavar="FILE", type=Path, help="default: that of the last doctor"
    )
    parser.add_argument(
        "--out", metavar="FILE", type=writable_file, default=Path("report.html"), help="the page"
    )


def run(args: argparse.Namespace) -> int:
    """Write the page."""
    wanted = selection(args)
    tree = Path(args.directory or args.project or ".").resolve()
    with Shown() as tell:
        diagnosis = examine(_recording(args), tree, None, progress=tell)
    if not diagnosis.crawled:
        raise HotclubError(
            f"{diagnosis.recordings[0]} holds no request: nothing was asked while it was recorded"
        )
    write_html(args.out, silence(diagnosis, tree, wanted), tree)
    print(f"hotclub: the page is {args.out}")
    return 0


def _recording(args: argparse.Namespace) -> Path:
    if args.recording is not None:
        return Path(args.recording)
    path = cache_directory(find_project(args)) / "doctor.hclb"
    if not path.exists():
        raise HotclubError(
            f"{path} does not exist; run hotclub doctor first, or name a --recording"
        )
    return path
