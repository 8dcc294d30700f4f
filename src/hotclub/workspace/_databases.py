"""A project's databases, whatever keeps them: one master each, and clones of it for every run."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.workspace import _clone, _contents, _settings, mysql, postgres, sampling, sqlite
from hotclub.workspace._login import Login
from hotclub.workspace._manifest import Manifest
from hotclub.workspace._room import SIZE_LIMIT

LIMIT_VARIABLE = "HOTCLUB_DATABASE_LIMIT"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True)
class Clones:
    """One run's databases.

    ``settings`` holds, by alias, what takes the place of keys in ``DATABASES``; ``dropped`` the
    keys of its ``OPTIONS`` that go; ``environ`` the variables that change (None: go); ``allow``
    what the guard lets the run reach.
    """

    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dropped: Mapping[str, list[str]] = field(default_factory=dict)
    environ: Mapping[str, str | None] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    postgres: Mapping[str, postgres.Clone] = field(default_factory=dict)
    mysql: Mapping[str, mysql.Clone] = field(default_factory=dict)


NO_CLONES = Clones()


class Databases:
    """All of them. Thread-safe once they are copied."""

    def __init__(
        self, directory: Path, guard: Path | None, wanted: sampling.Wanted | None = None
    ) -> None:
        self.files: dict[str, Path] = {}
        self._directory = directory
        self._masters: dict[str, Path] = {}
        self._limit = size_limit(os.environ.get(LIMIT_VARIABLE, ""))
        self._sqlite = sqlite.Copies(self._limit, wanted)
        self._postgres = postgres.Copies(guard, self._limit, wanted)
        self._mysql = mysql.Copies(guard, self._limit, wanted)
        self._environ: dict[str, str] = {}

    def copy(
        self,
        settings: dict[str, Any],
        paths: _settings.Paths,
        manifest: Manifest,
        tell: Callable[[str], None],
    ) -> list[str]:
        """Copy what the probe's report names; returns notes.

        The report loses the addresses and the environment: they hold passwords.

        Raises:
            HotclubError: a database that cannot be copied, with what can be done.
        """
        self._environ = settings.pop("environ", {})
        aliases = _settings.mirrored(settings)
        _settings.check(settings)
        self.files = _settings.database_files(settings, aliases, paths)
        self._sqlite.check(self.files.values())
        manifest.add_files(self.files.values())
        copy = partial(self._sqlite.copy, tell)
        self._masters = _clone.masters(self.files, self._directory, copy)
        self._copy_servers(settings, aliases, paths, tell)
        return [*self._sqlite.notes, *self._postgres.notes, *self._mysql.notes]

    def clone(
        self,
        run: Path,
        analyze: bool,
        timed: bool = False,
        masters: Mapping[str, Path] | None = None,
    ) -> Clones:
        """Clones for one run; after ``ANALYZE`` where that is asked for. Those that are files are
        made of ``masters``, if given.

        A server in production knows its statistics: a run that is ``timed`` has them too.
        """
        files = _clone.clone_all(masters or self._masters, run / "databases", analyze)
        postgreses = self._postgres.clone(analyze or timed)
        try:
            mysqls = self._mysql.clone(analyze or timed)
        except BaseException:
            self._postgres.drop(postgreses)
            raise
        servers: dict[str, postgres.Clone | mysql.Clone] = {**postgreses, **mysqls}
        settings = {alias: {"NAME": str(path)} for alias, path in files.items()}
        settings |= {alias: _address(clone.login) for alias, clone in servers.items()}
        environ: dict[str, str | None] = {}
        if "default" in files and self._environ.get("DATABASE_URL"):
            environ["DATABASE_URL"] = f"sqlite:///{files['default']}"
        if postgreses:
            environ.update(postgres.redirected(self._environ, postgreses, run))
        if mysqls:
            environ.update(mysql.redirected(self._environ, mysqls))
        dropped = {alias: postgres.dropped_options(clone) for alias, clone in postgreses.items()}
        dropped |= {alias: mysql.dropped_options(clone) for alias, clone in mysqls.items()}
        allow = dict.fromkeys(entry for clone in servers.values() for entry in clone.server.allow)
        mine = tuple(dict.fromkeys(files.values()))
        return Clones(settings, dropped, environ, tuple(allow), mine, postgreses, mysqls)

    def contents(self) -> dict[str, str]:
        """By alias, digests of what the masters hold, and of the servers that hold them.

        Raises:
            HotclubError: one cannot be read.
        """
        files = {alias: _contents.of_file(path) for alias, path in self._masters.items()}
        return {**files, **self._postgres.contents(), **self._mysql.contents()}

    def drop(self, clones: Clones) -> None:
        """A run is over: its databases go."""
        for path in clones.files:
            for end in ("", *_clone.SIDE_FILES):
                Path(f"{path}{end}").unlink(missing_ok=True)
        self._postgres.drop(clones.postgres)
        self._mysql.drop(clones.mysql)

    def changes(self) -> list[str]:
        """What differs in the originals on servers; the manifest knows of the files."""
        return [*self._postgres.changes(), *self._mysql.changes()]

    @property
    def samples(self) -> list[sampling.Sampled]:
        """Those of which only a sample was taken."""
        return [*self._sqlite.samples, *self._postgres.samples, *self._mysql.samples]

    @property
    def guard_logs(self) -> list[Path]:
        """What a server of the workspace's own was refused."""
        return [*self._postgres.guard_logs, *self._mysql.guard_logs]

    def close(self) -> None:
        """Remove what is not in the workspace's directory."""
        self._postgres.close()
        self._mysql.close()

    def _copy_servers(
        self,
        settings: Mapping[str, Any],
        aliases: Mapping[str, str],
        paths: _settings.Paths,
        tell: Callable[[str], None],
    ) -> None:
        known = settings["databases"]
        libpq = {name: value for name, value in self._environ.items() if name.startswith("PG")}
        kinds = {alias: known[target]["vendor"] for alias, target in aliases.items()}
        postgreses = [
            postgres.Address.of(alias, known[aliases[alias]], libpq)
            for alias, kind in kinds.items()
            if kind == "postgresql"
        ]
        mysqls = [
            mysql.Address.of(alias, known[aliases[alias]], paths.original)
            for alias, kind in kinds.items()
            if kind == "mysql"
        ]
        if postgreses:
            self._postgres.copy(postgreses, tell)
        if mysqls:
            self._mysql.copy(mysqls, tell)
        for database in known.values():
            database.pop("connection", None)


def _address(login: Login) -> dict[str, str]:
    """A copy's, as ``DATABASES`` has it."""
    return {
        "HOST": login.host,
        "PORT": login.port,
        "USER": login.user,
        "PASSWORD": login.password,
        "NAME": login.name,
    }


def size_limit(text: str) -> int:
    """The largest database that is copied, from ``HOTCLUB_DATABASE_LIMIT``: ``20G``.

    Raises:
        HotclubError: it is no size.
    """
    if not text.strip():
        return SIZE_LIMIT
    match = re.fullmatch(r"\s*(\d+)\s*([KMGT]?)(i?B)?\s*", text, re.I)
    if match is None:
        raise HotclubError(f"{LIMIT_VARIABLE}={text} is no size; write 20G, or a number of bytes")
    return int(match[1]) * _UNITS[match[2].upper()]


def write_own(path: Path, text: str) -> None:
    """Write what holds passwords: for nobody else to read."""
    path.touch(mode=0o600)
    path.write_text(text)
