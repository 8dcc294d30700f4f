"""A session on somebody else's server that lasts as long as the driver does."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence

from hotclub.errors import HotclubError


class Keeper:
    """A client program that waits for more to say; the server sees it go when the driver goes.

    ``says`` is what it is told first, and ``hears`` the first line of the answer.

    Raises:
        HotclubError: the server, which is ``where``, does not answer so.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], says: str, hears: str, where: str
    ) -> None:
        self._process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self._ask(says) != hears:
            self._process.kill()
            self._process.wait()
            raise HotclubError(
                f"the server of {where} takes no more connections; raise its max_connections or "
                "close some"
            )

    def close(self) -> None:
        """End the session."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, text: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        with contextlib.suppress(OSError):  # it is gone already, and says nothing
            stdin.write(text.encode())
            stdin.flush()
        with stdout:
            return stdout.readline().decode(errors="replace").strip()
