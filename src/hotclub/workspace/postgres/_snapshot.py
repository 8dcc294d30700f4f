"""One moment of an original, for as many sessions as it takes to read it: none of them can write.

A session stays open that has exported its snapshot and holds the tables as pg_dump does (against
being dropped or rewritten, not against being written to); it ends with the driver.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator

from hotclub.workspace.postgres._client import BEGIN, ServerError, first_error, literal, read
from hotclub.workspace.postgres._original import Original

_PATIENT = "SET LOCAL idle_in_transaction_session_timeout = 0;\n"
_PATIENT_17 = f"{_PATIENT}SET LOCAL transaction_timeout = 0;\n"
_MARK = "snapshot "
# As pg_dump has them: values as text that mean the same on every server.
_PLAIN = """
SET LOCAL DateStyle = ISO; SET LOCAL IntervalStyle = POSTGRES; SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = hex; SET LOCAL row_security = off; SET LOCAL synchronize_seqscans = off;
"""
_BY_INDEX = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; "
    "SET LOCAL enable_mergejoin = off;\n"
)


class Snapshot:
    """The moment. Made by :func:`snapshot`; ``name`` is what PostgreSQL calls it."""

    def __init__(self, original: Original, name: str) -> None:
        self.name = name
        self._original = original

    def script(self, statements: Iterable[str], by_index: bool = False) -> str:
        """SQL that reads at that moment; ``by_index`` where a few rows of many are sought."""
        return "\n".join([BEGIN, self._settings(), _BY_INDEX * by_index, *statements, "COMMIT;"])

    def read(self, statements: Iterable[str]) -> list[str]:
        """The lines that queries give at that moment.

        Raises:
            ServerError: one of them failed.
        """
        sql = "\n".join([self._settings(), *statements])
        return read(self._original.binaries, self._original.address.variables(), sql)

    def _settings(self) -> str:
        return f"SET TRANSACTION SNAPSHOT {literal(self.name)};\n{_patient(self._original)}{_PLAIN}"


def _patient(original: Original) -> str:
    return _PATIENT_17 if original.major >= 17 else _PATIENT


@contextlib.contextmanager
def snapshot(original: Original, tables: Iterable[str]) -> Iterator[Snapshot]:
    """Keep this moment of an original with these tables.

    Raises:
        ServerError: a table cannot be had, or the server lets nobody in.
    """
    locks = "".join(f"LOCK TABLE {name} IN ACCESS SHARE MODE;\n" for name in tables)
    exported = f"SELECT '{_MARK}' || pg_export_snapshot();\n"
    told = f"{BEGIN}{_patient(original)}{locks}{exported}"
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [original.binaries.program("psql"), "-XqAtw", "-v", "ON_ERROR_STOP=1"],
            env=original.address.variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                yield Snapshot(original, _exported(process, told))
            except _Ended:
                process.wait()
                said.seek(0)
                raise ServerError(first_error(said.read())) from None
            finally:
                process.kill()


class _Ended(Exception):
    """The session is over before it has begun."""


def _exported(process: subprocess.Popen[str], told: str) -> str:
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(OSError):  # it is gone already, and says why
        process.stdin.write(told)
        process.stdin.flush()
    for line in process.stdout:
        if line.startswith(_MARK):
            return line.removeprefix(_MARK).strip()
    raise _Ended
