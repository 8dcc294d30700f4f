"""Where a project's MariaDB or MySQL database is, as its settings say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from hotclub.workspace._address import ServerAddress
from hotclub.workspace.mysql import _option_file

SSL_FILES = ("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_cipher")
_SSL = (*SSL_FILES, "ssl", "ssl_mode", "ssl_disabled", "ssl_verify_cert", "ssl_verify_identity")
OPTIONS = (
    "host", "port", "user", "passwd", "password", "db", "database", "unix_socket", "named_pipe",
    "read_default_file", "read_default_group", "bind_address", "compress", "ssl_check_hostname",
    *_SSL,
)  # fmt: skip
"""Keys of ``OPTIONS`` that lead to a server or past its door, of both drivers."""
_VARIABLES = ("MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_GROUP_SUFFIX")
_OFF = ("", "0", "False", "None")


@dataclass(frozen=True)
class Address(ServerAddress):
    """That of a database on MariaDB or MySQL."""

    socket: str = ""
    ssl: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, alias: str, database: Mapping[str, Any], original: Callable[[str], Path]
    ) -> Address:
        """From the probe's report of an alias; ``original`` tells the user's path of one that the
        probe saw.

        As Django and its drivers have it, ``OPTIONS`` win over the other keys, and these over an
        option file.
        """
        given, options = database["connection"], database["connection"]["options"]
        file: dict[str, str] = {}
        if options.get("read_default_file"):
            path = original(options["read_default_file"])
            file = _option_file.read(path, options.get("read_default_group", "").lower())
        host = options.get("host") or given["host"]
        socket = options.get("unix_socket") or (host if host.startswith("/") else "")
        found = {**file, **options}
        named = {**given, "database": database["name"], "socket": socket}
        first = partial(_first, (options, named, file))
        if host:
            file.pop("socket", None)
        return cls(
            alias,
            first("database", "db"),
            "" if socket else first("host"),
            first("port"),
            first("user"),
            first("password", "passwd"),
            first("socket"),
            {
                key: str(original(options[key])) if key in SSL_FILES and key in options else value
                for key in _SSL
                if (value := found.get(key, "")) not in _OFF
            },
        )

    @property
    def where(self) -> str:
        """For messages: the database and its server."""
        host = self.socket or self.host or "the local socket"
        port = f":{self.port}" if self.port and not self.socket else ""
        return f"{self.name} on {host}{port}"

    def arguments(self, mariadb: bool) -> list[str]:
        """For the client programs (MariaDB's, or MySQL's), the password apart."""
        fields = {"user": self.user, "socket": self.socket}
        if not self.socket:
            fields |= {"host": self.host, "port": self.port}
        made = [f"--{name}={value}" for name, value in fields.items() if value]
        made += [
            f"--{name.replace('_', '-')}={self.ssl[name]}" for name in SSL_FILES if name in self.ssl
        ]
        return ["--no-defaults", *made, *self._ssl_mode(mariadb)]

    def environ(self) -> dict[str, str]:
        """The environment that the client programs find the password in."""
        made = {name: value for name, value in os.environ.items() if name not in _VARIABLES}
        if self.password:
            made["MYSQL_PWD"] = self.password
        return {**made, "LC_ALL": "C"}

    def _ssl_mode(self, mariadb: bool) -> list[str]:
        mode = self.ssl.get("ssl_mode", "").upper()
        if "ssl_disabled" in self.ssl or mode == "DISABLED":
            return ["--skip-ssl" if mariadb else "--ssl-mode=DISABLED"]
        verified = mode.startswith("VERIFY") or any(
            key.startswith("ssl_verify") for key in self.ssl
        )
        if not verified and not self.ssl:
            return []
        if not mariadb:
            return [f"--ssl-mode={mode or ('VERIFY_CA' if verified else 'REQUIRED')}"]
        return ["--ssl", "--ssl-verify-server-cert"] if verified else ["--ssl"]


def _first(places: Iterable[Mapping[str, Any]], *names: str) -> str:
    """What the first of these places has that has something under one of these names."""
    given = (place.get(name) for place in places for name in names)
    return next((str(value) for value in given if value), "")
