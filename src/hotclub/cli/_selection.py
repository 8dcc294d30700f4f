"""``--select``, ``--ignore``, ``--baseline``: which findings are reported, and counted."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotclub.doctor import Diagnosis
from hotclub.doctor.silence import Baseline, Selection, codes, identify, silence
from hotclub.errors import HotclubError


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """Which findings count."""
    parser.add_argument(
        "--select",
        metavar="CODES",
        type=code_list,
        help="only these codes; HC1 stands for all that begin so, commas separate",
    )
    parser.add_argument(
        "--ignore", metavar="CODES", type=code_list, help="not these codes, likewise"
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="findings in this file are known: neither reported nor counted",
    )


def code_list(text: str) -> tuple[str, ...]:
    """For argparse: codes, or beginnings of codes, that exist."""
    try:
        return codes(text)
    except HotclubError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def selection(args: argparse.Namespace) -> Selection:
    """What the options ask for.

    Raises:
        HotclubError: the baseline cannot be read, or is to be written nowhere.
    """
    writes = getattr(args, "write_baseline", False)
    if writes and args.baseline is None:
        raise HotclubError("--write-baseline needs to know where: add --baseline FILE")
    baseline = None if args.baseline is None or writes else Baseline.read(args.baseline)
    return Selection(args.select or (), args.ignore or (), baseline)


def write_baseline(diagnosis: Diagnosis, tree: Path, selection: Selection, path: Path) -> int:
    """Write what is reported now, and say how many findings are known then; those of codes that
    were not asked for stay known."""
    left = silence(diagnosis, tree, selection).findings
    narrowed = bool(selection.select or selection.ignore) and path.exists()
    others = Baseline.read(path).without(selection.wants) if narrowed else []
    known = [*others, *(identify(finding, tree) for finding in left)]
    Baseline.write(path, known)
    return len(known)
