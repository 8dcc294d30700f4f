"""Where access lines go. The engine formats them; the worker's main thread writes them."""

from __future__ import annotations

import os

from hotclub.errors import HotclubError


class AccessLog:
    """A file opened for appending, standard output for ``-``, or nothing for None."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._descriptor = 1 if path == "-" else -1
        self.reopen()

    @property
    def enabled(self) -> bool:
        """Whether anything is written at all."""
        return self._path is not None

    def reopen(self) -> None:
        """Open the file again by its name, after it has been rotated."""
        if self._path is None or self._path == "-":
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            opened = os.open(self._path, flags, 0o644)
        except OSError as error:
            raise HotclubError(
                f"cannot write the access log {self._path}: {error.strerror}; pass --access-log"
            ) from None
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = opened

    def write(self, lines: bytes) -> None:
        """Write whole lines; a full disk or a closed pipe loses them rather than a request."""
        view = memoryview(lines)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            return
