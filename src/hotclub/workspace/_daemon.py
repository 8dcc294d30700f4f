"""A throw-away server's directory and process, gone with the driver however that ends.

As root, the server runs as another user, as it must. It is kept off the network like the children:
what it is asked to reach elsewhere is refused.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.workspace import _home
from hotclub.workspace._watched import watched

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_SOCKET_PATH_MAX = 100


@dataclass(frozen=True)
class Product:
    """A kind of server: its ``name``, the ``users`` that it may run as when we are root, the
    longest name of its ``socket``, and the ``signal`` that ends it at once."""

    name: str
    users: tuple[str, ...]
    socket: str
    signal: str


class Daemon:
    """A directory for a server's data, and the server while it runs."""

    def __init__(self, product: Product, guard: Path | None) -> None:
        self._product = product
        self._guard = guard
        self._user = _user(product)
        self._home = _home.Home.make(parent=_parent(product, self._user))
        self.directory = self._home.path
        self._lifeline = -1
        self._process: subprocess.Popen[bytes] | None = None
        self.own(self.directory)

    @property
    def log(self) -> str:
        """What the server has printed."""
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def own(self, path: Path) -> None:
        """Give a path to the server's user."""
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def run(self, command: Sequence[str]) -> None:
        """Run a program that prepares the directory.

        Raises:
            HotclubError: it cannot be run, or fails, with what it says.
        """
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd="/", env=self._plain(),
                **self._as_user(),
            )  # fmt: skip
        except OSError as error:
            raise HotclubError(f"{command[0]} cannot be run: {error.strerror}") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
            raise HotclubError(f"{command[0]} fails in {self.directory} and says: {said}")

    def start(self, command: Sequence[str], guard_log: Path, ready: Callable[[], bool]) -> bool:
        """Start the server; whether it got ready. One that does not is ended."""
        waiting, self._lifeline = os.pipe()
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                watched(command, f"kill -{self._product.signal} $command"),
                stdin=waiting,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**self._plain(), **self._guarded(guard_log)},
                start_new_session=True,
                **self._as_user(),
            )
        os.close(waiting)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if ready():
                return True
            time.sleep(0.02)
        self.end()
        return False

    def wait(self) -> None:
        """Wait for a server that was asked to stop, and see to it that it does."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_START_SECONDS)
        self.end()

    def end(self) -> None:
        """End the server at once. Safe to call twice."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self._process is not None:
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, 9)
                self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the server and remove its directory. Safe to call twice."""
        self.end()
        self._home.remove()

    def _guarded(self, guard_log: Path) -> dict[str, str]:
        if self._guard is None:
            return {}
        own = shutil.copy(self._guard, self.directory / self._guard.name)
        return {
            "LD_PRELOAD": str(own),
            "HOTCLUB_GUARD_ALLOW": "",
            "HOTCLUB_GUARD_LOG": str(guard_log),
        }

    def _plain(self) -> Mapping[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


def free_port() -> str:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _user(product: Product) -> pwd.struct_passwd | None:
    """Whom to run the server as: root may not. None: whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in product.users:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise HotclubError(
        f"{product.name} does not run as root, and there is no user "
        f"{' or '.join(product.users)} to run the databases' copies as; run hotclub as another "
        "user"
    )


def _parent(product: Product, user: pwd.struct_passwd | None) -> Path:
    """Where the server's directory may be: short enough for a socket, open to its user."""
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):
        length = len(str(parent)) + len(f"/hotclub-12345678/{product.socket}")
        if length < _SOCKET_PATH_MAX and (user is None or _is_open(parent)):
            return parent
    raise HotclubError("/tmp and /var/tmp cannot be entered by other users; set TMPDIR")


def _is_open(path: Path) -> bool:
    paths: Sequence[Path] = [path, *path.parents]
    try:
        return all(os.stat(part).st_mode & 0o001 for part in paths)
    except OSError:
        return False
