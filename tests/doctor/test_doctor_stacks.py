"""Callers, and middleware that only passes requests on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from booking import Book

from hotclub.doctor._seen import Sighting
from hotclub.doctor._stacks import Stacks
from hotclub.recording import Recording

Look = Callable[[Book], list[Sighting]]
PASSING = ("call", "shop/middleware.py", 9, "Timing.__call__")
VIEW = ("call", "shop/views.py", 10, "product_list")


@pytest.fixture
def through(book: Book) -> int:
    """A request that went through the project's middleware to a view that queries."""
    request = book.request()
    book.span(request, "middleware", "shop.middleware.Timing")
    book.batch(request, "shop.Product", created_stack=book.stack(VIEW, PASSING))
    return request


def own(book: Book, *places: tuple[object, ...]) -> list[str]:
    number = book.stack(*places)
    with Recording.open(book.path) as recording:
        stacks = Stacks.of(recording, Path("/nowhere"))
        return [str(place) for place in stacks.own(recording.stack(number))]


def test_middleware_that_passes_is_taken_off(book: Book, through: int) -> None:
    assert own(book, VIEW, PASSING) == ["shop/views.py:10"]
    assert own(book, PASSING) == []


def test_middleware_that_queries_itself_stays(book: Book, through: int) -> None:
    asking = ("call", "shop/middleware.py", 7, "Timing.__call__")
    assert own(book, asking) == ["shop/middleware.py:7"]


def test_it_is_nobodys_caller(book: Book, through: int) -> None:
    with Recording.open(book.path) as recording:
        stacks = Stacks.of(recording, Path("/nowhere"))
    assert stacks.callers("shop/views.py", "product_list") == 1


def test_what_installed_packages_repeat_has_no_place(book: Book, through: int, look: Look) -> None:
    for _ in range(2):
        book.query(through, "SELECT 1 FROM t", [], stack=book.stack(PASSING))
    (seen,) = look(book)
    assert seen.trigger == () and seen.expression == ()


def test_distinct_callers_are_counted(book: Book) -> None:
    inner = ("call", "shop/models.py", 3, "Products.published")
    request = book.request()
    for line in (1, 2, 2):
        here = book.stack(inner, ("call", "shop/views.py", line, "view"))
        book.batch(request, "shop.Product", created_stack=here)
    with Recording.open(book.path) as recording:
        stacks = Stacks.of(recording, Path("/nowhere"))
    assert stacks.callers("shop/models.py", "Products.published") == 2
    assert stacks.callers("shop/models.py", "unheard_of") == 1
