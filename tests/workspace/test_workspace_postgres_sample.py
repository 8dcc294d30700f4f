"""A sample of a PostgreSQL database that is too big to copy."""

from __future__ import annotations

import contextlib
import json
import re
from unittest import mock

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Workspace
from hotclub.workspace.postgres import Clone, Copies, _client
from hotclub.workspace.sampling import Wanted, _closure
from tests.postgres_server import TestServer
from tests.workspace.sample_postgres import Library, Original, copied, rows

ROWS = 60
SHOP = """
SET ROLE app;
CREATE TYPE state AS ENUM ('new', 'sent'); CREATE DOMAIN price AS numeric(8, 2) CHECK (VALUE > 0);
CREATE TABLE "Customer" (id int PRIMARY KEY, name text NOT NULL, "invited by" int
  REFERENCES "Customer");
INSERT INTO "Customer" SELECT n, E'a\\tb\\\\c ' || n, nullif(n / 7, 0)
  FROM generate_series(1, 2000) n;
CREATE TABLE profile (customer_id int PRIMARY KEY REFERENCES "Customer", note text);
INSERT INTO profile SELECT n, 'profile' FROM generate_series(1, 2000, 2) n;
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, year int, state state, net price,
  gross numeric GENERATED ALWAYS AS (net * 1.19) STORED, customer_id int NOT NULL
  REFERENCES "Customer", PRIMARY KEY (year, id)) PARTITION BY RANGE (year);
CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM (2024) TO (2025);
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM (2025) TO (2026);
CREATE INDEX ON orders (customer_id);
INSERT INTO orders (year, state, net, customer_id)
  SELECT 2024 + n % 2, 'sent', n, 1 + n % 500 FROM generate_series(1, 6000) n;
CREATE TABLE line (id bigint PRIMARY KEY, year int, order_id int, extra json,
  FOREIGN KEY (year, order_id) REFERENCES orders);
INSERT INTO line SELECT n, o.year, o.id, '{"a": 1}' FROM generate_series(1, 9000) n
  JOIN orders o ON o.id = 1 + n % 6000;
INSERT INTO line SELECT n, 2024, NULL, NULL FROM generate_series(9001, 9010) n;
CREATE INDEX ON line (year, order_id);
CREATE TABLE chicken (id int PRIMARY KEY, egg_id int NOT NULL);
CREATE TABLE egg (id int PRIMARY KEY, chicken_id int NOT NULL REFERENCES chicken
  DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE chicken ADD FOREIGN KEY (egg_id) REFERENCES egg DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO chicken SELECT n, (n - 1) / 5 * 5 + n % 5 + 1 FROM generate_series(1, 1000) n;
INSERT INTO egg SELECT n, n FROM generate_series(1, 1000) n; COMMIT;
CREATE TABLE event (happened text); INSERT INTO event SELECT 'x' FROM generate_series(1, 700);
CREATE TABLE nothing (id int PRIMARY KEY, customer_id int REFERENCES "Customer");
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no more'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE VIEW sent AS SELECT * FROM orders WHERE state = 'sent';
CREATE MATERIALIZED VIEW by_year AS SELECT year, count(*) AS n FROM orders GROUP BY year;
CREATE SEQUENCE ticket; SELECT setval('ticket', 4711);
RESET ROLE;
"""
KEYS = {
    "Customer": '"Customer" c LEFT JOIN "Customer" p ON p.id = c."invited by"'
    ' WHERE c."invited by" IS NOT NULL AND p.id IS NULL',
    "profile": 'profile c LEFT JOIN "Customer" p ON p.id = c.customer_id WHERE p.id IS NULL',
    "orders": 'orders c LEFT JOIN "Customer" p ON p.id = c.customer_id WHERE p.id IS NULL',
    "line": "line c LEFT JOIN orders p ON (p.year, p.id) = (c.year, c.order_id)"
    " WHERE c.order_id IS NOT NULL AND p.id IS NULL",
    "chicken": "chicken c LEFT JOIN egg p ON p.id = c.egg_id WHERE p.id IS NULL",
    "egg": "egg c LEFT JOIN chicken p ON p.id = c.chicken_id WHERE p.id IS NULL",
}
TABLES = ('"Customer"', "profile", "orders", "line", "chicken", "egg", "event", "nothing")


def sampled(
    original: Original, more: str = SHOP, count: int = ROWS, limit: int = 1 << 30
) -> contextlib.AbstractContextManager[Copies]:
    """Copies of the database, of which a sample is taken."""
    return copied(original(more=more), limit=limit, wanted=Wanted(count))


def one(copies: Copies) -> Clone:
    """A clone."""
    return copies.clone(analyze=False)["default"]


def counted(clone: Clone, *tables: str) -> dict[str, int]:
    """How many rows tables have."""
    return {table: int(rows(clone, f"SELECT count(*) FROM {table}")[0]) for table in tables}


def contents(clone: Clone) -> dict[str, list[str]]:
    """All rows of the shop."""
    return {table: rows(clone, f"SELECT t::text FROM {table} t ORDER BY 1") for table in TABLES}


def test_what_rows_name_is_in_the_sample(original: Original, filled: TestServer) -> None:
    with sampled(original) as copies:
        before = filled.written("original")
        clone = one(copies)
        for table, dangling in KEYS.items():
            assert rows(clone, f"SELECT count(*) FROM {dangling}") == ["0"], table
        keys = "SELECT convalidated, count(*) FROM pg_constraint WHERE contype = 'f' GROUP BY 1"
        assert rows(clone, keys) == filled.sql(f"{keys};", "original")
        assert copies.notes == [] and copies.changes() == []
        assert filled.written("original") == before


def test_small_tables_are_whole_and_big_ones_have_about_as_many_rows_as_asked_for(
    original: Original,
) -> None:
    with sampled(original) as copies:
        clone = one(copies)
        have = counted(clone, *TABLES)
        assert have["nothing"] == 0
        assert have["event"] == ROWS
        for table in ("orders", "line", "profile"):
            assert ROWS // 2 < have[table] < 6 * ROWS, (table, have)
        assert counted(clone, "books_author", "books_book") == {"books_author": 3, "books_book": 3}
        (told,) = copies.samples
        assert told.rows == ROWS and told.cut["public.line"] == (have["line"], mock.ANY)
        said = re.sub(r"[\d,]*\d", "N", str(told).partition(" is a sample, ")[2])
        assert said == (
            "N of its N tables cut to about N rows and what these name: public.line N of about N, "
            'public.orders N of about N, public."Customer" N of about N and N more'
        )


def test_rows_have_rows_that_name_them_and_some_have_none(original: Original) -> None:
    """A loop needs several; and what is empty in the original is empty here."""
    of_each = 'SELECT count(o.id) FROM "Customer" c LEFT JOIN orders o ON o.customer_id = c.id'
    with sampled(original) as copies:
        clone = one(copies)
        counts = list(map(int, rows(clone, f"{of_each} GROUP BY c.id")))
        assert sum(count >= 2 for count in counts) >= 5 and 0 in counts
        assert counts.count(1) < sum(count >= 3 for count in counts)
        one_to_one = (
            'SELECT count(*) FROM "Customer" c LEFT JOIN profile p ON p.customer_id = c.id '
            "WHERE (c.id % 2 = 1) <> (p.customer_id IS NOT NULL)"
        )
        assert rows(clone, one_to_one) == ["0"]
        newest = 'SELECT max(id) FROM "Customer" UNION ALL SELECT max(id) FROM line'
        assert rows(clone, newest) == ["2000", "9010"]


def test_what_is_not_rows_is_as_in_the_original(original: Original) -> None:
    seen = {
        "SELECT count(*) > 0 FROM sent": ["t"],
        "SELECT sum(n) = (SELECT count(*) FROM orders) FROM by_year": ["t"],
        "SELECT nextval('ticket'), nextval('orders_id_seq')": ["4712|6001"],
        "SELECT count(*) FROM orders WHERE round(net * 1.19, 2) <> round(gross, 2)": ["0"],
        "SELECT count(*) FROM \"Customer\" WHERE name <> E'a\\tb\\\\c ' || id": ["0"],
        "SELECT count(DISTINCT tableoid) FROM orders": ["2"],
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'orders'::regclass": [
            "refuse"
        ],
        "SELECT count(*) FROM pg_indexes WHERE tablename IN ('orders', 'line')": ["4"],
    }
    with sampled(original) as copies:
        clone = one(copies)
        assert {sql: rows(clone, sql) for sql in seen} == seen


def test_the_same_database_gives_the_same_sample(original: Original) -> None:
    address = original(more=SHOP)
    found = []
    for _ in range(2):
        with copied(address, wanted=Wanted(ROWS)) as copies:
            found.append(contents(one(copies)))
    assert found[0] == found[1]


def test_a_chain_of_rows_is_cut(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_closure, "PASSES", 5)
    chains = """
    SET ROLE app; CREATE TABLE version (id int PRIMARY KEY, before int REFERENCES version);
    INSERT INTO version SELECT n, nullif(n - 1, 0) FROM generate_series(1, 500) n;
    CREATE TABLE block (id int PRIMARY KEY, before int NOT NULL REFERENCES block);
    INSERT INTO block SELECT n, greatest(n - 1, 1) FROM generate_series(1, 500) n; RESET ROLE;
    """
    with sampled(original, chains) as copies:
        clone = one(copies)
        dangling = (
            "t LEFT JOIN {0} p ON p.id = t.before WHERE t.before IS NOT NULL AND p.id IS NULL"
        )
        for table in ("version", "block"):
            sql = f"SELECT count(*) FROM {table} {dangling.format(table)}"
            assert rows(clone, sql) == ["0"]
        assert counted(clone, "version")["version"] >= ROWS // 2
        assert len(copies.notes) == 2
        assert re.search(r"[\d,]+ rows of public.block were left out: the chain", copies.notes[0])
        assert re.search(r"\d+ rows of public.version have no before: the", copies.notes[1])


def test_generic_keys_are_followed(original: Original) -> None:
    more = """
    SET ROLE app;
    CREATE TABLE books_note (id int PRIMARY KEY, content_type_id int NOT NULL
      REFERENCES django_content_type, object_id text NOT NULL);
    INSERT INTO books_author (id, name, slug)
      SELECT n, 'author', 'many-' || n FROM generate_series(100, 900) n;
    INSERT INTO books_note SELECT n, (SELECT id FROM django_content_type WHERE model = 'author'),
      CASE WHEN n % 9 = 0 THEN 'nobody' ELSE (100 + n)::text END FROM generate_series(1, 700) n;
    RESET ROLE;
    """
    followed = (
        "SELECT count(*), count(a.id) FROM books_note n LEFT JOIN books_author a "
        "ON a.id::text = n.object_id WHERE n.object_id <> 'nobody'"
    )
    with sampled(original, more) as copies:
        (counts,) = rows(one(copies), followed)
        notes, authors = map(int, counts.split("|"))
        assert notes == authors > 10 and copies.notes == []


def test_keys_that_lead_nowhere(original: Original) -> None:
    """Of a key that was never validated the sample has what the original has."""
    more = """
    SET ROLE app;
    CREATE TABLE tagged (id int PRIMARY KEY, author_id int);
    INSERT INTO tagged SELECT n, n FROM generate_series(1, 500) n;
    ALTER TABLE tagged ADD FOREIGN KEY (author_id) REFERENCES books_author NOT VALID; RESET ROLE;
    """
    with sampled(original, more) as copies:
        clone = one(copies)
        assert counted(clone, "tagged")["tagged"] >= ROWS // 2 and copies.notes == []


def test_a_sample_keeps_to_a_size(original: Original) -> None:
    """Only what is too big is sampled, where no number of rows is asked for."""
    address = original(more=SHOP)
    with copied(address, wanted=Wanted()) as copies:
        assert copies.samples == []
        assert counted(one(copies), "line")["line"] == 9010
    with copied(address, limit=3 << 20, wanted=Wanted()) as copies:
        (told,) = copies.samples
        assert 100 <= told.rows < 6000 and told.rows % 10 ** (len(str(told.rows)) - 2) == 0
        assert rows(one(copies), "SELECT pg_database_size(current_database()) < 20e6") == ["t"]


def test_a_sample_that_is_too_big_itself(original: Original) -> None:
    with (
        pytest.raises(HotclubError, match="a sample of .* with 5,000 rows of each table holds about"
                      ".* give --sample-rows a smaller number, or set HOTCLUB_DATABASE_LIMIT"),
        sampled(original, count=5000, limit=1 << 20),
    ):  # fmt: skip
        pass


def test_beside_the_original(original: Original, beside: None, filled: TestServer) -> None:
    with copied(
        original("maker", more=SHOP.replace("app", "maker")), wanted=Wanted(ROWS)
    ) as copies:
        clone = one(copies)
        assert ROWS // 2 < counted(clone, "line")["line"] < 6 * ROWS
        assert len(copies.samples) == 1
        assert filled.sql("SELECT count(*) FROM line;", "original") == ["9010"]


def test_tables_that_may_not_be_read_are_named(original: Original) -> None:
    more = SHOP + "CREATE TABLE closed AS SELECT 1 AS n; REVOKE ALL ON closed FROM app;"
    with sampled(original, more) as copies:
        (note,) = copies.notes
        assert "public.closed may not be read by app and is not in the copy" in note


def test_tables_held_locked(
    original: Original, filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = original(more=SHOP)
    monkeypatch.setattr(_client, "LOCK_WAIT_MS", 100)
    with filled.session("original", "BEGIN; LOCK TABLE line; SELECT 'held';", "held"):
        held = "something holds its tables locked"
        with pytest.raises(HotclubError, match=held), copied(address, wanted=Wanted(ROWS)):
            pass


def test_large_objects_are_left_out(original: Original) -> None:
    more = SHOP + "SELECT lo_from_bytea(4711, 'large'); ALTER LARGE OBJECT 4711 OWNER TO app;"
    with sampled(original, more) as copies:
        (note,) = copies.notes
        assert note.endswith(": its 1 large objects are not in the sample")
        assert rows(one(copies), "SELECT count(*) FROM pg_largeobject_metadata") == ["0"]


def test_a_project_on_a_sample(library: Library, filled: TestServer) -> None:
    many = """
    INSERT INTO books_author (name, slug) SELECT 'a', 'many-' || n FROM generate_series(1, 400) n;
    """
    root = library(more=many)
    before = filled.written("original")
    with Workspace.create(Project.find(root), sample=Wanted(30)) as workspace:
        (told,) = workspace.samples
        assert re.search(r"public.books_author 3\d of about", told)
        with workspace.child() as child:
            assert child.request("/").status == 200
            seen = json.loads(child.request("/shown/").body)
            everything = json.dumps([seen["environ"], seen["databases"]])
            assert f":{filled.port}" not in everything and f'"{filled.port}"' not in everything
        assert workspace.untouched() == [] and workspace.refusals() == []
    assert filled.written("original") == before
