"""The library on PostgreSQL: a database of each test's own, and projects that use it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from hotclub.workspace.postgres import Address, Clone, Copies, _binaries, _copies, _private
from hotclub.workspace.postgres._client import execute
from tests.postgres_server import PASSWORD, TestServer, running
from tests.workspace.sample_project import append, run
from tests.workspace.sample_source import SEED

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
    root = Path(shutil.copytree(made, tmp_path_factory.mktemp("filled") / "library"))
    append(root, SETTINGS.format(url=url(postgres, "library")))
    run(root, "manage.py", "migrate")
    run(root, "manage.py", "shell", script=SEED)
    return postgres


@pytest.fixture(scope="session")
def initialised() -> Iterator[Callable[[_private.Private], None]]:
    """Does what a private server begins with: the first time truly, then from a copy of that."""
    with tempfile.TemporaryDirectory(dir="/tmp") as kept:

        def initialise(server: _private.Private) -> None:
            data = Path(kept, "data")
            if not data.exists():
                INITIALISE(server)
                subprocess.run(["cp", "-a", server.directory / "data", kept], check=True)
                return
            shutil.chown(server.directory, data.owner(), data.group())
            subprocess.run(["cp", "-a", data, server.directory], check=True)

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
        append(root, SETTINGS.format(url=url(filled, "original", user)))
        append(root, SHOWN, "library/urls.py")
        (root / "db.sqlite3").unlink()
        return root

    return make


def address(server: TestServer, user: str = "app", **fields: str) -> Address:
    """That of ``original``, for one of its roles."""
    given = {"name": "original", "host": "127.0.0.1", "port": str(server.port), "user": user}
    return Address("default", **{**given, "password": PASSWORD, **fields})


@contextlib.contextmanager
def copied(*addresses: Address, limit: int = 1 << 30) -> Iterator[Copies]:
    """Copies of databases, without a project."""
    copies = Copies(None, limit)
    try:
        copies.copy(addresses, lambda _: None)
        yield copies
    finally:
        copies.close()


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
