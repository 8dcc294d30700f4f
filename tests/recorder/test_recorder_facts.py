"""What is told of a queryset that something was loaded lazily below."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recorder.playing import Played

PLAIN: dict[str, Any] = {
    "model": "library.Book", "manager": "objects", "raw": False, "sliced": False,
    "ordered": True, "total_order": False, "combinator": None, "only": None, "defer": None,
    "for_update": False, "distinct": False, "filtered": False, "select_related": False,
    "prefetch_related": [],
    "iterator": None, "get": False, "nullable_path": {"author": False},
}  # fmt: skip

FACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("forward_key", ""): {},
    ("reverse_key", ""): {"nullable_path": {}},
    ("nested", ""): {
        "model": "library.Review", "total_order": True, "filtered": True,
        "nullable_path": {"book": False, "book__author": False, "book__author__country": False},
    },
    ("iterated", ""): {"iterator": 3},
    ("iterated_plainly", ""): {"iterator": 0},
    ("got", ""): {"filtered": True, "get": True, "ordered": False, "nullable_path": {}},
    ("first", ""): {"sliced": True, "total_order": True},
    ("sorted_totally", ""): {"sliced": True, "total_order": True},
    ("sorted_by_extra", ""): {},
    ("union", ""): {"filtered": True, "combinator": "union", "ordered": False},
    ("raw", ""): {"filtered": True, "raw": True, "ordered": False},
    ("only", ""): {"only": ["title"], "nullable_path": {}},
    ("updating", ""): {"filtered": True, "for_update": True, "nullable_path": {"editor": True}},
    ("reverse_one_to_one", ""): {
        "model": "library.Author", "ordered": False, "nullable_path": {"profile": True},
    },
    ("generic/books", ""): {"filtered": True, "sliced": True},
    ("below_custom_prefetch", "listed"): {"filtered": True, "nullable_path": {}},
}  # fmt: skip


@pytest.mark.parametrize(("page", "path"), FACTS)
def test_facts(played: Played, page: str, path: str) -> None:
    assert played.batch(page, path).queryset == {**PLAIN, **FACTS[page, path]}


def test_no_facts_where_nothing_depends_on_them(played: Played) -> None:
    if played.depth == "light":
        assert played.batch("prefetched", "").queryset is None
    assert played.batch("forward_key", "author").queryset is None


def test_joins_and_prefetches_are_named(played: Played) -> None:
    below = played.batch("below_prefetch", "")
    assert (below.queryset is None) == (played.depth == "light")
    author = played.batch("through_property", "author")
    assert author.queryset is None and author.children
