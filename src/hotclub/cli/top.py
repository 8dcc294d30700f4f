"""``hotclub top``: what a running ``hotclub serve`` is doing, once a second."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from hotclub.errors import HotclubError

DESCRIPTION = """\
Shows requests, times and workers of a server that was started with --admin ADDRESS.
Ctrl-C ends it.
"""
CLEAR = "\033[H\033[2J"


def add_parser(subparsers: Any) -> None:
    """Add the command and its options."""
    parser = subparsers.add_parser("top", help="watch a running server", description=DESCRIPTION)
    parser.add_argument("address", metavar="ADDRESS", help="its --admin: host:port or unix:path")
    parser.add_argument("--interval", type=float, default=1.0, metavar="S", help="seconds [1]")
    parser.add_argument("--once", action="store_true", help="one picture, without clearing")


def run(args: argparse.Namespace) -> int:
    """Show the status until interrupted; return the exit status."""
    from hotclub.serve._top import fetch, picture

    if not args.interval > 0:
        raise HotclubError("--interval must be above 0")
    before = fetch(args.address)
    while True:
        try:
            time.sleep(args.interval)
            now = fetch(args.address)
            text = picture(before, now)
            sys.stdout.write(text if args.once else CLEAR + text)
            sys.stdout.flush()
        except KeyboardInterrupt:
            return 0
        if args.once:
            return 0
        before = now
