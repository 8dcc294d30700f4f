"""The library on MariaDB: a database of each test's own, and projects that use it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from hotclub.workspace import Wanted
from hotclub.workspace.mysql import Address, Clone, Copies, _binaries, _copies, _private
from hotclub.workspace.mysql._client import Client
from tests.mariadb_server import PASSWORD, TestServer, running
from tests.workspace.sample_postgres import SHOWN
from tests.workspace.sample_server import copying, fill, initialising, move

SETTINGS = """
import os
import pymysql
from urllib.parse import unquote, urlsplit
pymysql.version_info = (2, 2, 1, "final", 0)
pymysql.install_as_MySQLdb()
_url = urlsplit(os.environ.get("DATABASE_URL") or {url!r})
DATABASES = {{"default": {{
    "ENGINE": "django.db.backends.mysql", "NAME": _url.path[1:],
    "USER": unquote(_url.username), "PASSWORD": unquote(_url.password or ""),
    "HOST": unquote(_url.hostname), "PORT": str(_url.port), "OPTIONS": {{"charset": "utf8mb4"}},
}}}}
"""
ON_TOP = """
CREATE VIEW titles AS
  SELECT title, name FROM books_book b JOIN books_author a ON a.id = b.author_id;
CREATE TRIGGER loud BEFORE INSERT ON books_author FOR EACH ROW SET NEW.name = UPPER(NEW.name);
DELIMITER //
CREATE DEFINER = app@'127.0.0.1' FUNCTION authors() RETURNS INT READS SQL DATA
BEGIN DECLARE n INT; SELECT COUNT(*) INTO n FROM original.books_author; RETURN n; END //
DELIMITER ;
"""

MariaLibrary = Callable[..., Path]
MariaOriginal = Callable[..., Address]
INITIALISE = _private.Private._initialise


@pytest.fixture(scope="session")
def mariadb() -> Iterator[TestServer]:
    """A server of the tests' own."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def maria_filled(
    mariadb: TestServer, made: Path, tmp_path_factory: pytest.TempPathFactory
) -> TestServer:
    """It, with a database ``library`` that the project has migrated and filled."""
    mariadb.sql("CREATE DATABASE library CHARACTER SET utf8mb4;")
    fill(made, tmp_path_factory.mktemp("filled"), SETTINGS.format(url=url(mariadb, "library")))
    return mariadb


@pytest.fixture(scope="session")
def maria_initialised() -> Iterator[Callable[[_private.Private], None]]:
    """See ``initialising``."""
    with initialising(INITIALISE) as initialise:
        yield initialise


@pytest.fixture
def maria_original(
    maria_filled: TestServer,
    maria_initialised: Callable[[_private.Private], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MariaOriginal]:
    """Makes the test's own database, ``original``; returns its address."""
    for name in ("DATABASE_URL", "MYSQL_HOST", "MYSQL_PWD", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_private.Private, "_initialise", maria_initialised)
    maria_filled.sql("DROP DATABASE IF EXISTS original; CREATE DATABASE original"
                     " CHARACTER SET utf8mb4;")  # fmt: skip
    for table in maria_filled.sql("SHOW TABLES;", "library"):
        maria_filled.sql(
            f"SET FOREIGN_KEY_CHECKS = 0; {_created(maria_filled, table)};"
            f"INSERT INTO {table} SELECT * FROM library.{table};",
            "original",
        )

    def make(user: str = "app", more: str = "", **fields: str) -> Address:
        maria_filled.sql(more, "original")
        return address(maria_filled, user, **fields)

    yield make
    maria_filled.sql("DROP DATABASE IF EXISTS original;")
    assert [name for name in maria_filled.names() if name.startswith("hotclub_")] == []


@pytest.fixture
def maria_library(
    maria_original: MariaOriginal, maria_filled: TestServer, root: Path
) -> MariaLibrary:
    """Makes the project that uses it."""

    def make(user: str = "app", more: str = "") -> Path:
        maria_original(user, more)
        settings = SETTINGS.format(url=url(maria_filled, "original", user))
        return move(root, settings, SHOWN.replace("current_database()", "DATABASE()"))

    return make


def address(server: TestServer, user: str = "app", **fields: str) -> Address:
    """That of ``original``, for one of its accounts."""
    given = {"name": "original", "host": "127.0.0.1", "port": str(server.port), "user": user}
    return Address("default", **{**given, "password": PASSWORD, **fields})  # type: ignore[arg-type]


def maria_copied(
    *addresses: Address, limit: int = 1 << 30, wanted: Wanted | None = None
) -> contextlib.AbstractContextManager[Copies]:
    """Copies of databases, without a project."""
    return copying(Copies(None, limit, wanted), addresses)


def rows(clone: Clone, sql: str) -> list[str]:
    """What a query gives in a clone, for the project's account."""
    login = clone.login
    place = {"socket": login.host} if login.host.startswith("/") else {"host": login.host}
    there = Address("", login.name, port=login.port, user=login.user, password=login.password,
                    **place)  # type: ignore[arg-type]  # fmt: skip
    return Client(clone.original.client.binaries, there).run(f"{sql};", login.name).splitlines()


@pytest.fixture
def maria_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a server's programs."""
    found = _binaries.find()
    assert found is not None
    clients = _binaries.Binaries(found.client, found.dump, found.mariadb)
    monkeypatch.setattr(_copies._binaries, "find", lambda: clients)


def url(server: TestServer, database: str, user: str = "app") -> str:
    """A database's address."""
    return f"mysql://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/{database}"


def _created(server: TestServer, table: str) -> str:
    (line,) = server.sql(f"SHOW CREATE TABLE {table};", "library")
    return line.partition("\t")[2].replace("\\n", "\n")
