"""HC303: adding up in Python what the database could, and loops that do more than that."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
from collections import Counter, defaultdict

def added(request):
    return HttpResponse(sum(book.price for book in Book.objects.all()))

def product(request):
    return HttpResponse(sum(book.price * book.pages for book in Book.objects.all()))

def largest(request):
    return HttpResponse(max([book.pages for book in Book.objects.all()]))

def some(request):
    return HttpResponse(sum(1 for book in Book.objects.all() if book.active))

def grouped(request):
    return HttpResponse(Counter(book.author_id for book in Book.objects.all()))

def looped(request):
    total = 0
    for book in Book.objects.all():
        total += book.price
    return HttpResponse(total)

def grouped_loop(request):
    totals = defaultdict(int)
    for book in Book.objects.all():
        if book.active:
            totals[book.author_id] += book.pages
    return HttpResponse(totals.values())

def of_one(request):
    author = Author.objects.get(pk=1)
    return HttpResponse(sum(book.pages for book in author.books.all()))

def shown_too(request):
    books = Book.objects.all()
    return HttpResponse(f"{sum(book.price for book in books)}{[b.title for b in books]}")

def method(request):
    return HttpResponse(sum(len(book.title) for book in Book.objects.all()))

def related(request):
    books = Book.objects.select_related("author")
    return HttpResponse(sum(len(book.author.name) for book in books))

def does_more(request):
    total = 0
    for book in Book.objects.all():
        total += book.price
        request.last = book
    return HttpResponse(total)

def chosen(request):
    return HttpResponse(max(Book.objects.all(), key=lambda book: book.pages).title)

def few(request):
    return HttpResponse(sum(book.price for book in Book.objects.filter(pk__lt=4)))

def sliced(request):
    return HttpResponse(sum(book.price for book in Book.objects.order_by("pk")[:20]))

def in_database(request):
    from django.db.models import Sum
    return HttpResponse(Book.objects.aggregate(Sum("price"))["price__sum"])

def each(request):
    authors = Author.objects.all()
    return HttpResponse([sum(book.pages for book in author.books.all()) for author in authors])
"""
TRUE = {
    "added": 'Sum("price")', "product": 'Sum("price")', "largest": 'Max("pages")',
    "some": 'Sum("active")', "grouped": '.values("author_id")', "looped": 'Sum("price")',
    "grouped_loop": '.values("author_id")', "of_one": 'Sum("pages")',
}  # fmt: skip
CLEAN = [
    "shown_too", "method", "related", "does_more", "chosen", "few", "sliced", "in_database",
    "each",
]  # fmt: skip


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    return Shelves(tmp_path_factory.mktemp("summed"), VIEWS, [*TRUE, *CLEAN])


@pytest.mark.parametrize("view", TRUE)
def test_added_up_in_python(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view, code="HC303")
    assert TRUE[view] in seen.advice
    assert seen.rows == (6 if view == "of_one" else 26)
    assert "of whose 7 columns only" in seen.detail and seen.expression


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC303") == []
