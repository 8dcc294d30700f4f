"""What a statement asks of its tables, as far as an index could answer it."""

from __future__ import annotations

import pytest

from hotclub.doctor.indexes._sql import Column, Select, selects


def only(sql: str) -> Select:
    (found,) = selects(sql)
    return found


def terms(sql: str) -> set[tuple[str, str, str]]:
    return {(*term.column, term.kind) for select in selects(sql) for term in select.terms}


def where(condition: str) -> set[tuple[str, str, str]]:
    return terms(f'SELECT * FROM "t" WHERE {condition}')


def test_equal_range_and_order() -> None:
    found = only(
        'SELECT "t"."id" FROM "t" WHERE ("t"."a" = %s AND "t"."b" >= %s AND %s < "t"."c") '
        'ORDER BY "t"."d" DESC, "t"."id" ASC LIMIT 20'
    )
    assert found.tables == {"t": "t"}
    assert {(term.column.name, term.kind) for term in found.terms} == {
        ("a", "equal"),
        ("b", "range"),
        ("c", "range"),
    }
    assert found.order == [(Column("t", "d"), True), (Column("t", "id"), False)]
    assert found.limited


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('"t"."a" IN (%s, %s)', {("t", "a", "equal")}),
        ('"t"."a" IS NULL', {("t", "a", "equal")}),
        ('"t"."a" IS NOT NULL', set()),
        (
            '"t"."a" BETWEEN %s AND %s AND "t"."b" = %s',
            {("t", "a", "range"), ("t", "b", "equal")},
        ),
        ('"t"."a" = %s OR "t"."b" = %s', set()),
        ('"t"."c" = %s AND ("t"."a" = %s OR "t"."b" = %s)', {("t", "c", "equal")}),
        ('NOT ("t"."a" = %s)', set()),
        ('NOT "t"."a" = %s AND "t"."b" = %s', {("t", "b", "equal")}),
        ('"t"."a" LIKE %s ESCAPE \'\\\'', set()),
        ('"t"."a" <> %s', set()),
        ('CASE WHEN "t"."a" = %s AND "t"."b" = %s THEN 1 ELSE 0 END = %s', set()),
        (
            'LOWER("t"."a") = %s AND "t"."b" = \'x AND y\'',
            {("t", "a", "lower"), ("t", "b", "equal")},
        ),
        ('UPPER("t"."a"::text) = UPPER(%s)', {("t", "a", "upper")}),
        ('UPPER("t"."a"::text) LIKE UPPER(%s)', set()),
        ('"t"."a" AND NOT "t"."b"', {("t", "a", "equal"), ("t", "b", "equal")}),
        ('"t"."a" = %s /* AND "t"."b" = %s */ -- AND "t"."c" = 1', {("t", "a", "equal")}),
    ],
)
def test_conditions(condition: str, expected: set[tuple[str, str, str]]) -> None:
    assert where(condition) == expected


def test_what_holds_whatever_the_parameters() -> None:
    found = only('SELECT * FROM "t" WHERE ("t"."a" AND NOT "t"."b" AND "t"."c" IS NULL)')
    assert [(t.column.name, t.constant) for t in found.terms] == [
        ("a", "true"),
        ("b", "false"),
        ("c", "null"),
    ]


def test_joins_aliases_and_what_stands_in_on() -> None:
    sql = (
        'SELECT * FROM "orders" INNER JOIN "lines" L ON ("orders"."id" = L."order_id" '
        'AND L."kind" = %s) LEFT OUTER JOIN "tags" AS "x" ON (L."tag" = "x"."id") '
        'WHERE "x"."name" = %s'
    )
    assert only(sql).tables == {"orders": "orders", "L": "lines", "x": "tags"}
    assert terms(sql) == {
        ("orders", "id", "join"),
        ("L", "order_id", "join"),
        ("L", "kind", "equal"),
        ("L", "tag", "join"),
        ("x", "id", "join"),
        ("x", "name", "equal"),
    }


def test_subqueries_are_selects_of_their_own() -> None:
    outer, inner = selects(
        'SELECT COUNT(*) FROM "l" WHERE "l"."o" IN '
        '(SELECT U0."id" FROM "o" U0 WHERE U0."when" >= %s ORDER BY U0."when")'
    )
    assert outer.tables == {"l": "l"} and outer.terms[0].kind == "equal"
    assert inner.tables == {"U0": "o"} and inner.terms[0].column == ("U0", "when")
    assert not outer.order and inner.order == [(Column("U0", "when"), False)]


def test_what_is_changed_and_deleted_is_looked_for() -> None:
    changed = 'UPDATE "t" SET "a" = %s, "b" = ("t"."b" + %s) WHERE ("t"."c" = %s AND "t"."d" < %s)'
    assert only(changed).tables == {"t": "t"}
    assert terms(changed) == {("t", "c", "equal"), ("t", "d", "range")}
    assert terms('DELETE FROM "t" WHERE "t"."c" IN (%s)') == {("t", "c", "equal")}
    assert only('SELECT * FROM "t" WHERE "t"."c" = %s FOR UPDATE').tables == {"t": "t"}
    assert selects('INSERT INTO "t" ("a") VALUES (%s)') == []


def test_a_combination_has_no_order_of_its_tables() -> None:
    found = selects('SELECT "a"."x" FROM "a" UNION SELECT "b"."x" FROM "b" ORDER BY 1')
    assert [select.tables for select in found] == [{"a": "a"}, {"b": "b"}]
    assert not any(select.order for select in found)


def test_an_order_that_is_not_by_columns_alone_is_none() -> None:
    assert only('SELECT * FROM "t" ORDER BY "t"."a", LOWER("t"."b")').order == []
    assert only('SELECT * FROM "t" ORDER BY "t"."a" DESC NULLS LAST').order == []
    assert only('SELECT * FROM "t" GROUP BY "t"."a"').order == [(Column("t", "a"), False)]


def test_names_without_a_table_are_those_of_the_only_one() -> None:
    assert terms('SELECT * FROM t WHERE "a" = %s') == {("t", "a", "equal")}
    assert terms('SELECT * FROM t, u WHERE "a" = %s') == set()


@pytest.mark.parametrize("sql", ["", "SELECT", "SELECT * FROM (", ")))(((", "SELECT 1 WHERE AND"])
def test_nonsense_is_no_error(sql: str) -> None:
    assert not any(select.terms for select in selects(sql))
