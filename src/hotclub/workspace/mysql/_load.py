"""Writing rows into a table of a copy, by statements of many rows."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator

from hotclub.workspace.mysql._client import Client, failed

_STATEMENT = 1 << 20
"""Bytes of rows in an INSERT, unless one row has more."""


def load(to: Client, database: str, begin: str, into: str, rows: Iterable[bytes]) -> int:
    """Insert rows, each as SQL has it in brackets, in one transaction; how many they were.

    ``begin`` is what the session begins with, ``into`` the statement up to its VALUES.

    Raises:
        ServerError: the server does not take them.
    """
    # Without it a client takes what looks like a Windows end of line in a value for another.
    command = to.command(to.binaries.client, "--binary-mode", database)
    count = 0
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, env=to.address.environ(), stdin=subprocess.PIPE, stderr=said,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin as writing:  # it says why
                writing.write(f"{begin}START TRANSACTION;\n".encode())
                for number, statement in _statements(into.encode(), rows):
                    writing.write(statement)
                    count += number
                writing.write(b"COMMIT;\n")
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            said.seek(0)
            raise failed(said.read())
    return count


def _statements(into: bytes, rows: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Statements, each with how many rows it has."""
    waiting: list[bytes] = []
    size = 0
    for row in rows:
        if waiting and size + len(row) > _STATEMENT:
            yield len(waiting), _insert(into, waiting)
            waiting, size = [], 0
        waiting.append(row)
        size += len(row)
    if waiting:
        yield len(waiting), _insert(into, waiting)


def _insert(into: bytes, rows: list[bytes]) -> bytes:
    return into + b" VALUES\n" + b",\n".join(rows) + b";\n"
