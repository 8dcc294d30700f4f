"""A project of authors, books, tags and notes, for proofs on rows that its data does not hold."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from hotclub.doctor import Evidence, Finding, Place, Request, Step
from hotclub.fix.model import Fix, Lookup

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
        INSTALLED_APPS = ["django.contrib.contenttypes", "books"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",
                                 "NAME": BASE_DIR / "db.sqlite3"}}
        DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
        USE_TZ = True
        """,
    "urls.py": """
        from django.urls import path
        from books import views
        urlpatterns = [
            path(f"{name}/", getattr(views, name))
            for name in ("books", "authors", "tags", "passports", "seats", "counts", "add",
                         "rename", "edited", "handled", "both")
        ]
        """,
    "books/__init__.py": "",
    "books/models.py": """
        from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
        from django.contrib.contenttypes.models import ContentType
        from django.db import models
        class Note(models.Model):
            kind = models.ForeignKey(ContentType, models.CASCADE, null=True)
            number = models.PositiveIntegerField(null=True)
            about = GenericForeignKey("kind", "number")
        class Tag(models.Model):
            name = models.CharField(max_length=20, unique=True)
        class Author(models.Model):
            name = models.CharField(max_length=20)
            notes = GenericRelation(Note, content_type_field="kind", object_id_field="number")
        class Book(models.Model):
            title = models.CharField(max_length=20, unique=True)
            author = models.ForeignKey(Author, models.CASCADE, related_name="books")
            editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="+")
            tags = models.ManyToManyField(Tag)
        class Seat(models.Model):
            author = models.ForeignKey(Author, models.CASCADE, related_name="seats")
            row = models.IntegerField()
            class Meta:
                unique_together = [("author", "row")]
        class Passport(models.Model):
            author = models.OneToOneField(Author, models.CASCADE)
            seat = models.IntegerField()
            class Meta:
                constraints = [models.UniqueConstraint(fields=["seat"], name="seat")]
        """,
    "books/views.py": """
        import time
        import traceback
        from django.db.models import Max
        from django.http import HttpResponse
        from books.models import Author, Book, Passport

        def books(request):
            rows = Book.objects.order_by("pk")
            return HttpResponse("; ".join(f"{b.title} by {named(b.editor)}" for b in rows))

        def named(author):
            return author and author.name

        def authors(request):
            rows = Author.objects.order_by("pk")
            return HttpResponse("; ".join(
                f"{a.name}: {', '.join(b.title for b in a.books.all())}" for a in rows))

        def edited(request):
            rows = Book.objects.order_by("-pk")
            return HttpResponse("; ".join(f"{b.title} by {b.editor.name}" for b in rows))

        def handled(request):
            try:
                return edited(request)
            except AttributeError:
                return HttpResponse(traceback.format_exc(), status=500)

        def both(request):
            return HttpResponse(edited(request).content + authors(request).content)

        def tags(request):
            rows = Book.objects.order_by("pk")[:4]
            return HttpResponse("; ".join(
                f"{b.title}: {', '.join(t.name for t in b.tags.all())}" for b in rows))

        def seats(request):
            rows = Author.objects.filter(pk__lte=3)
            return HttpResponse("; ".join(
                f"{a.name}: {', '.join(str(s.row) for s in a.seats.all())}" for a in rows))

        def counts(request):
            lines = []
            for a in Author.objects.order_by("pk"):
                count = a.books.count()
                first = a.books.filter(title__startswith="b").count()
                notes = a.notes.count()
                seated = a.seats.exists()
                row = a.seats.aggregate(row=Max("row"))["row"]
                lines.append(f"{a.name} {count} {first} {notes} {seated} {row}")
            tagged = [b.tags.count() for b in Book.objects.order_by("pk")]
            return HttpResponse("; ".join(lines) + str(tagged))

        def passports(request):
            rows = Author.objects.order_by("pk")
            return HttpResponse("; ".join(
                f"{a.name} {a.passport.seat if hasattr(a, 'passport') else '-'}" for a in rows))

        def add(request):
            name = f"new {time.time_ns()}" if "clock" in request.GET else "new"
            Author.objects.create(name=name)
            return HttpResponse("added")

        def rename(request):
            Author.objects.filter(pk=1).update(name="renamed")
            return HttpResponse("renamed")
        """,
}
SEED = """
from books.models import *
from django.contrib.contenttypes.models import ContentType
some = range(6)
authors = [Author.objects.create(name=f"a{n}") for n in some]
books = [Book.objects.create(title=f"b{n}", author=authors[n], editor=authors[-n]) for n in some]
tags = [Tag.objects.create(name=f"t{n}") for n in range(6)]
for n, book in enumerate(books):
    book.tags.set([tags[n]])
    Passport.objects.create(author=authors[n], seat=n)
    Seat.objects.create(author=authors[n], row=0)
    Note.objects.create(about=authors[n])
"""
VIEWS = "books/views.py"
KINDS = {
    "editor": ("forward_key", "books.Book"),
    "books": ("reverse_key", "books.Author"),
    "tags": ("many_to_many", "books.Book"),
    "seats": ("reverse_key", "books.Author"),
    "passport": ("reverse_one_to_one", "books.Author"),
}


def create(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    for arguments in (["migrate", "--run-syncdb", "-v0"], ["shell", "-c", SEED]):
        subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=root, check=True, env=environ, capture_output=True,
        )  # fmt: skip
    return root


def request(target: str, method: str = "GET") -> Request:
    path, _, query = target.partition("?")
    return Request(
        label=f"{method} {target}", method=method, path=path, query=query, user=None,
        route=path, in_project=True,
    )  # fmt: skip


def fix(before: str, after: str, target: str, lookup: str = "", method: str = "GET") -> Fix:
    """A fix that says of itself, in its summary, what text it replaces by what."""
    place = Place("call", VIEWS, True, 1)
    evidence = Evidence(9, 9, 9, 9, "SELECT 1", (f"{method} {target}",))
    path = tuple(Step(name, *KINDS[name]) for name in lookup.split("__") if name)
    finding = Finding("HC101", "t", (place,), (), path, {}, "books.Book", evidence, 1.0, 1.0, 8.0)
    lookups = (Lookup("prefetch_related", lookup),) if lookup else ()
    return Fix(VIEWS, place, lookups, (finding,), summary=f"{before}=>{after}")


def render(fixes: Sequence[Fix], tree: Path) -> dict[str, str]:
    text = (tree / VIEWS).read_text()
    for one in fixes:
        old, new = one.summary.split("=>")
        assert old in text
        text = text.replace(old, new)
    return {VIEWS: text}
