"""HC401: changes that are lost between two requests, which F() ends; and changes that are not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bookshop import environment
from shelves import Shelves, written

from tests import postgres_server

VIEWS = """
def added(request):
    book = Book.objects.get(pk=1)
    book.pages += 1
    book.save()
    return HttpResponse()

def spelled_out(request):
    book = Book.objects.get(pk=1)
    book.pages = book.pages - int(request.GET.get("by", 2))
    book.save(update_fields=["pages"])
    return HttpResponse()

def in_loop(request):
    for review in Review.objects.filter(book_id=1):
        review.stars = review.stars + 1
        review.save()
    return HttpResponse()

def by_key(request):
    review = Review.objects.get(pk=1)
    review.book.pages += 1
    review.book.save()
    return HttpResponse()

def locked(request):
    with transaction.atomic():
        book = Book.objects.select_for_update().get(pk=1)
        book.pages += 1
        book.save()
    return HttpResponse()

def owner_locked(request):
    with transaction.atomic():
        Author.objects.select_for_update().get(pk=1)
        book = Book.objects.get(pk=1)
        book.pages += 1
        book.save()
    return HttpResponse()

def expression(request):
    book = Book.objects.get(pk=1)
    book.pages = F("pages") + 1
    book.save()
    return HttpResponse()

def updated(request):
    Book.objects.filter(pk=1).update(pages=F("pages") + 1)
    return HttpResponse()

def replaced(request):
    book = Book.objects.get(pk=1)
    if book.pages != 77:
        book.pages = 77
        book.save()
    return HttpResponse()

def of_another(request):
    book, other = Book.objects.get(pk=1), Book.objects.get(pk=2)
    book.pages = other.pages + book.price
    book.pages = other.pages + 1
    book.save()
    return HttpResponse()

def not_saved(request):
    book = Book.objects.get(pk=1)
    book.pages += 1
    book.title = "more"
    book.save(update_fields=["title"])
    return HttpResponse(book.pages)

def shown(request):
    book = Book.objects.get(pk=1)
    book.pages += 1
    return HttpResponse(book.pages)

def made(request):
    review = Review(book_id=1, stars=1)
    review.stars += 1
    review.save()
    return HttpResponse()
"""
TRUE = {"added": "pages", "spelled_out": "pages", "in_loop": "stars", "by_key": "pages"}
CLEAN = [
    "locked", "owner_locked", "expression", "updated", "replaced", "of_another", "not_saved",
    "shown", "made",
]  # fmt: skip


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    return Shelves(tmp_path_factory.mktemp("race"), VIEWS, [*TRUE, *CLEAN])


@pytest.mark.parametrize("view", TRUE)
def test_changes_that_may_be_lost(shelves: Shelves, view: str) -> None:
    (seen,) = shelves.seen(view, code="HC401")
    assert seen.path[0].relation == TRUE[view] and f'F("{TRUE[view]}")' in seen.advice
    assert seen.sql.startswith("UPDATE") and seen.trigger[0].qualname == view


@pytest.mark.parametrize("view", CLEAN)
def test_no_false_alarm(shelves: Shelves, view: str) -> None:
    assert shelves.seen(view, code="HC401") == []


TWO = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from threading import Barrier, Thread
from django.db import connection
from django.db.models import F
from shelf.models import Author, Book
book = Book.objects.create(title="t", author=Author.objects.create(name="a"))

def both(work):
    meet = Barrier(2, timeout=30)
    def one():
        try:
            work(meet)
        finally:
            connection.close()
    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pages = Book.objects.get(pk=book.pk).pages
    Book.objects.update(pages=0)
    return pages

def saved(meet):
    mine = Book.objects.get(pk=book.pk)
    meet.wait()
    mine.pages += 1
    mine.save()

def counted(meet):
    mine = Book.objects.get(pk=book.pk)
    meet.wait()
    mine.pages = F("pages") + 1
    mine.save()

print(both(saved), both(counted))
"""


def test_two_connections_lose_a_change_and_f_does_not(tmp_path: Path) -> None:
    root = written(tmp_path, "")
    with postgres_server.running() as server:
        database = {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "boss",
            "HOST": str(server.directory), "PORT": server.port,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", TWO], cwd=root, capture_output=True, text=True, timeout=120,
            env=environment(SHELVES=json.dumps({"DATABASES": {"default": database}})),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "2"], "one of two changes is lost, and with F() none"
