"""A throw-away server of hotclub's own: made by initdb, gone with the workspace.

The original's server is only read then, and children cannot reach it. It listens on a Unix
socket in a directory that only its owner enters, and on a free port of the loopback interface,
for what takes an address from the environment. It keeps nothing safe (no fsync) and does
nothing by itself (no autovacuum), so that runs are alike.

A shell stands between: it waits for the driver's end of a pipe to close, however the driver
ends, and then ends the server. As root, the server runs as another user, as it must. It is
kept off the network like the children: what dblink or a foreign table would reach is refused.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.workspace import _home
from hotclub.workspace._watched import watched
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import first_error, identifier, literal
from hotclub.workspace.postgres._original import Original
from hotclub.workspace.postgres._server import Login, Server

ADMIN, OWNER = "hotclub_admin", "hotclub_owner"
_START_SECONDS = 60.0
_SOCKET_PATH_MAX = 100
_USERS = ("postgres", "nobody")
_SETTINGS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal",
    "max_wal_senders=0", "autovacuum=off", "log_min_messages=error", "max_connections=200",
    "log_min_error_statement=panic", "shared_preload_libraries=", "listen_addresses=127.0.0.1",
)  # fmt: skip
_HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class Private(Server):
    """A running server. Raises HotclubError when it does not start."""

    is_private = True

    def __init__(self, binaries: Binaries, guard: Path | None) -> None:
        super().__init__(binaries)
        self._user = _user()
        self._home = _home.Home.make(parent=_parent(self._user))
        self.directory = self._home.path
        self.port = ""
        self._password = secrets.token_hex(16)
        self._lifeline = -1
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._initialise()
            self._start(guard)
        except BaseException:
            self.close()
            raise

    @property
    def allow(self) -> list[str]:
        """The socket and the port."""
        return [f"unix:{self.directory}/.s.PGSQL.{self.port}", f"127.0.0.1:{self.port}"]

    @property
    def guard_log(self) -> Path:
        """What the server was refused."""
        return self.directory / "data" / "guard.log"

    def environ(self, database: str | None = None, role: str = ADMIN) -> dict[str, str]:
        """As the superuser."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {
            **kept,
            "PGHOST": str(self.directory),
            "PGPORT": self.port,
            "PGUSER": role,
            "PGDATABASE": database or "postgres",
            "PGAPPNAME": "hotclub",
            "PGCLIENTENCODING": "UTF8",
            "LC_ALL": "C",
        }

    def login(self, original: Original, name: str) -> Login:
        """By the socket: no cost for a password at each connection."""
        return Login(str(self.directory), self.port, original.user, self._password, name)

    def public_login(self, original: Original, name: str) -> Login:
        """By the port."""
        return Login("127.0.0.1", self.port, original.user, self._password, name)

    def prepare(self, original: Original) -> None:
        """Make the original's roles: policies name them, and the project is one of them."""
        password = literal(self._password)
        lines = ["\\set ON_ERROR_STOP off", f"CREATE ROLE {OWNER} SUPERUSER LOGIN;"]
        lines += [f"CREATE ROLE {identifier(name)};" for name in original.facts["roles"] or []]
        lines += [
            f"GRANT {identifier(group)} TO {identifier(member)};"
            for group, member in original.facts["members"] or []
        ]
        power = "SUPERUSER" if original.facts["super"] else "NOSUPERUSER"
        lines.append(  # it may create databases: tests do
            f"ALTER ROLE {identifier(original.user)} LOGIN {power} CREATEDB PASSWORD {password};"
        )
        self.run("\n".join(lines))

    def lacks(self, original: Original) -> list[str]:
        """The original's extensions that cannot be created here."""
        have = self.run("SELECT name FROM pg_available_extensions;").splitlines()
        return [name for name in original.extensions if name not in have]

    def adopt(self, original: Original, name: str) -> None:
        """Restored by one superuser, so that every extension can be; owned by the project's.

        What only a superuser may own (wrappers of foreign data, event triggers) is taken over by
        one who is a superuser for that moment.
        """
        role = identifier(original.user)
        lines = ["BEGIN;", f"ALTER ROLE {role} SUPERUSER;", f"REASSIGN OWNED BY {OWNER} TO {role};"]
        if not original.facts["super"]:
            lines.append(f"ALTER ROLE {role} NOSUPERUSER;")
        self.run("\n".join([*lines, "COMMIT;"]), name)

    def close(self) -> None:
        """End the server and remove its directory. Safe to call twice."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self._process is not None:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, 9)
                self._process.wait()
            self._process = None
        self._home.remove()

    def _initialise(self) -> None:
        if self._user is not None:
            os.chown(self.directory, self._user.pw_uid, self._user.pw_gid)
        command = [
            self.binaries.program("initdb"), "-D", str(self.directory / "data"), "-U", ADMIN,
            "-A", "trust", "-E", "UTF8", "--locale=C", "-N",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd="/", env=self._plain(),
                **self._as_user(),
            )  # fmt: skip
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        except OSError as error:
            raise HotclubError(f"{command[0]} cannot be run: {error.strerror}") from None
        if done.returncode:
            raise HotclubError(f"{command[0]} fails in {self.directory} and says: {said}")
        (self.directory / "data" / "pg_hba.conf").write_text(_HBA)

    def _start(self, guard: Path | None) -> None:
        for _ in range(3):  # another may take the port between the choice and the start
            self.port = _free_port()
            if self._started(guard):
                return
        said = first_error((self.directory / "log").read_text(errors="replace"))
        raise HotclubError(f"{self.binaries.program('postgres')} does not start and says: {said}")

    def _started(self, guard: Path | None) -> bool:
        waiting, self._lifeline = os.pipe()
        command = [self.binaries.program("postgres"), "-D", str(self.directory / "data")]
        command += ["-k", str(self.directory), "-p", self.port]
        command += [part for setting in _SETTINGS for part in ("-c", setting)]
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                watched(command, "kill -QUIT $command"),
                stdin=waiting,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**self._plain(), **self._guarded(guard)},
                start_new_session=True,
                **self._as_user(),
            )
        os.close(waiting)
        deadline = time.monotonic() + _START_SECONDS
        status = self.directory / "data" / "postmaster.pid"
        while time.monotonic() < deadline and self._process.poll() is None:
            lines = status.read_text().splitlines() if status.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        os.close(self._lifeline)
        self._lifeline = -1
        self._process.wait()
        return False

    def _guarded(self, guard: Path | None) -> dict[str, str]:
        if guard is None:
            return {}
        own = shutil.copy(guard, self.directory / guard.name)
        return {
            "LD_PRELOAD": str(own),
            "HOTCLUB_GUARD_ALLOW": "",
            "HOTCLUB_GUARD_LOG": str(self.guard_log),
        }

    def _plain(self) -> Mapping[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


def _user() -> pwd.struct_passwd | None:
    """Whom to run the server as: root may not. None: whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise HotclubError(
        f"PostgreSQL does not run as root, and there is no user {' or '.join(_USERS)} to run the "
        "databases' copies as; run hotclub as another user"
    )


def _parent(user: pwd.struct_passwd | None) -> Path:
    """Where the server's directory may be: short enough for a socket, open to its user."""
    for parent in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):
        length = len(str(parent)) + len("/hotclub-12345678/.s.PGSQL.65535")
        if length < _SOCKET_PATH_MAX and (user is None or _is_open(parent)):
            return parent
    raise HotclubError("/tmp and /var/tmp cannot be entered by other users; set TMPDIR")


def _is_open(path: Path) -> bool:
    paths: Sequence[Path] = [path, *path.parents]
    try:
        return all(os.stat(part).st_mode & 0o001 for part in paths)
    except OSError:
        return False


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
