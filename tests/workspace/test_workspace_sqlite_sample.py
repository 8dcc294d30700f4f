"""A sample of an SQLite database that is too big to copy."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Wanted, Workspace
from hotclub.workspace.sampling import Sampled, _closure
from hotclub.workspace.sqlite import Copies

ROWS = 60
NUMBERS = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {})"
SHOP = f"""
PRAGMA user_version = 7;
CREATE TABLE "Customer" (id INTEGER PRIMARY KEY AUTOINCREMENT, name text NOT NULL,
  "invited by" int REFERENCES "Customer");
{NUMBERS.format(2000)} INSERT INTO "Customer" SELECT n, 'c ' || n, nullif(n / 7, 0) FROM s;
CREATE TABLE profile (customer_id int PRIMARY KEY REFERENCES "Customer" (id), note text);
{NUMBERS.format(1000)} INSERT INTO profile SELECT n * 2, 'profile' FROM s;
CREATE TABLE orders (year int, id int, net real, gross real GENERATED ALWAYS AS (net * 2) STORED,
  customer_id int NOT NULL REFERENCES "Customer" (id), PRIMARY KEY (year, id)) WITHOUT ROWID;
CREATE INDEX orders_customer ON orders (customer_id);
{NUMBERS.format(6000)} INSERT INTO orders (year, id, net, customer_id)
  SELECT 2024 + n % 2, n, n, 1 + n % 500 FROM s;
CREATE TABLE line (id INTEGER PRIMARY KEY, year int, order_id int,
  FOREIGN KEY (year, order_id) REFERENCES orders (year, id));
{NUMBERS.format(9000)} INSERT INTO line SELECT n, o.year, o.id FROM s
  JOIN orders o ON o.id = 1 + n % 6000 AND o.year = 2024 + (1 + n % 6000) % 2;
CREATE INDEX line_order ON line (year, order_id);
CREATE TABLE chicken (id INTEGER PRIMARY KEY, egg_id int NOT NULL REFERENCES egg (id));
CREATE TABLE egg (id INTEGER PRIMARY KEY, chicken_id int NOT NULL REFERENCES chicken (id));
{NUMBERS.format(1000)} INSERT INTO chicken SELECT n, (n - 1) / 5 * 5 + n % 5 + 1 FROM s;
{NUMBERS.format(1000)} INSERT INTO egg SELECT n, n FROM s;
CREATE TABLE empty (id INTEGER PRIMARY KEY, customer_id int REFERENCES "Customer");
CREATE TABLE django_content_type (id INTEGER PRIMARY KEY, app_label text, model text);
INSERT INTO django_content_type VALUES (3, 'shop', 'thing');
CREATE TABLE shop_thing (id INTEGER PRIMARY KEY);
{NUMBERS.format(800)} INSERT INTO shop_thing SELECT n FROM s;
CREATE TABLE note (id INTEGER PRIMARY KEY, content_type_id int
  REFERENCES django_content_type (id), object_id text);
{NUMBERS.format(700)} INSERT INTO note
  SELECT n, 3, CASE WHEN n % 9 = 0 THEN 'nobody' ELSE n END FROM s;
CREATE VIRTUAL TABLE words USING fts5 (word);
{NUMBERS.format(300)} INSERT INTO words SELECT 'word' || n FROM s;
CREATE VIEW recent AS SELECT * FROM orders WHERE year = 2025;
CREATE TRIGGER refuse BEFORE INSERT ON orders BEGIN SELECT raise(ABORT, 'no more'); END;
"""
TABLES = ("Customer", "profile", "orders", "line", "chicken", "egg", "note", "shop_thing")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database; not to be changed."""
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP)
    return path


def sampled(
    source: Path, target: Path, rows: int | None = ROWS, limit: int = 1 << 30
) -> tuple[sqlite3.Connection, list[Sampled], list[str]]:
    """A sample of it, opened."""
    copies = Copies(limit, Wanted(rows))
    copies.check([source])
    copies.copy(lambda _: None, source, target)
    return sqlite3.connect(target), copies.samples, copies.notes


def query(connection: sqlite3.Connection, sql: str) -> list[tuple[object, ...]]:
    """What a query gives."""
    return connection.execute(sql).fetchall()


def contents(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    """All rows."""
    return [sorted(query(connection, f'SELECT * FROM "{table}"'), key=repr) for table in TABLES]


def test_what_rows_name_is_in_the_sample(shop: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(shop.read_bytes()).hexdigest()
    connection, (told,), notes = sampled(shop, tmp_path / "it")
    with contextlib.closing(connection):
        assert query(connection, "PRAGMA foreign_key_check") == notes == []
        assert query(connection, "PRAGMA integrity_check") == [("ok",)]
        counts = {
            table: query(connection, f'SELECT count(*) FROM "{table}"')[0][0] for table in TABLES
        }
        for table in ("profile", "orders", "line", "note"):
            assert ROWS // 2 <= counts[table] < 6 * ROWS, (table, counts)  # type: ignore[operator]
        assert told.cut["line"] == (counts["line"], 9000)
        assert query(connection, "SELECT count(*) FROM empty") == [(0,)]
        assert query(connection, 'SELECT max(id) FROM "Customer"') == [(2000,)]
    assert hashlib.sha256(shop.read_bytes()).hexdigest() == before
    assert [path.name for path in shop.parent.iterdir()] == ["shop.sqlite3"]


def test_rows_have_rows_that_name_them_and_some_have_none(shop: Path, tmp_path: Path) -> None:
    of_each = 'SELECT count(o.id) FROM "Customer" c LEFT JOIN orders o ON o.customer_id = c.id'
    connection, _, _ = sampled(shop, tmp_path / "it")
    with contextlib.closing(connection):
        counts = [count for (count,) in query(connection, f"{of_each} GROUP BY c.id")]
        assert sum(count >= 2 for count in counts) >= 5 and 0 in counts  # type: ignore[operator]
        assert counts.count(1) < sum(count >= 3 for count in counts)  # type: ignore[operator]
        one_to_one = (
            'SELECT count(*) FROM "Customer" c LEFT JOIN profile p ON p.customer_id = c.id '
            "WHERE (c.id % 2 = 0) <> (p.customer_id IS NOT NULL)"
        )
        assert query(connection, one_to_one) == [(0,)]
        followed = (
            "SELECT count(*) > 10, count(*) = count(t.id) FROM note n "
            "LEFT JOIN shop_thing t ON t.id = n.object_id WHERE n.object_id <> 'nobody'"
        )
        assert query(connection, followed) == [(1, 1)]


def test_what_is_not_rows_is_as_in_the_original(shop: Path, tmp_path: Path) -> None:
    seen = {
        "SELECT count(*) > 0 FROM recent": [(1,)],
        "SELECT count(*) FROM words WHERE words MATCH 'word77'": [(1,)],
        "SELECT count(*) FROM orders WHERE gross <> net * 2": [(0,)],
        "PRAGMA user_version": [(7,)],
        "SELECT seq FROM sqlite_sequence": [(2000,)],
    }
    names = "SELECT type, name FROM sqlite_master ORDER BY 1, 2"
    connection, _, _ = sampled(shop, tmp_path / "it")
    with contextlib.closing(connection), contextlib.closing(sqlite3.connect(shop)) as original:
        assert {sql: query(connection, sql) for sql in seen} == seen
        assert query(connection, names) == query(original, names)
        with pytest.raises(sqlite3.IntegrityError, match="no more"):
            connection.execute("INSERT INTO orders (year, id, customer_id) VALUES (1, 1, 1)")


def test_the_same_database_gives_the_same_sample(shop: Path, tmp_path: Path) -> None:
    found = []
    for name in "ab":
        connection, _, _ = sampled(shop, tmp_path / name)
        with contextlib.closing(connection):
            found.append(contents(connection))
    assert found[0] == found[1]


def test_a_chain_of_rows_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_closure, "PASSES", 5)
    source = tmp_path / "chains"
    with contextlib.closing(sqlite3.connect(source)) as connection:
        connection.executescript(
            "CREATE TABLE version (id INTEGER PRIMARY KEY, before int REFERENCES version);"
            "CREATE TABLE block (id INTEGER PRIMARY KEY, before int NOT NULL REFERENCES block);"
            f"{NUMBERS.format(500)} INSERT INTO version SELECT n, nullif(n - 1, 0) FROM s;"
            f"{NUMBERS.format(500)} INSERT INTO block SELECT n, max(n - 1, 1) FROM s;"
        )
    connection, _, notes = sampled(source, tmp_path / "it")
    with contextlib.closing(connection):
        assert query(connection, "PRAGMA foreign_key_check") == []
        assert query(connection, "SELECT count(*) >= 30 FROM version") == [(1,)]
    assert re.search(r'rows of "block" were left out: the chain', notes[0])
    assert re.search(r'rows of "version" have no "before": the chain', notes[1])


def test_what_a_write_ahead_log_holds(tmp_path: Path) -> None:
    source = tmp_path / "logged"
    with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("CREATE TABLE it (id INTEGER PRIMARY KEY)")
        connection.execute(f"{NUMBERS.format(500)} INSERT INTO it SELECT n FROM s")
        copy, _, _ = sampled(source, tmp_path / "sample")
        with contextlib.closing(copy):
            assert query(copy, "SELECT max(id), count(*) < 100 FROM it") == [(500, 1)]
    assert not (tmp_path / "sample.part").exists()


def test_too_big(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project.find(root)
    monkeypatch.setenv("HOTCLUB_DATABASE_LIMIT", "100K")
    with pytest.raises(HotclubError, match="let `--sample-databases` of doctor and fix take"):
        Workspace.create(project)
    with pytest.raises(
        HotclubError, match="a sample of .*with 5,000 rows .* --sample-rows a small"
    ):
        Workspace.create(project, sample=Wanted(5000))
    monkeypatch.delenv("HOTCLUB_DATABASE_LIMIT")
    with contextlib.closing(sqlite3.connect(root / "db.sqlite3")) as connection, connection:
        connection.execute(
            f"{NUMBERS.format(400)} INSERT INTO books_author (name, slug) SELECT n, 'm' || n FROM s"
        )
    with Workspace.create(project, sample=Wanted(30)) as workspace, workspace.child() as child:
        (told,) = workspace.samples
        assert re.search(r"books_author 3\d of about 403", told)
        assert child.request("/").status == 200
        assert workspace.untouched() == [] and workspace.refusals() == []
