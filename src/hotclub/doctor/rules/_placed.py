"""What there is to say about something that happened at a place, with no queryset behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotclub.doctor._seen import NO_FACTS, Seen, Sighting
from hotclub.doctor.finding import Place
from hotclub.recording import Query


def placed(
    seen: Seen,
    places: tuple[Place, ...],
    words: Mapping[str, Any],
    queries: Sequence[Query] = (),
    **facts: Any,
) -> Sighting:
    """One sighting; ``words`` are its ``code``, ``title``, ``advice``, ``detail`` and ``shape``,
    ``queries`` those that were run there; ``facts`` what is known better."""
    known = {
        "model": "",
        "loaded": facts.get("model", ""),
        "members": 0,
        "loads": len(queries),
        "queries": len(queries),
        "rows": len(queries),
        "duration_ns": sum(query.span.duration_ns for query in queries),
        "sql": queries[0].sql or "" if queries else "",
        "statement": queries[0].statement_id if queries else None,
        **facts,
    }
    return Sighting(
        request=seen.request,
        expression=(),
        trigger=places,
        path=(),
        queryset=NO_FACTS,
        **words,
        **known,
    )
