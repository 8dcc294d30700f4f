"""A project on disk, in which hotclub is run as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fix import library

SOURCES = Path(__file__).parents[2] / "src"
QUICK = ["--max-seconds", "20", "--max-requests", "20"]


class Here:
    """A project and a cache of its own; runs hotclub in it as a user would."""

    def __init__(self, template: Path, tmp_path: Path) -> None:
        self.root = Path(shutil.copytree(template, tmp_path / "library"))
        self.cache = tmp_path / "cache"
        self.before = library.contents(self.root)

    def hotclub(self, *arguments: str, command: str = "fix") -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
            "PYTHONPATH": str(SOURCES),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_CACHE_HOME": str(self.cache),
        }
        environ.pop("DJANGO_SETTINGS_MODULE", None)
        words = [sys.executable, "-m", "hotclub", command, "--python", sys.executable, *arguments]
        return subprocess.run(words, cwd=self.root, capture_output=True, text=True, env=environ)

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def commit(self) -> None:
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "all")
