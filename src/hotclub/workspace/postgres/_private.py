"""A throw-away server of hotclub's own: made by initdb, gone with the workspace.

The original's server is only read then, and children cannot reach it. It listens on a Unix
socket in a directory that only its owner enters, and on a free port of the loopback interface,
for what takes an address from the environment. It keeps nothing safe (no fsync) and does
nothing by itself (no autovacuum), so that runs are alike.

How it ends with the driver and is kept off the network (what dblink or a foreign table would
reach is refused) is in :mod:`hotclub.workspace._daemon`.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.workspace._daemon import Daemon, Product, free_port
from hotclub.workspace._login import Login
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import first_error, identifier, literal
from hotclub.workspace.postgres._original import Original
from hotclub.workspace.postgres._server import Server

ADMIN, OWNER = "hotclub_admin", "hotclub_owner"
_PRODUCT = Product("PostgreSQL", ("postgres", "nobody"), ".s.PGSQL.65535", "QUIT")
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
        self._daemon = Daemon(_PRODUCT, guard)
        self.directory = self._daemon.directory
        self.port = ""
        self._password = secrets.token_hex(16)
        try:
            self._initialise()
            self._start()
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
        self._daemon.close()

    def _initialise(self) -> None:
        self._daemon.run([
            self.binaries.program("initdb"), "-D", str(self.directory / "data"), "-U", ADMIN,
            "-A", "trust", "-E", "UTF8", "--locale=C", "-N",
        ])  # fmt: skip
        (self.directory / "data" / "pg_hba.conf").write_text(_HBA)

    def _start(self) -> None:
        for _ in range(3):  # another may take the port between the choice and the start
            self.port = free_port()
            if self._daemon.start(self._command(), self.guard_log, self._is_ready):
                return
        said = first_error(self._daemon.log)
        raise HotclubError(f"{self.binaries.program('postgres')} does not start and says: {said}")

    def _command(self) -> list[str]:
        command = [self.binaries.program("postgres"), "-D", str(self.directory / "data")]
        command += ["-k", str(self.directory), "-p", self.port]
        return command + [part for setting in _SETTINGS for part in ("-c", setting)]

    def _is_ready(self) -> bool:
        status = self.directory / "data" / "postmaster.pid"
        lines = status.read_text().splitlines() if status.exists() else []
        return len(lines) > 7 and lines[7].strip() == "ready"
