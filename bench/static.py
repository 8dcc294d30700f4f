"""Static files with one worker: hotclub against nginx and whitenoise under gunicorn.

nginx has its options pinned: files kept open and looked at again after a second, as ours are, no
log, sendfile. The last line is about 10 KB; 100 bytes, 1 MB and 304 (Not Modified) are in it too.

.venv/bin/python -m bench.static [--rounds N] [--seconds S] [--only NAME …] [--sizes NAME …]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from email.utils import formatdate
from pathlib import Path

from bench._harness import ROOT, VENV, Contender, Load, Sample, install, measure, report, spread

MODIFIED = 1_700_000_000
SAME = formatdate(MODIFIED, usegmt=True)
FILES = {"100b": 100, "10kb": 10_240, "1mb": 1 << 20}
LOADS = {
    "10kb": Load("/static/10kb.bin"),
    "100b": Load("/static/100b.bin"),
    "1mb": Load("/static/1mb.bin"),
    "304": Load("/static/10kb.bin", headers=(f"If-Modified-Since: {SAME}",)),
}

APPLICATION = '''\
"""What answers when there is no such file."""

import os


def application(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return [b""]


try:
    from whitenoise import WhiteNoise
except ImportError:
    pass
else:
    here = os.path.dirname(os.path.abspath(__file__))
    whitenoise = WhiteNoise(application, root=os.path.join(here, "files"), prefix="static/")
'''

NGINX = """\
daemon off;
{user}
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 1s;
    etag on;
    types {{ }}
    default_type application/octet-stream;
    client_body_temp_path {directory}/temp;
    server {{
        listen 127.0.0.1:{port};
        location /static/ {{ alias {directory}/files/; }}
    }}
}}
"""


def write_nginx(directory: Path, port: int) -> list[str]:
    """A configuration for this port; the command that uses it."""
    user = "user root;" if os.geteuid() == 0 else ""
    path = directory / "nginx.conf"
    path.write_text(NGINX.format(directory=directory, port=port, user=user))
    return ["nginx", "-c", str(path), "-p", str(directory)]


def contenders(directory: Path) -> list[Contender]:
    """Each with one worker and no access log, on the files of the directory."""
    ours = [sys.executable, "-m", "hotclub", "serve", "files_app:application", "--workers", "1"]
    nginx = Contender("nginx", lambda port: write_nginx(directory, port))
    if not shutil.which("nginx"):
        nginx.missing = "nginx is not installed; run script/bootstrap bench"
    return [
        Contender(
            "hotclub",
            lambda port: [
                *ours, "--bind", f"127.0.0.1:{port}", f"--static=/static/={directory}/files",
            ],
            environment={"PYTHONPATH": str(ROOT / "src")},
        ),
        nginx,
        Contender(
            "whitenoise",
            lambda port: [
                f"{VENV}/bin/gunicorn", "-w1", "-b", f"127.0.0.1:{port}", "files_app:whitenoise",
            ],
            ("gunicorn", "whitenoise"),
        ),
    ]  # fmt: skip


def fill(directory: Path) -> None:
    (directory / "files_app.py").write_text(APPLICATION)
    (directory / "files").mkdir()
    (directory / "temp").mkdir()
    for name, size in FILES.items():
        path = directory / "files" / f"{name}.bin"
        path.write_bytes(bytes(i % 251 for i in range(size)))
        os.utime(path, (MODIFIED, MODIFIED))


def middle(taken: list[Sample]) -> dict[str, float]:
    """Medians of rate and of CPU time for each request."""
    return {
        "requests_s": round(spread([each.rate for each in taken])[1]),
        "cpu_us": round(spread([each.cpu_us for each in taken])[1], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", nargs="+", help="these servers, hotclub besides")
    parser.add_argument("--sizes", nargs="+", choices=LOADS, default=list(LOADS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        fill(directory)
        servers = [
            each
            for each in contenders(directory)
            if not args.only or each.name == "hotclub" or each.name in args.only
        ]
        install(servers)
        all_samples = {}
        for size in args.sizes:
            print(f"\n{size}")
            load = Load(LOADS[size].path, seconds=args.seconds, headers=LOADS[size].headers)
            all_samples[size] = measure(servers, load, directory, args.rounds)
    others = {
        size: {server: middle(taken) for server, taken in samples.items()}
        for size, samples in all_samples.items()
    }
    for size, samples in reversed(all_samples.items()):
        print(f"\n{size}")
        last = size == args.sizes[0]
        report("static", servers, samples, {"sizes": others} if last else None)


if __name__ == "__main__":
    main()
