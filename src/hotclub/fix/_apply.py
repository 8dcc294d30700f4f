"""Where proved changes go: into the work tree, or into a patch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.fix._diff import diff
from hotclub.fix._git import Repository
from hotclub.fix._undo import remember
from hotclub.fix._write import Change, replace_all

PATCH = "hotclub.patch"


@dataclass(frozen=True)
class Destination:
    """What is to be done with the changes of a project.

    The work tree is edited when git can bring back every file as it was, or when ``write`` says
    that git is not needed; ``force`` edits files with uncommitted changes too.
    """

    root: Path
    cache: Path
    write: bool = False
    force: bool = False

    @property
    def edits(self) -> bool:
        """Whether files of the project are edited; otherwise a patch is written."""
        return self.write or Repository.around(self.root) is not None

    def check(self, paths: list[str]) -> None:
        """Refuse to edit over uncommitted work.

        Raises:
            HotclubError: git could not bring these files back.
        """
        repository = None if self.force else Repository.around(self.root)
        unsafe = repository.unsafe(paths) if repository is not None else []
        if unsafe:
            raise HotclubError(
                f"{', '.join(unsafe)}: not committed to git, and hotclub would edit there; "
                "commit or stash first, or pass --force (nothing was changed)"
            )

    def put(self, changes: tuple[Change, ...]) -> None:
        """Edit the files, having written down how to take that back.

        Raises:
            HotclubError: a file is not what the proof was made on; nothing has changed then.
        """
        self.check([change.path for change in changes if change.before is not None])
        record = remember(self.cache, self.root, changes)
        try:
            replace_all(self.root, changes)
        except HotclubError:
            record.unlink(missing_ok=True)
            raise


def write_patch(sources: dict[str, str], tree: Path, folder: Path) -> Path:
    """Write ``hotclub.patch`` into a folder, beside any that is there, and return its path."""
    content = diff(sources, tree).encode("utf-8")
    for path in _names(folder):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            if path.is_file() and path.read_bytes() == content:
                return path
            continue
        except OSError as error:
            raise HotclubError(f"{path} cannot be written: {error.strerror}") from None
        with open(handle, "wb") as file:
            file.write(content)
        return path
    raise AssertionError("there is always another name")


def _names(folder: Path) -> Iterator[Path]:
    yield folder / PATCH
    number = 1
    while True:
        number += 1
        yield folder / f"hotclub-{number}.patch"
