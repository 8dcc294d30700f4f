"""Fingerprints: examples, and the C one against its twin in Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotclub import _native
from hotclub.agent._fingerprint import LIMIT, pure_fingerprint

Fingerprint = Callable[..., str]

EXAMPLES = {
    'SELECT  "id" FROM "t" WHERE "id" IN (%s, %s, 3)  -- page 2\n;': (
        'SELECT "id" FROM "t" WHERE "id" IN (?)'
    ),
    "INSERT INTO t(a,b) VALUES (%s,'x''y'),(1.5,%(b)s) RETURNING id": (
        "INSERT INTO t(a, b) VALUES (?, ?) RETURNING id"
    ),
    "SELECT count(*), -1 - 1 FROM a WHERE (b, c) IN ((1, 2), (3, 4)) LIMIT -1": (
        "SELECT count(*), ? - ? FROM a WHERE (b, c) IN ((?, ?)) LIMIT ?"
    ),
    'SAVEPOINT "s1_x2"': "SAVEPOINT ?",
    "ROLLBACK TO SAVEPOINT s1": "ROLLBACK TO SAVEPOINT ?",
    "select E'a\\'b', $x$ ' $x$, `q` /* a /* b */ c */, a[1], [b c]::int": (
        "select ?, ?, `q`, a[?], [b c]::int"
    ),
    "SELECT été FROM « t » WHERE a = 'é": "SELECT été FROM « t » WHERE a = ?",
    "a = '\ud800' AND \ud800 = \U0001f600": "a = ? AND \ud800 = \U0001f600",
    "a\0b": "a \0 b",
    "": "",
}


@pytest.fixture(params=[pure_fingerprint, _native.fingerprint], ids=["pure", "native"])
def fingerprint(request: pytest.FixtureRequest) -> Fingerprint:
    return request.param


@pytest.mark.parametrize("sql", EXAMPLES)
def test_examples(fingerprint: Fingerprint, sql: str) -> None:
    assert fingerprint(sql) == EXAMPLES[sql]


def test_a_long_one_is_cut_at_a_token(fingerprint: Fingerprint) -> None:
    assert fingerprint("SELECT été, b FROM t", 17) == "SELECT été, b …"
    assert fingerprint("SELECT été, b FROM t", 18) == "SELECT été, b …"
    assert fingerprint("SELECT été, b FROM t", -5) == "…"
    many = fingerprint(", ".join(f"column_{i}" for i in range(10_000)))
    assert len(many.encode()) <= LIMIT + len(" …".encode())
    assert many.endswith(", …")


def test_only_a_string_has_one(fingerprint: Fingerprint) -> None:
    with pytest.raises((TypeError, AttributeError)):
        fingerprint(None)


def test_the_limit_is_the_same_in_both() -> None:
    sql = ", ".join(f"column_{i}" for i in range(10_000))
    assert _native.fingerprint(sql) == pure_fingerprint(sql)


PIECES = (
    "SELECT IN VALUES SAVEPOINT RELEASE ROLLBACK TO WORK ARRAY NULL LIMIT in values ( ) ( ) [ ] , ,"
    " ; ' '' \" ` -- /* */ \n \t 1 -1 0x1F 1e5 1. .5 . .. ? ?1 ?| ?& : :: :a := @ @a @@ $ $1 $a$ $$"
    " % %% %s %(a)s %( <@ <@a -> ->> #> ~* !~* <-> || | & = * / - + # \\ a b é … e s E' x' U&' [a]"
    " [a (1,2) ?,? (?,?), (1),(1)"
)
FRAGMENTS = [*PIECES.split(" "), " ", "  ", "\0", "\ud800", "\U0001f600"]

statements = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join) | st.lists(
    st.sampled_from(FRAGMENTS), max_size=60
).map(" ".join)
columns = st.sampled_from(['"a"', "`b`", "t.c", '"t"."d-e"', "COUNT(*)", "f(1, %s)", "-1"])
values = st.sampled_from(["%s", "1", "-2.5", "'x'", "NULL", "?", ":n", "E'\\''"])
queries = st.builds(
    "SELECT {} FROM t WHERE a IN ({}) AND b = {} {}".format,
    st.lists(columns, min_size=1).map(", ".join),
    st.lists(values, min_size=1).map(", ".join),
    values,
    st.sampled_from(["", "LIMIT 21", "-- c", "/* c */", ";", "ORDER BY 1 DESC"]),
)
inserts = st.lists(
    st.lists(values, min_size=1, max_size=3).map(lambda row: f"({', '.join(row)})"), min_size=1
).map(lambda rows: "INSERT INTO t VALUES " + ",".join(rows))
limits = st.just(LIMIT) | st.integers(0, 60)


@settings(max_examples=1000, deadline=None)
@given(st.text() | statements | queries | inserts, limits)
@example("RELEASE <->", 10)
@example("SAVEPOINT array [a]", LIMIT)
@example("[[[[" * 40 + "1,1", LIMIT)
@example("IN (" * 70 + "1, 1" + ")" * 70 + ", IN (1, 1)", LIMIT)
def test_twins_agree_and_a_second_time_changes_nothing(sql: str, limit: int) -> None:
    once = _native.fingerprint(sql, limit)
    assert once == pure_fingerprint(sql, limit)
    assert _native.fingerprint(once, limit) == once
    assert len(once.encode("utf-8", "surrogatepass")) <= limit + len(" …".encode())


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.sampled_from(["%s", "?", "1", "'x'"]))
def test_the_number_of_values_makes_no_difference(some: int, more: int, value: str) -> None:
    def of(count: int) -> list[str]:
        listed = ", ".join([value] * count)
        rows = ",".join([f"({value}, 'b')"] * count)
        return [pure_fingerprint(f"a IN ({listed})"), pure_fingerprint(f"VALUES {rows}")]

    assert of(some) == of(more)


@settings(max_examples=500, deadline=None)
@given(queries, st.sampled_from([" ", "\n", "\t ", "/* c */", " -- c\n"]))
def test_spacing_and_comments_make_no_difference(sql: str, blank: str) -> None:
    sql = sql.removesuffix("-- c")
    assert pure_fingerprint(sql.replace(" ", blank)) == pure_fingerprint(sql)
