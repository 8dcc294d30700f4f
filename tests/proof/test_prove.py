"""Whole proofs, on a real project in real processes: what is kept, what loses, and why."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hotclub.doctor import Evidence, Finding, Place, Request
from hotclub.fix.model import Fix
from hotclub.project import Project
from hotclub.proof import Proof, prove
from hotclub.workspace import Workspace

FILES = {
    "manage.py": """
        import os, sys
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
        from django.core.management import execute_from_command_line
        execute_from_command_line(sys.argv)
        """,
    "site_settings.py": """
        from pathlib import Path
        BASE_DIR = Path(__file__).parent
        SECRET_KEY = "x"
        ALLOWED_HOSTS = ["localhost"]
        ROOT_URLCONF = "urls"
        INSTALLED_APPS = ["books"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",
                                 "NAME": BASE_DIR / "db.sqlite3"}}
        DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
        """,
    "urls.py": """
        from django.urls import path
        from books import views
        urlpatterns = [
            path("books/", views.books), path("authors/", views.authors),
            path("clock/", views.clock), path("dice/", views.dice),
        ]
        """,
    "books/__init__.py": "",
    "books/models.py": """
        from django.db import models
        class Author(models.Model):
            name = models.CharField(max_length=20)
        class Book(models.Model):
            title = models.CharField(max_length=20)
            author = models.ForeignKey(Author, models.CASCADE)
        """,
    "books/views.py": """
        import time
        from django.http import HttpResponse
        from books.models import Author, Book

        def books(request):
            rows = Book.objects.order_by("pk")
            return HttpResponse("; ".join(f"{b.title} by {b.author.name}" for b in rows))

        def authors(request):
            rows = Author.objects.order_by("pk")
            return HttpResponse("; ".join(a.name for a in rows))

        def clock(request):
            padding = "x" * 5000
            return HttpResponse(f'<i>{time.time_ns() // 1000000000}.{time.time_ns()}</i>{padding}')

        def dice(request):
            return HttpResponse(str(time.perf_counter_ns()))
        """,
}
BOOKS = "books/views.py"
GOOD = ('Book.objects.order_by("pk")', 'Book.objects.order_by("pk").select_related("author")')
WRONG = ('Author.objects.order_by("pk")', 'Author.objects.order_by("-pk")')
IDLE = ('Author.objects.order_by("pk")', 'Author.objects.all().order_by("pk")')
RIDER = ("for b in rows", "for b in rows.all()")
RAISES = ('Author.objects.order_by("pk")', 'Author.objects.order_by("nonsense")')


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("library")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--run-syncdb", "-v0"], cwd=root, check=True
    )
    with sqlite3.connect(root / "db.sqlite3") as db:
        db.executemany("INSERT INTO books_author (name) VALUES (?)", [(f"a{i}",) for i in range(9)])
        db.executemany(
            "INSERT INTO books_book (title, author_id) VALUES (?, ?)",
            [(f"b{i}", i % 9 + 1) for i in range(12)],
        )
    db.close()
    with Workspace.create(Project.find(root, python=sys.executable)) as made:
        yield made


def request(path: str) -> Request:
    return Request(
        label=f"GET {path}", method="GET", path=path, query="", user=None,
        route=path, in_project=True,
    )  # fmt: skip


def fix(edit: tuple[str, str], path: str) -> Fix:
    """A fix that says of itself, in its summary, what text it replaces by what."""
    place = Place("call", BOOKS, True, 1)
    evidence = Evidence(9, 9, 9, 9, "SELECT 1", (f"GET {path}",))
    finding = Finding("HC101", "t", (place,), (), (), {}, "books.Book", evidence, 1.0, 1.0, 8.0)
    return Fix(BOOKS, place, (), (finding,), summary="=>".join(edit))


def render(fixes: Sequence[Fix], tree: Path) -> dict[str, str]:
    text = (tree / BOOKS).read_text()
    for one in fixes:
        old, new = one.summary.split("=>")
        assert old in text
        text = text.replace(old, new)
    return {BOOKS: text}


def proof(workspace: Workspace, fixes: list[Fix], paths: Sequence[str]) -> Proof:
    return prove(workspace, fixes, [request(path) for path in paths], render=render)


def test_a_good_fix_is_kept_with_its_numbers(workspace: Workspace) -> None:
    good = fix(GOOD, "/books/")
    result = proof(workspace, [good], ["/books/", "/authors/"])
    assert result.kept == (good,)
    assert result.rejected == ()
    assert "select_related" in result.sources[BOOKS]
    books, authors = result.pages
    assert (books.queries_before, books.queries_after) == (13, 1)
    assert books.better
    assert books.timing is not None and books.timing.pairs >= 6
    assert (authors.queries_before, authors.queries_after) == (1, 1)
    assert authors.verdict.outcome == "equal"


def test_a_fix_that_changes_a_page_is_found_among_good_ones(workspace: Workspace) -> None:
    good, wrong = fix(GOOD, "/books/"), fix(WRONG, "/authors/")
    result = proof(workspace, [good, wrong], ["/books/", "/authors/"])
    assert result.kept == (good,)
    assert [rejection.fix for rejection in result.rejected] == [wrong]
    assert "body differs at byte" in result.rejected[0].reason
    assert '"-pk"' not in result.sources[BOOKS]


def test_a_fix_that_raises_is_rejected_with_the_error(workspace: Workspace) -> None:
    result = proof(workspace, [fix(RAISES, "/authors/")], ["/authors/"])
    assert result.kept == ()
    assert result.sources == {}
    assert "nonsense" in result.rejected[0].reason or "500" in result.rejected[0].reason


def test_a_fix_without_a_gain_is_rejected_with_its_numbers(workspace: Workspace) -> None:
    result = proof(workspace, [fix(IDLE, "/authors/")], ["/authors/"])
    assert result.kept == ()
    assert "saves nothing" in result.rejected[0].reason
    assert "1 queries without it, 1 with it" in result.rejected[0].reason


def test_a_fix_that_rides_on_another_is_found(workspace: Workspace) -> None:
    good, rider = fix(GOOD, "/books/"), fix(RIDER, "/books/")
    result = proof(workspace, [good, rider], ["/books/"])
    assert result.kept == (good,)
    assert [rejection.fix for rejection in result.rejected] == [rider]


def test_a_page_that_differs_by_itself_proves_nothing(workspace: Workspace) -> None:
    result = proof(workspace, [fix(GOOD, "/dice/")], ["/dice/"])
    assert result.kept == ()
    assert "unproved" in result.rejected[0].reason


def test_the_clock_is_masked_and_named(workspace: Workspace) -> None:
    good = fix(GOOD, "/books/")
    result = proof(workspace, [good], ["/books/", "/clock/"])
    assert result.kept == (good,)
    assert result.pages[1].verdict.outcome == "equal"
    assert result.masks["time"] >= 1
