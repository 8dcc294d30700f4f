"""HC602: what a GET writes again and again, and what it writes once or not by itself."""

from __future__ import annotations

import pytest
from shelves import Shelves

VIEWS = """
def viewed(request):
    Book.objects.filter(pk=1).update(pages=F("pages") + 1)
    return HttpResponse()

def logged(request):
    Review.objects.create(book_id=1, stars=1)
    return HttpResponse()

def made_once(request):
    author, _ = Author.objects.get_or_create(name="visitor")
    return HttpResponse(author.name)

def _sized(pk):
    book = Book.objects.get(pk=pk)
    book.pages = 100
    book.save()
    return HttpResponse(book.title)

def first_shown(request):
    return _sized(1)

def another_shown(request):
    return _sized(2)

def previewed(request):
    from django.db import transaction
    with transaction.atomic():
        Review.objects.create(book_id=1, stars=1)
        transaction.set_rollback(True)
    return HttpResponse()

def failing(request):
    from django.db import transaction
    try:
        with transaction.atomic():
            Review.objects.create(book_id=1, stars=1)
            raise LookupError
    except LookupError:
        return HttpResponse()

def in_a_transaction(request):
    from django.db import transaction
    with transaction.atomic():
        Book.objects.filter(pk=1).update(pages=1)
    return HttpResponse()

def _counted():
    Book.objects.filter(pk=1).update(pages=1)

def by_two_ways(request):
    _counted()
    return _counted() or HttpResponse()

def session(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse()

def read(request):
    return HttpResponse(Book.objects.get(pk=1).title)

def logs_in(request):
    from django.contrib.auth import login
    from django.contrib.auth.models import User
    login(request, User.objects.get())
    return HttpResponse()
"""
TRUE = {
    "viewed": "UPDATE once in a GET",
    "logged": "INSERT once in a GET",
    "in_a_transaction": "UPDATE once in a GET",
}
TWICE_AT_ONCE = "by_two_ways"
CLEAN = ["previewed", "failing", "made_once", "session", "read", "logs_in"]
FILLED = ["first_shown", "another_shown"]


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    targets = [*TRUE, *CLEAN, *FILLED, TWICE_AT_ONCE]
    again = [f"{target}/?again=1" for target in targets]
    return Shelves(tmp_path_factory.mktemp("writes"), VIEWS, [*targets, *again])


@pytest.mark.parametrize("view", TRUE)
def test_a_get_that_writes_each_time(shelves: Shelves, view: str) -> None:
    found = shelves.seen(view, f"{view}/?again=1", code="HC602")
    assert [one.detail for one in found] == [TRUE[view]] * 2
    assert found[0].trigger[0].qualname == view and found[0].statement is not None


@pytest.mark.parametrize("view", [*TRUE, *CLEAN])
def test_once_is_not_enough(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC602") == []


def test_what_each_object_is_given_when_it_is_first_shown(shelves: Shelves) -> None:
    assert shelves.seen(*FILLED, code="HC602") == []


def test_one_request_is_once_however_often_it_writes(shelves: Shelves) -> None:
    assert shelves.seen(TWICE_AT_ONCE, code="HC602") == []
    assert shelves.seen(TWICE_AT_ONCE, f"{TWICE_AT_ONCE}/?again=1", code="HC602") != []


def test_one_page_twice(shelves: Shelves) -> None:
    assert shelves.seen("first_shown", "first_shown/?again=1", code="HC602") != []


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, f"{view}/?again=1", code="HC602") == []
