"""HC108: relations of a single object, on every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from booking import Book

from hotclub.doctor._seen import Sighting

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product")
ONE: dict[str, Any] = {"members": 1, "loads": 1, "queries": 1, "size": 1}


def page(book: Book, path: str, *kinds: str, size: int = 1, **values: Any) -> None:
    """One object, and from it one relation of each kind, each behind the other."""
    request = book.request(path, **values)
    at = book.batch(request, "shop.Product", size=size, created_stack=book.stack(VIEW))
    for number, kind in enumerate(kinds):
        at = book.lazy(request, at, f"step{number}", kind, **ONE)


def test_every_request_goes_on(book: Book, look: Look) -> None:
    page(book, "/1/", "forward_key")
    page(book, "/2/", "forward_key")
    found = look(book)
    assert [seen.code for seen in found] == ["HC108", "HC108"]
    assert found[0].expression[0].line == 10 and found[0].path[0].relation == "step0"
    assert found[0].advice == "add select_related('step0'): one query instead of two"


def test_and_on(book: Book, look: Look) -> None:
    for path in ("/1/", "/2/"):
        page(book, path, "forward_key", "reverse_one_to_one")
    lookups = {"__".join(step.relation for step in seen.path) for seen in look(book)}
    assert lookups == {"step0", "step0__step1"}


def test_one_request_is_not_every_time(book: Book, look: Look) -> None:
    page(book, "/1/", "forward_key")
    page(book, "/1/", "forward_key")
    assert look(book) == []


def test_sometimes_is_not_every_time(book: Book, look: Look) -> None:
    page(book, "/1/", "forward_key")
    page(book, "/2/", "forward_key")
    page(book, "/3/")
    assert look(book) == []


def test_requests_that_failed_say_nothing(book: Book, look: Look) -> None:
    page(book, "/1/", "forward_key")
    page(book, "/2/", "forward_key")
    page(book, "/3/", status=404)
    assert len(look(book)) == 2


def test_an_expression_that_makes_many_as_well(book: Book, look: Look) -> None:
    page(book, "/1/", "forward_key")
    page(book, "/2/", "forward_key")
    page(book, "/3/", size=5)
    assert look(book) == []


@pytest.mark.parametrize("kind", ["reverse_key", "many_to_many", "generic_key"])
def test_what_a_join_cannot_bring(book: Book, look: Look, kind: str) -> None:
    for path in ("/1/", "/2/"):
        page(book, path, kind)
    assert look(book) == []


def test_one_page_for_several_visitors_is_one(book: Book, look: Look) -> None:
    page(book, "/1/", "forward_key", label="GET /1/ (anna)")
    page(book, "/1/", "forward_key", label="GET /1/ (bert)")
    assert look(book) == []


def test_the_visitor(book: Book, look: Look) -> None:
    for path in ("/1/", "/2/"):
        request = book.request(path, user="staff:7")
        here = book.stack(("call", "shop/middleware.py", 3, "remember"))
        root = book.batch(request, "auth.User", created_stack=here)
        book.query(request, "SELECT * FROM user WHERE id = %s", [7], batch=root)
        book.lazy(request, root, "profile", "reverse_one_to_one", **ONE)
    assert look(book) == []


def test_made_by_somebody_else(book: Book, look: Look) -> None:
    for path in ("/1/", "/2/"):
        request = book.request(path)
        root = book.batch(request, "auth.User")
        book.lazy(request, root, "profile", "reverse_one_to_one", **ONE)
    assert look(book) == []
