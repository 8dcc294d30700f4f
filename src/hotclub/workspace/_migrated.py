"""Databases that have had the migrations of a tree: applied once, then cloned like any other.

To apply them takes a second or two, and a proof starts dozens of processes. A process of its own
does it, so that nobody's begins with what Django has learnt while migrating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from hotclub.workspace import _clone

if TYPE_CHECKING:
    from hotclub.workspace._workspace import Workspace

Masters = Mapping[str, Path]
"""By alias, the file that clones are made of."""
MIGRATE_SECONDS = 300.0
_Files = tuple[tuple[str, str], ...]


class Migrated:
    """Masters by the files of their migrations, each made once. Thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = Lock()
        self._made: dict[_Files, Masters | None] = {}
        self._making: dict[_Files, Lock] = {}

    def masters(self, tree: Path, files: Iterable[str]) -> Masters | None:
        """Those that have had the migrations in these files of a tree; None where a server keeps
        databases, since there each clone is migrated by itself.

        Raises:
            HotclubError: they cannot be applied.
        """
        key = tuple((file, (tree / file).read_text()) for file in sorted(files))
        with self._lock:
            making = self._making.setdefault(key, Lock())
        with making:
            if key not in self._made:
                self._made[key] = self._make(tree)
            return self._made[key]

    def _make(self, tree: Path) -> Masters | None:
        with self._workspace.child(tree, "migrated") as child:
            databases = child.setup["databases"]
            if any(one["vendor"] != "sqlite" for one in databases.values()):
                return None
            child.call("migrate", timeout=MIGRATE_SECONDS)
            files = {alias: Path(one["name"]) for alias, one in databases.items()}
            directory = self._workspace.root / "master" / child.run.name
            directory.mkdir()
            return _clone.masters(files, directory)  # the child's own go with it
