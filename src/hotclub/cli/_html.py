"""The page of ``hotclub report``, ``doctor --html`` and ``fix --html``."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotclub.doctor import Diagnosis
from hotclub.errors import HotclubError
from hotclub.recording import Recording


def write_html(
    file: Path, diagnosis: Diagnosis, tree: Path, fixes: Mapping[str, Any] | None = None
) -> None:
    """Write the page of a diagnosis and its recording, whole or not at all; ``fixes`` is what
    ``fix --json`` prints.

    It holds statements and addresses, so it is for this user's eyes only.

    Raises:
        HotclubError: the file cannot be written, or the recording not be read.
    """
    from hotclub.report import page, page_data

    with Recording.open(diagnosis.recordings[0]) as recording:
        text = page(page_data(diagnosis, recording, tree, fixes))
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(text.encode("utf-8", "replace"))
        os.replace(part, file)
    except OSError as error:
        raise HotclubError(f"{file} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
