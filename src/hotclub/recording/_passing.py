"""Which requests of a recording went through a file, or asked a table for something."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ._reader import Recording
from ._rows import Request, Span


def passes(
    recording: Recording, request: Request, paths: Collection[str], tables: Collection[str]
) -> bool:
    """Whether a place in one of these files is on any stack of a request, one of these templates
    was rendered, or one of these tables is named in a statement of its."""
    spans = recording.spans(request)
    return (
        _goes_through(recording, request, spans, paths)
        or _renders(spans, paths)
        or _names(recording, request, tables)
    )


def _goes_through(
    recording: Recording, request: Request, spans: Iterable[Span], paths: Collection[str]
) -> bool:
    stacks = {span.stack_id for span in spans}
    for batch in recording.batches(request):
        stacks.update((batch.created_stack, batch.trigger_stack))
    return any(place.path in paths for number in stacks for place in recording.stack(number))


def _renders(spans: Iterable[Span], paths: Collection[str]) -> bool:
    names = {f"/{span.name}" for span in spans if span.kind == "template"}
    return any(f"/{path}".endswith(name) for path in paths for name in names)


def _names(recording: Recording, request: Request, tables: Collection[str]) -> bool:
    if not tables:
        return False
    statements = {query.sql or "" for query in recording.queries(request)}
    return any(table in sql for sql in statements for table in tables)
