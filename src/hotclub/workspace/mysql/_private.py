"""A throw-away server of hotclub's own: made by mariadb-install-db, gone with the workspace.

The original's server is only read then, and children cannot reach it. The master's server is
stopped once it is filled; a clone is a copy of its directory with a server of its own, which takes
as long as copying the files does, keeps everything (statistics, counters), and lets a database
have the name of its original, for SQL that says ``shop.orders``.

It listens on a Unix socket in a directory that only its owner enters, and on a free port of the
loopback interface, for what takes an address from the environment. It keeps nothing safe (no
fsync) and does nothing by itself (no events, no new statistics), so that runs are alike.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from hotclub.errors import HotclubError
from hotclub.workspace._daemon import Daemon, Product, free_port
from hotclub.workspace._login import Login
from hotclub.workspace.mysql._address import Address
from hotclub.workspace.mysql._binaries import Binaries
from hotclub.workspace.mysql._client import Client, ServerError, identifier, literal
from hotclub.workspace.mysql._original import Original
from hotclub.workspace.mysql._server import Server

ADMIN = "hotclub_admin"
_PRODUCT = Product("MariaDB", ("mysql", "nobody"), "socket", "KILL")
_SETTINGS = {
    "skip_name_resolve": "1", "performance_schema": "0",
    "event_scheduler": "0", "bind_address": "127.0.0.1", "max_allowed_packet": "1G",
    "max_connections": "200",
    "innodb_flush_log_at_trx_commit": "0", "innodb_doublewrite": "0",
    "innodb_log_file_size": "32M",
    "innodb_buffer_pool_load_at_startup": "0", "innodb_buffer_pool_dump_at_shutdown": "0",
    "innodb_stats_auto_recalc": "0", "debug_no_sync": "1", "log_warnings": "0",
}  # fmt: skip
_FIRST = f"""
CREATE USER {ADMIN}@localhost IDENTIFIED BY '{{password}}';
GRANT ALL PRIVILEGES ON *.* TO {ADMIN}@localhost WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User NOT IN ('{ADMIN}', 'mariadb.sys');
FLUSH PRIVILEGES;
"""
"""Nobody is left but the administrator, who comes by the socket."""


class Private(Server):
    """A running server. Raises HotclubError when it does not start."""

    is_private = True

    def __init__(
        self,
        binaries: Binaries,
        settings: Mapping[str, str],
        guard: Path | None,
        master: Private | None = None,
    ) -> None:
        super().__init__()
        self._binaries, self._settings, self._guard = binaries, settings, guard
        self._daemon = Daemon(_PRODUCT, guard)
        self.directory = self._daemon.directory
        self.guard_log: Path = master.guard_log if master else self.directory / "guard.log"
        self._password: str = master._password if master else secrets.token_hex(16)
        self.port = ""
        socket = str(self.directory / "socket")
        self.client = Client(binaries, Address("", "", "", "", ADMIN, self._password, socket))
        try:
            if master is None:
                self._initialise()
                self._start(self._own("first.sql", _FIRST.format(password=self._password)))
            else:
                self._copy(master)
                self._start()
        except BaseException:
            self.close()
            raise

    @property
    def allow(self) -> list[str]:
        """The socket and the port."""
        return [f"unix:{self.directory}/socket", f"127.0.0.1:{self.port}"]

    def twin(self) -> Private:
        """Another server with the same contents; this one must have been stopped."""
        return Private(self._binaries, self._settings, self._guard, self)

    def login(self, original: Original, name: str) -> Login:
        """By the socket."""
        return Login(str(self.directory / "socket"), "", original.user, self._password, name)

    def public_login(self, original: Original, name: str) -> Login:
        """By the port."""
        return Login("127.0.0.1", self.port, original.user, self._password, name)

    def adopt(self, original: Original, name: str) -> None:
        """Let the project's account do everything with a database, but reach no other."""
        lines = []
        for host in ("localhost", "127.0.0.1"):
            account = f"{literal(original.user)}@'{host}'"
            lines += [
                f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self._password}';",
                f"GRANT ALL PRIVILEGES ON {identifier(name)}.* TO {account};",
                f"GRANT ALL PRIVILEGES ON {_pattern(f'test_{name}')} TO {account};",  # tests' own
                f"GRANT SELECT ON mysql.innodb_index_stats TO {account};",  # for sizes
            ]
        self.client.run("\n".join(lines))

    def stop(self) -> None:
        """End the server so that its directory can be copied."""
        with contextlib.suppress(ServerError):
            self.client.run("SHUTDOWN;")
        self._daemon.wait()

    def drop(self, name: str) -> None:
        """The server is there for one run."""
        self.close()

    def close(self) -> None:
        """End the server and remove its directory. Safe to call twice."""
        self._daemon.close()

    def _initialise(self) -> None:
        settings = self._own("my.cnf", self._settings_file())
        self._daemon.run([
            self._binaries.installer, f"--defaults-file={settings}", "--skip-test-db",
            f"--datadir={self.directory}/data", "--auth-root-authentication-method=normal",
        ])  # fmt: skip

    def _copy(self, master: Private) -> None:
        source, target = str(master.directory / "data"), str(self.directory)
        command = ["cp", "-a", "--reflink=auto", source, target]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise HotclubError(f"{self.directory} does not take a copy: {done.stderr.strip()}")

    def _start(self, *first: Path) -> None:
        """Start it; of the first time with the statements to begin with."""
        more = [f"--init-file={path}" for path in first]
        for _ in range(3):  # another may take the port between the choice and the start
            self.port = free_port()
            settings = self._own("my.cnf", self._settings_file())
            command = [self._binaries.server, f"--defaults-file={settings}", *more]
            if self._daemon.start(command, self.guard_log, self._is_ready):
                return
        errors = [line for line in self._daemon.log.splitlines() if "[ERROR]" in line]
        said = errors[0].partition("[ERROR]")[2].strip() if errors else "nothing"
        raise HotclubError(f"{self._binaries.server} does not start and says: {said}")

    def _is_ready(self) -> bool:
        """Whether it greets: it binds its socket before it does."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(self.client.address.socket)
            return bool(probe.recv(1))
        return False

    def _own(self, name: str, text: str) -> Path:
        """Write a file that only the server reads."""
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(text)
        self._daemon.own(path)
        return path

    def _settings_file(self) -> str:
        return "\n".join(["[mysqld]", *self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        place = {
            "datadir": f"{self.directory}/data",
            "socket": f"{self.directory}/socket",
            "pid_file": f"{self.directory}/pid",
            "tmpdir": str(self.directory),
            "secure_file_priv": str(self.directory),
            "port": self.port or "0",
        }
        for name, value in {**self._settings, **_SETTINGS}.items():
            yield f"loose_{name} = {value}"
        for name, value in place.items():
            yield f"{name} = {value}"


def _pattern(begin: str) -> str:
    """All databases whose names begin so, as GRANT takes them."""
    escaped = begin.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
    return f"{identifier(f'{escaped}%')}.*"
