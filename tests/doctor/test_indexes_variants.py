"""What an index could be instead: smaller, or with more columns beside."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hotclub.doctor.indexes._candidates import Candidate, Key, Table
from hotclub.doctor.indexes._sql import selects
from hotclub.doctor.indexes._variants import covering, partial, shorter, summaries
from hotclub.doctor.indexes._workload import Sample, Statement, _address, _brought, _Runs, _settled
from hotclub.recording import Request

TABLE = Table(
    "t", 900_000, "id", {"state", "made", "closed", "a", "b"}, [["a"]], [], {"made"},
    {"state": ["new", "paid", "sent"], "a": [1, 2, 3]},
)  # fmt: skip
SQL = 'SELECT COUNT(*) FROM "t" WHERE "t"."state" IN (%s, %s) AND "t"."b" = %s'


def index_on(*columns: str) -> Candidate:
    return Candidate("t", tuple(Key(column, False) for column in columns))


def statement(sql: str = SQL, settled: dict[int, Any] | None = None) -> Statement:
    slowest: Any = None
    samples = (Sample(sql, []),)
    return Statement(1, "default", samples, 1, 1, {"GET /": 1}, slowest, settled or {})


STATES = {0: "paid", 1: "new"}


def test_a_list_of_the_codes_own_states_makes_a_partial_index() -> None:
    (found,) = partial(index_on("state"), [statement(settled=STATES)] * 2, TABLE)
    assert found == replace(index_on("state"), condition=(("state", '["new", "paid"]'),))


@pytest.mark.parametrize(
    ("sql", "settled"),
    [
        (SQL, {0: "paid"}),
        (SQL, {0: "paid", 1: "lost"}),
        (SQL.replace("IN (%s, %s)", "= %s"), {0: "paid"}),
        (SQL.replace("IN (%s, %s)", "IN (%s)"), {0: "paid"}),
        (SQL.replace("(%s, %s)", "(%s, %s, %s)"), {**STATES, 2: "sent"}),
        (SQL.replace("(%s, %s)", "(%s, 3)"), STATES),
        (SQL.replace("IN (%s, %s)", "NOT IN (%s, %s)"), STATES),
        (SQL.replace("state", "b"), STATES),
    ],
)
def test_other_values_do_not(sql: str, settled: dict[int, Any]) -> None:
    assert list(partial(index_on("state"), [statement(sql, settled)], TABLE)) == []


def test_nor_does_a_list_that_one_of_the_statements_lacks() -> None:
    other = statement('SELECT * FROM "t" WHERE "t"."state" = %s', {0: "new"})
    assert list(partial(index_on("state"), [statement(settled=STATES), other], TABLE)) == []


def test_a_flag_that_is_settled_is_no_key_any_more() -> None:
    sql = 'SELECT * FROM "t" WHERE NOT "t"."closed" ORDER BY "t"."made"'
    (found,) = partial(index_on("closed", "made"), [statement(sql)], TABLE)
    assert found == replace(index_on("made"), condition=(("closed", "false"),))


def test_fewer_keys_but_for_what_is_there_or_was_tried() -> None:
    assert list(shorter(index_on("a", "b", "made"), TABLE, {})) == [index_on("a", "b")]
    assert list(shorter(index_on("b", "made"), TABLE, {index_on("b")})) == []
    assert list(shorter(index_on("id", "made"), TABLE, {})) == []


def test_summaries_are_of_big_tables_that_lie_in_order() -> None:
    made = index_on("made")
    assert [one.pages for one in summaries(made, TABLE)] == [128, 16]
    assert {one.keys for one in summaries(index_on("made", "a"), TABLE)} == {made.keys}
    assert list(summaries(index_on("a", "made"), TABLE)) == []
    assert list(summaries(made, replace(TABLE, rows=90_000))) == []
    assert list(summaries(Candidate("t", (Key("made", True),)), TABLE)) == []
    assert list(summaries(Candidate("t", (Key("made", False, "upper"),)), TABLE)) == []


def test_what_is_read_beside_the_keys_is_covered() -> None:
    sql = 'SELECT "t"."b" FROM "t" WHERE "t"."a" = %s'
    (found,) = covering(index_on("a"), [statement(sql)], TABLE)
    assert found.include == ("b",)


def test_parameters_have_their_numbers() -> None:
    (select,) = selects(
        'SELECT * FROM "t" WHERE "b" = %s AND "state" IN (%s, %s) AND "a" IN (1, %s)'
    )
    assert [term.listed for term in select.terms] == [(), (1, 2), ()]


def request(target: str, method: str = "GET") -> Request:
    path, _, query = target.partition("?")
    facts: dict[str, Any] = dict.fromkeys(Request.__dataclass_fields__)
    return Request(**{**facts, "method": method, "path": path, "query": query})


def test_what_stands_in_the_address_or_comes_with_a_form_is_brought() -> None:
    params = ["new", 7, None, "to do"]
    assert set(_brought(_address(request("/x/?state=new&y=to+do")), params)) == {"new", "to do"}
    assert set(_brought(_address(request("/x/7/")), params)) == {7}
    assert set(_brought(_address(request("/x/", "POST")), params)) == {"new", 7, "to do"}
    assert list(_brought(_address(request("/x/")), {"a": 1})) == []


def runs(*params: Any, brought: tuple[Any, ...] = (), sql: str = SQL) -> _Runs:
    samples = {(sql, json.dumps(one)): 1 for one in params}
    return _Runs("default", samples=samples, brought=set(brought))


def test_what_is_the_same_in_every_run_is_settled() -> None:
    assert _settled(runs(["new", "paid", 1], ["new", "paid", 2])) == {0: "new", 1: "paid"}
    assert _settled(runs(["new", "paid", 1], brought=("paid",))) == {0: "new", 2: 1}
    assert _settled(runs({"a": 1})) == {}
    two = runs(["new"])
    two.samples["SELECT 2", '["new"]'] = 1
    assert _settled(two) == {}
