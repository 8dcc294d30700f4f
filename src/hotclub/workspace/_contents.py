"""Digests of what a copied database holds: of its file, or of its dump."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hotclub.errors import HotclubError

_CHUNK = 1 << 20
_BY_CHANCE = (b"\\restrict ", b"\\unrestrict ")
"""Lines of pg_dump's that hold a word made up each time."""


def of_file(path: Path) -> str:
    """Digest of an SQLite database, byte for byte: where rows lie decides their order too."""
    digest = hashlib.blake2b()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def of_dump(command: Sequence[str], environ: Mapping[str, str], more: Iterable[str]) -> str:
    """Digest of what a program dumps, rows in the order in which they lie, and of ``more``.

    Raises:
        HotclubError: it does not get to its end.
    """
    digest = hashlib.blake2b(repr(list(more)).encode())
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            command, env=dict(environ), stdout=subprocess.PIPE, stderr=errors
        ) as dump:
            assert dump.stdout is not None
            for line in dump.stdout:
                if not line.startswith(_BY_CHANCE):
                    digest.update(line)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    if dump.returncode:
        reason = (said.splitlines() or [command[0]])[-1]
        raise HotclubError(f"a copy cannot be read again: {reason}")
    return digest.hexdigest()
