"""How a project gets to a copy on a server, and the environment's names for the original.

Settings are read again in every child, so what they read must still be there; but it names the
copy: URLs (``DATABASE_URL`` and the like), and in variables that speak of databases
(``POSTGRES_HOST``, ``DB_PASSWORD``) what is exactly the original's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


@dataclass(frozen=True)
class Login:
    """What takes the original's place everywhere."""

    host: str
    port: str
    user: str
    password: str
    name: str


class Copy(Protocol):
    """One run's database: where the original is, and how the environment names the copy."""

    @property
    def place(self) -> Login:
        """The original's, as the settings have it."""

    @property
    def public_login(self) -> Login:
        """The copy's."""


@dataclass(frozen=True)
class Names:
    """How one kind of database is named: the ``schemes`` of its URLs, the ``variables`` that
    speak of it, and the parameters of URLs (``options``) that lead to a server."""

    schemes: re.Pattern[str]
    variables: re.Pattern[str]
    options: Collection[str]

    def renamed(self, name: str, value: str, clones: Iterable[Copy], first: Copy) -> str:
        """A variable's value as it is for the copy; ``first`` is what an unknown URL leads to."""
        if self.schemes.match(value):
            return self._url(value, clones, first)
        return _field(value, clones) if self.variables.search(name) else value

    def _url(self, value: str, clones: Iterable[Copy], first: Copy) -> str:
        parts = urlsplit(value)
        name = unquote(parts.path.lstrip("/"))
        clone = next((one for one in clones if one.place.name == name), first)
        login = clone.public_login
        user = quote(login.user, safe="")
        user += f":{quote(login.password, safe='')}" if login.password else ""
        host = quote(login.host, safe="") if login.host.startswith("/") else login.host
        host = f"[{host}]" if ":" in host else host
        options = [pair for pair in parse_qsl(parts.query) if pair[0] not in self.options]
        query = f"?{urlencode(options)}" if options else ""
        return f"{parts.scheme}://{user}@{host}:{login.port}/{login.name}{query}"


def _field(value: str, clones: Iterable[Copy]) -> str:
    """A part of an original's address as the same part of its copy's; else as it is."""
    for clone in clones:
        given, new = clone.place, clone.public_login
        for part in ("host", "port", "password", "name"):
            if getattr(given, part) and value == getattr(given, part):
                return str(getattr(new, part))
    return value
