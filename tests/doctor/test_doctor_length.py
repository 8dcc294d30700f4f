"""HC302: rows that were made for their number, and rows that were also looked at."""

from __future__ import annotations

import pytest
from shelves import Shelves

from hotclub.doctor._costs import Costs
from hotclub.doctor._merge import merge

VIEWS = """
def length(request):
    return HttpResponse(len(Book.objects.filter(active=False)))

def length_and_truth(request):
    books = Book.objects.all()
    return HttpResponse(len(books) if books else 0)

def in_template(request):
    return render(request, "length.html", {"rows": Book.objects.all()})

def of_one(request):
    author = Author.objects.get(pk=1)
    return HttpResponse(len(author.books.all()))

def used(request):
    books = Book.objects.all()
    return HttpResponse(f"{len(books)} {[book.title for book in books]}")

def used_later(request):
    books = Book.objects.all()
    return HttpResponse(f"{len(books)} {books[3].title}")

def listed(request):
    return HttpResponse(len(list(Book.objects.all())))

def pickled(request):
    import pickle
    books = Book.objects.all()
    return HttpResponse(f"{len(books)}{len(pickle.dumps(books))}")

def sliced(request):
    return HttpResponse(len(Book.objects.all()[:5]))

def counted(request):
    return HttpResponse(Book.objects.count())

def tracked(request):
    return HttpResponse(len(Tracked.objects.all()))

def looped(request):
    return HttpResponse(sum(len(author.books.all()) for author in Author.objects.all()))

def nothing(request):
    return HttpResponse(len(Book.objects.filter(title="none")))

def sometimes(request):
    books = Book.objects.all()
    text = [book.title for book in books] if request.GET.get("all") else ""
    return HttpResponse(f"{len(books)}{text}")

def twice(request):
    books = Book.objects.all()
    if len(books) == 0:
        return HttpResponse("none")
    return HttpResponse("one" if len(books) == 1 else "many")

def sometimes_twice(request):
    books = Book.objects.all()
    number = len(books)
    return HttpResponse(len(books) if request.GET.get("again") else number)

def joined_loop(request):
    return render(request, "rows.html", {"rows": Book.objects.all()})
"""
TRUE = {"length": 23, "length_and_truth": 26, "in_template": 26, "of_one": 6, "twice": 26}
LATER = "sometimes/?all=1"
AGAIN = "sometimes_twice/?again=1"
CLEAN = [
    "used", "used_later", "listed", "pickled", "sliced", "counted", "tracked", "looped",
    "nothing", "joined_loop",
]  # fmt: skip


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    targets = [*TRUE, *CLEAN, "sometimes", LATER, "sometimes_twice", AGAIN]
    return Shelves(tmp_path_factory.mktemp("length"), VIEWS, targets)


@pytest.mark.parametrize("view", TRUE)
def test_only_the_number_was_used(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view)
    assert (seen.code, seen.rows, seen.queries, seen.saves) == ("HC302", TRUE[view], 1, 0)
    assert ".count()" in seen.advice and "only their number" in seen.detail
    assert seen.trigger[0].path in ("shelf/views.py", "templates/length.html")


def test_it_names_the_queryset_and_the_call(shelves: Shelves) -> None:
    (seen,) = shelves.seen("length")
    assert shelves.source(seen) == "len(Book.objects.filter(active=False))"
    place = seen.expression[0]
    line = (shelves.root / place.path).read_text().splitlines()[place.line - 1]
    assert line[place.column : place.end_column] == "Book.objects.filter(active=False)"


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC302") == []


def test_another_request_that_looks_at_the_rows_denies_it(shelves: Shelves) -> None:
    assert shelves.codes("sometimes") == ["HC302"]
    assert "HC302" not in shelves.codes("sometimes", LATER)


def test_what_is_asked_more_than_once_says_why_it_is_not_edited(shelves: Shelves) -> None:
    reasons = {view: shelves.seen(view)[0].reason for view in TRUE}
    assert {view for view, reason in reasons.items() if reason} == {"length_and_truth", "twice"}
    assert "asked 2 times" in reasons["twice"] and "each count() would be" in reasons["twice"]


def test_one_request_that_asks_again_is_enough(shelves: Shelves) -> None:
    found = [*shelves.seen("sometimes_twice"), *shelves.seen("sometimes_twice", AGAIN)]
    (finding,) = merge(found, Costs(), {})
    assert "asked 2 times" in finding.reason
