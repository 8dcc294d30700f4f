"""HC405: heavy columns that nobody reads, and those that somebody does."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
def titles(request):
    return HttpResponse([f"{book.title} {book.pages}" for book in Book.objects.all()])

def joined(request):
    books = Book.objects.select_related("author").defer("text")
    return HttpResponse([f"{book.title} {book.author}" for book in books])

def read(request):
    return HttpResponse([f"{book.title} {book.text[:9]}" for book in Book.objects.all()])

def deferred(request):
    return HttpResponse([f"{book.title}" for book in Book.objects.defer("text")])

def light(request):
    Book.objects.update(text="short")
    answer = HttpResponse([f"{book.title}" for book in Book.objects.all()])
    transaction.set_rollback(True)
    return answer

light = transaction.atomic(light)
light.__module__ = "shelf.views"

def few(request):
    return HttpResponse([f"{book.title}" for book in Book.objects.filter(pk__lt=4)])

def pickled(request):
    import pickle
    return HttpResponse(len(pickle.dumps(list(Book.objects.all()))))

def saved(request):
    for book in Book.objects.order_by("pk"):
        book.save()
    return HttpResponse()

def tracked(request):
    return HttpResponse([one.title for one in Tracked.objects.all()])

def sometimes(request):
    books = Book.objects.order_by("pk")
    what = "text" if request.GET.get("text") else "title"
    return HttpResponse([getattr(book, what) for book in books])
"""
CLEAN = ["read", "deferred", "light", "few", "pickled", "saved", "tracked"]
LATER = "sometimes/?text=1"


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    targets = ["titles", "joined", *CLEAN, "sometimes", LATER]
    return Shelves(tmp_path_factory.mktemp("unread"), VIEWS, targets)


def test_a_column_of_the_rows(shelves: Shelves) -> None:
    (seen,) = shelves.seen("titles")
    assert (seen.code, seen.rows, seen.model) == ("HC405", 26, "shelf.Book")
    assert seen.advice.endswith('.defer("text")') and "text weighed 96 kB in 26" in seen.detail


def test_a_column_of_what_was_joined(shelves: Shelves) -> None:
    (seen,) = shelves.seen("joined")
    assert (seen.code, seen.loaded) == ("HC405", "shelf.Author")
    assert seen.advice.endswith('.defer("author__bio")')
    assert [step.relation for step in seen.path] == ["author", "bio"]


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC405") == []


def test_another_request_that_reads_it_denies_it(shelves: Shelves) -> None:
    assert shelves.codes("sometimes") == ["HC405"]
    assert shelves.codes("sometimes", LATER) == []
