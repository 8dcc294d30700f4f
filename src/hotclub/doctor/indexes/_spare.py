"""Indexes that are one too many, as findings: on models of the project's own, where it can say so.

Nothing is dropped to find out. Which indexes are used is read off the plans of what was recorded,
so that of an index that nothing used only that is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hotclub.doctor.finding import Evidence, Finding, Place, SpareIndex
from hotclub.doctor.indexes import duplicate, redundant, unused
from hotclub.doctor.indexes._existing import Existing, Spare, existing
from hotclub.doctor.indexes._pair import Pair
from hotclub.doctor.indexes._place import place_of
from hotclub.doctor.indexes._sql import selects
from hotclub.doctor.indexes._workload import Statement

_TITLES = {rule.CODE: rule.TITLE for rule in (redundant, duplicate, unused)}


def spare(
    pair: Pair,
    alias: str,
    statements: Sequence[Statement],
    models: Mapping[str, Mapping[str, Any]],
    rows: Mapping[str, int],
    tree: Path,
) -> list[Finding]:
    """Of one database. ``rows`` are those of the tables that have enough to judge by what is used
    of their indexes."""
    places = {
        table: place
        for table, model in models.items()
        if model["managed"] and not model["automatic"] and (place := place_of(model, tree))
    }
    indexes = existing(pair.catalogue(alias, sorted(places)), models)
    seen = Counter(table for one in statements for table in _tables(one))
    enough = {table: count for table, count in seen.items() if table in rows}
    used = pair.used(alias, statements) if enough else set()
    found: dict[str, Spare] = {}
    for one in (*duplicate.duplicate(indexes), *redundant.redundant(indexes)):
        found.setdefault(one.index.name, one)
        if one.instead and one.index.name in used:  # what does the same would have been used
            used.add(one.instead.name)
    for one in unused.unused(indexes, used, enough):
        found.setdefault(one.index.name, one)
    return [
        _finding(one, alias, models[one.index.table], places[one.index.table], seen, rows)
        for one in found.values()
    ]


def _tables(statement: Statement) -> Iterator[str]:
    yield from {table for select in selects(statement.sql) for table in select.tables.values()}


def _finding(
    one: Spare,
    alias: str,
    model: Mapping[str, Any],
    place: Place,
    seen: Mapping[str, int],
    rows: Mapping[str, int],
) -> Finding:
    index, label = one.index, str(model["label"])
    return Finding(
        code=one.code,
        title=_TITLES[one.code],
        expression=(place,),
        trigger=(),
        path=(),
        queryset={},
        model=label,
        evidence=Evidence(0, 0, 0, 0, "", (), label, rows.get(index.table)),
        cost_ms=0.0,
        gain_ms=0.0,
        queries_saved=0,
        advice=_advice(index),
        spare=SpareIndex(
            name=index.name,
            table=index.table,
            columns=tuple(column or "an expression" for column in index.columns),
            app=str(model["app"]),
            database=alias,
            bytes=index.bytes,
            declared=index.declared,
            field=index.field,
            instead=one.instead.name if one.instead else "",
            instead_columns=tuple(c or "an expression" for c in one.instead.columns)
            if one.instead
            else (),
            statements_seen=seen.get(index.table, 0),
        ),
        measured=False,
    )


def _advice(index: Existing) -> str:
    if index.declared == "Meta.indexes":
        return f"take {index.name} out of Meta.indexes, with a migration"
    if index.declared == "field":
        return f"take db_index=True from the field {index.field}, with a migration"
    if index.declared == "key":
        return f"give the field {index.field} db_index=False, with a migration"
    return f"no model asks for {index.name}: drop it where it was made, or with RunSQL"
