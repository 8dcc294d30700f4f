"""HC408: querysets that are put together in Python, and what only looks like it."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
from itertools import chain

def added(request):
    books = list(Book.objects.filter(active=True)) + list(Book.objects.filter(pages__gt=20))
    return HttpResponse([book.title for book in books])

def three(request):
    some = Book.objects.filter(pk__lt=3)
    books = list(some) + list(Book.objects.filter(pk=7)) + list(Book.objects.filter(pk=9))
    return HttpResponse([book.title for book in books])

def starred(request):
    books = [*Book.objects.filter(active=True), *Book.objects.filter(pages__gt=20)]
    return HttpResponse([book.title for book in books])

def chained(request):
    names = []
    for book in chain(Book.objects.filter(active=True), Book.objects.filter(pages__gt=20)):
        names.append(book.title)
    return HttpResponse(names)

def in_order(request):
    few, many = Book.objects.filter(pages__lt=3), Book.objects.filter(pages__gt=20)
    books = sorted(chain(few, many), key=lambda book: book.title)
    return HttpResponse([book.title for book in books])

def of_two_models(request):
    rows = list(Book.objects.filter(active=True)) + list(Author.objects.all())
    return HttpResponse(map(str, rows))

def side_by_side(request):
    few, many = list(Book.objects.filter(pages__lt=3)), list(Book.objects.filter(pages__gt=20))
    return HttpResponse([len(few), [book.title for book in many]])

def one_of_each(request):
    books = []
    for number in (1, 2, 3):
        books = books + list(Book.objects.filter(author_id=number))
    return HttpResponse([book.title for book in books])

def beginnings(request):
    books = list(Book.objects.order_by("pk")[:2]) + list(Book.objects.order_by("-pk")[:2])
    return HttpResponse([book.title for book in books])

def combined(request):
    books = Book.objects.filter(active=True) | Book.objects.filter(pages__gt=20)
    return HttpResponse([book.title for book in books])

def with_a_list(request):
    books = [Book(title="first")] + list(Book.objects.filter(active=True))
    return HttpResponse([book.title for book in books])
"""
TRUE = {"added": 2, "three": 3, "starred": 2, "chained": 2, "in_order": 2}
CLEAN = [
    "of_two_models", "side_by_side", "one_of_each", "beginnings", "combined", "with_a_list",
]  # fmt: skip


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    return Shelves(tmp_path_factory.mktemp("merged"), VIEWS, [*TRUE, *CLEAN])


@pytest.mark.parametrize("view", TRUE)
def test_put_together(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view, code="HC408")
    assert (seen.queries, seen.saves) == (TRUE[view], pytest.approx(TRUE[view] - 1))
    assert seen.detail.endswith("of shelf.Book put together") and "a | b" in seen.advice
    assert seen.trigger[0].qualname == view and seen.expression


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC408") == []
