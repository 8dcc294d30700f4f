"""Which eagerly loaded relations were looked at, and the spans around permissions and deletions."""

from __future__ import annotations

import pytest

from tests.recorder.playing import Played, source

TOUCHED = {
    ("looked_at", "author"): 1,
    ("looked_at", "editor"): 0,
    ("looked_at", "tags"): 3,
    ("looked_at", "notes"): 0,
    ("looked_through", "author"): 0,
    ("looked_through", "author/books"): 0,
    ("listed_aside", "reviews"): None,
    ("prefetched", "tags"): 9,
    ("prefetched", "author"): 9,
    ("parent_link", "book_ptr"): None,
    ("forward_key", "author"): None,
}


def touched(played: Played, page: str, path: str) -> int | None:
    batch = played.batch(page, path)
    notes = played.recording.notes(played.request(page))
    return next((n.count for n in notes if n.kind == "looks" and n.batch_id == batch.id), None)


@pytest.mark.parametrize(("page", "path"), TOUCHED)
def test_owners_whose_relation_was_looked_at(played: Played, page: str, path: str) -> None:
    expected = TOUCHED[page, path] if played.depth == "deep" else None
    assert touched(played, page, path) == expected


def test_what_is_pickled_may_be_looked_at_by_anybody(played: Played) -> None:
    assert bool(touched(played, "pickled", "author")) == (played.depth == "deep")


def test_permissions_are_spans_where_they_are_asked(played: Played) -> None:
    request = played.request("permitted")
    spans = [s for s in played.recording.spans(request) if s.kind == "permission"]
    if played.depth == "light":
        assert not spans
        return
    assert [span.name for span in spans] == ["library.add_book", "library.change_book"]
    asked = [played.recording.stack(span.stack_id)[0] for span in spans]
    if asked[0].kind == "call":
        assert source(asked[0]) == 'user.has_perm("library.add_book")'
    inside = {query.span.parent_id for query in played.recording.queries(request)}
    assert inside == {spans[0].id}  # Django remembers what it has found


def test_what_a_deletion_collects_is_inside_its_span(played: Played) -> None:
    request = played.request("deleted")
    spans = {span.id: span for span in played.recording.spans(request)}
    loads = [span for span in spans.values() if span.kind == "fetch"]
    assert loads
    for load in loads:
        kinds = set()
        parent = spans.get(load.parent_id or 0)
        while parent is not None:
            kinds.add(parent.kind)
            parent = spans.get(parent.parent_id or 0)
        assert "delete" in kinds
