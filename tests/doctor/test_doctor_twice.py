"""HC404: querysets that were asked for a part of themselves and then run whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelves import Shelves

VIEWS = """
def counted(request):
    books = Book.objects.filter(active=False)
    return HttpResponse(f"{books.count()} {[book.title for book in books]}")

def existing(request):
    books = Book.objects.all()
    if books.exists():
        return HttpResponse([book.title for book in books])

def indexed(request):
    books = Book.objects.order_by("pk")
    return HttpResponse(f"{books[0].title} {[book.title for book in books]}")

def first(request):
    books = Book.objects.order_by("pk")
    return HttpResponse(f"{books.first().title} {[book.title for book in books]}")

def several(request):
    books = Book.objects.all()
    return HttpResponse(f"{books.exists()} {books.count()} {[book.title for book in books]}")

def in_template(request):
    return render(request, "exists.html", {"rows": Book.objects.all()})

async def waited(request):
    books = Book.objects.all()
    number = await books.acount()
    return HttpResponse(f"{number} {[book.title async for book in books]}")

def after(request):
    books = Book.objects.all()
    return HttpResponse(f"{[book.title for book in books]} {books.count()} {books[0].title}")

def page(request):
    books = Book.objects.order_by("pk")
    return HttpResponse(f"{books.count()} {[book.title for book in books[:5]]}")

def paginated(request):
    from django.core.paginator import Paginator
    return HttpResponse(list(Paginator(Book.objects.order_by("pk"), 5).page(1)))

def others(request):
    number = Book.objects.count()
    return HttpResponse(f"{number} {[book.title for book in Book.objects.all()]}")

def written_between(request):
    books = Book.objects.filter(title="new")
    before = books.count()
    Book.objects.create(title="new", author_id=1)
    return HttpResponse(f"{before} {[book.title for book in books]}")

def guarded(request):
    books = Book.objects.all()
    if books.count() > int(request.GET.get("most", 5)):
        return HttpResponse("too many")
    return HttpResponse([book.title for book in books])
"""
TRUE = {
    "counted": ("count()", 1), "existing": ("exists()", 1), "indexed": ("[0]", 1),
    "first": ("first()", 1), "several": ("exists() and .count()", 2), "in_template": ("exists", 1),
    "waited": ("count()", 1),
}  # fmt: skip
CLEAN = ["after", "page", "paginated", "others", "written_between"]
GUARD = "guarded/?most=1000"


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    root: Path = tmp_path_factory.mktemp("twice")
    return Shelves(root, VIEWS, [*TRUE, *CLEAN, GUARD, "guarded"])


@pytest.mark.parametrize("view", TRUE)
def test_asked_and_then_run_whole(shelves: Shelves, view: str) -> None:
    what, queries = TRUE[view]
    (seen,) = shelves.seen(view, code="HC404")
    assert (seen.code, seen.queries) == ("HC404", queries)
    assert what in seen.detail and seen.statement is not None
    assert seen.trigger[0].path in ("shelf/views.py", "templates/exists.html")


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC404") == []


def test_a_count_that_keeps_the_rows_away_denies_it(shelves: Shelves) -> None:
    assert "HC404" in shelves.codes(GUARD)
    assert "HC404" not in shelves.codes(GUARD, "guarded")
