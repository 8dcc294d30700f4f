"""Copies on the original's own server, where the project's role may create databases.

The guard cannot tell databases of one server apart; children only never learn the original's
name. A session named after the workspace stays open as long as the driver lives: databases whose
session is gone are left-overs, and the next workspace of the same role removes them.
"""

from __future__ import annotations

import contextlib

from hotclub.errors import HotclubError
from hotclub.workspace._keeper import Keeper
from hotclub.workspace._login import Login
from hotclub.workspace.postgres._client import ServerError, execute
from hotclub.workspace.postgres._original import Original
from hotclub.workspace.postgres._server import Server

_OWN = """
SELECT d.datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
WHERE r.rolname = current_user
AND d.datname ~ '^(hotclub_[0-9a-f]{8}_[0-9]+$|test_hotclub_[0-9a-f]{8}_)'
"""
_LEFT = f"""{_OWN} AND NOT EXISTS (
  SELECT FROM pg_stat_activity
  WHERE application_name = substring(d.datname FROM 'hotclub_[0-9a-f]{{8}}'));
"""


class Beside(Server):
    """The server of an original. Raises HotclubError when it lets nobody in any more."""

    def __init__(self, original: Original) -> None:
        super().__init__(original.binaries)
        self.major = original.major
        self._original = original
        self._database = original.facts["database"]
        with contextlib.suppress(ServerError):
            execute(self.binaries, self.environ("postgres"), "SELECT 1;")
            self._database = "postgres"
        self._keeper = self._keep()
        self._sweep()

    @property
    def allow(self) -> list[str]:
        """The server's address."""
        host, port = self._original.host, self._original.port
        return [f"unix:{host}/.s.PGSQL.{port}" if host.startswith("/") else f"{host}:{port}"]

    def environ(self, database: str | None = None) -> dict[str, str]:
        """As the project's own role."""
        return self._original.address.variables(database or self._database)

    def login(self, original: Original, name: str) -> Login:
        """As the project's own role."""
        host, port, user = original.host, original.port, original.user
        return Login(host, port, user, original.address.secret(host, port, user), name)

    def drop(self, name: str) -> None:
        """Remove a database, and those that tests have made by its name."""
        super().drop(name)
        self._drop_all(f"{_OWN} AND d.datname ~ '^test_{name}(_|$)';")

    def close(self) -> None:
        """Drop what this workspace has made there."""
        self._drop_all(f"{_OWN} AND d.datname ~ '^(test_)?hotclub_{self.token}_';")
        self._keeper.close()

    def _keep(self) -> Keeper:
        command = [self.binaries.program("psql"), "-XqAtw"]
        environ = {**self.environ(), "PGAPPNAME": f"hotclub_{self.token}"}
        told = "SET idle_session_timeout = 0;\nSELECT 'here';\n"
        return Keeper(command, environ, told, "here", self._original.address.where)

    def _sweep(self) -> None:
        self._drop_all(_LEFT)

    def _drop_all(self, found: str) -> None:
        with contextlib.suppress(HotclubError):
            for name in self.run(found).splitlines():
                with contextlib.suppress(HotclubError):
                    super().drop(name)

    def _owner(self, original: Original) -> str:
        return ""
