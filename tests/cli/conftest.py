from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from running import Run

from tests.doctor.bookshop import environment, fill, write


@pytest.fixture(scope="session")
def bookshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with tables and rows; not to be changed."""
    return fill(write(tmp_path_factory.mktemp("cli") / "bookshop"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs ``hotclub`` as a user does: its own process, a cache directory of its own."""

    def run(
        *arguments: object, cwd: Path = tmp_path, **more: str
    ) -> subprocess.CompletedProcess[str]:
        environ = environment(XDG_CACHE_HOME=str(tmp_path / "cache"), **more)
        return subprocess.run(
            [sys.executable, "-m", "hotclub", *map(str, arguments)],
            cwd=cwd, env=environ, capture_output=True, text=True, timeout=240, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run
