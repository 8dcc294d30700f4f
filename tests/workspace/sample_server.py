"""The library on a server, whatever its kind."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.workspace.sample_project import append, run
from tests.workspace.sample_source import SEED

CopiesT = TypeVar("CopiesT", bound=Any)


def fill(made: Path, directory: Path, settings: str) -> None:
    """Migrate and fill the database that the settings name, from a copy of the project."""
    root = Path(shutil.copytree(made, directory / "library"))
    append(root, settings)
    run(root, "manage.py", "migrate")
    run(root, "manage.py", "shell", script=SEED)


def move(root: Path, settings: str, urls: str) -> Path:
    """Let a project use the database that the settings name, in place of its file."""
    append(root, settings)
    append(root, urls, "library/urls.py")
    (root / "db.sqlite3").unlink()
    return root


@contextlib.contextmanager
def initialising(truly: Callable[[Any], None]) -> Iterator[Callable[[Any], None]]:
    """Does what a private server begins with: the first time truly, then from a copy of that."""
    with tempfile.TemporaryDirectory(dir="/tmp") as kept:

        def initialise(server: Any) -> None:
            data = Path(kept, "data")
            if not data.exists():
                truly(server)
                subprocess.run(["cp", "-a", server.directory / "data", kept], check=True)
                return
            shutil.chown(server.directory, data.owner(), data.group())
            subprocess.run(["cp", "-a", data, server.directory], check=True)

        yield initialise


@contextlib.contextmanager
def copying(copies: CopiesT, addresses: Sequence[Any]) -> Iterator[CopiesT]:
    """Copies of databases, without a project."""
    try:
        copies.copy(addresses, lambda _: None)
        yield copies
    finally:
        copies.close()
