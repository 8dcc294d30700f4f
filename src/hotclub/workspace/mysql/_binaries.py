"""MariaDB's own programs on this machine; of MySQL the client's will do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from hotclub.errors import HotclubError

PLACES = (
    "/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin",
    "/opt/homebrew/opt/mariadb/bin", "/usr/local/opt/mariadb/bin",
)  # fmt: skip

Version = tuple[int, int]


@dataclass(frozen=True)
class Binaries:
    """The programs: ``client`` and ``dump`` (``mariadb`` tells whose), and where MariaDB's server
    is installed that, its ``installer`` and its ``version``."""

    client: str
    dump: str
    mariadb: bool
    server: str = ""
    installer: str = ""
    version: Version = (0, 0)


def find(path: str | None = None) -> Binaries | None:
    """What is there, or None without a client."""
    given = path if path is not None else os.environ.get("PATH", os.defpath)
    search = os.pathsep.join([given, *(PLACES if path is None else ())])
    client = _first(search, "mariadb", "mysql")
    dump = _first(search, "mariadb-dump", "mysqldump")
    if not (client and dump):
        return None
    mariadb = "MariaDB" in _said(client)
    server = _first(search, "mariadbd", "mysqld")
    installer = _first(search, "mariadb-install-db", "mysql_install_db")
    version = re.search(r"Ver (\d+)\.(\d+)\S*MariaDB", _said(server)) if server else None
    if not (version and installer):
        return Binaries(client, dump, mariadb)
    return Binaries(client, dump, mariadb, server, installer, (int(version[1]), int(version[2])))


def any_client(found: Binaries | None, where: str) -> Binaries:
    """The client, to ask a server with.

    Raises:
        HotclubError: there is none.
    """
    if found is None:
        raise HotclubError(
            f"{where} is to be copied, and there are no MariaDB programs here (mariadb, "
            "mariadb-dump); `apt install mariadb-server` (it need not run), or at least "
            "mariadb-client"
        )
    return found


def _first(search: str, *names: str) -> str:
    return next(filter(None, (shutil.which(name, path=search) for name in names)), "")


def _said(program: str) -> str:
    try:
        return subprocess.run(
            [program, "--no-defaults", "--version"], capture_output=True, text=True, timeout=30
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
