"""The library on PostgreSQL: a database of each test's own, and projects that use it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from hotclub.workspace.postgres import Address, Clone, Copies, _binaries, _copies, _private
from hotclub.workspace.postgres._client import execute
from hotclub.workspace.sampling import Wanted
from tests.postgres_server import PASSWORD, TestServer, running
from tests.workspace.sample_server import copying, fill, initialising, move

SETTINGS = """
import os
from urllib.parse import unquote, urlsplit
_url = urlsplit(os.environ.get("DATABASE_URL") or {url!r})
DATABASES = {{"default": {{
    "ENGINE": "django.db.backends.postgresql", "NAME": _url.path[1:],
    "USER": unquote(_url.username), "PASSWORD": unquote(_url.password or ""),
    "HOST": unquote(_url.hostname), "PORT": str(_url.port), "OPTIONS": {{}},
}}}}
"""
SHOWN = """
import os
from django.db import connections
from django.http import JsonResponse

def shown(request):
    with connections["default"].cursor() as cursor:
        cursor.execute(request.GET.get("sql", "SELECT current_database()"))
        rows = [list(map(str, row)) for row in cursor.fetchall()]
    databases = {alias: {key: str(value) for key, value in connections[alias].settings_dict.items()}
                 for alias in connections}
    return JsonResponse({"rows": rows, "environ": dict(os.environ), "databases": databases})

urlpatterns.insert(0, path("shown/", shown))
"""

Library = Callable[..., Path]
Original = Callable[..., Address]
INITIALISE = _private.Private._initialise


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestServer]:
    """A server of the tests' own."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def filled(
    postgres: TestServer, made: Path, tmp_path_factory: pytest.TempPathFactory
) -> TestServer:
    """It, with a database ``library`` that the project has migrated and filled."""
    postgres.sql("CREATE DATABASE library OWNER app;")
    fill(made, tmp_path_factory.mktemp("filled"), SETTINGS.format(url=url(postgres, "library")))
    return postgres


@pytest.fixture(scope="session")
def initialised() -> Iterator[Callable[[_private.Private], None]]:
    """See ``initialising``."""
    with initialising(INITIALISE) as initialise:
        yield initialise


@pytest.fixture
def original(
    filled: TestServer,
    initialised: Callable[[_private.Private], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Original]:
    """Makes the test's own database, ``original``, owned by ``user``; returns its address."""
    for name in ("DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_private.Private, "_initialise", initialised)
    filled.sql("DROP DATABASE IF EXISTS original;")
    filled.sql("CREATE DATABASE original TEMPLATE library OWNER app;")

    def make(user: str = "app", more: str = "", **fields: str) -> Address:
        if user != "app":
            filled.sql(f"ALTER DATABASE original OWNER TO {user};")
            filled.sql(f"REASSIGN OWNED BY app TO {user};", "original")
        filled.sql(more, "original")
        return address(filled, user, **fields)

    yield make
    filled.sql("DROP DATABASE IF EXISTS original WITH (FORCE);")
    assert [name for name in filled.names() if name.startswith("hotclub_")] == []


@pytest.fixture
def library(original: Original, filled: TestServer, root: Path) -> Library:
    """Makes the project that uses it."""

    def make(user: str = "app", more: str = "") -> Path:
        original(user, more)
        return move(root, SETTINGS.format(url=url(filled, "original", user)), SHOWN)

    return make


def address(server: TestServer, user: str = "app", **fields: str) -> Address:
    """That of ``original``, for one of its roles."""
    given = {"name": "original", "host": "127.0.0.1", "port": str(server.port), "user": user}
    return Address("default", **{**given, "password": PASSWORD, **fields})


def copied(
    *addresses: Address, limit: int = 1 << 30, wanted: Wanted | None = None
) -> contextlib.AbstractContextManager[Copies]:
    """Copies of databases, without a project."""
    return copying(Copies(None, limit, wanted), addresses)


def rows(clone: Clone, sql: str) -> list[str]:
    """What a query gives in a clone, for the project's role; unaligned."""
    login = clone.login
    environ = {
        **os.environ,
        "PGHOST": login.host,
        "PGPORT": login.port,
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGDATABASE": login.name,
        "PGCLIENTENCODING": "UTF8",
    }
    return execute(clone.server.binaries, environ, f"{sql};").splitlines()


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a server's programs."""
    monkeypatch.setattr(_copies._binaries, "server", lambda *_: None)
    assert _binaries.server([], 15) is None


def url(server: TestServer, database: str, user: str = "app") -> str:
    """A database's address."""
    return f"postgres://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/{database}"
