"""The masters of a project's MariaDB and MySQL databases, and their clones.

Each database is dumped once. Where MariaDB's server is installed the masters are in the directory
of a stopped private server, one for each server of the originals, since what a statement gives
depends on a server's settings; a clone is that directory with a server of its own. Else they are
beside the original, if the account may create databases.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.workspace import _copied
from hotclub.workspace._difference import State, changes
from hotclub.workspace._room import SIZE_LIMIT, check_room, check_size
from hotclub.workspace.mysql import _binaries, _dump, _evidence, _sample, _zones
from hotclub.workspace.mysql._address import Address
from hotclub.workspace.mysql._beside import Beside, Refused
from hotclub.workspace.mysql._binaries import Binaries
from hotclub.workspace.mysql._client import Client, ServerError, unreadable
from hotclub.workspace.mysql._original import Original, inspect
from hotclub.workspace.mysql._private import Private
from hotclub.workspace.mysql._server import Server
from hotclub.workspace.mysql._shape import Known
from hotclub.workspace.sampling import Plan, Sampled, Wanted

Clone = _copied.Clone[Original]


@dataclass
class Group:
    """The masters of one server's databases: in a stopped server, or beside."""

    originals: list[Original]
    stopped: Private | None = None
    analyzed: Private | None = None
    beside: list[Beside] = field(default_factory=list)


class Copies:
    """All of a workspace's databases of this kind. Thread-safe once filled."""

    def __init__(
        self, guard: Path | None, limit: int = SIZE_LIMIT, wanted: Wanted | None = None
    ) -> None:
        self.notes: list[str] = []
        self.samples: list[Sampled] = []
        self._guard = guard
        self._limit = limit
        self._wanted = wanted
        self._plans: dict[tuple[str, str], Plan[Known] | None] = {}
        self._aliases: dict[str, Original] = {}
        self._groups: list[Group] = []
        self._states: list[tuple[Original, State]] = []
        self._running: set[Server] = set()
        self._lock = threading.Lock()

    @property
    def guard_logs(self) -> list[Path]:
        """Where the private servers' refusals are."""
        return [group.stopped.guard_log for group in self._groups if group.stopped]

    def copy(self, addresses: Sequence[Address], tell: Callable[[str], None]) -> None:
        """Copy every database; two aliases of one database share its copy.

        Raises:
            HotclubError: one of them cannot be copied, with what can be done.
        """
        binaries = _binaries.any_client(_binaries.find(), addresses[0].where)
        self._aliases = {address.alias: inspect(address, binaries) for address in addresses}
        apart = {original.key: original for original in self._aliases.values()}
        self._plans = {key: self._plan(original) for key, original in apart.items()}
        for server in dict.fromkeys(original.server for original in apart.values()):
            mine = [original for original in apart.values() if original.server == server]
            group = Group(mine)
            self._groups.append(group)
            self._fill(group, binaries, tell)

    def clone(self, analyze: bool) -> dict[str, Clone]:
        """Fresh clones of all databases, by alias; after ANALYZE where that is asked for."""
        made: dict[tuple[str, str], Clone] = {}
        try:
            for group in self._groups:
                for clone in self._clones(group, analyze):
                    made[clone.original.key] = clone
        except HotclubError as error:
            self._drop(made.values())
            raise HotclubError(f"a database's copy cannot be cloned: {error}") from None
        return {alias: made[original.key] for alias, original in self._aliases.items()}

    def drop(self, clones: Mapping[str, Clone]) -> None:
        """Drop clones that are done with; what fails goes with the rest at the end."""
        self._drop(clones.values())

    def _drop(self, clones: Iterable[Clone]) -> None:
        for server, name in {(clone.server, clone.name) for clone in clones}:
            with contextlib.suppress(HotclubError):
                server.drop(name)
            self._running.discard(server)

    def contents(self) -> dict[str, str]:
        """By alias, digests of what the copies hold, and of what they are kept by."""
        clones = self.clone(analyze=False)
        try:
            return {
                alias: _dump.contents(clone.original, clone.server.client, clone.name)
                for alias, clone in clones.items()
                if isinstance(clone.server, Server)
            }
        finally:
            self.drop(clones)

    def changes(self) -> list[str]:
        """What differs in the originals since they were copied."""
        return [
            change
            for original, state in self._states
            for change in changes(original.address.where, state, partial(_evidence.state, original))
        ]

    def close(self) -> None:
        """Remove all copies and end their servers."""
        servers: list[Server | None] = list(self._running.copy())
        for group in self._groups:
            servers += [group.stopped, group.analyzed, *group.beside]
        for server in filter(None, servers):
            server.close()
        self._running.clear()
        self._groups.clear()

    def _clones(self, group: Group, analyze: bool) -> Iterable[Clone]:
        if group.stopped is not None:
            twin = (self._analyzed(group, group.stopped) if analyze else group.stopped).twin()
            self._running.add(twin)
            for original in group.originals:
                yield Clone(original, twin, original.database)
        for beside in group.beside:
            yield Clone(beside.original, beside, beside.clone(analyze))

    def _analyzed(self, group: Group, stopped: Private) -> Private:
        with self._lock:
            if group.analyzed is None:
                twin = stopped.twin()
                try:
                    for original in group.originals:
                        twin.analyze(original.database)
                    twin.stop()
                except BaseException:
                    twin.close()
                    raise
                group.analyzed = twin
        return group.analyzed

    def _fill(self, group: Group, binaries: Binaries, tell: Callable[[str], None]) -> None:
        for original in group.originals:
            try:
                self._states.append((original, _evidence.state(original)))
            except ServerError as error:
                raise unreadable(original.address, error) from None
        reason = _unfit(group.originals[0], binaries)
        if not reason:
            try:
                self._fill_private(group, binaries, tell)
                return
            except _Unfit as error:
                reason = str(error)
        for original in group.originals:
            self._fill_beside(group, original, reason, tell)

    def _fill_private(self, group: Group, binaries: Binaries, tell: Callable[[str], None]) -> None:
        first = group.originals[0]
        size = sum(map(self._size, group.originals))
        check_room(first.address.where, size)
        tell("starting a MariaDB {}.{} for the copies".format(*binaries.version))
        try:
            server = Private(binaries, first.settings(), self._guard)
        except HotclubError as error:
            raise _Unfit(str(error)) from None
        group.stopped = server
        self.notes += _zones.load(first, server.client)
        for original in group.originals:
            server.create(original, original.database)
            self._copy(original, server.client, original.database, tell)
            server.adopt(original, original.database)
        server.stop()
        if binaries.version != first.version:
            self.notes.append(
                f"{first.address.where} is a {first.product}; its copy is on a "
                "MariaDB {}.{}".format(*binaries.version)
            )

    def _fill_beside(
        self, group: Group, original: Original, reason: str, tell: Callable[[str], None]
    ) -> None:
        try:
            beside = Beside(original)
        except Refused as error:
            raise HotclubError(_no_place(original, reason, str(error))) from None
        group.beside.append(beside)
        self._copy(original, beside.client, beside.master, tell)
        self.notes.append(
            f"{original.address.where} was copied on its own server: {reason}; a private copy "
            "keeps hotclub off that server altogether"
        )

    def _plan(self, original: Original) -> Plan[Known] | None:
        """How it is sampled; None where it is copied whole."""
        planned = _sample.plan(original, self._wanted, self._limit) if self._wanted else None
        if planned is None:
            check_size(original.address.where, original.size, self._limit)
        return planned

    def _size(self, original: Original) -> int:
        planned = self._plans[original.key]
        return planned.size if planned else original.size

    def _copy(
        self, original: Original, to: Client, database: str, tell: Callable[[str], None]
    ) -> None:
        """Fill the master."""
        planned = self._plans[original.key]
        what = "taking a sample of" if planned else "copying"
        tell(f"{what} the database {original.address.where} ({original.size >> 20} MiB)")
        if planned is None:
            self.notes += _dump.fill(original, to, database, tell)
            return
        sampled, notes = _sample.fill(original, planned, to, database, tell)
        self.notes += notes
        self.samples += [sampled] if sampled.cut else []


class _Unfit(Exception):
    """A private server cannot be had."""


def _unfit(original: Original, binaries: Binaries) -> str:
    """Why the server that is installed here cannot hold what the original holds; else nothing."""
    if not original.mariadb:
        return f"a {original.product} is only copied beside itself yet"
    if not binaries.server:
        return "MariaDB's server is not installed here"
    if binaries.version < original.version:
        return "the server here is a MariaDB {}.{}, older than it".format(*binaries.version)
    return ""


def _no_place(original: Original, reason: str, said: str) -> str:
    install = "`apt install mariadb-server` (it need not run), or " if original.mariadb else ""
    return (
        f"there is no place for a copy of {original.address.where}, a {original.product}: {reason}"
        f", and on its own server: {said}; {install}`GRANT ALL ON `hotclub\\_%`.* TO` the account "
        f"{original.user}"
    )
