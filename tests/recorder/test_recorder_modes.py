"""Fetch modes (Django 6.1): what one instance fetches for all is one load of the whole batch."""

from __future__ import annotations

import pytest

from tests.recorder.playing import MODES, Played

pytestmark = pytest.mark.skipif(not MODES, reason="fetch modes came with Django 6.1")

TREES = {
    "peers_keys": ["query Book all 9/1/0", "  prefetch author forward_key all 4/1/9"],
    "peers_keys_of_keys": [
        "query Review all 16/1/0",
        "  prefetch book forward_key all 8/1/16",
        "    prefetch author forward_key all 4/1/8",
        "      prefetch country forward_key all 1/1/4",
    ],
    "peers_one_to_one": [
        "query Author all 4/1/0",
        "  prefetch profile reverse_one_to_one all 4/1/4",
    ],
    "peers_generic": ["query Note all 8/1/0", "  prefetch target generic_key all 8/1/8"],
    "peers_fields": ["query Book all 9/1/0"],
    "peers_lists": ["query Book all 9/1/0", "  lazy review_set reverse_key all 16/9/9"],
    "peers_in_portions": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
    "peers_of_one": ["query Audiobook all 1/1/0", "  lazy author forward_key all 1/1/1"],
    "one_each": ["query Book all 9/1/0", "  lazy author forward_key all 9/9/9"],
}
QUERIES = {
    "peers_keys": 2, "peers_keys_of_keys": 4, "peers_one_to_one": 2, "peers_fields": 2,
    "peers_lists": 10, "peers_in_portions": 10, "peers_of_one": 2, "one_each": 10,
}  # fmt: skip


@pytest.mark.parametrize("page", TREES)
def test_tree(played: Played, page: str) -> None:
    assert played.tree(page) == TREES[page]


@pytest.mark.parametrize("page", QUERIES)
def test_number_of_queries(played: Played, page: str) -> None:
    assert played.request(page).query_count == QUERIES[page]
