"""Where a project's PostgreSQL database is, as its settings and its environment say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotclub.workspace._address import ServerAddress

LIBPQ = {
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
    "hostaddr": "PGHOSTADDR",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "sslsni": "PGSSLSNI",
    "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""libpq's parameters that lead to a server or past its door, and their variables."""

_TIMEOUT = "10"


@dataclass(frozen=True)
class Address(ServerAddress):
    """That of a database on PostgreSQL, where libpq is the client library."""

    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, alias: str, database: Mapping[str, Any], environ: Mapping[str, str]) -> Address:
        """From the probe's report of an alias and of the project's own libpq variables."""
        given = database["connection"]
        return cls(
            alias,
            database["name"],
            given["host"],
            given["port"],
            given["user"],
            given["password"],
            given["options"],
            environ,
        )

    @property
    def where(self) -> str:
        """For messages: the database and its server."""
        if self.options.get("service") and not self.host:
            return f"service {self.options['service']}"
        host = self.host or self.environ.get("PGHOST") or "the local socket"
        port = self.port or self.environ.get("PGPORT", "")
        server = f"{host}:{port}" if port and not host.startswith("/") else host
        return f"{self.name or self.environ.get('PGDATABASE', '')} on {server}"

    def variables(self, database: str | None = None) -> dict[str, str]:
        """The environment in which libpq's programs find it, or another database beside it."""
        made = {**os.environ, **self.environ}
        for option, variable in LIBPQ.items():
            if option in self.options:
                made[variable] = self.options[option]
        fields = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": database or self.name,
        }
        made.update({name: value for name, value in fields.items() if value})
        made.setdefault("PGCONNECT_TIMEOUT", _TIMEOUT)
        made.update(PGAPPNAME="hotclub", LC_ALL="C", PGCLIENTENCODING="UTF8")
        made.pop("PGOPTIONS", None)
        return made

    def secret(self, host: str, port: str, user: str) -> str:
        """The password: the settings', the environment's, or the password file's for there."""
        known = self.password or self.variables().get("PGPASSWORD", "")
        if known:
            return known
        path = self.variables().get("PGPASSFILE") or str(Path.home() / ".pgpass")
        local = "localhost" if host.startswith("/") else host
        for entry in _entries(path):
            wanted = zip(entry, (local, port, self.name, user), strict=False)
            if len(entry) == 5 and all(given in ("*", value) for given, value in wanted):
                return entry[4]
        return ""


def _entries(path: str) -> list[list[str]]:
    """A password file's lines as fields: ``:`` parts them, ``\\`` takes a meaning away."""
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    entries = []
    for line in lines:
        if line.startswith("#"):
            continue
        plain = line.replace("\\\\", "\0").replace("\\:", "\1")
        entries.append(
            [part.replace("\0", "\\").replace("\1", ":") for part in plain.split(":", 4)]
        )
    return entries
