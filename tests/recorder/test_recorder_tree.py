"""The tree of batches: what was loaded together, from whom, and how often singly."""

from __future__ import annotations

import pytest

from tests.recorder.playing import Played

# 8 books and an audiobook by 4 authors (two books each, the audiobook by the first), with
# 2 tags, 2 reviews and a note for each of the 8.
TREES = {
    "forward_key": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "forward_key_const": [
        "query Book all 9/1/0",
        "  select_related author forward_key all 9/1/0",
    ],
    "forward_one_to_one": [
        "query Profile all 4/1/0",
        "  lazy author forward_one_to_one all 4/4/4",
    ],
    "reverse_one_to_one": [
        "query Author all 4/1/0",
        "  lazy profile reverse_one_to_one all 4/4/4",
    ],
    "reverse_key": ["query Book all 9/1/0", "  lazy review_set reverse_key all 16/9/9"],
    "reverse_filtered": ["query Book all 9/1/0", "  lazy review_set reverse_key filtered 8/9/9"],
    "reverse_sliced": ["query Book all 9/1/0", "  lazy review_set reverse_key sliced 8/9/9"],
    "reverse_count": ["query Book all 9/1/0", "  lazy review_set reverse_key count 0/9/9"],
    "reverse_exists": ["query Book all 9/1/0", "  lazy review_set reverse_key exists 0/9/9"],
    "reverse_filtered_count": [
        "query Book all 9/1/0",
        "  lazy review_set reverse_key filtered_count 0/9/9",
    ],
    "reverse_aggregate": ["query Book all 9/1/0", "  lazy review_set reverse_key aggregate 0/9/9"],
    "reverse_filtered_aggregate": [
        "query Book all 9/1/0",
        "  lazy review_set reverse_key filtered_aggregate 0/9/9",
    ],
    "reverse_other_manager": [
        "query Author all 2/1/0",
        "  lazy books reverse_key filtered 5/2/2",
    ],
    "many_to_many": ["query Book all 9/1/0", "  lazy tags many_to_many all 16/9/9"],
    "many_to_many_reverse": ["query Tag all 3/1/0", "  lazy books many_to_many all 16/3/3"],
    "many_to_many_count": ["query Book all 9/1/0", "  lazy tags many_to_many count 0/9/9"],
    "generic_key": ["query Note all 8/1/0", "  lazy target generic_key all 8/8/8"],
    "generic_relation": ["query Book all 9/1/0", "  lazy notes generic_relation all 8/9/9"],
    "nested": [
        "query Review all 8/1/0",
        "  lazy book forward_key all 8/8/8",
        "    lazy author forward_key all 8/8/8",
        "      lazy country forward_key all 8/8/4",
    ],
    "through_property": [
        "query Book all 9/1/0",
        "  select_related author forward_key all 9/1/0",
        "    lazy country forward_key all 9/9/4",
    ],
    "below_prefetch": [
        "query Author all 4/1/0",
        "  prefetch books reverse_key all 9/1/4",
        "    lazy review_set reverse_key all 16/9/9",
    ],
    "below_custom_prefetch": [
        "query Author all 4/1/0",
        "  prefetch listed reverse_key all 9/1/4",
        "    lazy review_set reverse_key all 16/9/9",
    ],
    "prefetched": [
        "query Book all 9/1/0",
        "  prefetch tags many_to_many all 16/1/9",
        "  prefetch review_set reverse_key all 16/1/9",
        "  prefetch notes generic_relation all 8/1/9",
        "  prefetch author forward_key all 4/1/9",
        "    prefetch profile reverse_one_to_one all 4/1/4",
    ],
    "prefetched_generic": [
        "query Note all 8/1/0",
        "  prefetch target generic_key all 8/1/8",
        "    lazy author forward_key all 8/8/8",
    ],
    "iterated": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "left_early": ["query Book all 1/1/0", "  lazy author forward_key all 1/1/1"],
    "got": [
        "query Book all 1/1/0",
        "  lazy review_set reverse_key all 2/1/1",
    ],
    "got_twice": [
        "query Book all 1/1/0",
        "  lazy review_set reverse_key all 2/1/1",
        "  lazy review_set reverse_key all 2/1/1",
    ],
    "got_each": ["query Book all 1/1/0", "  lazy author forward_key all 1/1/1"] * 4,
    "first": ["query Book all 1/1/0", "  lazy author forward_key all 1/1/1"],
    "union": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "raw": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "only": ["query Book all 9/1/0", "  lazy hidden deferred 9/9/9"],
    "refreshed": ["query Book all 1/1/0", "  lazy * refreshed 1/1/1"],
    "inherited": ["query Audiobook all 1/1/0", "  lazy author forward_key all 1/1/1"],
    "parent_link": [
        "query Audiobook all 1/1/0",
        "  select_related book_ptr forward_one_to_one all 1/0/0",
        "    lazy author forward_key all 1/1/1",
    ],
    "values": [],
    "unknown": ["query Book all 1/1/0", "unknown author forward_key all 2/2/2"],
    "counted": [],
    "annotated": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "streamed": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "template": [
        "query Book all 9/1/0",
        "  lazy author forward_key all 9/9/9",
        "  lazy review_set reverse_key all 16/9/9",
    ],
    "generic/books": [
        "query Book all 5/1/0",
        "  lazy author forward_key all 5/5/5",
        "  lazy review_set reverse_key all 10/5/5",
    ],
    "generic/authors": ["query Author all 4/1/0", "  lazy country forward_key all 4/4/4"],
    "api/books": [
        "query Book all 9/1/0",
        "  lazy author forward_key all 9/9/9",
        "  lazy review_set reverse_key all 16/9/9",
    ],
    "waiting": ["query Book all 9/1/0", "query Author all 1/1/0"],
    "looking_at_itself": ["query Shelf all 3/1/0", "  lazy book forward_key all 3/3/3"],
    "refreshed_each": ["query Book all 2/1/0", "  lazy title refreshed 2/2/2"],
    "copied": [
        "query Book all 1/1/0",
        "  lazy author forward_key all 1/1/1",
        "query Book all 9/1/0",
        "query Book all 1/1/0",
    ],
}


@pytest.mark.parametrize("page", TREES)
def test_tree(played: Played, page: str) -> None:
    assert played.tree(page) == TREES[page]


def test_every_query_of_a_load_is_the_batchs(played: Played) -> None:
    for page in ("nested", "reverse_count", "many_to_many_count", "generic_key", "only"):
        batches = [batch for batch in played.batches(page) if batch.parent is not None]
        assert all(batch.queries == batch.loads for batch in batches)
        assert sum(batch.queries for batch in played.batches(page)) == (
            played.request(page).query_count
        )


def test_whole_loads_take_longer_than_their_queries(played: Played) -> None:
    request = played.request("nested")
    queries = played.recording.queries(request)
    assert sum(query.span.count for query in queries) == request.query_count
    for batch in played.batches("nested"):
        mine = [query.span for query in queries if query.span.batch_id == batch.id]
        assert 0 < sum(span.duration_ns for span in mine) < batch.duration_ns


def test_light_folds_the_repeats_of_a_load_and_deep_does_not(played: Played) -> None:
    request = played.request("forward_key")
    batch = played.batch("forward_key", "author")
    spans = [span for span in played.recording.spans(request) if span.batch_id == batch.id]
    fetches = [span for span in spans if span.kind == "fetch"]
    assert sum(span.count for span in fetches) == 9
    assert len(fetches) == (1 if played.depth == "light" else 9)
    assert sum(span.duration_ns for span in fetches) == batch.duration_ns


def test_rows_are_counted(played: Played) -> None:
    def rows(page: str) -> list[int | None]:
        return [query.rows for query in played.recording.queries(played.request(page))]

    assert rows("values") == ([18] if played.depth == "light" else [9, 9])
    assert rows("counted") == [1, 0]
    assert sum(n or 0 for n in rows("reverse_key")) == 9 + 16
    assert rows("iterated")[0] == 9
    named = {
        query.span.name: query.rows for query in played.recording.queries(played.request("writing"))
    }
    assert named["UPDATE"] == 1
