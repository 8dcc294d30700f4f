"""WSGI hello with one worker: hotclub against the servers people use, and the quickest there are.

.venv/bin/python -m bench.hello [--rounds N] [--seconds S] [--only NAME …]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench._harness import ROOT, VENV, Contender, Load, install, measure, report

APPLICATION = '''\
"""The smallest application that is right."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, world!"]
'''

BJOERN = "import bjoern, hello, sys; bjoern.run(hello.application, '127.0.0.1', int(sys.argv[1]))"
FASTPYSGI = (
    "import fastpysgi, hello, sys;"
    "fastpysgi.run(hello.application, '127.0.0.1', int(sys.argv[1]), workers=1)"
)

BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.5",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Cookie: sessionid=0123456789abcdef0123456789abcdef; csrftoken=fedcba9876543210",
    "Referer: https://shop.example/catalogue/?page=2",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "X-Forwarded-For: 203.0.113.7",
    "X-Forwarded-Proto: https",
    "X-Request-Id: 7f0c9a52b1",
)


def contenders() -> list[Contender]:
    """Each with one worker and its access log off."""
    python, bin = str(VENV / "bin" / "python"), VENV / "bin"
    ours = [sys.executable, "-m", "hotclub", "serve", "hello:application", "--workers", "1"]
    return [
        Contender(
            "hotclub",
            lambda port: [*ours, "--bind", f"127.0.0.1:{port}"],
            environment={"PYTHONPATH": str(ROOT / "src")},
        ),
        Contender(
            "gunicorn",
            lambda port: [f"{bin}/gunicorn", "-w1", "-b", f"127.0.0.1:{port}", "hello:application"],
            ("gunicorn",),
        ),
        Contender(
            "granian",
            lambda port: [
                f"{bin}/granian", "--interface", "wsgi", "--workers", "1", "--no-access-log",
                "--host", "127.0.0.1", "--port", str(port), "hello:application",
            ],
            ("granian",),
        ),
        Contender("bjoern", lambda port: [python, "-c", BJOERN, str(port)], ("bjoern",)),
        Contender("fastpysgi", lambda port: [python, "-c", FASTPYSGI, str(port)], ("fastpysgi",)),
    ]  # fmt: skip


def main(headers: bool = False) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="these servers, hotclub besides")
    args = parser.parse_args()
    servers = [
        each
        for each in contenders()
        if not args.only or each.name == "hotclub" or each.name in args.only
    ]
    install(servers)
    load = Load(seconds=args.seconds, headers=BROWSER if headers else ())
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "hello.py").write_text(APPLICATION)
        samples = measure(servers, load, Path(directory), args.rounds)
    report("hello-headers" if headers else "hello", servers, samples)


if __name__ == "__main__":
    main()
