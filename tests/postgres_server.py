"""A PostgreSQL of the tests' own: temporary data, a free port, gone at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.server_process import as_user, directory_of, free_port

USERS = "postgres", "nobody"
PASSWORD = "a b@/:%'\\\"x"
"""What URLs, files and SQL must all quote."""

ROLES = f"""
SET standard_conforming_strings = on;
CREATE ROLE app LOGIN PASSWORD '{PASSWORD.replace("'", "''")}';
CREATE ROLE maker LOGIN CREATEDB PASSWORD '{PASSWORD.replace("'", "''")}';
CREATE ROLE reader LOGIN;
"""


def binaries() -> Path:
    """Where the newest server's programs are; tests fail without them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve()]
    if not found:
        raise RuntimeError("no PostgreSQL server here; `sudo apt-get install -y postgresql`")
    return found[-1].parent


@dataclass(frozen=True)
class TestServer:
    """A running server: by its socket everybody is trusted, by its port by password."""

    __test__ = False

    directory: Path
    port: int

    def sql(self, text: str, database: str = "postgres", user: str = "boss") -> list[str]:
        """Run SQL; returns the rows it gives, as psql prints them unaligned."""
        done = subprocess.run(
            [binaries() / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=text,
            env=self.environ(database, user),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def environ(self, database: str = "postgres", user: str = "boss") -> dict[str, str]:
        """An environment in which libpq finds it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {
            **kept,
            "PGHOST": str(self.directory),
            "PGPORT": str(self.port),
            "PGUSER": user,
            "PGDATABASE": database,
            "PGCLIENTENCODING": "UTF8",
        }

    def names(self) -> list[str]:
        """Its databases, but for its own."""
        return self.sql(
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
            " ORDER BY 1;"
        )

    @contextlib.contextmanager
    def session(self, database: str, sql: str, last: str) -> Iterator[None]:
        """A session that has run SQL, of which ``last`` is the last line, and waits."""
        with subprocess.Popen(
            [binaries() / "psql", "-XqAt"],
            env=self.environ(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"{sql}\n")
            process.stdin.flush()
            while process.stdout.readline() != f"{last}\n":
                pass
            yield
            process.stdin.close()

    def written(self, database: str) -> list[str]:
        """The server's counters of what was written to a database's tables, once settled."""
        return self.sql(
            "SELECT pg_stat_force_next_flush(); SELECT relname, n_tup_ins, n_tup_upd, n_tup_del"
            " FROM pg_stat_user_tables ORDER BY 1;",
            database,
        )


@contextlib.contextmanager
def running() -> Iterator[TestServer]:
    """Make one, and end it."""
    with directory_of(as_user(*USERS), "pg-") as directory:
        server = TestServer(directory, free_port())
        _run("initdb", "-D", directory / "data", "-U", "boss", "-A", "trust", "-N",
             "--locale=C.UTF-8", "-E", "UTF8")  # fmt: skip
        (directory / "data" / "pg_hba.conf").write_text(
            "local all,replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        options = f"-k {directory} -p {server.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        control: list[str | Path] = ["-D", directory / "data", "-l", directory / "log", "-w"]
        _run("pg_ctl", *control, "-o", options, "start")
        try:
            server.sql(ROLES)
            yield server
        finally:
            _run("pg_ctl", *control, "-m", "immediate", "stop")


def _run(program: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [binaries() / program, *arguments],
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_user(*USERS),
    )
    assert done.returncode == 0, f"{program} failed"
