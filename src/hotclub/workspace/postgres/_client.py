"""Asking a server, through psql; and saying what is wrong when it does not answer."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from hotclub.errors import HotclubError
from hotclub.workspace.postgres._address import Address
from hotclub.workspace.postgres._binaries import Binaries

LOCK_WAIT_MS = 20_000
"""How long the original's tables may be held locked by others before that is said."""
BEGIN = f"""BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL lock_timeout = {LOCK_WAIT_MS}; SET LOCAL statement_timeout = 0;
"""
"""Of whatever is read of an original. All settings end with the transaction: behind a pool of
connections the next one in the session is somebody else."""


class ServerError(HotclubError):
    """A server said no; ``said`` is its own first sentence."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(f"PostgreSQL says: {said}")


def execute(binaries: Binaries, environ: Mapping[str, str], sql: str) -> str:
    """What a server of hotclub's own answers, in unaligned rows.

    Raises:
        ServerError: a statement failed, or there was no connection.
    """
    return _psql(binaries, environ, f"SET statement_timeout = 0;\n{sql}")


def read(binaries: Binaries, environ: Mapping[str, str], sql: str) -> list[str]:
    """The lines that queries of an original give, all at one moment.

    Raises:
        ServerError: as of :func:`execute`.
    """
    return _psql(binaries, environ, f"{BEGIN}{sql}\nCOMMIT;\n").splitlines()


def _psql(binaries: Binaries, environ: Mapping[str, str], sql: str) -> str:
    done = subprocess.run(
        [binaries.program("psql"), "-XqAtw", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=sql,
        env=dict(environ),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ServerError(first_error(done.stderr))
    return done.stdout


def first_error(text: str) -> str:
    """The sentence of a client's or server's message that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in ("FATAL: ", "ERROR: ", "error: "):
        for line in lines:
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1] if lines else "nothing"


def identifier(name: str) -> str:
    """A name as SQL quotes it."""
    return '"{}"'.format(name.replace('"', '""'))


def literal(text: str) -> str:
    """A text as SQL quotes it."""
    escaped = text.replace("'", "''").replace("\\", "\\\\")
    return f" E'{escaped}'" if "\\" in text else f"'{escaped}'"


def explained(address: Address, error: ServerError) -> HotclubError:
    """What a failed connection to the original means, and what to do."""
    setting = f"DATABASES[{address.alias!r}]"
    said = error.said
    advice = "can it be opened with `manage.py dbshell`?"
    if "password authentication failed" in said or "no password supplied" in said:
        what = f"the password for {address.where} ({setting}) was not accepted"
        advice = "set the right one in PASSWORD, $PGPASSWORD or ~/.pgpass"
    elif "does not exist" in said and "database" in said:
        what = f"the database {address.where} ({setting}) does not exist"
        advice = "create it and run `manage.py migrate`"
    elif "translate host" in said or "Name or service" in said:
        what = f"the server of {address.where} ({setting}) has a name that nobody knows here"
        advice = "run hotclub where that name is known (in the container?), or set another HOST"
    elif any(hint in said for hint in ("refused", "timeout", "No such file", "unreachable")):
        what = f"the server of {address.where} ({setting}) cannot be reached"
        advice = "is it running, and is this its HOST and PORT?"
    else:
        what = f"the database {address.where} ({setting}) cannot be read"
    return HotclubError(f"{what}: {said}; {advice}")


def unreadable(address: Address, said: str) -> HotclubError:
    """What it means that the original was opened and cannot be read, and what to do."""
    if "row-level security" in said:
        said += "; the role needs BYPASSRLS, or a role that owns the tables in the settings"
    if any(f"{kind} timeout" in said for kind in ("lock", "statement")):
        said += "; something holds its tables locked (a migration?): try again later"
    if "version mismatch" in said:
        said += "; install the server's version of postgresql-client"
    return HotclubError(f"the database {address.where} cannot be read: {said}")
