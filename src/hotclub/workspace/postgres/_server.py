"""What the two kinds of server that copies can be on have in common.

Databases are named ``hotclub_<token>_<number>``; the token is the workspace's.
"""

from __future__ import annotations

import os
import threading

from hotclub.workspace._login import Login
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import execute, identifier, literal
from hotclub.workspace.postgres._original import Original

_FILE_COPY_BYTES = 64 << 20


class Server:
    """A server that copies are made on; ``is_private`` tells whether it is for nothing else.

    Thread-safe.
    """

    is_private = False

    def __init__(self, binaries: Binaries) -> None:
        self.binaries = binaries
        self.major = binaries.major
        self.token = os.urandom(4).hex()
        self._count = 0
        self._lock = threading.Lock()

    @property
    def allow(self) -> list[str]:
        """What the guard lets children reach: entries for ``HOTCLUB_GUARD_ALLOW``."""
        raise NotImplementedError

    def environ(self, database: str | None = None) -> dict[str, str]:
        """For libpq's programs, as whoever may create databases there."""
        raise NotImplementedError

    def login(self, original: Original, name: str) -> Login:
        """What Django's settings for a copy are to hold."""
        raise NotImplementedError

    def public_login(self, original: Original, name: str) -> Login:
        """The same for the environment, where programs expect a host and a port."""
        return self.login(original, name)

    def close(self) -> None:
        """Remove all copies."""
        raise NotImplementedError

    def name(self) -> str:
        """A name for another database."""
        with self._lock:
            self._count += 1
            return f"hotclub_{self.token}_{self._count}"

    def create(self, original: Original, locale: str | None = None) -> str:
        """An empty database with the original's encoding and collation; its name."""
        name = self.name()
        clauses = f"{self._owner(original)} {original.creation(locale)}"
        self.run(f"CREATE DATABASE {name} {clauses};")
        return name

    def seal(self, name: str) -> None:
        """Let nobody connect any more: it is only a template from now on."""
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false;")

    def clone(self, original: Original, template: str, settings: bool = True) -> str:
        """Another database with the same contents and, of its own, the original's settings."""
        name = self.name()
        strategy = ""
        if self.major >= 15 and original.size > _FILE_COPY_BYTES:
            strategy = "STRATEGY file_copy"
        lines = [f"CREATE DATABASE {name} TEMPLATE {template} {self._owner(original)} {strategy};"]
        if settings:
            lines.append("\\set ON_ERROR_STOP off")
            for setting, value in original.facts["settings"] or []:
                lines.append(f"SELECT set_config({literal(setting)}, {literal(value)}, false);")
                lines.append(f"ALTER DATABASE {name} SET {identifier(setting)} FROM CURRENT;")
        self.run("\n".join(lines))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        force = "WITH (FORCE)" if self.major >= 13 else ""
        self.run(f"DROP DATABASE IF EXISTS {name} {force};")

    def run(self, sql: str, database: str | None = None) -> str:
        """Run SQL there, as whoever may create databases."""
        return execute(self.binaries, self.environ(database), sql)

    def adopt(self, original: Original, name: str) -> None:
        """Give what was restored to the project's role."""

    def _owner(self, original: Original) -> str:
        return f"OWNER {identifier(original.user)}"
