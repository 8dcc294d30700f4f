"""The directories of runs: one for each child, with all that is its own."""

from __future__ import annotations

import itertools
from pathlib import Path


class Runs:
    """Makes them below one directory, ``<name>-<n>``, each but once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._numbers = itertools.count(1)

    def make(self, name: str) -> Path:
        """An empty home, room for databases and temporary files, and for logs."""
        directory = self._root / f"{name}-{next(self._numbers)}"
        for part in ("databases", "home", "tmp", "logs"):
            (directory / part).mkdir(parents=True)
        return directory
