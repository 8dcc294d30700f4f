"""HC403: rows that were made to see whether there are any, and rows that were also used."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelves import Shelves

VIEWS = """
def tested(request):
    if Book.objects.filter(active=False):
        return HttpResponse("some")
    return HttpResponse("none")

def negated(request):
    books = Book.objects.all()
    return HttpResponse("none" if not books else "some")

def in_template(request):
    return render(request, "tested.html", {"rows": Book.objects.all()})

def twice(request):
    books = Book.objects.all()
    if not books:
        return HttpResponse("none")
    return HttpResponse("some" if books else "none")

def used(request):
    return render(request, "rows.html", {"rows": Book.objects.all()})

def contained(request):
    books = Book.objects.all()
    first = Book.objects.get(pk=1)
    return HttpResponse(bool(books) and first in books)

def exists(request):
    return HttpResponse(Book.objects.exists())

def values(request):
    return HttpResponse(bool(Book.objects.values_list("pk")))

def one(request):
    return HttpResponse(bool(Book.objects.filter(pk=1)))

def prefetched(request):
    return HttpResponse(bool(Author.objects.prefetch_related("books")))

def sometimes(request):
    books = Book.objects.all()
    if books and request.GET.get("all"):
        return HttpResponse([book.title for book in books])
    return HttpResponse("some")
"""
TRUE = ["tested", "negated", "in_template", "twice"]
CLEAN = ["used", "contained", "exists", "values", "one", "prefetched"]
LATER = "sometimes/?all=1"


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    root: Path = tmp_path_factory.mktemp("truth")
    return Shelves(root, VIEWS, [*TRUE, *CLEAN, "sometimes", LATER])


@pytest.mark.parametrize("view", TRUE)
def test_only_its_truth_was_asked(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view)
    assert (seen.code, seen.queries) == ("HC403", 1) and seen.rows >= 23
    assert ".exists()" in seen.advice and "only tested" in seen.detail


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC403") == []


def test_another_request_that_looks_at_the_rows_denies_it(shelves: Shelves) -> None:
    assert shelves.codes("sometimes") == ["HC403"]
    assert "HC403" not in shelves.codes("sometimes", LATER)


def test_what_is_asked_more_than_once_says_why_it_is_not_edited(shelves: Shelves) -> None:
    reasons = {view: shelves.seen(view)[0].reason for view in TRUE}
    assert {view for view, reason in reasons.items() if reason} == {"twice"}
    assert "each exists() would be" in reasons["twice"]
