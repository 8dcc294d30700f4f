"""``hotclub report``: a recording and its findings as one HTML page."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from hotclub.cli._console import Shown
from hotclub.cli._kept import cache_directory
from hotclub.cli._options import add_project_options, find_project, writable_file
from hotclub.cli._selection import add_selection_options, selection
from hotclub.doctor import examine
from hotclub.doctor.silence import silence
from hotclub.errors import HotclubError
from hotclub.recording import Recording


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
    from hotclub.report import page, page_data

    wanted = selection(args)
    tree = Path(args.directory or args.project or ".").resolve()
    path = args.recording or cache_directory(find_project(args)) / "doctor.hclb"
    with Shown() as tell:
        diagnosis = examine(path, tree, None, progress=tell)
    diagnosis = silence(diagnosis, tree, wanted)
    with Recording.open(path) as recording:
        text = page(page_data(diagnosis, recording, tree))
    try:  # it holds statements and addresses, so it is for this user's eyes
        part = args.out.with_name(f"{args.out.name}.{os.getpid()}.part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        os.replace(part, args.out)
    except OSError as error:
        raise HotclubError(f"{args.out} cannot be written: {error.strerror}") from None
    print(f"hotclub: the page is {args.out}")
    return 0
