"""Which indexes are worth trying for a statement, and what they are called."""

from __future__ import annotations

import pytest

from hotclub.doctor.indexes._candidates import Candidate, Key, Table, candidates, merged
from hotclub.doctor.indexes._names import LONGEST, index_name

TABLE = Table("t", 5000, "id", {"id", "a", "b", "c", "d"}, [["id"], ["d"]], [["id"], ["d"]])


def proposed(rest: str, table: Table = TABLE) -> set[tuple[str, ...]]:
    found = candidates(f'SELECT * FROM "t" {rest}', {"t": table})
    return {tuple(f"{'-' * key.down}{key.column}" for key in one.keys) for one in found}


def test_equal_columns_come_before_a_range_or_the_order() -> None:
    found = proposed('WHERE "t"."b" = %s AND "t"."a" > %s ORDER BY "t"."c" DESC LIMIT 3')
    assert found == {("b",), ("b", "a"), ("b", "c"), ("a",), ("c",)}


def test_an_order_that_runs_downwards_is_read_backwards() -> None:
    assert proposed('ORDER BY "t"."a" DESC, "t"."id" DESC') == {("a",)}
    assert proposed('ORDER BY "t"."a" DESC, "t"."b" ASC') == {("-a", "b")}


def test_what_is_equal_needs_no_order() -> None:
    assert proposed('WHERE "t"."a" = %s ORDER BY "t"."a", "t"."b"') == {("a",), ("a", "b"), ("b",)}


def test_nothing_for_one_row_or_for_what_is_indexed() -> None:
    assert proposed('WHERE "t"."d" = %s AND "t"."a" = %s') == set(), "unique"
    indexed = Table("t", 5000, "id", TABLE.columns, [["id"], ["a", "b"]], [["id"]])
    assert proposed('WHERE "t"."a" = %s', indexed) == set(), "the beginning of one is enough"
    assert proposed('WHERE "t"."b" = %s', indexed) == {("b",)}
    assert proposed('ORDER BY "t"."id" DESC') == set(), "the key itself"
    assert proposed('WHERE "t"."nowhere" = %s') == set(), "no such column"


def test_a_join_may_be_looked_up_from_either_side() -> None:
    sql = 'SELECT * FROM "u" INNER JOIN "t" ON ("u"."x" = "t"."a") WHERE "t"."b" = %s'
    found = {one.columns for one in candidates(sql, {"t": TABLE})}
    assert found == {("b",), ("b", "a"), ("a",)}


def test_one_that_begins_another_may_be_served_by_it() -> None:
    short = Candidate("t", (Key("a", False),))
    long = Candidate("t", (Key("a", False), Key("b", False)))
    other = Candidate("t", (Key("b", False),))
    assert merged({short: [1], long: [2], other: [3]}) == {short: {1}, long: {1, 2}, other: {3}}


def test_names_are_readable_and_stable() -> None:
    assert index_name("orders", "Order", ["created"], set()) == "orders_order_created_idx"
    assert index_name("orders", "Order", ["-created"], set()) == "orders_order_created_idx"


@pytest.mark.parametrize("fields", [["created"], ["a_very_long_name_of_a_field", "another"]])
def test_names_that_are_taken_or_too_long_get_a_digest(fields: list[str]) -> None:
    taken = {"orders_order_created_idx"}
    name = index_name("orders", "Order", fields, taken)
    assert len(name) <= LONGEST and name not in taken and name.endswith("_idx")
    assert name == index_name("orders", "Order", fields, taken)
    again = index_name("orders", "Order", fields, {*taken, name})
    assert again not in {*taken, name} and len(again) <= LONGEST


def test_a_name_begins_with_a_letter() -> None:
    assert index_name("_x", "_Model", ["_f"], set())[0].isalpha()
    assert index_name("2x", "Ü", ["1"], set())[0].isalpha()
