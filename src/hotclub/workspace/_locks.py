"""Holding an SQLite database still while it is copied, without opening it through SQLite.

SQLite would create or write ``-shm`` files beside a database in WAL mode, even for a reader. So
the locks that a reader and a checkpointer take are taken on the bytes where SQLite takes them
(https://www.sqlite.org/fileformat2.html, "Write-Ahead Log" and os.h: PENDING_BYTE; wal.c:
WAL_CKPT_LOCK). They are shared open-file-description locks: they change nothing in the files,
keep out those who would, and go away with the descriptors.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from hotclub.errors import HotclubError

_PENDING = 0x40000000
_SHARED = (_PENDING + 2, 510)
_CHECKPOINT = (121, 1)
_READERS = (124, 4)
_FLOCK = struct.Struct("hhxxxxqqixxxx")
_UNSUPPORTED = {errno.ENOLCK, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


@contextlib.contextmanager
def held_still(database: Path, seconds: float = 10.0) -> Iterator[None]:
    """Keep writers from changing the database's files, in WAL mode and without.

    Raises:
        HotclubError: another process kept it locked for ``seconds`` seconds.
    """
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        _lock(stack, database, _SHARED, deadline, database)
        shared_memory = database.with_name(database.name + "-shm")
        if shared_memory.exists():
            _lock(stack, shared_memory, _CHECKPOINT, deadline, database)
            _lock(stack, shared_memory, _READERS, deadline, database)
        yield


def _lock(
    stack: contextlib.ExitStack,
    path: Path,
    span: tuple[int, int],
    deadline: float,
    database: Path,
) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    wanted = _FLOCK.pack(fcntl.F_RDLCK, os.SEEK_SET, *span, 0)
    while True:
        try:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
            return
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return
            if error.errno not in (errno.EAGAIN, errno.EACCES) or time.monotonic() > deadline:
                raise HotclubError(
                    f"the database {database} is kept locked by another process; "
                    "try again when it is done"
                ) from None
        time.sleep(0.05)
