"""Which candidates are kept, decided on made-up times; and what is said of each."""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hotclub.doctor import MissingIndex, Place
from hotclub.doctor.indexes._candidates import Candidate, Key, Table, merged
from hotclub.doctor.indexes._choose import Choice
from hotclub.doctor.indexes._cost import Compared, Cost
from hotclub.doctor.indexes._finding import _reason
from hotclub.doctor.indexes._needless import needed
from hotclub.doctor.indexes._pair import Writes
from hotclub.doctor.indexes._place import _line
from hotclub.doctor.indexes._trial import Trial
from hotclub.doctor.indexes._verdict import Chosen
from hotclub.doctor.indexes._workload import Sample, Statement

MS = 1_000_000
PLAIN, INDEXED = "plain", "indexed"


def index_on(*columns: str) -> Candidate:
    return Candidate("t", tuple(Key(column, False) for column in columns))


Times = Mapping[int, Mapping[Candidate | None, float]]

A, AB, B, C = index_on("a"), index_on("a", "b"), index_on("b"), index_on("c")


class Database:
    """Stands for both copies: a statement takes the time of the first index in its list of
    preferences that exists; ``None`` is what it takes without any."""

    plain, indexed = PLAIN, INDEXED

    def __init__(
        self, times: Times, works: Times | None = None, sizes: Mapping[Candidate, int] | None = None
    ) -> None:
        self.times = times
        self.works = works or times
        self.sizes = sizes or {}
        self.made: dict[str, Candidate] = {}

    def _uses(self, statement: Statement) -> Candidate | None:
        there = set(self.made.values())
        return next((c for c in self.times[statement.number] if c in there), None)

    def plans(self, alias: str, statements: list[Statement]) -> list[dict[str, Any]]:
        used = [self._uses(statement) for statement in statements]
        return [{"indexes": [n for n, c in self.made.items() if c == one]} for one in used]

    def build(self, alias: str, candidate: Candidate, name: str) -> int:
        assert name not in self.made
        self.made[name] = candidate
        return self.sizes.get(candidate, 4096)

    def drop(self, alias: str, name: str) -> None:
        del self.made[name]

    def once(self, child: str, statement: Statement, beside: Cost | None = None) -> Cost:
        used = self._uses(statement) if child == INDEXED else None
        number = statement.number
        return Cost(self.times[number][used] * MS, self.works[number][used] * 1000)

    def compare(self, statement: Statement) -> Compared:
        before, after = self.once(PLAIN, statement), self.once(INDEXED, statement)
        return Compared(((before.ns, after.ns),) * 6, before.work, after.work)

    def covers(self, alias: str) -> bool:
        return True

    def summarizes(self, alias: str) -> bool:
        return True

    def varies(self, alias: str) -> bool:
        return True

    def writes(self, *_: object) -> Writes:
        return Writes(1.0, 2.0)


def statement(number: int, runs: int = 1, sql: str = "") -> Statement:
    sample = (Sample(sql or f"SELECT {number}", []),)
    slowest: Any = None
    return Statement(number, "default", sample, runs, runs * MS, {"GET /": runs}, slowest)


def choose(
    times: Times,
    runs: Mapping[int, int] | None = None,
    until: float = math.inf,
    works: Times | None = None,
    sizes: Mapping[Candidate, int] | None = None,
    sql: str = "",
) -> tuple[list[Chosen], Choice, Database]:
    database = Database(times, works, sizes)
    pair: Any = database
    served: dict[Candidate, list[int]] = {}
    for number, by_index in times.items():
        for candidate in by_index:
            if candidate is not None and not (candidate.include or candidate.pages):
                served.setdefault(candidate, []).append(number)
    table = Table("t", 900_000, "id", {"a", "b", "c"}, [], [], {"a"})
    statements = {number: statement(number, (runs or {}).get(number, 1), sql) for number in times}
    choice = Choice(
        pair, "default", {"t": table}, merged(served), statements, until, until, lambda *_: None
    )
    return choice.choose(), choice, database


def kept(found: list[Chosen]) -> list[Candidate]:
    return [one.candidate for one in found]


def test_what_helps_is_kept_what_saves_most_first() -> None:
    found, _, database = choose({1: {A: 1, None: 9}, 2: {C: 1, None: 30}})
    assert kept(found) == [C, A]
    assert database.made == {}, "nothing is left on the copy"
    assert found[0].statements[0][1].before_ms == 30 and found[0].bytes == 4096


def test_what_does_not_help_enough_is_not() -> None:
    assert kept(choose({1: {A: 8, None: 9}})[0]) == [], "not by the margin"
    assert kept(choose({1: {A: 0.1, None: 0.9}})[0]) == [], "less than a millisecond"
    assert kept(choose({1: {A: 0.1, None: 0.9}}, runs={1: 5})[0]) == [A], "but five times"


def test_one_that_another_makes_superfluous_goes() -> None:
    both, _, _ = choose({1: {AB: 1, A: 1, None: 9}, 2: {AB: 1, None: 10}})
    assert kept(both) == [AB]
    first, _, _ = choose({1: {AB: 5, A: 1, None: 99}, 2: {AB: 1, None: 10}})
    assert kept(first) == [AB], "A is picked first, and goes when AB is there too"


def test_of_two_that_do_nearly_the_same_the_shorter_is_taken() -> None:
    assert kept(choose({1: {AB: 1, A: 1.02, None: 90}})[0]) == [A]
    assert kept(choose({1: {AB: 1, A: 5, None: 9}})[0]) == [AB]


MB = 1_000_000
COARSE, FINE = (replace(index_on("a"), pages=pages) for pages in (128, 16))


def test_of_two_that_do_nearly_the_same_the_smaller_is_taken() -> None:
    times = {1: {A: 1, B: 1.02, None: 90}}
    assert kept(choose(times, sizes={A: 40 * MB, B: 9 * MB})[0]) == [B]
    assert kept(choose(times, sizes={A: 9 * MB, B: 40 * MB})[0]) == [A]


def test_a_summary_is_taken_where_it_is_as_quick() -> None:
    times = {1: {FINE: 0.4, COARSE: 0.5, A: 0.1, None: 200}}
    found, _, database = choose(times, sizes={A: 40 * MB, COARSE: 20_000, FINE: 90_000})
    assert kept(found) == [COARSE] and found[0].bytes == 20_000
    assert database.made == {}
    slower = {1: {FINE: 0.4, COARSE: 1.5, A: 0.1, None: 200}}
    found, _, _ = choose(slower, sizes={A: 40 * MB, COARSE: 20_000, FINE: 90_000})
    assert kept(found) == [FINE], "with the coarse one a request takes a millisecond longer"
    slow = {1: {FINE: 9, COARSE: 9, A: 0.1, None: 200}}
    assert kept(choose(slow, sizes={A: 40 * MB, COARSE: 1, FINE: 1})[0]) == [A]


def test_a_summary_that_serves_some_statements_only_is_not_enough() -> None:
    times = {1: {FINE: 0.4, COARSE: 0.5, A: 0.1, None: 200}, 2: {A: 1, None: 50}}
    assert kept(choose(times, sizes={A: 40 * MB, COARSE: 1, FINE: 1})[0]) == [A]


def test_an_index_that_the_others_make_needless_goes() -> None:
    # A saves most and is picked first; B and C then serve its statements as well.
    times = {
        1: {B: 1, A: 1, None: 60}, 2: {C: 1, A: 1, None: 60},
        3: {B: 1, None: 20}, 4: {C: 1, None: 20},
    }  # fmt: skip
    sizes = {A: 40 * MB, B: 9 * MB, C: 9 * MB}
    found, _, database = choose(times, sizes=sizes)
    assert set(kept(found)) == {B, C} and database.made == {}
    times[2] = {A: 1, C: 4, None: 60}
    assert set(kept(choose(times, sizes=sizes)[0])) == {A, B, C}, "a request would take longer"


def test_a_covering_one_is_taken_where_it_is_much_quicker() -> None:
    sql = 'SELECT "t"."b" FROM "t" WHERE "t"."a" = %s'
    wide = replace(A, include=("b",))
    times = {1: {wide: 1, A: 9, None: 50}}
    assert kept(choose(times, sizes={A: 9 * MB, wide: 14 * MB}, sql=sql)[0]) == [wide]
    assert kept(choose(times, sizes={A: 9 * MB, wide: 40 * MB}, sql=sql)[0]) == [A]
    times = {1: {wide: 8, A: 9, None: 50}}
    assert kept(choose(times, sizes={A: 9 * MB, wide: 14 * MB}, sql=sql)[0]) == [A]


def test_what_is_left_of_the_time_is_not_overstepped_by_taking_indexes_away() -> None:
    times = {1: {B: 1, A: 1, None: 60}, 2: {B: 1, None: 20}}
    trial = Trial(Database(times), "default", {n: statement(n) for n in times})  # type: ignore[arg-type]
    trial.look(times)
    for name, candidate in (("a", A), ("b", B)):
        trial.build(candidate, name)
    both, best = {"a": A, "b": B}, {1: 1.0 * MS, 2: 1.0 * MS}
    assert needed(trial, both, best, until=time.monotonic() - 1) == both
    assert needed(trial, both, best, until=math.inf) == {"b": B}


def test_what_a_database_takes_beside_another_is_what_counts() -> None:
    # With both A and B there it takes A for the second statement, which is no better than none.
    found, _, _ = choose({1: {A: 1, None: 90}, 2: {A: 20, B: 1, None: 20}})
    assert kept(found) == [A]


def test_an_index_that_harms_more_than_it_helps_goes() -> None:
    assert kept(choose({1: {A: 1, None: 9}, 2: {A: 50, None: 10}})[0]) == []
    assert kept(choose({1: {A: 1, None: 9}, 2: {A: 12, None: 10}})[0]) == [A]


def test_when_time_is_over_that_is_known() -> None:
    found, choice, _ = choose({1: {A: 1, None: 9}}, until=time.monotonic() - 1)
    assert found == [] and choice.cut


def test_time_without_less_work_is_noise() -> None:
    quick = {1: {A: 1, None: 9}}
    assert kept(choose(quick, works={1: {A: 9, None: 9}})[0]) == []
    assert kept(choose({1: {A: 9, None: 9}}, works=quick)[0]) == [], "and work is not time"


def test_what_saves_most_is_told_by_work() -> None:
    times = {1: {A: 2, AB: 1, None: 90}}
    assert kept(choose(times, works={1: {A: 1, AB: 30, None: 90}})[0]) == [A]
    assert kept(choose(times, works={1: {A: 30, AB: 1, None: 90}})[0]) == [AB]


MODEL: dict[str, Any] = {"label": "shop.Order", "automatic": False, "managed": True}
HERE = Place("class", "shop/models.py", True, 3, qualname="Order")
INDEX = MissingIndex("n", "t", ("a",), ("a",), "shop", "default", (), 1, None, None)


def test_reasons() -> None:
    assert _reason(MODEL, HERE, INDEX) == ""
    assert "no model has the table t" in _reason(None, None, INDEX)
    assert "many-to-many" in _reason({**MODEL, "automatic": True}, HERE, INDEX)
    assert "not managed" in _reason({**MODEL, "managed": False}, HERE, INDEX)
    assert "not a class of the project's own" in _reason(MODEL, None, INDEX)


def test_the_line_of_a_class() -> None:
    module = ast.parse("class A:\n    class B:\n        pass\n\nclass B:\n    pass\n")
    assert _line(module, "A.B") == 2
    assert _line(module, "A") == 1
    assert _line(module, "B") == 5
    assert _line(module, "Nowhere") == 0
