"""`hotclub record -- COMMAND`: run a command with every Python process in it recorded."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from hotclub.agent.recorder import Config
from hotclub.errors import HotclubError

_BOOT = Path(__file__).resolve().parent.parent / "agent" / "recorder" / "boot"
_EPILOG = """\
examples:
  hotclub record -- gunicorn shop.wsgi
  hotclub record --output /var/tmp/shop.hclb -- python manage.py runserver
  hotclub record --sample-rate 0.05 -- gunicorn shop.wsgi    # where every microsecond counts

The recording can be read while the command runs, and after it was killed."""


def add_parser(subparsers: Any) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "record",
        help="run a server with its requests recorded",
        description="Runs a command and records the requests its Django processes answer.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--output", "-o", default="hotclub.hclb", help="the recording (default: %(default)s)"
    )
    parser.add_argument(
        "--root", default=".", help="the project's root: only code below it counts (default: here)"
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="keep SQL, bodies and request data as well, secrets left out; not for production",
    )
    parser.add_argument(
        "--sample-rate",
        metavar="SHARE",
        type=_share,
        default=1.0,
        help="record this share of the requests, drawn by chance: 0.1 for one in ten (default: 1)",
    )
    parser.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND …")


def _share(text: str) -> float:
    """For argparse: a number above 0, at most 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and at most 1")
    return value


def run(args: argparse.Namespace) -> int:
    """Become the command; returns only by raising."""
    argv = args.argv[1:] if args.argv[:1] == ["--"] else args.argv
    if not argv:
        raise HotclubError("there is no command to record; try: hotclub record -- gunicorn …")
    program = shutil.which(argv[0])
    if program is None:
        raise HotclubError(f"the command {argv[0]} was not found; give its path, or activate "
                           "the project's virtual environment")  # fmt: skip
    depth = "deep" if args.deep else "light"
    config = Config(args.output, args.root, depth, sample_rate=args.sample_rate)
    _check(config)
    sys.stdout.flush()  # else it would be lost with this program
    os.execve(program, argv, {**os.environ, **_environment(config)})


def _environment(config: Config) -> dict[str, str]:
    inherited = os.environ.get("PYTHONPATH")
    path = [str(_BOOT), *([inherited] if inherited else [])]
    return {**config.environment(), "PYTHONPATH": os.pathsep.join(path)}


def _check(config: Config) -> None:
    """Say now what the recorder, running inside the project, could only count."""
    from hotclub.recording import Recording

    path, root = Path(config.path), Path(config.root)
    if not root.is_dir():
        raise HotclubError(f"{root} is not a directory; give the project's root with --root")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise HotclubError(f"{path.parent} cannot be written to; choose another --output")
    if path.exists() and path.stat().st_size:
        with Recording.open(path) as recording:
            depth, recorded, rate = recording.depth, recording.root, recording.sample_rate
        if (depth, recorded) != (config.depth, str(config.root)):
            raise HotclubError(
                f"{path} holds a {depth} recording of {recorded}; choose another --output"
            )
        if rate != config.sample_rate:
            raise HotclubError(
                f"{path} was recorded with --sample-rate {rate}; choose another --output"
            )
