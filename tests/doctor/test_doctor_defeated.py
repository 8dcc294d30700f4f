"""HC106: prefetches that a filter defeats."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from booking import Book

from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")


def products(book: Book, request: int) -> int:
    return book.batch(request, "shop.Product", size=10, created_stack=book.stack(VIEW))


def prefetched(book: Book, request: int, parent: int, name: str = "reviews") -> int:
    return book.batch(
        request, "shop.Review", parent_id=parent, relation=name, relation_kind="reverse_key",
        via="prefetch", size=30, members=10,
    )  # fmt: skip


def test_a_filter_over_a_prefetch(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    prefetched(book, request, root)
    book.lazy(request, root, "reviews", "reverse_key", shape="filtered")
    (seen,) = look(book)
    assert (seen.code, seen.shape, seen.reason) == ("HC106", "filtered", "")
    assert seen.expression[0].line == 10 and seen.path[0].relation == "reviews"
    assert 'Prefetch("reviews", queryset=…, to_attr=…)' in seen.advice


def test_below_another_prefetch(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    reviews = prefetched(book, request, root)
    prefetched(book, request, reviews, "answers")
    book.lazy(request, reviews, "answers", "reverse_key", shape="filtered")
    (seen,) = look(book)
    assert seen.code == "HC106"
    assert [step.relation for step in seen.path] == ["reviews", "answers"]


def test_without_a_prefetch_it_is_a_loop_like_others(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    prefetched(book, request, root, "tags")
    book.lazy(request, root, "reviews", "reverse_key", shape="filtered")
    (seen,) = look(book)
    assert seen.code == "HC102" and "Prefetch()" in seen.reason


@pytest.mark.parametrize("shape", ["count", "filtered_count"])
def test_numbers_are_counted_all_the_same(book: Book, look: Look, shape: str) -> None:
    request = book.request()
    root = products(book, request)
    prefetched(book, request, root)
    book.lazy(request, root, "reviews", "reverse_key", shape=shape)
    assert [seen.code for seen in look(book)] == ["HC301"]


def test_for_one_of_them_it_is_no_loop(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    prefetched(book, request, root)
    book.lazy(request, root, "reviews", "reverse_key", shape="filtered", members=1, loads=1)
    assert look(book) == []
