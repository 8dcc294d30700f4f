"""What is in a sample of a MariaDB database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock

import pytest

from hotclub.workspace import Wanted
from hotclub.workspace.mysql import Clone, Copies, _private
from tests.mariadb_server import TestServer
from tests.workspace.sample_mariadb import address, maria_copied, rows
from tests.workspace.sample_mariadb_shop import KEYS, ROWS, SHOP, TABLES, counted, one


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
