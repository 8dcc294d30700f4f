"""Scripts that run under the recorder in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.recorder.playing import ROOT, environment

START = """
import os, sys, time
from tests.recorder.drive import call, fill, prepare, PROJECT
database, path = sys.argv[1:3]
prepare(database)
from hotclub.agent import recorder
def install(**more):
    return recorder.install({"path": path, "root": str(PROJECT), "interval": 0.05, **more})
def application():
    fill(database)
    from django.core.wsgi import get_wsgi_application
    return get_wsgi_application()
"""


def begin(script: str, database: Path, path: Path, pure: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START + script, str(database), str(path)],
        cwd=ROOT, env=environment(pure), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(script: str, database: Path, path: Path, pure: bool = True) -> str:
    process = begin(script, database, path, pure)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out
