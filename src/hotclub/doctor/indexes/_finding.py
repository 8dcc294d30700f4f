"""From an index that paid on the copy to a finding: which model, which fields, what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from hotclub.doctor._seen import Seen
from hotclub.doctor._stacks import Stacks
from hotclub.doctor.finding import Evidence, Finding, IndexedStatement, MissingIndex, Place
from hotclub.doctor.indexes._candidates import Candidate
from hotclub.doctor.indexes._cost import Compared
from hotclub.doctor.indexes._names import index_name
from hotclub.doctor.indexes._place import place_of
from hotclub.doctor.indexes._verdict import Chosen
from hotclub.doctor.indexes._workload import Statement
from hotclub.recording import Recording

CODE = "HC701"
TITLE = "filtered or sorted without an index"
_SHOWN = 5
"""Statements that a finding names."""


@dataclass(frozen=True)
class Known:
    """What the doctor has at hand when it writes a finding down."""

    recording: Recording
    stacks: Stacks
    tree: Path
    models: Mapping[str, Mapping[str, Any]]
    """Facts about models, by table."""
    taken: set[str]
    """Names of indexes that exist; grows with each finding."""


def finding(chosen: Chosen, known: Known) -> Finding:
    """What there is to say about one index."""
    model = known.models.get(chosen.candidate.table)
    place = place_of(model, known.tree) if model else None
    index = _index(chosen, model, known)
    per_request = _per_request(chosen)
    label = str(model["label"]) if model else ""
    labels = sorted(per_request, key=lambda label: per_request[label][1] - per_request[label][0])
    return Finding(
        code=CODE,
        title=TITLE,
        expression=(place,) if place else (),
        trigger=_trigger(chosen.statements[0][0], known),
        path=(),
        queryset={},
        model=label,
        evidence=_evidence(chosen, label, tuple(labels)),
        cost_ms=round(median(before for before, _ in per_request.values()), 3),
        gain_ms=round(max(0.0, median(b - a for b, a in per_request.values())), 3),
        queries_saved=0,
        reason=_reason(model, place, index),
        index=index,
    )


def _per_request(chosen: Chosen) -> dict[str, tuple[float, float]]:
    """Milliseconds of the index's statements in each request, without and with it."""
    found: dict[str, tuple[float, float]] = {}
    for statement, compared in chosen.statements:
        for label, runs in statement.by_label.items():
            before, after = found.get(label, (0.0, 0.0))
            found[label] = (
                before + runs * compared.before_ms,
                after + runs * compared.after_ms,
            )
    return found


def _evidence(chosen: Chosen, label: str, labels: tuple[str, ...]) -> Evidence:
    first = labels[0]
    runs = sum(statement.by_label.get(first, 0) for statement, _ in chosen.statements)
    rows = [query.rows or 0 for _, query in (s.slowest for s, _ in chosen.statements)]
    return Evidence(
        members=0,
        loads=runs,
        queries=runs,
        rows=max(rows),
        sql=chosen.statements[0][0].sql,
        requests=labels,
        model=label,
        table_rows=chosen.rows,
    )


def _index(chosen: Chosen, model: Mapping[str, Any] | None, known: Known) -> MissingIndex:
    candidate = chosen.candidate
    columns = model["columns"] if model else {}
    fields: tuple[str, ...] = ()
    if all(key.column in columns for key in candidate.keys):
        fields = tuple(f"{'-' * key.down}{columns[key.column]}" for key in candidate.keys)
    app = str(model["app"]) if model else ""
    name = _name(candidate, model, app, fields, known.taken)
    known.taken.add(name)
    return MissingIndex(
        name=name,
        table=candidate.table,
        columns=candidate.columns,
        fields=fields,
        app=app,
        database=chosen.alias,
        statements=tuple(_statement(*one) for one in chosen.statements[:_SHOWN]),
        bytes=chosen.bytes,
        insert_us=chosen.writes.insert_us,
        update_us=chosen.writes.update_us,
        meta_base=model["meta_base"] if model else None,
        declared=len(model["indexes"]) if model else 0,
        include=tuple(str(columns.get(column, column)) for column in candidate.include),
        condition=tuple(
            (str(columns.get(column, column)), value) for column, value in candidate.condition
        ),
        function=candidate.keys[0].function,
        pages=candidate.pages,
    )


def _name(
    candidate: Candidate,
    model: Mapping[str, Any] | None,
    app: str,
    fields: tuple[str, ...],
    taken: set[str],
) -> str:
    owner = str(model["label"]).rpartition(".")[2] if model else candidate.table
    more = [*candidate.include, *(part for pair in candidate.condition for part in pair)]
    more += ["brin"] if candidate.pages else []
    function = candidate.keys[0].function
    named = [*(fields or candidate.columns), *([function] if function else [])]
    return index_name(app or "i", owner, named, taken, more)


def _statement(statement: Statement, compared: Compared) -> IndexedStatement:
    return IndexedStatement(
        sql=statement.sql,
        runs=max(statement.by_label.values()),
        before_ms=round(compared.before_ms, 3),
        after_ms=round(compared.after_ms, 3),
        work_before=compared.work_before,
        work_after=compared.work_after,
        decided_by=compared.decided_by,
        requests=tuple(sorted(statement.by_label, key=lambda label: -statement.by_label[label])),
    )


def _trigger(statement: Statement, known: Known) -> tuple[Place, ...]:
    """Place the slowest run of a statement was asked for, innermost first."""
    request, query = statement.slowest
    seen = Seen(known.recording, request, known.stacks)
    batch = next((b for b in seen.batches if b.id == query.span.batch_id), None)
    made = seen.stack(batch.created_stack) if batch is not None else ()
    own = tuple(place for place in made if not known.stacks.in_manager(place))
    return own or made or seen.stack(query.span.stack_id)


def _reason(model: Mapping[str, Any] | None, place: Place | None, index: MissingIndex) -> str:
    on = f"{index.table} ({', '.join(index.columns)})"
    if model is None:
        return f"no model has the table {index.table}: add the index on {on} with RunSQL"
    if model["automatic"]:
        return (
            f"{index.table} is the table between of a many-to-many relation, without a class to "
            "say it in: give the field a through model, or add the index in a migration by hand"
        )
    if not model["managed"]:
        return f"{model['label']} is not managed by migrations: make the index on {on} by hand"
    if place is None or not place.line:
        return (
            f"{model['label']} is not a class of the project's own: a migration of its app cannot "
            f"be added here; make the index on {on} with RunSQL in one of your apps"
        )
    if not index.fields:
        return f"a column of {on} is no field of {model['label']}: add it by hand"
    return ""
