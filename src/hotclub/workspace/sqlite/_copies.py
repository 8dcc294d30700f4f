"""The masters of a project's SQLite databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from hotclub.workspace._clone import clone, readable
from hotclub.workspace._room import check_room, check_size
from hotclub.workspace.sampling import Sampled, Wanted
from hotclub.workspace.sqlite._sample import sample


class Copies:
    """Makes them, each whole or a sample; what is a sample is in ``samples``."""

    def __init__(self, limit: int, wanted: Wanted | None) -> None:
        self.notes: list[str] = []
        self.samples: list[Sampled] = []
        self._limit = limit
        self._wanted = wanted

    def check(self, files: Iterable[Path]) -> None:
        """See to it that they can be copied.

        Raises:
            HotclubError: one is too big, for hotclub or for what is free.
        """
        for file in {file.resolve() for file in files if file.exists()}:
            if self._sampling(file) is None:
                check_size(str(file), file.stat().st_size, self._limit)
                check_room(str(file), file.stat().st_size)

    def copy(self, tell: Callable[[str], None], source: Path, target: Path) -> None:
        """Copy one file, as much of it as is wanted.

        Raises:
            HotclubError: it cannot be read.
        """
        wanted = self._sampling(source)
        if wanted is None:
            clone(source, target)
            return
        tell(f"taking a sample of the database {source} ({source.stat().st_size >> 20} MiB)")
        with readable(source, target.with_name(target.name + ".part")) as uri:
            taken, notes = sample(source, uri, target, wanted, self._limit, tell)
        self.notes += notes
        self.samples += [taken] if taken.cut else []

    def _sampling(self, file: Path) -> Wanted | None:
        wanted = self._wanted
        return wanted if wanted and wanted.wants(file.stat().st_size, self._limit) else None
