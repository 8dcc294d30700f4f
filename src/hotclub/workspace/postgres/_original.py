"""What must be known of a database before it is copied. It is only asked, never told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hotclub.errors import HotclubError
from hotclub.workspace._login import Login
from hotclub.workspace.postgres import _binaries
from hotclub.workspace.postgres._address import Address
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import ServerError, explained, literal, read

OLDEST = 11

# Settings of the role and of the database go with it, as do the planner's from the server's
# file; what names libraries, places or logs does not.
_FACTS = """
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'database', current_database(), 'user', current_user,
  'size', pg_database_size(current_database()),
  'super', r.rolsuper, 'creates', r.rolsuper OR r.rolcreatedb,
  'standby', pg_is_in_recovery(),
  'started', extract(epoch FROM pg_postmaster_start_time())::text,
  'oid', d.oid::bigint, 'row', to_json(d), 'encoding', pg_encoding_to_char(d.encoding),
  'extensions', (SELECT json_agg(extname ORDER BY extname) FROM pg_extension),
  'roles', (SELECT json_agg(rolname) FROM pg_roles WHERE rolname !~ '^pg_'),
  'members', (SELECT json_agg(json_build_array(g.rolname, m.rolname)) FROM pg_auth_members a
              JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
              WHERE m.rolname !~ '^pg_'),
  'unreadable', (SELECT json_agg(format('%I.%I', n.nspname, c.relname)) FROM pg_class c
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p', 'm', 'S') AND c.relpersistence <> 't'
                 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                 AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
                     ELSE has_table_privilege(c.oid, 'SELECT') END),
  'closed', (SELECT json_agg(quote_ident(nspname)) FROM pg_namespace
             WHERE nspname !~ '^pg_' AND NOT has_schema_privilege(oid, 'USAGE')),
  'settings', (SELECT json_agg(json_build_array(name, current_setting(name)) ORDER BY name)
               FROM pg_settings WHERE context = 'user' AND name !~ '^(log_|client_)'
               AND name NOT IN ('default_tablespace', 'temp_tablespaces', 'role',
                                'session_authorization', 'application_name',
                                'local_preload_libraries', 'default_transaction_read_only',
                                'lc_monetary', 'lc_numeric', 'lc_time')
               AND source IN ('configuration file', 'database', 'user', 'database user',
                              'global', 'command line'))
) FROM pg_database d, pg_roles r
WHERE d.datname = current_database() AND r.rolname = current_user;
\\echo :HOST
\\echo :PORT
"""


@dataclass(frozen=True)
class Original:
    """A database of the user's, and the programs that read it.

    ``host`` and ``port`` are those that answered, of several; ``key`` is the same for two
    aliases of one database, however they spell it.
    """

    address: Address
    binaries: Binaries
    facts: Mapping[str, Any] = field(repr=False)
    host: str
    port: str

    @property
    def major(self) -> int:
        """The server's version."""
        return int(self.facts["version"]) // 10000

    @property
    def key(self) -> tuple[str, int]:
        """Server process and database."""
        return (self.facts["started"], self.facts["oid"])

    @property
    def user(self) -> str:
        """The role that the project is there."""
        return str(self.facts["user"])

    @property
    def place(self) -> Login:
        """Where it is, as the settings have it."""
        given = self.address
        return Login(given.host, given.port, given.user, given.password, self.facts["database"])

    @property
    def size(self) -> int:
        """In bytes, as the server counts."""
        return int(self.facts["size"])

    @property
    def extensions(self) -> list[str]:
        """Names of what is installed in it."""
        return list(self.facts["extensions"] or [])

    def creation(self, locale: str | None = None) -> str:
        """The clauses of CREATE DATABASE that keep encoding and collation; or another locale."""
        row = self.facts["row"]
        clauses = [f"TEMPLATE template0 ENCODING {literal(self.facts['encoding'])}"]
        collate, ctype = locale or row["datcollate"], locale or row["datctype"]
        clauses.append(f"LC_COLLATE {literal(collate)} LC_CTYPE {literal(ctype)}")
        provider = row.get("datlocprovider", "c")
        name = row.get("datlocale") or row.get("daticulocale")
        if provider == "i" and not locale:
            clauses.append(f"LOCALE_PROVIDER icu ICU_LOCALE {literal(name)}")
        elif provider == "b" and not locale:
            clauses.append(f"LOCALE_PROVIDER builtin BUILTIN_LOCALE {literal(name)}")
        return " ".join(clauses)


def inspect(address: Address, found: Sequence[Binaries]) -> Original:
    """Ask the server about a database.

    Raises:
        HotclubError: there is no program to ask with, or no answer; with what to do.
    """
    binaries = _binaries.any_client(found, address.where)
    try:
        answer, host, port = read(binaries, address.variables(), _FACTS)[:3]
    except ServerError as error:
        raise explained(address, error) from None
    facts = json.loads(answer)
    major = int(facts["version"]) // 10000
    if major < OLDEST:
        raise HotclubError(
            f"{address.where} is a PostgreSQL {major}; hotclub copies from {OLDEST} on. Point "
            "the settings to a copy on a newer server"
        )
    return Original(address, _binaries.client(found, major, address.where), facts, host, port)
