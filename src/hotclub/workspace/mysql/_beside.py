"""Copies on the original's own server, where the project's account may create databases.

The guard cannot tell databases of one server apart; children only never learn the original's
name. A lock named after the workspace is held as long as the driver lives: databases whose lock
is free are left-overs, and the next workspace of the same account removes them.
"""

from __future__ import annotations

import contextlib
import itertools
import re

from hotclub.errors import HotclubError
from hotclub.workspace._keeper import Keeper
from hotclub.workspace._login import Login
from hotclub.workspace.mysql._client import ServerError, identifier
from hotclub.workspace.mysql._dump import duplicate
from hotclub.workspace.mysql._original import Original
from hotclub.workspace.mysql._server import Server

_NAME = re.compile(r"(?:test_)?(hotclub_[0-9a-f]{8})_[0-9]+(?:_.*)?")
"""Of the copies, and of what a project's tests make by a copy's name; with the lock's name."""
_OWN = "SHOW DATABASES WHERE `Database` REGEXP '^(test_)?hotclub_[0-9a-f]{8}_[0-9]+';"
_DENIED = (1044, 1142, 1227)


class Refused(Exception):
    """The account may not create databases there; what the server said."""


class Beside(Server):
    """The server of an original, with databases of ours on it.

    Raises Refused where that is not allowed, HotclubError when it lets nobody in any more.
    """

    def __init__(self, original: Original) -> None:
        super().__init__()
        self.client = original.client
        self.original = original
        self._views = [table.name for table in original.tables if table.is_view]
        self._counts = itertools.count(1)
        self._keeper = self._keep()
        try:
            self.master = self._empty()
        except ServerError as error:
            self.close()
            if error.code in _DENIED:
                raise Refused(error.said) from None
            raise
        self._sweep()

    @property
    def allow(self) -> list[str]:
        """The server's address."""
        given = self.client.address
        if given.socket:
            return [f"unix:{given.socket}"]
        host, port = given.host or "localhost", given.port or "3306"
        return [f"{host}:{port}", *(self._socket() if host == "localhost" else [])]

    def login(self, original: Original, name: str) -> Login:
        """As the project's own account."""
        given = original.place
        return Login(given.host, given.port, self.client.address.user, given.password, name)

    def clone(self, analyze: bool) -> str:
        """Another database with the master's contents; its name."""
        name = self._empty()
        duplicate(self.client, self.master, name, self._views)
        if analyze:
            self.analyze(name)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected, and those that tests have made by its name."""
        tested = f"test_{name}"
        for other in self._ours():
            if other in (name, tested) or other.startswith(f"{tested}_"):
                self._remove(other)

    def close(self) -> None:
        """Drop what this workspace has made there."""
        with contextlib.suppress(HotclubError):
            for name, lock in self._ours().items():
                if lock == f"hotclub_{self.token}":
                    self._remove(name)
        self._keeper.close()

    def _empty(self) -> str:
        name = f"hotclub_{self.token}_{next(self._counts)}"
        self.create(self.original, name)
        return name

    def _socket(self) -> list[str]:
        return [f"unix:{self.client.run('SELECT @@socket;').strip()}"]

    def _keep(self) -> Keeper:
        client = self.client
        command = client.command(client.binaries.client, "--batch", "--skip-column-names", "-n")
        lock = f"SET SESSION wait_timeout = 2000000;\nSELECT GET_LOCK('hotclub_{self.token}', 1);\n"
        return Keeper(command, client.address.environ(), lock, "1", client.address.where)

    def _sweep(self) -> None:
        for name, lock in self._ours().items():
            with contextlib.suppress(HotclubError):
                if self.client.run(f"SELECT IS_FREE_LOCK('{lock}');").strip() == "1":
                    self._remove(name)

    def _ours(self) -> dict[str, str]:
        """Databases that a hotclub has made, by name, each with its workspace's lock."""
        found = map(_NAME.fullmatch, self.client.run(_OWN).splitlines())
        return {one[0]: one[1] for one in found if one is not None}

    def _remove(self, name: str) -> None:
        self.client.run(f"DROP DATABASE IF EXISTS {identifier(name)};")
