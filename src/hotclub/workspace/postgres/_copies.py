"""The masters of a project's PostgreSQL databases, and their clones.

Each database is dumped once, into a master that nobody connects to; every run gets a clone by
``CREATE DATABASE … TEMPLATE``. The masters are on a private server where its programs are
installed and it can hold what the original holds; else beside the original, if the role may.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.workspace import _copied
from hotclub.workspace._difference import State, changes
from hotclub.workspace._room import SIZE_LIMIT, check_room, check_size
from hotclub.workspace.postgres import _binaries, _dump, _evidence, _sample
from hotclub.workspace.postgres._address import Address
from hotclub.workspace.postgres._beside import Beside
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import ServerError, unreadable
from hotclub.workspace.postgres._original import Original, inspect
from hotclub.workspace.postgres._private import Private
from hotclub.workspace.postgres._server import Server
from hotclub.workspace.postgres._shape import Catalogue
from hotclub.workspace.sampling import Plan, Sampled, Wanted

Clone = _copied.Clone[Original]

_ANALYZE, _VACUUM = "VACUUM (ANALYZE);", "VACUUM;"


@dataclass
class Master:
    """The copy of one database that clones are made of."""

    original: Original
    server: Server
    name: str
    state: State = field(repr=False)
    analyzed: str = ""


class _Unfit(Exception):
    """A private server cannot be had, or cannot hold all of a database."""


class Copies:
    """All of a workspace's PostgreSQL databases. Thread-safe once filled."""

    def __init__(
        self, guard: Path | None, limit: int = SIZE_LIMIT, wanted: Wanted | None = None
    ) -> None:
        self.notes: list[str] = []
        self.samples: list[Sampled] = []
        self._guard = guard
        self._limit = limit
        self._wanted = wanted
        self._masters: dict[str, Master] = {}
        self._private: Private | None = None
        self._beside: list[Beside] = []
        self._lock = threading.Lock()

    @property
    def guard_logs(self) -> list[Path]:
        """Where a private server's refusals are."""
        return [self._private.guard_log] if self._private else []

    def copy(self, addresses: Sequence[Address], tell: Callable[[str], None]) -> None:
        """Copy every database; two aliases of one database share its copy.

        Raises:
            HotclubError: one of them cannot be copied, with what can be done.
        """
        found = _binaries.find()
        originals = {address.alias: inspect(address, found) for address in addresses}
        originals = {alias: _primary(it, originals) for alias, it in originals.items()}
        plans = {original.key: self._plan(original) for original in originals.values()}
        made: dict[tuple[str, int], Master] = {}
        for alias, original in originals.items():
            if original.key not in made:
                planned = plans[original.key]
                made[original.key] = self._master(original, planned, originals, found, tell)
            self._masters[alias] = made[original.key]

    def clone(self, analyze: bool) -> dict[str, Clone]:
        """Fresh clones of all databases, by alias; after ANALYZE where that is asked for."""
        made: dict[int, Clone] = {}
        try:
            for master in self._masters.values():
                if id(master) not in made:
                    template = self._analyzed(master) if analyze else master.name
                    name = master.server.clone(master.original, template)
                    made[id(master)] = Clone(master.original, master.server, name)
        except HotclubError as error:
            self.drop(made.values())
            raise HotclubError(f"a database's copy cannot be cloned: {error}") from None
        return {alias: made[id(master)] for alias, master in self._masters.items()}

    def drop(self, clones: object) -> None:
        """Drop clones that are done with; what fails goes with the rest at the end."""
        if isinstance(clones, Mapping):
            clones = clones.values()
        for clone in {(clone.server, clone.name) for clone in clones}:  # type: ignore[attr-defined]
            with contextlib.suppress(HotclubError):
                clone[0].drop(clone[1])

    def contents(self) -> dict[str, str]:
        """By alias, digests of what the copies hold, and of what they are kept by."""
        clones = self.clone(analyze=False)
        try:
            return {alias: _dump.contents(*_parts(clone)) for alias, clone in clones.items()}
        finally:
            self.drop(clones)

    def changes(self) -> list[str]:
        """What differs in the originals since they were copied."""
        masters = {id(master): master for master in self._masters.values()}
        return [
            change
            for master in masters.values()
            for change in changes(
                master.original.address.where,
                master.state,
                partial(_evidence.state, master.original),
            )
        ]

    def close(self) -> None:
        """Remove all copies and end the private server."""
        for server in (*self._beside, *filter(None, [self._private])):
            server.close()
        self._beside.clear()
        self._private = None

    def _plan(self, original: Original) -> Plan[Catalogue] | None:
        """How it is sampled; None where it is copied whole."""
        planned = _sample.plan(original, self._wanted, self._limit) if self._wanted else None
        if planned is None:
            check_size(original.address.where, original.size, self._limit)
        return planned

    def _master(
        self,
        original: Original,
        planned: Plan[Catalogue] | None,
        originals: Mapping[str, Original],
        found: Sequence[Binaries],
        tell: Callable[[str], None],
    ) -> Master:
        self._note_unreadable(original)
        what = "taking a sample of" if planned else "copying"
        tell(f"{what} the database {original.address.where} ({original.size >> 20} MiB)")
        check = partial(
            check_room, original.address.where, planned.size if planned else original.size
        )
        server, name = self._place(original, originals, found, tell, check)
        if isinstance(server, Private):
            environ = server.environ(name, role="hotclub_owner")
        else:
            environ = server.environ(name)
        try:
            state = _evidence.state(original)
        except ServerError as error:
            raise unreadable(original.address, error.said) from None
        if planned is None:
            self.notes += _dump.fill(original, server.binaries, environ, tell)
        else:
            sampled, notes = _sample.fill(original, planned, server.binaries, environ, tell)
            self.notes += notes
            self.samples += [sampled] if sampled.cut else []
        server.adopt(original, name)
        with contextlib.suppress(ServerError):  # beside, some tables may be others'
            server.run(_VACUUM, name)
        server.seal(name)
        return Master(original, server, name, state)

    def _place(
        self,
        original: Original,
        originals: Mapping[str, Original],
        found: Sequence[Binaries],
        tell: Callable[[str], None],
        check: Callable[[], None],
    ) -> tuple[Server, str]:
        """An empty database for the master: private if it can be, else beside the original."""
        may = original.facts["creates"] and not original.facts["standby"]
        major = max(other.major for other in originals.values())
        binaries = _binaries.server(found, major)
        reason = f"no server programs of PostgreSQL {major} or newer are installed here"
        if binaries is not None:
            check()
            try:
                return self._on_private(original, binaries, tell, whole=may)
            except _Unfit as error:
                reason = str(error)
        if not may:
            raise HotclubError(_no_place(original, major, reason))
        self.notes.append(
            f"{original.address.where} was copied on its own server: {reason}; a private copy "
            "keeps hotclub off that server altogether"
        )
        beside = Beside(original)
        self._beside.append(beside)
        return beside, beside.create(original)

    def _on_private(
        self,
        original: Original,
        binaries: Binaries,
        tell: Callable[[str], None],
        whole: bool,
    ) -> tuple[Server, str]:
        """There; with ``whole``, only if it can hold all that the original holds."""
        where = original.address.where
        if self._private is None:
            tell(f"starting a PostgreSQL {binaries.major} for the copies")
            try:
                self._private = Private(binaries, self._guard)
            except HotclubError as error:
                raise _Unfit(str(error)) from None
        private = self._private
        private.prepare(original)
        lacking = private.lacks(original)
        if lacking:
            reason = f"the extension {', '.join(lacking)} is not installed here"
            if whole:
                raise _Unfit(reason)
            self.notes.append(f"{where}: {reason}: pages that need it fail in the copy")
        try:
            name = private.create(original)
        except ServerError as error:
            if whole:
                raise _Unfit(f"its collation cannot be had here ({error.said})") from None
            locale = "C.UTF-8" if original.facts["encoding"] == "UTF8" else "C"
            name = private.create(original, locale)
            self.notes.append(f"{where}: the copy sorts by {locale}: {error.said}")
        if private.major != original.major:
            self.notes.append(
                f"{where} is a PostgreSQL {original.major}; its copy is on a {private.major}"
            )
        return private, name

    def _analyzed(self, master: Master) -> str:
        with self._lock:
            if not master.analyzed:
                name = master.server.clone(master.original, master.name, settings=False)
                master.server.run(_ANALYZE, name)
                master.server.seal(name)
                master.analyzed = name
        return master.analyzed

    def _note_unreadable(self, original: Original) -> None:
        names = _dump.left_out(original)
        if names:
            self.notes.append(
                f"{original.address.where}: {', '.join(names[:5])} may not be read by "
                f"{original.user} and {'are' if len(names) > 1 else 'is'} not in the copy"
            )


def _parts(clone: Clone) -> tuple[Original, Binaries, dict[str, str]]:
    server = clone.server
    assert isinstance(server, Server)
    return clone.original, server.binaries, server.environ(clone.name)


def _primary(original: Original, originals: Mapping[str, Original]) -> Original:
    """What a standby's copy is a copy of, where another alias is its primary."""
    if not original.facts["standby"]:
        return original
    wanted = (original.facts["oid"], original.facts["database"], original.facts["version"])
    for other in originals.values():
        facts = other.facts
        if not facts["standby"] and wanted == (facts["oid"], facts["database"], facts["version"]):
            return other
    return original


def _no_place(original: Original, major: int, reason: str) -> str:
    role = original.user
    return (
        f"there is no place for a copy of {original.address.where}: {reason}, and the role {role} "
        f"may not create databases on its server; `apt install postgresql-{major}` (it need not "
        f"run), or `ALTER ROLE {role} CREATEDB`"
    )
