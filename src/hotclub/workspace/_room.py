"""Whether there is room for copies of a database, asked before the first byte is read."""

from __future__ import annotations

import shutil
import tempfile

from hotclub.errors import HotclubError

SIZE_LIMIT = 8 << 30
COPIES_AT_ONCE = 4
_MIB_PER_MINUTE = 1200


def check_size(where: str, size: int, limit: int) -> None:
    """See to it that a database of ``size`` bytes is not larger than is copied unasked.

    Raises:
        HotclubError: it is, with what can be done.
    """
    if size > limit:
        minutes = (size >> 20) // _MIB_PER_MINUTE
        takes = f"about {minutes} minutes" if minutes > 1 else "about a minute"
        raise HotclubError(
            f"the database {where} holds {size >> 20} MiB, more than the {limit >> 20} MiB that "
            f"hotclub copies unasked; set HOTCLUB_DATABASE_LIMIT={(size >> 30) + 1}G to copy it "
            f"all the same ({takes}), let `--sample-databases` of doctor and fix take a sample of "
            "its rows, or point the settings to a smaller database of the same shape"
        )


def check_room(where: str, size: int) -> None:
    """See to it that as many copies of it as there are at once fit into the temporary directory.

    Raises:
        HotclubError: they do not, with what can be done.
    """
    directory = tempfile.gettempdir()
    free, needed = shutil.disk_usage(directory).free, size * COPIES_AT_ONCE
    if free < needed:
        raise HotclubError(
            f"copies of {where} need {needed >> 20} MiB in {directory}, where {free >> 20} MiB "
            "are free; set TMPDIR to a directory with more"
        )
