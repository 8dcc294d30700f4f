"""mariadb-dump of the original, piped into the client of the master.

Tables come in one transaction with a consistent snapshot; only those of engines without
transactions may be written to meanwhile. What stands on them (triggers, routines, views) follows,
belonging to whoever loads it: the accounts that defined it are not in the copy. Events are left
out, so that a copy does nothing by itself.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable

from hotclub.errors import HotclubError
from hotclub.workspace import _contents
from hotclub.workspace._piped import Half, piped
from hotclub.workspace.mysql._client import Client, ServerError, failed, unreadable
from hotclub.workspace.mysql._original import Original

_PLAIN = (
    "--single-transaction", "--skip-comments", "--no-tablespaces", "--skip-add-drop-table",
    "--hex-blob",
)  # fmt: skip
_MYSQL = ("--set-gtid-purged=OFF", "--column-statistics=0")
_DEFINER = re.compile(rb"DEFINER\s*=\s*`(?:[^`]|``)*`@`(?:[^`]|``)*`")
_SIZE = """SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE();"""
_HAVE = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE();"


def fill(original: Original, to: Client, database: str, tell: Callable[[str], None]) -> list[str]:
    """Fill an empty database with an original's tables and what stands on them; returns notes.

    Raises:
        HotclubError: the original cannot be read, or what arrived is not all of it.
    """
    where = original.address.where

    def progress() -> None:
        size = int(to.run(_SIZE, database))
        tell(f"copying {where}: {size >> 20} of about {original.size >> 20} MiB")

    try:
        copy_tables(original.client, original.database, _views(original), to, database, progress)
    except ServerError as error:
        raise unreadable(original.address, error) from None
    return stand_on(original, to, database)


def structure(original: Original, to: Client, database: str) -> None:
    """Make an original's tables in an empty database, without their rows.

    Raises:
        ServerError: the original cannot be read.
        HotclubError: the other does not take them.
    """
    copy_tables(
        original.client, original.database, _views(original), to, database, lambda: None,
        "--no-data",
    )  # fmt: skip


def stand_on(original: Original, to: Client, database: str) -> list[str]:
    """Copy what stands on an original's tables to a database that has them; returns notes.

    Raises:
        HotclubError: the original cannot be read, or what arrived is not all of it.
    """
    where = original.address.where
    try:
        said = _definitions(original.client, original.database, _views(original), to, database)
    except ServerError as error:
        raise unreadable(original.address, error) from None
    have = set(to.run(_HAVE, database).splitlines())
    missing = [table.name for table in original.tables if table.name not in have]
    lost = [name for name in missing if name not in _views(original)]
    if lost:
        raise HotclubError(f"the copy of {where} lacks {len(lost)} of its tables: {lost[:3]}")
    return [f"{where}: not in the copy: {one}" for one in said] + _changing(original)


def contents(original: Original, client: Client, name: str) -> str:
    """Digest of a copy with all that stands on its tables, and of what else its server answers by:
    version, settings, time zones.

    Raises:
        HotclubError: it cannot be read.
    """
    command = _dump(client, "--triggers", "--routines", name)
    version = client.run("SELECT VERSION(), @@collation_server, @@sql_mode;")
    facts = [repr(original.facts.get(one)) for one in ("zones", "charset", "collation")]
    facts.append(repr(sorted(original.settings().items())))
    return _contents.of_dump(command, client.address.environ(), [version, *facts])


def duplicate(client: Client, source: str, target: str, views: list[str]) -> None:
    """Fill a database from another one of the same server."""
    copy_tables(client, source, views, client, target, lambda: None)
    _definitions(client, source, views, client, target)


def copy_tables(
    source: Client,
    name: str,
    views: list[str],
    to: Client,
    database: str,
    progress: Callable[[], None],
    *more: str,
) -> None:
    """Dump the tables of one database into another; ``more`` are options of the dump.

    Raises:
        ServerError: the one cannot be read.
        HotclubError: the other does not take it.
    """
    ignored = [f"--ignore-table={name}.{view}" for view in views]
    dump = _dump(source, "--skip-triggers", *more, *ignored, name)
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as refused:
        reading = Half(dump, source.address.environ(), said)
        load = to.command(to.binaries.client, database)
        dumped, loaded = piped(reading, Half(load, to.address.environ(), refused), progress)
        said.seek(0)
        refused.seek(0)
        problem, refusal = said.read(), refused.read()
    if loaded:
        raise HotclubError(f"the copy of {name} is not whole: {failed(refusal).said}")
    if dumped:
        raise failed(problem)


def _definitions(
    source: Client, name: str, views: list[str], to: Client, database: str
) -> list[str]:
    """Triggers and routines, then views; what of them did not arrive."""
    wanted = [["--no-data", "--no-create-info", "--triggers", "--routines", name]]
    wanted += [["--no-data", "--skip-triggers", name, *views]] if views else []
    said = []
    for arguments in wanted:
        done = subprocess.run(
            _dump(source, *arguments), env=source.address.environ(), capture_output=True
        )
        if database != name and _names_itself(done.stdout, name):
            raise HotclubError(
                f"a trigger, routine or view of {name} names that database itself, so its copy on "
                "the same server would lead back to it; `apt install mariadb-server`, for a copy "
                "on a server of its own, or take the name out"
            )
        try:
            to.run(_DEFINER.sub(b"", done.stdout), database)
        except ServerError as error:
            said.append(error.said)
        if done.returncode:
            said.append(
                f"{failed(done.stderr.decode(errors='replace')).said} (`GRANT SHOW VIEW, TRIGGER "
                f"ON {name}.*`)"
            )
    return said


def _names_itself(definitions: bytes, name: str) -> bool:
    qualified = re.escape(name.encode())
    return re.search(rb"(?<![\w$])`?" + qualified + rb"`?\s*\.\s*[`\w]", definitions) is not None


def _dump(client: Client, *arguments: str) -> list[str]:
    own = () if client.binaries.mariadb else _MYSQL
    return client.command(client.binaries.dump, *_PLAIN, *own, *arguments)


def _views(original: Original) -> list[str]:
    return [table.name for table in original.tables if table.is_view]


def _changing(original: Original) -> list[str]:
    """A note about tables that are not read in a transaction."""
    names = [
        f"{table.name} ({table.engine})"
        for table in original.tables
        if not table.is_view and table.engine not in ("InnoDB", "")
    ]
    if not names:
        return []
    return [
        f"{original.address.where}: {', '.join(names[:3])} cannot be read or rolled back in a "
        "transaction: what others wrote meanwhile may be half in the copy"
    ]
