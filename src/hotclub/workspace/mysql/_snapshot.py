"""One moment of an original, read by one session, which cannot write.

Snapshots of MariaDB and MySQL cannot be shared by sessions as PostgreSQL's can. The session's
transaction lasts until the sample is taken; as ``mariadb-dump`` does, it goes back to a savepoint
after each reading, so that no table stays locked against being altered.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from hotclub.workspace.mysql._client import LOCK_WAIT_SECONDS, ServerError, failed
from hotclub.workspace.mysql._original import Original

_BEGIN = f"""
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SET SESSION lock_wait_timeout = {LOCK_WAIT_SECONDS};
SET SESSION wait_timeout = 86400, net_write_timeout = 86400, time_zone = '+00:00', sql_mode = '';
{{patient}}
START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;
SAVEPOINT hotclub;
"""
_PATIENT = {
    True: "SET SESSION max_statement_time = 0, idle_transaction_timeout = 0,"
    " idle_readonly_transaction_timeout = 0, in_predicate_conversion_threshold = 0;",
    False: "SET SESSION max_execution_time = 0;",
}
"""What MariaDB and MySQL each have to end what takes long; and lists of keys are to stay lists."""
_MARK = b"-- read --\n"
_END = "\nROLLBACK TO SAVEPOINT hotclub;\nSELECT '-- read --';\n"


class Unread(ServerError):
    """The original could not be read, whatever became of its copy."""


class Moment:
    """The session. Made by :func:`snapshot`."""

    def __init__(self, process: subprocess.Popen[bytes], said: IO[str]) -> None:
        self._process = process
        self._said = said

    def lines(self, statement: str) -> Iterator[bytes]:
        """The rows that one query gives, as the client escapes them; to be read to the end.

        Raises:
            Unread: it failed, or the session has ended.
        """
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(OSError):  # it is gone already, and says why
            process.stdin.write(f"{statement}{_END}".encode())
            process.stdin.flush()
        for line in process.stdout:
            if line == _MARK:
                return
            yield line[:-1]
        process.wait()
        self._said.seek(0)
        error = failed(self._said.read())
        raise Unread(error.said, error.code)

    def all_lines(self, statements: Iterable[str]) -> Iterator[bytes]:
        """Those of several, one after the other."""
        for statement in statements:
            yield from self.lines(statement)


@contextlib.contextmanager
def snapshot(original: Original) -> Iterator[Moment]:
    """Keep this moment of an original.

    Raises:
        Unread: the server lets nobody in, or has no such transactions.
    """
    client = original.client
    command = client.command(
        client.binaries.client, "--batch", "--skip-column-names", "--quick", "--unbuffered",
        client.address.name,
    )  # fmt: skip
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, env=client.address.environ(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=said, start_new_session=True,
        )  # fmt: skip
        with process:
            try:
                moment = Moment(process, said)
                list(moment.lines(_BEGIN.format(patient=_PATIENT[original.mariadb])))
                yield moment
            finally:
                process.kill()
                with contextlib.suppress(OSError):  # what it has not read any more
                    if process.stdin is not None:
                        process.stdin.close()
