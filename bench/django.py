"""A Django JSON view behind the seven default middleware, under each server.

.venv/bin/python -m bench.django [--rounds N] [--seconds S] [--threads N] [--only NAME …]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench._django_servers import contenders, database
from bench._harness import Load, install, measure, report

PATHS = {"django": "/", "django-queries": "/queries/5/", "django-waits": "/waits/"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--view", choices=PATHS, default="django", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=4, help="of those that have any")
    parser.add_argument("--only", nargs="+", help="these servers, hotclub besides")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        servers = contenders(Path(directory, "books.sqlite3"), threads=args.threads)
        servers = [
            each
            for each in servers
            if not args.only or each.name == "hotclub" or each.name in args.only
        ]
        install(servers)
        database(Path(directory))
        load = Load(path=PATHS[args.view], seconds=args.seconds)
        samples = measure(servers, load, Path(directory), args.rounds)
    report(args.view, servers, samples)


if __name__ == "__main__":
    main()
