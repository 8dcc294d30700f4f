"""The servers that `bench/django.py` and `bench/mixed.py` compare, each running the same file.

All run in ``.venv-bench``: the same Python, the same Django. One worker each, with as many
threads as the server can have.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench._harness import ROOT, VENV, Contender, bench_python

APPLICATION = "books:application"
HERE = Path(__file__).resolve().parent / "served"
BJOERN = "import books, bjoern, sys;bjoern.run(books.application, '127.0.0.1', int(sys.argv[1]))"
FASTPYSGI = (
    "import books, fastpysgi, sys;"
    "fastpysgi.run(books.application, '127.0.0.1', int(sys.argv[1]), workers=1)"
)


def database(directory: Path) -> Path:
    """Make the database in a directory; its path."""
    path = directory / "books.sqlite3"
    environment = {**os.environ, "BENCH_DATABASE": str(path)}
    subprocess.run([bench_python(), HERE / "books.py"], env=environment, check=True)
    return path


def contenders(database: Path, *, threads: int = 4, static: bool = False) -> list[Contender]:
    """Each with one worker and its access log off.

    With ``static`` they serve the directory of that name beside the database: hotclub from its
    engine, the others by whitenoise, as Django projects do.
    """
    directory = database.parent / "static"
    python, bin = str(VENV / "bin" / "python"), VENV / "bin"
    environment = {
        "BENCH_DATABASE": str(database),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT / "src")]),
    }

    others = {**environment, "BENCH_STATIC": str(directory)} if static else environment
    noise = ("whitenoise",) if static else ()

    def ours(port: int) -> list[str]:
        bind = f"127.0.0.1:{port}"
        options = ["--workers", "1", "--threads", str(threads), "--bind", bind]
        options += ["--static", f"/static/={directory}"] if static else []
        return [python, "-m", "hotclub", "serve", APPLICATION, *options]

    def gunicorn(port: int) -> list[str]:
        kind = ["--worker-class", "gthread", "--threads", str(threads), "--workers", "1"]
        return [f"{bin}/gunicorn", *kind, "--bind", f"127.0.0.1:{port}", APPLICATION]

    def granian(port: int) -> list[str]:
        options = ["--interface", "wsgi", "--workers", "1", "--no-access-log"]
        where = ["--host", "127.0.0.1", "--port", str(port)]
        blocking = ["--blocking-threads", str(threads)]
        return [f"{bin}/granian", *options, *blocking, *where, APPLICATION]

    return [
        Contender("hotclub", ours, ("Django",), environment),
        Contender("gunicorn", gunicorn, ("Django", "gunicorn", *noise), others),
        Contender("granian", granian, ("Django", "granian", *noise), others),
        Contender(
            "bjoern", lambda port: [python, "-c", BJOERN, str(port)], ("bjoern",), environment
        ),
        Contender(
            "fastpysgi",
            lambda port: [python, "-c", FASTPYSGI, str(port)],
            ("fastpysgi",),
            environment,
        ),
    ]
