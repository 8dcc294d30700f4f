"""A small shop with tests of its own: what they show, the crawl shows in part."""

from __future__ import annotations

import sys
from pathlib import Path

from hotclub.project import Project
from tests.doctor.bookshop import fill, write

URLS = """
from django.urls import path
from books import views
urlpatterns = [
    path("books/", views.book_list),
    path("order/", views.order),
    path("note/", views.note),
]
"""
VIEWS = """
from django.http import HttpResponse
from django.views.decorators.http import require_POST
from .models import Book, Review

def book_list(request):
    return HttpResponse(", ".join(book.author.name for book in Book.objects.order_by("pk")))

@require_POST
def order(request):
    return HttpResponse(", ".join(book.author.name for book in Book.objects.order_by("-pk")))

@require_POST
def note(request):
    return HttpResponse(", ".join(one.by.name for one in Review.objects.order_by("pk")))
"""
TESTS = """
import socket
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import TestCase
from books.models import Author, Book, Review

ORIGINAL = {original!r}


def some(count):
    for number in range(count):
        author = Author.objects.create(name=f"a{{number}}")
        book = Book.objects.create(title=f"b{{number}}", author=author)
    return book


class Pages(TestCase):
    def test_list(self):
        some(3)
        self.assertEqual(self.client.get("/books/").status_code, 200)

    def test_order(self):
        some(2)
        self.assertEqual(self.client.post("/order/").status_code, 200)

    def test_note(self):
        book = some(1)
        Review.objects.create(book=book, by=book.author)
        self.assertEqual(self.client.post("/note/").status_code, 200)


class Around(TestCase):
    def test_nothing_of_the_original_is_known(self):
        self.assertNotIn(ORIGINAL, str(settings.DATABASES) + str(settings.MEDIA_ROOT))
        self.assertNotIn(ORIGINAL, str(Path.cwd()) + __file__)
        self.assertEqual(Book.objects.count(), 0)

    def test_closed(self):
        with self.assertRaises(OSError):
            socket.create_connection(("192.0.2.1", 80), 1)
        with self.assertRaises(OSError):
            Path(ORIGINAL, "left-behind").write_text("x")
        default_storage.save("note.txt", ContentFile(b"x"))
        Path("made-by-a-test").write_text("x")

    def test_fails(self):
        self.assertEqual(1, 2)
"""
CONFTEST = """
import os

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()


@pytest.fixture(scope="session", autouse=True)
def database():
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    yield
    teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def rolled_back():
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
"""


def shop(root: Path) -> Project:
    fill(write(root, config__urls=URLS, books__views=VIEWS))
    (root / "books" / "tests.py").write_text(TESTS.format(original=str(root)))
    return Project.find(root, python=sys.executable)
