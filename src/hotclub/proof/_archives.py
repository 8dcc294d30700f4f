"""What a zip holds, laid out one entry after the other, as text would be.

Two spreadsheets of the same rows differ in the clock of every entry, and where a date stands in
one of them in all the compressed bytes behind it. Names and contents can be compared.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

MAX_BYTES = 64 * 1024 * 1024
"""An archive that holds more is compared as it is."""
_BEGINS = b"PK\x03\x04"
_UNREADABLE = (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error)


def laid_out(body: bytes) -> bytes | None:
    """Names, kinds and contents of a zip's entries in their order, without their dates; None for
    anything else."""
    if not body.startswith(_BEGINS):
        return None
    try:
        with ZipFile(BytesIO(body)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                return None
            parts = [_head(entry) + archive.read(entry) for entry in entries]
            return b"".join([*parts, archive.comment])
    except _UNREADABLE:
        return None


def _head(entry: ZipInfo) -> bytes:
    facts = (entry.filename, entry.compress_type, entry.external_attr, entry.comment)
    return "\n{} {} {} {}\n".format(*facts).encode(errors="surrogateescape")
