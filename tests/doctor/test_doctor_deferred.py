"""HC107: fields that only() or defer() left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from booking import Book

from hotclub.doctor import Step
from hotclub.doctor._costs import Costs
from hotclub.doctor._merge import merge
from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")


def products(book: Book, request: int, **facts: Any) -> int:
    here = book.stack(VIEW)
    return book.batch(request, "shop.Product", size=10, created_stack=here, queryset=facts)


def fetched(book: Book, request: int, parent: int, **values: Any) -> int:
    row = {"relation_kind": None, "shape": "deferred", **values}
    return book.lazy(request, parent, "text", "", **row)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"only": ["title"]}, "add text to only()"),
        ({"defer": ["text"]}, "take text out of defer()"),
    ],
)
def test_a_field_of_each_instance(
    book: Book, look: Look, facts: dict[str, Any], words: str
) -> None:
    request = book.request()
    fetched(book, request, products(book, request, **facts))
    (seen,) = look(book)
    assert (seen.code, seen.shape) == ("HC107", "deferred")
    assert seen.path == (Step("text", "field"),) and seen.expression[0].line == 10
    assert words in seen.advice
    (finding,) = merge([seen], Costs(), {})
    assert (finding.lookup, finding.queries_saved, finding.joinable) == ("text", 10, False)


def test_a_field_of_what_was_joined(book: Book, look: Look) -> None:
    request = book.request()
    root = products(book, request, only=["category__slug"])
    joined = book.batch(
        request, "shop.Category", parent_id=root, relation="category",
        relation_kind="forward_key", via="select_related",
    )  # fmt: skip
    fetched(book, request, joined)
    (seen,) = look(book)
    assert "add category__text to only()" in seen.advice


def test_refreshed_on_purpose_is_none(book: Book, look: Look) -> None:
    request = book.request()
    fetched(book, request, products(book, request), shape="refreshed")
    assert look(book) == []


def test_one_instance_is_no_loop(book: Book, look: Look) -> None:
    request = book.request()
    fetched(book, request, products(book, request), members=1, loads=1)
    assert look(book) == []
