"""A sample of a MariaDB database that is too big to copy."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from unittest import mock

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Wanted, Workspace
from hotclub.workspace.mysql import Clone, Copies, _client, _dump, _private
from hotclub.workspace.mysql._sample import Rows
from hotclub.workspace.sampling import Link, Table, _closure
from tests.mariadb_server import TestServer
from tests.workspace.sample_mariadb import (
    MariaLibrary,
    MariaOriginal,
    address,
    maria_copied,
    rows,
)

ROWS = 60
SHOP = r"""
CREATE TABLE `Cus``tomer` (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) CHARACTER SET latin1,
  `invited by` INT, FOREIGN KEY (`invited by`) REFERENCES `Cus``tomer` (id));
INSERT INTO `Cus``tomer`
  SELECT seq, CONCAT('é\t\\b\r\n''c ', seq), NULLIF(seq DIV 7, 0) FROM seq_1_to_2000;
CREATE TABLE profile (customer_id INT PRIMARY KEY, note TEXT,
  FOREIGN KEY (customer_id) REFERENCES `Cus``tomer` (id));
INSERT INTO profile SELECT 2 * seq - 1, IF(seq % 2, 'NULL', NULL) FROM seq_1_to_1000;
CREATE TABLE orders (year INT, id INT, state ENUM ('new', 'sent'), net DECIMAL(10, 2),
  gross DECIMAL(10, 2) AS (net * 1.19) STORED, customer_id INT NOT NULL, PRIMARY KEY (year, id),
  FOREIGN KEY (customer_id) REFERENCES `Cus``tomer` (id));
INSERT INTO orders (year, id, state, net, customer_id)
  SELECT 2024 + seq % 2, seq, 'sent', seq, 1 + seq % 500 FROM seq_1_to_6000;
CREATE TABLE line (id BIGINT PRIMARY KEY, year INT, order_id INT,
  FOREIGN KEY (year, order_id) REFERENCES orders (year, id));
INSERT INTO line SELECT s.seq, o.year, o.id FROM seq_1_to_9000 s
  JOIN orders o ON o.id = 1 + s.seq % 6000;
INSERT INTO line SELECT seq, 2024, NULL FROM seq_9001_to_9010;
CREATE TABLE chicken (id INT PRIMARY KEY, egg_id INT NOT NULL);
CREATE TABLE egg (id INT PRIMARY KEY, chicken_id INT NOT NULL,
  FOREIGN KEY (chicken_id) REFERENCES chicken (id));
INSERT INTO chicken SELECT seq, (seq - 1) DIV 5 * 5 + seq % 5 + 1 FROM seq_1_to_1000;
INSERT INTO egg SELECT seq, seq FROM seq_1_to_1000;
ALTER TABLE chicken ADD FOREIGN KEY (egg_id) REFERENCES egg (id);
CREATE TABLE thing (id UUID PRIMARY KEY DEFAULT UUID(), code BINARY(4) UNIQUE NOT NULL, flag BIT(9),
  weight FLOAT, exact DOUBLE, at TIMESTAMP(6) NULL, day DATE, extra JSON, place POINT);
INSERT INTO thing SELECT CONCAT(LPAD(HEX(seq), 8, '0'), '-0000-1000-8000-000000000000'),
  UNHEX(LPAD(HEX(seq * 65537), 8, '0')), seq % 512, seq / 7, seq / 7,
  '2024-07-01 12:00:00.5' + INTERVAL seq SECOND, '2024-01-01', '{"a": "\\n"}', POINT(seq, 1.5)
  FROM seq_1_to_700;
CREATE TABLE named (id INT PRIMARY KEY, code BINARY(4) NOT NULL, thing_id UUID NOT NULL,
  FOREIGN KEY (code) REFERENCES thing (code), FOREIGN KEY (thing_id) REFERENCES thing (id));
INSERT INTO named SELECT seq, UNHEX(LPAD(HEX(seq * 65537), 8, '0')),
  CONCAT(LPAD(HEX(701 - seq), 8, '0'), '-0000-1000-8000-000000000000') FROM seq_1_to_700;
CREATE TABLE event (happened TEXT); INSERT INTO event SELECT 'x' FROM seq_1_to_700;
CREATE TABLE nothing (id INT PRIMARY KEY, customer_id INT,
  FOREIGN KEY (customer_id) REFERENCES `Cus``tomer` (id));
CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no more';
CREATE VIEW sent AS SELECT * FROM orders WHERE state = 'sent';
CREATE SEQUENCE ticket START WITH 4712;
"""
KEYS = {
    "customer": "`Cus``tomer` c LEFT JOIN `Cus``tomer` p ON p.id = c.`invited by`"
    " WHERE c.`invited by` IS NOT NULL AND p.id IS NULL",
    "profile": "profile c LEFT JOIN `Cus``tomer` p ON p.id = c.customer_id WHERE p.id IS NULL",
    "orders": "orders c LEFT JOIN `Cus``tomer` p ON p.id = c.customer_id WHERE p.id IS NULL",
    "line": "line c LEFT JOIN orders p ON (p.year, p.id) = (c.year, c.order_id)"
    " WHERE c.order_id IS NOT NULL AND p.id IS NULL",
    "chicken": "chicken c LEFT JOIN egg p ON p.id = c.egg_id WHERE p.id IS NULL",
    "egg": "egg c LEFT JOIN chicken p ON p.id = c.chicken_id WHERE p.id IS NULL",
    "code": "named c LEFT JOIN thing p ON p.code = c.code WHERE p.id IS NULL",
    "uuid": "named c LEFT JOIN thing p ON p.id = c.thing_id WHERE p.id IS NULL",
}
TABLES = ("`Cus``tomer`", "profile", "orders", "line", "chicken", "egg", "thing", "named", "event",
          "nothing")  # fmt: skip


def sampled(
    original: MariaOriginal, more: str = SHOP, count: int = ROWS, limit: int = 1 << 30
) -> contextlib.AbstractContextManager[Copies]:
    """Copies of the database, of which a sample is taken."""
    return maria_copied(original(more=more), limit=limit, wanted=Wanted(count))


@dataclass
class Sample:
    """The shop, which nobody writes to, its copies and a clone."""

    server: TestServer
    before: list[str]
    copies: Copies
    clone: Clone


@pytest.fixture(scope="module")
def shop(
    maria_filled: TestServer, maria_initialised: Callable[[_private.Private], None]
) -> Iterator[Sample]:
    """A sample of it."""
    grants = "".join(f"GRANT ALL ON shop.* TO app@{at};" for at in ("localhost", "'127.0.0.1'"))
    maria_filled.sql(f"CREATE DATABASE shop CHARACTER SET utf8mb4; {grants} USE shop; {SHOP}")
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_private.Private, "_initialise", maria_initialised)
            before = maria_filled.contents("shop")
            given = address(maria_filled, name="shop")
            with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
                yield Sample(maria_filled, before, copies, clone)
    finally:
        maria_filled.sql("DROP DATABASE shop;")


@contextlib.contextmanager
def one(copies: Copies) -> Iterator[Clone]:
    """A clone."""
    clones = copies.clone(analyze=False)
    yield clones["default"]
    copies.drop(clones)


def counted(clone: Clone, *tables: str) -> dict[str, int]:
    """How many rows tables have."""
    return {table: int(rows(clone, f"SELECT COUNT(*) FROM {table}")[0]) for table in tables}


def test_what_rows_name_is_in_the_sample(shop: Sample) -> None:
    for key, dangling in KEYS.items():
        assert rows(shop.clone, f"SELECT COUNT(*) FROM {dangling}") == ["0"], key


def test_the_original_is_as_it_was(shop: Sample) -> None:
    assert shop.copies.notes == [] and shop.copies.changes() == []
    assert shop.server.contents("shop") == shop.before


def test_small_tables_are_whole_and_big_ones_have_about_as_many_rows_as_asked_for(
    shop: Sample,
) -> None:
    have = counted(shop.clone, *TABLES)
    assert have["nothing"] == 0
    assert have["event"] == ROWS
    for table in ("orders", "line", "profile", "thing", "named"):
        assert ROWS // 2 < have[table] < 6 * ROWS, (table, have)
    (told,) = shop.copies.samples
    assert told.rows == ROWS and told.cut["line"] == (have["line"], mock.ANY)
    said = re.sub(r"[\d,]*\d", "N", str(told).partition(" is a sample, ")[2])
    assert said.startswith("N of its N tables cut to about N rows and what these name: line N")


def test_rows_have_rows_that_name_them_and_some_have_none(shop: Sample) -> None:
    """A loop needs several; and what is empty in the original is empty here."""
    of_each = "SELECT COUNT(o.id) FROM `Cus``tomer` c LEFT JOIN orders o ON o.customer_id = c.id"
    counts = list(map(int, rows(shop.clone, f"{of_each} GROUP BY c.id")))
    assert sum(count >= 2 for count in counts) >= 5 and 0 in counts
    assert counts.count(1) < sum(count >= 3 for count in counts)
    one_to_one = (
        "SELECT COUNT(*) FROM `Cus``tomer` c LEFT JOIN profile p ON p.customer_id = c.id "
        "WHERE (c.id % 2 = 1) <> (p.customer_id IS NOT NULL)"
    )
    assert rows(shop.clone, one_to_one) == ["0"]
    for table, newest in (("`Cus``tomer`", 2000), ("line", 9010)):
        ends = f"SELECT MAX(id), MIN(id) < 1000 FROM {table}"
        assert rows(shop.clone, ends) == [f"{newest}\t1"]


def test_values_arrive_as_they_were(shop: Sample) -> None:
    """Bytes, fractions, times, texts in other character sets; what looks like NULL, and what is."""
    exact = "id, HEX(code), flag + 0, weight + 0e0, exact, at, day, HEX(extra), HEX(place)"
    read = (
        f"SELECT {exact} FROM thing ORDER BY id;",
        "SELECT id, HEX(name), `invited by` FROM `Cus``tomer` ORDER BY id;",
        "SELECT customer_id, note IS NULL, note FROM profile ORDER BY customer_id;",
        "SELECT year, id, net, gross, state FROM orders ORDER BY year, id;",
    )
    for sql in read:
        have = rows(shop.clone, sql.rstrip(";"))
        there = shop.server.sql(sql, "shop")
        assert len(have) >= ROWS // 2 and set(have) <= set(there)


def test_what_is_not_rows_is_as_in_the_original(shop: Sample) -> None:
    seen = {
        "SELECT COUNT(*) > 0 FROM sent": ["1"],
        "SELECT NEXTVAL(ticket)": ["4712"],
        "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'Cus`tomer' "
        "AND TABLE_SCHEMA = DATABASE()": ["2001"],
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()": [
            "refuse"
        ],
        "SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS "
        "WHERE TABLE_NAME IN ('line', 'egg', 'named') AND CONSTRAINT_SCHEMA = DATABASE()": ["4"],
    }
    assert {sql: rows(shop.clone, sql) for sql in seen} == seen


def test_the_same_database_gives_the_same_sample(maria_original: MariaOriginal) -> None:
    given = maria_original(more=SHOP)
    found = []
    for _ in range(2):
        with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
            found.append({t: sorted(rows(clone, f"SELECT * FROM {t}")) for t in TABLES})
    assert found[0] == found[1] and len(found[0]["line"]) > ROWS // 2


def test_everything_is_of_one_moment(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others commit once it has begun is not in it, and they need not wait for it."""
    truly = _dump.structure

    def meanwhile(*given: object) -> None:
        truly(*given)  # type: ignore[arg-type]
        change = "DROP TRIGGER refuse; INSERT INTO nothing VALUES (1, 2000); "
        change += "INSERT INTO line VALUES (9999, 2024, NULL); DELETE FROM profile;"
        maria_filled.sql(change, "original")

    def altered(rows_here: Rows) -> list[Link]:
        change = "SET lock_wait_timeout = 5; ALTER TABLE event ADD COLUMN more INT;"
        maria_filled.sql(change, "original")  # it has been read, and is let go
        return list(generic(rows_here))

    generic = Rows.generic
    monkeypatch.setattr(_dump, "structure", meanwhile)
    monkeypatch.setattr(Rows, "generic", altered)
    with sampled(maria_original) as copies, one(copies) as clone:
        assert counted(clone, "nothing", "event") == {"nothing": 0, "event": ROWS}
        assert rows(clone, "SELECT MAX(id) FROM line") == ["9010"]
        assert counted(clone, "profile")["profile"] > ROWS // 2
        assert any("profile" in change for change in copies.changes())


def test_a_chain_of_rows_is_cut(
    maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_closure, "PASSES", 5)
    chains = "".join(
        f"CREATE TABLE {name} (id INT PRIMARY KEY, `before` INT {null},"
        f" FOREIGN KEY (`before`) REFERENCES {name} (id));"
        f"INSERT INTO {name} SELECT seq, {first} FROM seq_1_to_500;"
        for name, null, first in (
            ("version", "NULL", "NULLIF(seq - 1, 0)"),
            ("block", "NOT NULL", "GREATEST(seq - 1, 1)"),
        )
    )
    with sampled(maria_original, chains) as copies, one(copies) as clone:
        for table in ("version", "block"):
            sql = f"SELECT COUNT(*) FROM {table} t LEFT JOIN {table} p ON p.id = t.before"
            sql += " WHERE t.before IS NOT NULL AND p.id IS NULL"
            assert rows(clone, sql) == ["0"]
        assert counted(clone, "version")["version"] >= ROWS // 2
        assert len(copies.notes) == 2
        assert re.search(r"[\d,]+ rows of block were left out: the chain", copies.notes[0])
        assert re.search(r"\d+ rows of version have no before: the", copies.notes[1])


@pytest.mark.parametrize("kind", ["VARCHAR(40) COLLATE utf8mb4_bin", "INT UNSIGNED"])
def test_generic_keys_are_followed(maria_original: MariaOriginal, kind: str) -> None:
    nobody = "'nobody'" if kind.startswith("VARCHAR") else "0"
    more = f"""
    CREATE TABLE books_note (id INT PRIMARY KEY, content_type_id INT NOT NULL,
      object_id {kind} NOT NULL,
      FOREIGN KEY (content_type_id) REFERENCES django_content_type (id));
    INSERT INTO books_author (id, name, slug)
      SELECT seq, 'author', CONCAT('many-', seq) FROM seq_100_to_900;
    INSERT INTO books_note
      SELECT seq, (SELECT id FROM django_content_type WHERE model = 'author'),
      IF(seq % 9 = 0, {nobody}, 100 + seq) FROM seq_1_to_700;
    """
    followed = (
        "SELECT COUNT(*), COUNT(a.id) FROM books_note n LEFT JOIN books_author a "
        f"ON CAST(a.id AS CHAR) = n.object_id WHERE n.object_id <> {nobody}"
    )
    with sampled(maria_original, more) as copies, one(copies) as clone:
        (counts,) = rows(clone, followed)
        notes, authors = map(int, counts.split("\t"))
        assert notes == authors > 10 and copies.notes == []


def test_keys_that_lead_nowhere(maria_original: MariaOriginal) -> None:
    """Of a key that was not looked at the sample has what the original has."""
    more = """
    CREATE TABLE tagged (id INT PRIMARY KEY, author_id INT);
    CREATE TABLE tag (id INT PRIMARY KEY); INSERT INTO tag SELECT seq * 2 FROM seq_1_to_200;
    SET foreign_key_checks = 0;
    ALTER TABLE tagged ADD FOREIGN KEY (author_id) REFERENCES tag (id);
    INSERT INTO tagged SELECT seq, seq FROM seq_1_to_500;
    """
    with sampled(maria_original, more) as copies, one(copies) as clone:
        nowhere = "SELECT SUM(t.id IS NULL), SUM(author_id % 2 = 1 OR author_id > 400) FROM tagged"
        (counts,) = rows(clone, f"{nowhere} LEFT JOIN tag t ON t.id = author_id")
        lost, odd = counts.split("\t")
        assert lost == odd != "0" and copies.notes == []


def test_a_sample_keeps_to_a_size(maria_original: MariaOriginal) -> None:
    """Only what is too big is sampled, where no number of rows is asked for."""
    large = "CREATE TABLE large AS SELECT seq, REPEAT('x', 300) AS x FROM seq_1_to_20000;"
    given = maria_original(more=f"{SHOP}{large} ANALYZE TABLE large, line, orders;")
    with maria_copied(given, wanted=Wanted()) as copies, one(copies) as clone:
        assert copies.samples == []
        assert counted(clone, "large") == {"large": 20000}
    with maria_copied(given, limit=4 << 20, wanted=Wanted()) as copies:
        (told,) = copies.samples
        assert 100 <= told.rows < 20000 and told.rows % 10 ** (len(str(told.rows)) - 2) == 0


def test_a_sample_that_is_too_big_itself(maria_original: MariaOriginal) -> None:
    with (
        pytest.raises(HotclubError, match="a sample of .* with 5,000 rows of each table holds about"
                      ".* give --sample-rows a smaller number, or set HOTCLUB_DATABASE_LIMIT"),
        sampled(maria_original, count=5000, limit=1 << 20),
    ):  # fmt: skip
        pass


def test_beside_the_original(
    maria_original: MariaOriginal, maria_beside: None, maria_filled: TestServer
) -> None:
    given = maria_original("maker", more=SHOP)
    with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
        assert ROWS // 2 < counted(clone, "line")["line"] < 6 * ROWS
        assert len(copies.samples) == 1
        assert maria_filled.sql("SELECT COUNT(*) FROM line;", "original") == ["9010"]


def test_an_account_that_only_reads(maria_original: MariaOriginal) -> None:
    """It sees what names what, too."""
    given = maria_original("reader", more=SHOP)
    with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
        for key, dangling in KEYS.items():
            assert rows(clone, f"SELECT COUNT(*) FROM {dangling}") == ["0"], key
        assert counted(clone, "line")["line"] > ROWS // 2


def test_tables_held_locked(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = maria_original(more=SHOP)
    monkeypatch.setattr(_client, "LOCK_WAIT_SECONDS", 1)
    monkeypatch.setattr("hotclub.workspace.mysql._snapshot.LOCK_WAIT_SECONDS", 1)
    held = threading.Thread(
        target=maria_filled.sql, args=("LOCK TABLES line WRITE; SELECT SLEEP(6);", "original")
    )
    held.start()
    try:
        while not maria_filled.sql("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO "
                                   "LIKE 'SELECT SLEEP(6%';"):  # fmt: skip
            pass
        with (
            pytest.raises(HotclubError, match="something holds its tables locked"),
            maria_copied(given, wanted=Wanted(ROWS)),
        ):
            pass
    finally:
        held.join()


def test_a_table_that_is_altered_while_it_is_read(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = maria_original(more=SHOP)
    truly = Rows.whole

    def meanwhile(rows_here: Rows, tables: Sequence[Table]) -> None:
        maria_filled.sql("ALTER TABLE line ADD COLUMN more INT;", "original")
        truly(rows_here, tables)

    monkeypatch.setattr(Rows, "whole", meanwhile)
    with (
        pytest.raises(HotclubError, match="cannot be read: Table definition has changed"),
        maria_copied(given, wanted=Wanted(ROWS)),
    ):
        pass


def test_a_project_on_a_sample(maria_library: MariaLibrary, maria_filled: TestServer) -> None:
    root = maria_library(
        more="INSERT INTO books_author (name, slug) "
        "SELECT 'a', CONCAT('many-', seq) FROM seq_1_to_400;"
    )
    before = maria_filled.contents("original")
    with Workspace.create(Project.find(root), sample=Wanted(30)) as workspace:
        (told,) = workspace.samples
        assert re.search(r"books_author 3\d of about", str(told))
        with workspace.child() as child:
            assert child.request("/").status == 200
            seen = json.loads(child.request("/shown/").body)
            everything = json.dumps([seen["environ"], seen["databases"]])
            assert f":{maria_filled.port}" not in everything
        assert workspace.untouched() == [] and workspace.refusals() == []
    assert maria_filled.contents("original") == before
