"""Querysets that were run for all their rows, of which nobody looked at one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hotclub.doctor._seen import Denial, Seen, Sighting, denial
from hotclub.doctor.finding import Place
from hotclub.doctor.rules._evaluation import evaluation
from hotclub.doctor.rules._expression import expression
from hotclub.doctor.rules._used import Event, Use, at, is_whole, reads, uses_of
from hotclub.recording import Batch

LEAST = 2
"""Rows from which it is said: one row costs nothing to speak of."""
_AGAIN = (
    "the rows are asked {count} times, and answer all of them once they are there, where each "
    "{call} would be a query; ask once, before them, and keep the answer"
)


def unused(seen: Seen) -> Iterator[tuple[Use, Batch, Event]]:
    """Uses whose rows were made and never looked at, with what made them."""
    known = reads(seen)
    for number, found in uses_of(seen).items():
        (use, *others), notes = found, known.get(number)
        batch, event = use.batch, use.evaluating
        if batch is None or event is None or notes is None or others:
            continue
        touched = use.rows_used or notes.reads or notes.opaque or batch.children
        if not touched and batch.size >= LEAST and is_whole(batch) and _seen_at(seen, event):
            yield use, batch, event


def rows_used(seen: Seen, code: str) -> Iterator[Denial]:
    """The places whose rows somebody looks at, at least sometimes."""
    known = reads(seen)
    for number, found in uses_of(seen).items():
        notes = known.get(number)
        for use in found:
            if use.batch is not None and (use.rows_used or notes is None or notes.reads):
                yield denial(code, expression(seen, use.batch).places or _trigger(seen, use))


def sighting(
    seen: Seen, use: Use, batch: Batch, event: Event, words: Mapping[str, str]
) -> Sighting:
    """What there is to say about one such evaluation; ``words`` are the rule's ``code``, ``title``,
    ``advice`` and ``detail``, and the ``call`` that asks instead."""
    found = evaluation(seen, batch, at(seen, event), batch.size, words)
    count = len(use.events)
    reason = _AGAIN.format(count=count, call=words["call"]) if count > 1 else ""
    return replace(found, reason=reason)


def _seen_at(seen: Seen, event: Event) -> bool:
    places = at(seen, event)
    return bool(places) and places[0].in_project


def _trigger(seen: Seen, use: Use) -> tuple[Place, ...]:
    event = use.evaluating
    return at(seen, event) if event is not None else ()
