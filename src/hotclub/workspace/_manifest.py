"""Evidence that what the user has was not changed.

A manifest is taken before anything runs and compared afterwards. It holds, for each file of the
tree, its type, mode, size, modification time and, up to 8 MiB a file and 512 MiB in all, its
SHA-256; the same for each database and the files SQLite may put beside it. Media outside the
tree, virtual environments and the like go in by size and time only, home by the same, two levels
deep: at most 50,000 and 5,000 entries. So its cost is bounded by reading 512 MiB.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.workspace._clone import SIDE_FILES
from hotclub.workspace._copy import LEFT_OUT

FILE_LIMIT = 8 << 20
TOTAL_LIMIT = 512 << 20
TREE_ENTRIES = 50_000
HOME_ENTRIES = 5_000
_UNWATCHED = LEFT_OUT - {"__pycache__"}
_VOLATILE = frozenset({".cache", ".mozilla", ".config", ".local", ".vscode-server", ".npm", ".git"})


@dataclass(frozen=True)
class _Entry:
    kind: str
    mode: int
    size: int
    modified: int
    content: str


@dataclass
class Manifest:
    """What the user has, as it was when the manifest was taken."""

    tree: Path
    workspace: Path
    home: Path = field(default_factory=Path.home)
    files: dict[Path, _Entry | None] = field(default_factory=dict)
    _watched: list[tuple[Path, int, int]] = field(default_factory=list)
    _hashed: int = 0

    @classmethod
    def of(cls, tree: Path, workspace: Path) -> Manifest:
        """Take stock of the project's tree and of the user's home."""
        manifest = cls(tree, workspace)
        manifest._watch(tree, 64, TREE_ENTRIES)
        if not tree.is_relative_to(manifest.home) or tree != manifest.home:
            manifest._watch(manifest.home, 2, HOME_ENTRIES)
        return manifest

    def add_files(self, files: Iterable[Path]) -> None:
        """Take stock of database files and of what may appear beside them."""
        for file in files:
            for path in (file, *(Path(f"{file}{end}") for end in SIDE_FILES)):
                self.files.setdefault(path, self._entry(path))

    def add_directory(self, directory: Path | None) -> None:
        """Take stock of a directory outside the tree, such as the media root."""
        if directory and directory.is_dir() and not directory.is_relative_to(self.tree):
            self._watch(directory, 64, TREE_ENTRIES)

    def changes(self) -> list[str]:
        """What differs now, in words, sorted."""
        now = set(self.files)
        for directory, depth, entries in self._watched:
            now.update(self._paths(directory, depth, entries))
        found = [self._change(path) for path in sorted(now)]
        return [change for change in found if change]

    def _watch(self, directory: Path, depth: int, entries: int) -> None:
        self._watched.append((directory, depth, entries))
        for path in self._paths(directory, depth, entries):
            if path not in self.files:
                self.files[path] = self._entry(path)

    def _paths(self, directory: Path, depth: int, entries: int) -> Iterator[Path]:
        in_home = directory == self.home
        pending = [(directory, depth)]
        for here, levels in pending:
            for entry in _scan(here):
                path = Path(entry.path)
                if self._skipped(path, entry.name, in_home):
                    continue
                is_directory = entry.is_dir(follow_symlinks=False)
                if is_directory and levels > 1:
                    pending.append((path, levels - 1))
                if in_home and not (entry.is_file(follow_symlinks=False) or entry.is_symlink()):
                    continue  # directories, and the sockets of whatever else is running
                entries -= 1
                if entries < 0:
                    return
                yield path

    def _skipped(self, path: Path, name: str, in_home: bool) -> bool:
        if path == self.workspace or name in _UNWATCHED:
            return True
        return in_home and (
            path == self.tree or name in _VOLATILE or name.endswith(("history", ".lock"))
        )

    def _entry(self, path: Path) -> _Entry | None:
        try:
            status = os.lstat(path)
            content = self._content(path, status)
        except OSError:
            return None
        is_directory = stat.S_ISDIR(status.st_mode)
        return _Entry(
            kind=_kind(status.st_mode),
            mode=stat.S_IMODE(status.st_mode),
            size=0 if is_directory else status.st_size,
            modified=0 if is_directory else status.st_mtime_ns,
            content=content,
        )

    def _content(self, path: Path, status: os.stat_result) -> str:
        if stat.S_ISLNK(status.st_mode):
            return os.readlink(path)
        known = self.files.get(path)
        wanted = bool(known.content) if known else self._hashes(path, status)
        if not wanted or not stat.S_ISREG(status.st_mode):
            return ""
        self._hashed += status.st_size if known is None else 0
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def _hashes(self, path: Path, status: os.stat_result) -> bool:
        """Whether a file of the tree (or a database) is read, or only looked at."""
        small = status.st_size <= min(FILE_LIMIT, TOTAL_LIMIT - self._hashed)
        if not path.is_relative_to(self.tree):
            return small and path.name.endswith((".sqlite3", ".db", "-wal", "-journal"))
        return small and not {"site-packages", "node_modules"} & set(path.parts)

    def _change(self, path: Path) -> str:
        before, after = self.files.get(path), self._entry(path)
        if before == after:
            return ""
        if before is None:
            return f"{path} was added"
        if after is None:
            return f"{path} was removed"
        if (before.size, before.content, before.kind) != (after.size, after.content, after.kind):
            return f"{path} was changed"
        if before.mode != after.mode:
            return f"{path}: its mode was changed from {before.mode:o} to {after.mode:o}"
        return f"{path}: its modification time was changed"


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"))
    return next((name for test, name in kinds if test(mode)), "other")


def _scan(directory: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return []
