"""What must be known of a database before it is copied. It is only asked, never told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hotclub.errors import HotclubError
from hotclub.workspace._login import Login
from hotclub.workspace.mysql._address import Address
from hotclub.workspace.mysql._binaries import Binaries, Version
from hotclub.workspace.mysql._client import Client, ServerError, explained

OLDEST = {True: (10, 4), False: (8, 0)}
"""Versions of MariaDB and of MySQL; of both the oldest that Django still works with."""
_KEPT = (
    "sql_mode", "character_set_server", "collation_server", "lower_case_table_names",
    "group_concat_max_len", "explicit_defaults_for_timestamp", "div_precision_increment",
    "default_week_format", "innodb_ft_min_token_size", "ft_min_word_len", "lc_time_names",
)  # fmt: skip
_UTC = "CONVERT_TZ('2000-01-01 00:00:00', 'UTC', 'Europe/Paris')"
_FACTS = f"""
SELECT JSON_OBJECT(
  'version', @@version, 'database', DATABASE(), 'user', SUBSTRING_INDEX(CURRENT_USER(), '@', 1),
  'server', CONCAT_WS(' ', @@hostname, @@port, @@socket, @@datadir, @@server_id),
  'isolation', @@GLOBAL.{{isolation}}, 'zones', {_UTC} IS NOT NULL,
  'minutes', TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW()),
  'charset', s.DEFAULT_CHARACTER_SET_NAME, 'collation', s.DEFAULT_COLLATION_NAME,
  'size', (SELECT COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), 0) FROM information_schema.TABLES t
           WHERE t.TABLE_SCHEMA = DATABASE()),
  {", ".join(f"'@{name}', CONCAT(@@GLOBAL.{name}, '')" for name in _KEPT)}
) FROM information_schema.SCHEMATA s WHERE s.SCHEMA_NAME = DATABASE();
SELECT TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '') FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1;
"""


@dataclass(frozen=True)
class Table:
    """A table, view or sequence; what it is, and the engine that keeps it."""

    name: str
    kind: str
    engine: str

    @property
    def is_view(self) -> bool:
        """Whether it holds nothing itself."""
        return "VIEW" in self.kind


@dataclass(frozen=True)
class Original:
    """A database of the user's, and the client that reads it. ``key`` is the same for two
    aliases of one database, ``server`` for two databases of one server."""

    client: Client
    facts: Mapping[str, Any] = field(repr=False)
    tables: tuple[Table, ...] = field(repr=False)

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.client.address

    @property
    def mariadb(self) -> bool:
        """Whether it is a MariaDB, not a MySQL."""
        return "MariaDB" in self.facts["version"]

    @property
    def version(self) -> Version:
        """The server's."""
        return _version(self.facts["version"])

    @property
    def product(self) -> str:
        """For messages: ``MariaDB 10.11``."""
        return "{} {}.{}".format("MariaDB" if self.mariadb else "MySQL", *self.version)

    @property
    def server(self) -> str:
        """What tells servers apart."""
        return str(self.facts["server"])

    @property
    def database(self) -> str:
        """Its name."""
        return str(self.facts["database"])

    @property
    def key(self) -> tuple[str, str]:
        """Server and database."""
        return (self.server, self.database)

    @property
    def user(self) -> str:
        """The account that the project has there."""
        return str(self.facts["user"])

    @property
    def size(self) -> int:
        """In bytes, as the server counts."""
        return int(self.facts["size"])

    @property
    def place(self) -> Login:
        """Where it is, as the settings have it."""
        given = self.address
        host = given.socket or given.host
        return Login(host, given.port, given.user, given.password, self.database)

    def settings(self) -> dict[str, str]:
        """The server's settings that change what statements give."""
        made = {name: str(self.facts[f"@{name}"]) for name in _KEPT}
        minutes = int(self.facts["minutes"])
        made["transaction_isolation"] = str(self.facts["isolation"])
        made["default_time_zone"] = "{}{:02}:{:02}".format(
            "-" if minutes < 0 else "+", *divmod(abs(minutes), 60)
        )
        return made


def inspect(address: Address, binaries: Binaries) -> Original:
    """Ask the server about a database.

    Raises:
        HotclubError: there is no answer, or the server is too old; with what to do.
    """
    client = Client(binaries, address)
    try:
        client, version = _reached(client)
        mariadb = "MariaDB" in version
        old = OLDEST[mariadb]
        if _version(version) < old:
            raise HotclubError(
                f"{address.where} is a {'MariaDB' if mariadb else 'MySQL'} {version}; hotclub "
                f"copies from {old[0]}.{old[1]} on. Point the settings to a copy on a newer server"
            )
        isolation = "tx_isolation" if mariadb else "transaction_isolation"
        answer, *lines = client.read(_FACTS.replace("{isolation}", isolation))
    except ServerError as error:
        raise explained(address, error) from None
    tables = tuple(Table(*line.split("\t")) for line in lines)
    return Original(client, json.loads(answer), tables)


def _reached(client: Client) -> tuple[Client, str]:
    """The client that gets there, and the server's version. Some drivers take ``localhost`` for
    the socket, others for the port."""
    sql = "SELECT @@version;"
    try:
        return client, client.run(sql, client.address.name).strip()
    except ServerError as error:
        if error.code != 2002 or client.address.host not in ("", "localhost"):
            raise
        there = Client(client.binaries, replace(client.address, host="127.0.0.1", socket=""))
        try:
            return there, there.run(sql, client.address.name).strip()
        except ServerError as second:
            raise error if second.code in (2002, 2003) else second from None


def _version(text: str) -> Version:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)
