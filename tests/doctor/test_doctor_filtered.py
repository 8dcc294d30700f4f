"""HC402: rows that are thrown away in Python, and rows that are looked at."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
def listed(request):
    books = [book for book in Book.objects.all() if book.active]
    return HttpResponse([book.title for book in books])

def compared(request):
    books = [book.title for book in Book.objects.all() if book.author_id == 1 and book.pages > 3]
    return HttpResponse(books)

def looped(request):
    names = []
    for book in Book.objects.all():
        if book.active:
            names.append(book.title)
    return HttpResponse(names)

def skipped(request):
    names = []
    for book in Book.objects.all():
        if not book.active:
            continue
        names.append(book.title)
    return HttpResponse(names)

def most_kept(request):
    return HttpResponse([book.title for book in Book.objects.all() if not book.active])

def called(request):
    books = Book.objects.all()
    return HttpResponse([book.title for book in books if book.title.endswith("7")])

def divided(request):
    books = Book.objects.all()
    active = [book.title for book in books if book.active]
    return HttpResponse([active, [book.title for book in books if not book.active]])

def with_else(request):
    names = []
    for book in Book.objects.all():
        if book.active:
            names.append(book.title)
        else:
            names.append("")
    return HttpResponse(names)

def does_more(request):
    names = []
    for book in Book.objects.all():
        if book.active:
            names.append(book.title)
        names.append("-")
    return HttpResponse(names)

def none_read(request):
    return HttpResponse(len([book for book in Book.objects.all() if book.active]))

def few(request):
    return HttpResponse([b.title for b in Book.objects.filter(pk__lt=8) if b.active])

def sliced(request):
    return HttpResponse([b.title for b in Book.objects.order_by("pk")[:20] if b.active])

def filtered(request):
    return HttpResponse([book.title for book in Book.objects.filter(active=True)])
"""
TRUE = {
    "listed": "active=…", "compared": "author_id=…, pages=…", "looped": "active=…",
    "skipped": "active=…",
}  # fmt: skip
CLEAN = [
    "most_kept", "called", "divided", "with_else", "does_more", "none_read", "few", "sliced",
    "filtered",
]  # fmt: skip


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    return Shelves(tmp_path_factory.mktemp("filtered"), VIEWS, [*TRUE, *CLEAN])


@pytest.mark.parametrize("view", TRUE)
def test_most_rows_were_thrown_away(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view, code="HC402")
    assert seen.advice.endswith(f".filter({TRUE[view]})")
    assert seen.rows == 26 and seen.spared > 13


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC402") == []
