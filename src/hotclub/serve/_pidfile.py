"""The file with the master's pid."""

from __future__ import annotations

import contextlib
import os
import tempfile

from hotclub.errors import HotclubError


class PidFile:
    """Written at once and whole; removed only while it is ours.

    Raises:
        HotclubError: another process that is alive has it, or it cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self.fname = path
        self.pid = os.getpid()
        self._write()

    def rename(self, path: str) -> None:
        """Have it under another name."""
        self.unlink()
        self.path, self.fname = os.path.abspath(path), path
        self._write()

    def unlink(self) -> None:
        """Remove it, if it is still ours."""
        if _pid_in(self.path) == self.pid:
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def _write(self) -> None:
        owner = _pid_in(self.path)
        if owner and owner != self.pid and _is_alive(owner):
            raise HotclubError(
                f"--pid {self.fname}: process {owner} has it; stop that or pass another file"
            )
        try:
            descriptor, name = tempfile.mkstemp(dir=os.path.dirname(self.path))
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{self.pid}\n")
            os.chmod(name, 0o644)
            os.rename(name, self.path)
        except OSError as error:
            raise HotclubError(f"--pid {self.fname}: {error.strerror}") from None


def _pid_in(path: str) -> int:
    try:
        with open(path) as file:
            return int(file.read() or 0)
    except (OSError, ValueError):
        return 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
