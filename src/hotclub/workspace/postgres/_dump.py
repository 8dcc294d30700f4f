"""pg_dump of the original, piped into pg_restore of the master.

pg_dump reads in one transaction, read only and repeatable, as it always does. What the copy
must not have is left out: owners and privileges, subscriptions (they would connect), places.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from hotclub.errors import HotclubError
from hotclub.workspace import _contents
from hotclub.workspace._piped import Half, piped
from hotclub.workspace.postgres import _client
from hotclub.workspace.postgres._binaries import Binaries
from hotclub.workspace.postgres._client import execute, first_error, read, unreadable
from hotclub.workspace.postgres._original import Original

_RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i') AND c.relpersistence <> 't'
AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1;
"""
_VERSIONS = """
SELECT version(); SELECT extname, extversion FROM pg_extension ORDER BY 1;
SELECT datcollate, datctype, encoding FROM pg_database WHERE datname = current_database();
"""
# A copy must not reach what the original's foreign servers stand for.
_NO_MAPPINGS = """
DO $$ DECLARE m record; BEGIN
  FOR m IN SELECT srvname, usename FROM pg_user_mappings LOOP
    EXECUTE format('DROP USER MAPPING FOR %s SERVER %I',
      CASE m.usename WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(m.usename) END, m.srvname);
  END LOOP;
END $$;
"""


def fill(
    original: Original,
    binaries: Binaries,
    environ: Mapping[str, str],
    tell: Callable[[str], None],
) -> list[str]:
    """Fill the empty database that ``environ`` names; returns notes.

    Raises:
        HotclubError: the original cannot be read, or what arrived is not all of it.
    """
    errors = transfer(original, binaries, environ, tell, original.size)
    return arrived(original, binaries, environ, errors)


def contents(original: Original, binaries: Binaries, environ: Mapping[str, str]) -> str:
    """Digest of the copy that ``environ`` names, and of what else decides what it answers.

    Raises:
        HotclubError: it cannot be read.
    """
    facts = [original.user, *(repr(original.facts[name]) for name in ("super", "settings"))]
    facts.append(execute(binaries, environ, _VERSIONS))
    command = [binaries.program("pg_dump"), "-w", "--no-comments"]
    return _contents.of_dump(command, environ, facts)


def transfer(
    original: Original,
    binaries: Binaries,
    environ: Mapping[str, str],
    tell: Callable[[str], None],
    size: int,
    more: Sequence[str] = (),
) -> list[str]:
    """Dump and restore, of about ``size`` bytes, with ``more`` options for pg_dump; what the
    copy's server refused, one sentence each.

    Raises:
        HotclubError: the original cannot be read, or rows were lost.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as refused:
        halves = _halves(original, binaries, environ, (said, refused), more)
        progress = _Progress(original, binaries, environ, tell, size)
        dumped, restored = piped(*halves, progress)
        said.seek(0)
        refused.seek(0)
        problem, errors = said.read(), _errors(refused.read())
    if dumped:
        raise unreadable(original.address, first_error(problem))
    lost = [error for error in errors if "COPY failed" in error or "No space left" in error]
    if lost or (restored and not errors):
        raise HotclubError(
            f"the copy of {original.address.where} is not whole: "
            f"{(lost or ['pg_restore was ended'])[0]}"
        )
    return errors


def arrived(
    original: Original, binaries: Binaries, environ: Mapping[str, str], errors: Sequence[str]
) -> list[str]:
    """See to it that everything is there in spite of these ``errors``; returns notes.

    Raises:
        HotclubError: it is not.
    """
    where = original.address.where
    execute(binaries, environ, _NO_MAPPINGS)
    missing = _missing(original, binaries, environ)
    if missing and not left_out(original):  # with those, indexes and views are missing as well
        names = ", ".join(missing[:3])
        reason = f": {errors[0]}" if errors else ""
        raise HotclubError(
            f"the copy of {where} lacks {len(missing)} of its relations ({names}){reason}. "
            "An extension that the copy's server does not have? Install it there"
        )
    return [f"{where}: not in the copy: {error}" for error in errors if not _harmless(error)]


def left_out(original: Original) -> list[str]:
    """What the project's own role may not read, and pg_dump must not ask for."""
    return [*(original.facts["unreadable"] or []), *(original.facts["closed"] or [])]


@dataclass(frozen=True)
class _Progress:
    """Tells how much of it is there."""

    original: Original
    binaries: Binaries
    environ: Mapping[str, str]
    tell: Callable[[str], None]
    size: int

    def __call__(self) -> None:
        sql = "SELECT pg_database_size(current_database());"
        size = int(execute(self.binaries, self.environ, sql))
        self.tell(
            f"copying {self.original.address.where}: {size >> 20} of about "
            f"{self.size >> 20} MiB, then its indexes"
        )


def _halves(
    original: Original,
    binaries: Binaries,
    environ: Mapping[str, str],
    logs: tuple[IO[str], IO[str]],
    more: Sequence[str],
) -> tuple[Half, Half]:
    dump = [
        original.binaries.program("pg_dump"), "-Fc", "-Z0", "-w", "--no-publications",
        "--no-subscriptions", "--no-security-labels", "--no-comments",
        f"--lock-wait-timeout={_client.LOCK_WAIT_MS}",
        *[f"--exclude-table={name}" for name in original.facts["unreadable"] or []],
        *[f"--exclude-schema={name}" for name in original.facts["closed"] or []],
        *more,
    ]  # fmt: skip
    restore = [
        binaries.program("pg_restore"), "-w", "--no-owner", "--no-privileges",
        "--no-tablespaces", "-d", environ["PGDATABASE"],
    ]  # fmt: skip
    reading = Half(dump, original.address.variables(), logs[0])
    return reading, Half(restore, environ, logs[1])


def _missing(original: Original, binaries: Binaries, environ: Mapping[str, str]) -> list[str]:
    """Relations that did not arrive."""
    try:
        wanted = read(original.binaries, original.address.variables(), _RELATIONS)
    except HotclubError:
        return []
    have = set(execute(binaries, environ, _RELATIONS).splitlines())
    return [name for name in wanted if name not in have]


def _errors(text: str) -> list[str]:
    """pg_restore's errors, one sentence each."""
    found = []
    for line in text.splitlines():
        if "error:" in line:
            found.append(line.partition("error:")[2].strip())
    return [error.removeprefix("could not execute query: ERROR:").strip() for error in found]


def _harmless(error: str) -> bool:
    """What cannot be otherwise: settings newer than the server, what is there from the start."""
    return "unrecognized configuration parameter" in error or "already exists" in error
