"""What every kind of server's address has."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ServerAddress:
    """One alias of ``DATABASES``. Empty fields are the client library's to fill in."""

    alias: str
    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
