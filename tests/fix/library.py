"""A project of two pages, written to disk and seeded, for tests of the whole command.

Its books come from a manager that constructs its queryset, as in many projects.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

FILES = {
    "manage.py": (
        "import os, sys\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library.settings")\n'
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)\n"
    ),
    "library/__init__.py": "",
    "library/settings.py": (
        "from pathlib import Path\n"
        'SECRET_KEY = "x"\nDEBUG = False\nALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "library.urls"\n'
        'INSTALLED_APPS = ["books"]\nUSE_TZ = True\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",\n'
        '    "NAME": Path(__file__).parent.parent / "db.sqlite3"}}\n'
        'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
    ),
    "library/urls.py": (
        "from django.urls import path\n\nfrom books import views\n\n"
        'urlpatterns = [path("", views.books), path("shelves/", views.shelves)]\n'
    ),
    "books/__init__.py": "",
    "books/migrations/__init__.py": "",
    "books/models.py": (
        "from django.db import models\n\n\n"
        "class BookQuerySet(models.QuerySet):\n"
        "    def titled(self):\n        return self.exclude(title='')\n\n\n"
        "class BookManager(models.Manager):\n"
        "    def get_queryset(self):\n"
        "        return BookQuerySet(self.model, using=self._db)\n\n"
        "    def titled(self):\n        return self.get_queryset().titled()\n\n\n"
        "class Author(models.Model):\n    name = models.CharField(max_length=50)\n\n\n"
        "class Book(models.Model):\n    title = models.CharField(max_length=50)\n"
        "    author = models.ForeignKey(Author, models.CASCADE)\n\n"
        "    objects = BookManager()\n\n"
        '    class Meta:\n        ordering = ["pk"]\n\n\n'
        "class Shelf(models.Model):\n    name = models.CharField(max_length=50)\n"
        "    books = models.ManyToManyField(Book)\n"
    ),
    "books/views.py": (
        "from django.http import HttpResponse\n\nfrom books.models import Book, Shelf\n\n\n"
        "def books(request):\n"
        '    found = Book.objects.titled().order_by("pk")\n'
        '    lines = [f"{book.title} by {book.author.name}" for book in found]\n'
        '    return HttpResponse("\\n".join(lines))\n\n\n'
        "def shelves(request):\n"
        "    lines = []\n"
        '    for shelf in Shelf.objects.order_by("pk").defer("name"):\n'
        '        titles = ", ".join(book.title for book in shelf.books.all())\n'
        '        lines.append(f"{shelf.pk}: {titles}")\n'
        '    return HttpResponse("\\n".join(lines))\n'
    ),
}
SEED = (
    "from books.models import *\n"
    'authors = [Author.objects.create(name=f"author {n}") for n in range(12)]\n'
    'books = [Book.objects.create(title=f"book {n}", author=authors[n % 12]) for n in range(24)]\n'
    'shelves = [Shelf.objects.create(name=f"shelf {n}") for n in range(6)]\n'
    "for n, shelf in enumerate(shelves):\n    shelf.books.set(books[n::6])\n"
)
FIXED = {
    'titled().order_by("pk")': 'titled().order_by("pk").select_related("author")',
    '.defer("name"):': '.defer("name").prefetch_related("books"):',
}


def create(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    for path, text in {**FILES, **(changes or {})}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for arguments in (["makemigrations", "-v0"], ["migrate", "-v0"], ["shell", "-c", SEED]):
        manage(root, *arguments)
    return root


def manage(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run(command, cwd=root, check=True, capture_output=True, env=environ)


def fixed() -> str:
    """The views as they should come out."""
    text = FILES["books/views.py"]
    for before, after in FIXED.items():
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text


def contents(root: Path) -> dict[str, bytes]:
    """All files, git's own left out."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
