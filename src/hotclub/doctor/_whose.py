"""Which model the users of a recording are of, and which query loaded a request's own.

``request.user`` is loaded by whoever looks at it first, often a template. When a product's author
is the visitor, the same row is read for another reason: that is no repeated query of anybody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hotclub.recording import Batch, Query, Recording, Request

_ENOUGH = 100
"""Requests that are asked."""


def user_model(recording: Recording) -> str:
    """The label of the model that most requests of somebody loaded by that one's key."""
    labels: Counter[str] = Counter()
    named = [request for request in recording.requests() if request.user]
    for request in named[:_ENOUGH]:
        batches = {batch.id: batch for batch in recording.batches(request)}
        found = (_loaded_by_key(query, request, batches) for query in recording.queries(request))
        labels.update({label for label in found if label})
    return labels.most_common(1)[0][0] if labels else ""


def is_own_user(
    query: Query,
    request: Request,
    batches: Mapping[int, Batch],
    model: str,
    *,
    related: bool = False,
) -> bool:
    """Whether a query loaded the user that a request is made as, and as nobody's relation unless
    ``related``."""
    return bool(model) and _loaded_by_key(query, request, batches, related) == model


def _loaded_by_key(
    query: Query, request: Request, batches: Mapping[int, Batch], related: bool = False
) -> str:
    """The model of what the query loaded by the user's key; empty for any other query."""
    key = (request.user or "").partition(":")[2]
    values = query.params if isinstance(query.params, list) else []
    batch = batches.get(query.span.batch_id or 0)
    if (
        batch is None
        or (batch.relation is not None and not related)
        or list(map(str, values)) != [key]
    ):
        return ""
    return batch.model
