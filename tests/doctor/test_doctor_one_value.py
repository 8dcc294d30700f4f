"""HC407: rows made for a value each, and rows of which more is used."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
def titles(request):
    return HttpResponse([book.title for book in Book.objects.filter(active=False)])

def authors(request):
    return HttpResponse({book.author_id for book in Book.objects.all()})

def pairs(request):
    return HttpResponse({book.pk: book.title for book in Book.objects.all()}.values())

def joined(request):
    return HttpResponse(", ".join(book.title for book in Book.objects.all()))

def more(request):
    return HttpResponse([(b.title, b.price, b.pages, b.active, b.text) for b in Book.objects.all()])

def narrow(request):
    return HttpResponse([review.stars for review in Review.objects.all()])

def only(request):
    return HttpResponse([book.title for book in Book.objects.only("title")])

def reused(request):
    books = Book.objects.all()
    return HttpResponse([[book.title for book in books], [book.price for book in books]])

def called(request):
    return HttpResponse([book.title.upper() for book in Book.objects.all()])

def objects(request):
    return HttpResponse([book for book in Book.objects.all() if book.active])

def few(request):
    return HttpResponse([book.title for book in Book.objects.filter(pk__lt=5)])

def loop(request):
    names = []
    for book in Book.objects.all():
        names.append(book.title)
    return HttpResponse(names)

def tracked(request):
    return HttpResponse([one.title for one in Tracked.objects.all()])
"""
TRUE = {
    "titles": '.values_list("title", flat=True)', "authors": '("author_id", flat=True)',
    "pairs": '.values_list("pk", "title")', "joined": '("title", flat=True)',
}  # fmt: skip
CLEAN = ["more", "narrow", "only", "reused", "called", "objects", "few", "loop", "tracked"]


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    return Shelves(tmp_path_factory.mktemp("values"), VIEWS, [*TRUE, *CLEAN])


@pytest.mark.parametrize("view", TRUE)
def test_one_value_of_each(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view, code="HC407")
    assert TRUE[view] in seen.advice and seen.rows >= 23 and 0 < seen.spared < seen.rows
    assert seen.expression[0].qualname == view


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC407") == []
