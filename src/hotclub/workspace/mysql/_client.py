"""Asking a server, through its client; and saying what is wrong when it does not answer."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from hotclub.errors import HotclubError
from hotclub.workspace.mysql._address import Address
from hotclub.workspace.mysql._binaries import Binaries

LOCK_WAIT_SECONDS = 20
"""How long the original's tables may be held locked by others before that is said."""
_FRESH = "/*!80000 SET SESSION information_schema_stats_expiry = 0 */;\n"
"""MySQL 8 gives sizes and times of tables as they were up to a day ago; MariaDB reads a comment."""
PACKET = "--max-allowed-packet=1G"
_ERRORS = (
    re.compile(r"ERROR (?P<code>\d+)(?: \(\w+\))?(?: at line \d+)?: (?P<said>.*)"),
    re.compile(r"[Ee]rror: (?P<code>\d+): (?P<said>.*)"),
    re.compile(r"dump: (?P<said>.*) \((?P<code>\d+)\)$"),
)
_MEANINGS: dict[tuple[int, ...], tuple[str, str]] = {
    (1044,): (
        "the account {user} may not use {where}",
        "`GRANT SELECT, SHOW VIEW, TRIGGER ON {name}.* TO` it",
    ),
    (1045, 1698): (
        "the password for {where} was not accepted",
        "set the right USER and PASSWORD",
    ),
    (1049,): ("the database {where} does not exist", "create it and run `manage.py migrate`"),
    (1130,): (
        "the server of {where} lets nobody in from this machine",
        "make an account for it there, or run hotclub where the project runs",
    ),
    (2005,): (
        "the server of {where} has a name that nobody knows here",
        "run hotclub where that name is known (in the container?), or set another HOST",
    ),
    (1251, 2059, 2061): (
        "the client programs here cannot log in to {where} in the way that its server asks for",
        "install MySQL's own (mysql and mysqldump) or, for MariaDB's, the plugin that is named, "
        "and have the connection encrypted (OPTIONS['ssl']), as caching_sha2_password wants it",
    ),
    (2026,): (
        "the connection to {where} cannot be encrypted",
        "are the files and the mode of OPTIONS['ssl'] right?",
    ),
    (2002, 2003, 2006, 2013): (
        "the server of {where} cannot be reached",
        "is it running, and are these its HOST and PORT, or its unix_socket?",
    ),
}
"""Errors of the server and its client, in words, and what to do."""


class ServerError(HotclubError):
    """A server said no; ``said`` is its own first sentence, ``code`` its number for it."""

    def __init__(self, said: str, code: int = 0) -> None:
        self.said = said
        self.code = code
        super().__init__(f"the database server says: {said}")


@dataclass(frozen=True)
class Client:
    """The programs, and the account on a server that they are used with."""

    binaries: Binaries
    address: Address

    def command(self, program: str, *arguments: str) -> list[str]:
        """To run one of them there; environment beside it is the address's."""
        return [
            program, *self.address.arguments(self.binaries.mariadb),
            "--default-character-set=utf8mb4", PACKET, *arguments,
        ]  # fmt: skip

    def run(self, sql: str | bytes, database: str = "", *arguments: str) -> str:
        """What the client prints for ``sql``: rows only, columns parted by tabs.

        Raises:
            ServerError: a statement failed, or there was no connection.
        """
        more = [*arguments, *([database] if database else [])]
        done = subprocess.run(
            self.command(self.binaries.client, "--batch", "--raw", "--skip-column-names", *more),
            input=sql.encode() if isinstance(sql, str) else sql,
            env=self.address.environ(),
            capture_output=True,
        )
        if done.returncode:
            raise failed(done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def read(self, sql: str) -> list[str]:
        """The lines that queries of an original give, in read-only transactions."""
        first = (
            "SET SESSION TRANSACTION READ ONLY;\n"
            f"SET SESSION lock_wait_timeout = {LOCK_WAIT_SECONDS};\n{_FRESH}"
        )
        return self.run(first + sql, self.address.name).splitlines()


def failed(text: str) -> ServerError:
    """What a program's message comes to."""
    for line in text.splitlines():
        for pattern in _ERRORS:
            if match := pattern.search(line):
                return ServerError(match["said"].strip(), int(match["code"]))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ServerError(lines[-1] if lines else "nothing")


def identifier(name: str) -> str:
    """A name as SQL quotes it."""
    return "`{}`".format(name.replace("`", "``"))


def literal(text: str) -> str:
    """A text as SQL quotes it, whatever the server's mode thinks of backslashes."""
    return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)" if "\\" in text else _quoted(text)


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def explained(address: Address, error: ServerError) -> HotclubError:
    """What a failed connection to the original means, and what to do."""
    where = f"{address.where} (DATABASES[{address.alias!r}])"
    named = {"where": where, "user": address.user, "name": address.name}
    what, advice = (text.format(**named) for text in _meaning(error.code))
    return HotclubError(f"{what}: {error.said}; {advice}")


def _meaning(code: int | None) -> tuple[str, str]:
    for codes, meaning in _MEANINGS.items():
        if code in codes:
            return meaning
    return "the database {where} cannot be read", "can it be opened with `manage.py dbshell`?"


def unreadable(address: Address, error: ServerError) -> HotclubError:
    """What it means that the original was opened and cannot be read, and what to do."""
    said = error.said
    if error.code == 1205:
        said += "; something holds its tables locked (a migration?): try again later"
    elif error.code in (1142, 1143, 1227):
        said += f"; `GRANT SELECT, SHOW VIEW, TRIGGER ON {address.name}.* TO` the project's account"
    return HotclubError(f"the database {address.where} cannot be read: {said}")
