"""A project on MariaDB in a workspace: copied, cloned for every run, and untouched."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from hotclub.project import Project
from hotclub.workspace import Child, Workspace
from tests.mariadb_server import PASSWORD, TestServer
from tests.workspace.sample_mariadb import (
    ON_TOP,
    MariaLibrary,
    MariaOriginal,
    maria_copied,
    url,
)
from tests.workspace.sample_mariadb import rows as query
from tests.workspace.sample_project import PYTHON, append


def rows(child: Child, sql: str) -> list[list[str]]:
    """What a query gives in the child's database."""
    found: list[list[str]] = json.loads(child.request("/shown/", query=f"sql={quote(sql)}").body)[
        "rows"
    ]
    return found


@pytest.mark.parametrize("user, place", [("app", ""), ("maker", "maria_beside")])
def test_a_view_that_writes_changes_only_its_own_run(
    maria_library: MariaLibrary,
    maria_filled: TestServer,
    user: str,
    place: str,
    request: pytest.FixtureRequest,
) -> None:
    root = maria_library(user)
    if place:
        request.getfixturevalue(place)
    before = maria_filled.contents("original")
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child(run="a") as child:
            answers = [child.request("/writes/").body for _ in range(2)]
            assert child.setup["databases"]["default"]["vendor"] == "mysql"
            clone = child.setup["databases"]["default"]["name"]
            assert clone.startswith("hotclub_") == bool(place)
        assert [n for n in maria_filled.names() if n.startswith("hotclub")][1:] == []
        with workspace.child(run="b") as child:
            assert child.request("/writes/").body == b"4"
            assert rows(child, "SELECT max(id) FROM books_author") == [["4"]]
        assert answers == [b"4", b"5"]
        assert workspace.untouched() == []
        assert workspace.refusals() == []
        if place:
            assert "was copied on its own server" in "".join(workspace.notes)
        else:
            assert workspace.notes == []
    assert maria_filled.contents("original") == before
    assert maria_filled.sql("SELECT count(*) FROM books_author;", "original") == ["3"]


def test_the_child_never_gets_the_original_s_address(
    maria_library: MariaLibrary, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = maria_library()
    original = {
        "DATABASE_URL": url(maria_filled, "original") + "?ssl_ca=/x&connect_timeout=3",
        "REPLICA_URL": url(maria_filled, "original").replace("mysql:", "mysql+pymysql:"),
        "MYSQL_PASSWORD": PASSWORD,
        "DB_PORT": str(maria_filled.port),
        "MYSQL_PWD": PASSWORD,
        "MYSQL_TCP_PORT": str(maria_filled.port),
        "MYSQL_UNIX_PORT": maria_filled.socket,
    }
    for name, value in original.items():
        monkeypatch.setenv(name, value)
    append(root, f'DATABASES["default"]["OPTIONS"]["unix_socket"] = {maria_filled.socket!r}')
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        seen = json.loads(child.request("/shown/").body)
        environ, settings = seen["environ"], seen["databases"]["default"]
        everything = json.dumps([environ, settings])
        for trace in (f":{maria_filled.port}", f'"{maria_filled.port}"', maria_filled.socket,
                      quote(PASSWORD, safe=""), json.dumps(PASSWORD)[1:-1]):  # fmt: skip
            assert trace not in everything
        assert settings["HOST"].startswith("/") and settings["NAME"] == "original"
        assert settings["OPTIONS"] == "{'charset': 'utf8mb4'}"
        assert environ["DATABASE_URL"].endswith("/original?connect_timeout=3")
        assert environ["REPLICA_URL"].startswith("mysql+pymysql://app:")
        connect = (
            "import pymysql, os; from urllib.parse import urlsplit, unquote\n"
            "url = urlsplit({url})\n"
            "pymysql.connect(host=url.hostname, port=url.port, user=url.username,"
            " password=unquote(url.password), database=url.path[1:]).ping()\n"
        )
        inside = connect.format(url="os.environ['DATABASE_URL']")
        subprocess.run([PYTHON, "-c", inside], env=environ, check=True, capture_output=True)
        outside = connect.format(url=repr(url(maria_filled, "original")))
        assert subprocess.run([PYTHON, "-c", outside], env=environ, capture_output=True).returncode
        assert workspace.refusals() == [f"connect 127.0.0.1:{maria_filled.port}"]


def test_what_stands_on_tables_is_in_the_copy(
    maria_library: MariaLibrary, maria_filled: TestServer
) -> None:
    root = maria_library(more=ON_TOP)
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        assert child.request("/writes/").body == b"4"
        assert rows(child, "SELECT name FROM books_author WHERE id = 4") == [["NEW"]]
        assert rows(child, "SELECT count(*) FROM titles") == [["3"]]
        assert rows(child, "SELECT authors()") == [["4"]], "of the copy, though it names original"
        assert workspace.notes == workspace.untouched() == workspace.refusals() == []


def test_settings_of_the_original_s_server_go_with_it(
    maria_original: MariaOriginal, maria_filled: TestServer
) -> None:
    changed = {
        "sql_mode": "ANSI_QUOTES", "collation_server": "utf8mb4_bin",
        "tx_isolation": "READ-COMMITTED", "time_zone": "+03:30",
    }  # fmt: skip
    shown = "SELECT " + ", ".join(f"@@GLOBAL.{name}" for name in changed)
    (before,) = maria_filled.sql(f"{shown};")
    setting = "SET GLOBAL {} = '{}';".format
    maria_filled.sql("".join(map(setting, changed, changed.values())))
    try:
        with maria_copied(maria_original()) as copies:
            assert query(copies.clone(False)["default"], shown) == ["\t".join(changed.values())]
    finally:
        maria_filled.sql("".join(map(setting, changed, before.split("\t"))))


def test_analyze_is_done_on_the_clone(
    maria_original: MariaOriginal, maria_filled: TestServer
) -> None:
    more = "ANALYZE TABLE books_author PERSISTENT FOR ALL;"
    with maria_copied(maria_original(more=more)) as copies:
        for analyze in (False, True):
            clone = copies.clone(analyze)["default"]
            sql = "SELECT cardinality FROM information_schema.statistics WHERE index_name = 'slug'"
            known = query(clone, f"{sql} AND table_name = 'books_author'")
            assert known == ["03"[analyze]]


def test_what_changes_in_the_original_is_seen(
    maria_original: MariaOriginal, maria_filled: TestServer
) -> None:
    with maria_copied(maria_original()) as copies:
        assert copies.changes() == []
        maria_filled.sql(
            "UPDATE books_author SET name = 'X' WHERE id = 1; CREATE TABLE new (id int);"
            "DELETE FROM books_book WHERE id = 1;",
            "original",
        )
        where = f"the database original on 127.0.0.1:{maria_filled.port}"
        assert copies.changes() == [
            f"{where}: columns of new was added",
            f"{where}: table books_author was changed",
            f"{where}: table books_book was changed (3 rows before, 2 rows now)",
        ]


def test_two_aliases_of_one_database_share_a_copy(
    maria_library: MariaLibrary, maria_filled: TestServer
) -> None:
    root = maria_library()
    append(
        root,
        'DATABASES["spelled"] = DATABASES["default"] | {\n'
        f'    "HOST": {maria_filled.socket!r}, "PORT": ""}}\n'
        'DATABASES["other"] = DATABASES["default"] | {"NAME": "library"}\n'
        'DATABASES["file"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "f.db"}',
    )
    subprocess.run([PYTHON, "manage.py", "migrate", "--database=file"], cwd=root, check=True,
                   capture_output=True)  # fmt: skip
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        seen = json.loads(child.request("/shown/").body)["databases"]
        assert seen["default"]["HOST"] == seen["spelled"]["HOST"] == seen["other"]["HOST"]
        assert seen["default"]["NAME"] == seen["spelled"]["NAME"]
        assert seen["other"]["NAME"] == "library"
        assert Path(seen["file"]["NAME"]).name == "file.sqlite3"
        assert workspace.untouched() == []


def test_named_time_zones(maria_library: MariaLibrary, maria_filled: TestServer) -> None:
    """What date filters need, if the original has them."""
    zone = "SELECT CONVERT_TZ('2020-01-01', 'UTC', 'Europe/Paris') IS NULL"
    known = "mysql.time_zone_name VALUES ('UTC', 1), ('Europe/Paris', 1)"
    more = f"""INSERT INTO {known}; INSERT INTO mysql.time_zone VALUES (1, 'N');
        INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, 0, 0, 'UTC');"""
    root = maria_library(more=more)
    try:
        with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
            assert rows(child, zone) == [["0"]]
    finally:
        maria_filled.sql(
            "DELETE FROM mysql.time_zone; DELETE FROM mysql.time_zone_name;"
            "DELETE FROM mysql.time_zone_transition_type;"
        )
