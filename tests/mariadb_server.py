"""A MariaDB of the tests' own: temporary data, a free port, gone at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.server_process import as_user, directory_of, free_port

PASSWORD = "a b@/:%'\\\"x#"
"""What URLs, files and SQL must all quote."""

_QUOTED = PASSWORD.replace("\\", "\\\\").replace("'", "''")
_PLACES = "/usr/sbin:/usr/local/sbin:/usr/libexec"
ACCOUNTS = "".join(
    f"CREATE USER {name}@{host} IDENTIFIED BY '{_QUOTED}'; GRANT {rights} TO {name}@{host};"
    for host in ("localhost", "'127.0.0.1'")
    for name, rights in (
        ("app", "ALL ON original.*"),
        ("app", "ALL ON library.*"),
        ("maker", "ALL ON `hotclub\\_%`.*"),
        ("maker", "ALL ON original.*"),
        ("reader", "SELECT ON original.*"),
        ("outsider", "ALL ON elsewhere.*"),
    )
).replace("CREATE USER", "CREATE USER IF NOT EXISTS")


def program(*names: str) -> str:
    """The path of one; tests fail without it."""
    for name in names:
        if found := shutil.which(name, path=f"{os.environ['PATH']}:{_PLACES}"):
            return found
    raise RuntimeError("no MariaDB server here; `sudo apt-get install -y mariadb-server`")


@dataclass(frozen=True)
class TestServer:
    """A running server: ``root`` comes by its socket, others by that or the port."""

    __test__ = False

    directory: Path
    port: int

    @property
    def socket(self) -> str:
        """Its path."""
        return f"{self.directory}/socket"

    def sql(self, text: str, database: str = "") -> list[str]:
        """Run SQL as root; returns the rows it gives, columns parted by tabs."""
        done = subprocess.run(
            [program("mariadb", "mysql"), "--no-defaults", f"--socket={self.socket}", "-uroot",
             "-N", "-B", *([database] if database else [])],
            input=text, capture_output=True, text=True, env={"PATH": os.defpath},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def names(self) -> list[str]:
        """Its databases, but for its own."""
        own = ("information_schema", "mysql", "performance_schema", "sys")
        return [name for name in self.sql("SHOW DATABASES;") if name not in own]

    def contents(self, database: str) -> list[str]:
        """A checksum of each of a database's tables, and their structure."""
        tables = ", ".join(
            "`{}`".format(row.split("\t")[0].replace("`", "``"))
            for row in self.sql("SHOW FULL TABLES;", database)
            if row.endswith("BASE TABLE")
        )
        structure = "SELECT table_name, column_name, column_type FROM information_schema.columns"
        return self.sql(
            f"CHECKSUM TABLE {tables}; {structure} WHERE table_schema = DATABASE() ORDER BY 1, 2;",
            database,
        )


@contextlib.contextmanager
def running() -> Iterator[TestServer]:
    """Make one, and end it."""
    user = as_user("mysql", "nobody")
    with directory_of(user, "my-") as directory:
        server = TestServer(directory, free_port())
        plain = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
        subprocess.run(
            [program("mariadb-install-db", "mysql_install_db"), "--no-defaults", "--skip-test-db",
             f"--datadir={directory}/data", "--auth-root-authentication-method=normal"],
            check=True, **plain,
        )  # fmt: skip
        process = subprocess.Popen(
            [program("mariadbd", "mysqld"), "--no-defaults", f"--datadir={directory}/data",
             f"--socket={server.socket}", f"--port={server.port}", "--bind-address=127.0.0.1",
             f"--pid-file={directory}/pid", "--debug-no-sync", "--performance-schema=OFF",
             f"--tmpdir={directory}", "--skip-name-resolve", f"--log-error={directory}/log"],
            **plain,
        )  # fmt: skip
        try:
            _wait(server, process)
            server.sql(ACCOUNTS)
            yield server
        finally:
            process.kill()
            process.wait()


def _wait(server: TestServer, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, (server.directory / "log").read_text()[-2000:]
        with contextlib.suppress(AssertionError):
            server.sql("SELECT 1;")
            return
        time.sleep(0.05)
    raise RuntimeError("MariaDB did not start within a minute")
