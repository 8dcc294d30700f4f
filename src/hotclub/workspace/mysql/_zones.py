"""Named time zones, which Django's date filters ask the server for, in a private server.

A server has none until somebody loads them; a copy has them where its original has.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.workspace.mysql._client import Client
from hotclub.workspace.mysql._original import Original

_SOURCE = Path("/usr/share/zoneinfo")


def load(original: Original, to: Client) -> list[str]:
    """Load this machine's time zones if the original has some; a note where that fails."""
    if not original.facts["zones"]:
        return []
    program = str(Path(to.binaries.client).with_name("mariadb-tzinfo-to-sql"))
    try:
        done = subprocess.run([program, str(_SOURCE)], capture_output=True)
        to.run(done.stdout, "mysql")
    except (OSError, HotclubError) as error:
        return [f"{original.address.where}: named time zones are not in the copy: {error}"]
    return []
