"""HC301: relations of which only a number is asked, and those that are also loaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from booking import Book

from hotclub.doctor._costs import Costs
from hotclub.doctor._merge import merge
from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")


def products(book: Book, request: int) -> int:
    return book.batch(request, "shop.Product", size=10, created_stack=book.stack(VIEW))


@pytest.mark.parametrize("kind", ["reverse_key", "many_to_many", "generic_relation"])
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("count", "the count of reviews"),
        ("exists", "Exists() of reviews"),
        ("aggregate", "the aggregate of reviews"),
        ("filtered_count", "the count of reviews, filtered as here"),
        ("filtered_exists", "Exists() of reviews, filtered as here"),
        ("filtered_aggregate", "the aggregate of reviews, filtered as here"),
    ],
)
def test_a_value_for_each_instance(
    book: Book, look: Look, kind: str, shape: str, words: str
) -> None:
    request = book.request()
    root = products(book, request)
    book.query(
        request, "SELECT COUNT(*)", batch=book.lazy(request, root, "reviews", kind, shape=shape)
    )
    (seen,) = look(book)
    assert (seen.code, seen.shape, seen.path[0].relation) == ("HC301", shape, "reviews")
    assert seen.expression[0].line == 10 and seen.reason == ""
    assert seen.advice == f"annotate() the queryset of shop.Product with {words}"
    (finding,) = merge([seen], Costs(), {})
    assert (finding.queries_saved, finding.advice) == (10, seen.advice)


def test_one_instance_is_no_loop(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    book.lazy(request, root, "reviews", "reverse_key", shape="count", members=1, loads=3)
    assert look(book) == []


@pytest.mark.parametrize("shape", ["count", "exists"])
def test_a_count_beside_the_whole_relation_is_part_of_its_loading(
    book: Book, look: Look, shape: str
) -> None:
    request = book.request()
    root = products(book, request)
    book.lazy(request, root, "reviews", "reverse_key")
    book.lazy(request, root, "reviews", "reverse_key", shape=shape)
    (finding,) = merge(look(book), Costs(), {})
    assert (finding.code, finding.shape, finding.advice) == ("HC102", "all", "")
    assert finding.evidence.queries == 20 and finding.queries_saved == 18


def test_other_filters_than_those_of_a_prefetch_stay_apart(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request)
    book.lazy(request, root, "reviews", "reverse_key")
    book.lazy(request, root, "reviews", "reverse_key", shape="filtered_count")
    found = {finding.code: finding for finding in merge(look(book), Costs(), {})}
    assert set(found) == {"HC102", "HC301"}


def test_where_the_instances_came_from_may_be_unknown(book: Book, look: Look) -> None:
    request = book.request()
    book.lazy(request, None, "reviews", "reverse_key", shape="count", via="unknown")
    (seen,) = look(book)
    assert seen.code == "HC301" and "unpickled" in seen.reason
