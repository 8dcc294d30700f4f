"""Where access lines go. The engine formats them; the worker's main thread writes them.

A pipe that nobody empties must not stop that thread, which also gives the signs of life: so no
more is written than is taken, the rest waits, and beyond a limit lines are dropped.
"""

from __future__ import annotations

import os
import select
import stat

from hotclub.errors import HotclubError

WAITING = 4 << 20  # bytes that wait for a pipe at most


class AccessLog:
    """A file opened for appending, standard output for ``-``, or nothing for None."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._descriptor = 1 if path == "-" else -1
        self._waiting = b""
        self.dropped = 0
        self.reopen()

    @property
    def enabled(self) -> bool:
        """Whether anything is written at all."""
        return self._path is not None

    def reopen(self) -> None:
        """Open the file again by its name, after it has been rotated.

        Raises:
            HotclubError: it cannot be opened; the former one goes on being written.
        """
        if self._path is not None and self._path != "-":
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            try:
                opened = os.open(self._path, flags, 0o644)
            except OSError as error:
                raise HotclubError(
                    f"cannot write the access log {self._path}: {error.strerror};"
                    " pass another --access-logfile"
                ) from None
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = opened
        self._piece = self._longest_piece()

    def _longest_piece(self) -> int:
        """How much a write that does not wait may take, 0 for a file, which takes everything."""
        if self._descriptor < 0:
            return 0
        kind = os.fstat(self._descriptor).st_mode
        return 0 if stat.S_ISREG(kind) else select.PIPE_BUF

    def write(self, lines: bytes, patience: float = 0.0) -> None:
        """Write whole lines; a full disk or a closed pipe loses them rather than a request."""
        if len(self._waiting) + len(lines) > WAITING:
            self.dropped += lines.count(b"\n")
            lines = b""
        self._waiting += lines
        try:
            while self._waiting:
                piece = self._next_piece()
                if self._piece and not select.select([], [self._descriptor], [], patience)[1]:
                    return
                self._waiting = self._waiting[os.write(self._descriptor, piece) :]
        except OSError:
            self._waiting = b""

    def _next_piece(self) -> bytes:
        """Lines that a pipe takes in one go, so that those of several workers do not mix."""
        if not self._piece or len(self._waiting) <= self._piece:
            return self._waiting
        end = self._waiting.rfind(b"\n", 0, self._piece) + 1
        return self._waiting[: end or self._piece]
