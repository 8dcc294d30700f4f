"""Two copies of the databases, equal but for the indexes that one of them is given.

Each is held by a process of its own. What is compared is asked of both in turn, who goes first
changing each time, so that a slow moment of the machine falls on both sides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from hotclub.doctor.indexes._candidates import Candidate
from hotclub.doctor.indexes._cost import Compared, Cost
from hotclub.doctor.indexes._workload import Statement
from hotclub.workspace import Child, Workspace

ROUNDS = 6
MOST_ROUNDS = 24
"""Where work and time do not agree there are more, for so many seconds."""
UNCLEAR_SECONDS = 2.0
AGAIN_SECONDS = 0.004
"""What takes less is run more than once, and the quickest run counts."""
WRITE_ROUNDS = 4
CALL_SECONDS = 120.0


class Pair:
    """The two processes. A context manager that ends them."""

    def __init__(self, workspace: Workspace) -> None:
        # A server in production knows its statistics, as where milliseconds are recorded.
        self.plain = workspace.child(run="plain", depth="light")
        try:
            self.indexed = workspace.child(run="indexed", depth="light")
        except BaseException:
            self.plain.close()
            raise

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self.plain.close()
        self.indexed.close()

    def plans(self, alias: str, statements: Sequence[Statement]) -> list[dict[str, Any]]:
        """How the copy that has the indexes would run an example of each statement."""
        calls = [statement.samples[0].call for statement in statements]
        found: list[dict[str, Any]] = self._call(
            self.indexed, "plans", alias=alias, statements=calls
        )["plans"]
        return found

    def used(self, alias: str, statements: Sequence[Statement]) -> set[str]:
        """The indexes that the plans of all these statements' samples name."""
        calls = [sample.call for statement in statements for sample in statement.samples]
        answer = self._call(self.plain, "plans", alias=alias, statements=calls)
        return {name for plan in answer["plans"] for name in plan.get("indexes", ())}

    def catalogue(self, alias: str, tables: Sequence[str]) -> list[dict[str, Any]]:
        """The indexes that the copies had from the beginning."""
        found: list[dict[str, Any]] = self._call(
            self.plain, "catalogue", alias=alias, names=list(tables)
        )["indexes"]
        return found

    def build(self, alias: str, candidate: Candidate, name: str) -> int:
        """Make an index; its bytes."""
        answer = self._call(
            self.indexed,
            "build",
            alias=alias,
            table=candidate.table,
            columns=[list(key) for key in candidate.keys],
            name=name,
            include=list(candidate.include),
            condition=[list(one) for one in candidate.condition],
            pages=candidate.pages,
        )
        return int(answer["bytes"])

    def covers(self, alias: str) -> bool:
        """Whether its indexes can have columns beside the keys."""
        return self._vendor(alias) == "postgresql"

    def varies(self, alias: str) -> bool:
        """Whether its indexes can be of some rows only, and of expressions."""
        return self._vendor(alias) != "mysql"

    def summarizes(self, alias: str) -> bool:
        """Whether it has indexes of ranges of pages, and so have the project's other databases."""
        every = (alias, *self.plain.setup["databases"])
        return all(self._vendor(one) == "postgresql" for one in every)

    def _vendor(self, alias: str) -> str:
        return str(self.plain.setup["databases"].get(alias, {}).get("vendor", ""))

    def drop(self, alias: str, name: str) -> None:
        """Take an index away."""
        self._call(self.indexed, "drop", alias=alias, name=name)

    def once(self, child: Child, statement: Statement, beside: Cost | None = None) -> Cost | None:
        """What one run of a statement costs, the mean of its samples; None if one fails.

        Counted first: what that reads from disk is no part of the time. Where it is no less work
        than it was ``beside``, nobody looks at the clock, and it takes as long."""
        work = self._work(child, statement)
        if beside is not None and beside.is_no_more_than(work):
            return replace(beside, work=work)
        ns = self._clock(child, statement)
        return None if ns is None else Cost(ns, work)

    def compare(self, statement: Statement) -> Compared | None:
        """Both copies in turn, counted and then timed; more often where the two do not agree."""
        work = [self._work(child, statement) for child in (self.plain, self.indexed)]
        found = Compared((), *work)
        until = float("inf")
        while len(found.pairs) < MOST_ROUNDS and time.monotonic() < until:
            pair = self._timed(statement, len(found.pairs) % 2 == 0)
            if pair is None:
                return None
            found = replace(found, pairs=(*found.pairs, pair))
            if len(found.pairs) >= ROUNDS and not found.is_unclear:
                break
            if len(found.pairs) == ROUNDS:
                until = time.monotonic() + UNCLEAR_SECONDS
        return found

    def _timed(self, statement: Statement, plain_first: bool) -> tuple[float, float] | None:
        """Nanoseconds without and with the indexes."""
        if plain_first:
            before, after = (self._clock(c, statement) for c in (self.plain, self.indexed))
        else:
            after, before = (self._clock(c, statement) for c in (self.indexed, self.plain))
        return None if before is None or after is None else (before, after)

    def _clock(self, child: Child, statement: Statement) -> float | None:
        """Nanoseconds for one run: the mean of its samples' best."""
        return _mean(
            self._call(
                child,
                "clock",
                alias=statement.alias,
                statements=[sample.call for sample in statement.samples],
                seconds=AGAIN_SECONDS,
            )["ns"]
        )

    def _work(self, child: Child, statement: Statement) -> float | None:
        """The work of one run: the mean of its samples'."""
        calls = [sample.call for sample in statement.samples]
        return _mean(self._call(child, "work", alias=statement.alias, statements=calls)["work"])

    def writes(self, alias: str, table: str, pk: str, columns: Sequence[str]) -> Writes:
        """What a row costs to insert and to update, without and with the indexes."""
        taken: dict[str, list[tuple[float, float]]] = {"insert": [], "update": []}
        fields = {"alias": alias, "table": table, "pk": pk, "columns": list(columns)}
        for number in range(WRITE_ROUNDS + 1):
            children = (self.plain, self.indexed)
            answers = {}
            for child in children if number % 2 else children[::-1]:
                answers[child] = self._call(child, "writes", **fields)
            for name, pairs in taken.items():
                before, after = (answers[child][name] for child in children)
                if number and before is not None and after is not None:
                    pairs.append((before / 1e3, after / 1e3))
        return Writes(_added(taken["insert"]), _added(taken["update"]))

    def _call(self, child: Child, op: str, **fields: Any) -> dict[str, Any]:
        return child.call(op, timeout=CALL_SECONDS, **fields)


@dataclass(frozen=True)
class Writes:
    """Microseconds that an index adds to writing one row; None where it was not measured."""

    insert_us: float | None
    update_us: float | None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) and known else None


def _added(pairs: Sequence[tuple[float, float]]) -> float | None:
    if not pairs:
        return None
    return round(max(0.0, median(after - before for before, after in pairs)), 2)
