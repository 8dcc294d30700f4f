"""A small Django project, written to a directory: one of everything the crawl can meet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FILES = {
    "manage.py": """
        import os, sys
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        if __name__ == "__main__":
            from django.core.management import execute_from_command_line
            execute_from_command_line(sys.argv)
        """,
    "config/__init__.py": "",
    "config/settings.py": """
        from pathlib import Path
        BASE_DIR = Path(__file__).parent.parent
        SECRET_KEY = "x"
        ALLOWED_HOSTS = ["localhost"]
        ROOT_URLCONF = "config.urls"
        USE_TZ = True
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        LOGIN_URL = "/accounts/login/"
        INSTALLED_APPS = [
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "hotclub", "books",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "config.middleware.Timing",
        ]
        TEMPLATES = [{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [BASE_DIR / "templates"],
        }]
        DATABASES = {"default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3",
        }}
        """,
    "config/middleware.py": """
        class Timing:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                return self.get_response(request)
        """,
    "config/urls.py": """
        from django.urls import path
        from books import views
        urlpatterns = [
            path("", views.home, name="home"),
            path("books/", views.book_list, name="books"),
            path("books/<int:pk>/", views.book, name="book"),
            path("books/<int:pk>/delete/", views.book, name="delete"),
            path("private/", views.private, name="private"),
            path("order/", views.order, name="order"),
            path("broken/", views.broken, name="broken"),
            path("slow/", views.slow, name="slow"),
            path("exits/", views.exits, name="exits"),
            path("twice/", views.twice, name="twice"),
            path("find/<str:nothing>/", views.home, name="find"),
            path("logout/", views.home, name="logout"),
        ]
        """,
    "books/__init__.py": "",
    "books/models.py": """
        from django.db import models

        class Author(models.Model):
            name = models.CharField(max_length=50)

        class Book(models.Model):
            title = models.CharField(max_length=50)
            author = models.ForeignKey(Author, models.CASCADE)

            def get_absolute_url(self):
                return f"/books/{self.pk}/"

        class Review(models.Model):
            book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
            by = models.ForeignKey(Author, models.CASCADE)
        """,
    "books/views.py": """
        import os, time
        from django.contrib.auth.decorators import login_required
        from django.http import HttpResponse
        from django.shortcuts import get_object_or_404, render
        from django.views.decorators.http import require_POST
        from .models import Author, Book

        def home(request, nothing=None):
            return HttpResponse('<a href="/books/">books</a> <a href="/books/?page=2">2</a>')

        def book_list(request):
            books = Book.objects.order_by("pk")
            return render(request, "list.html", {"books": books})

        def book(request, pk):
            return render(request, "book.html", {"book": get_object_or_404(Book, pk=pk)})

        @login_required
        def private(request):
            return HttpResponse("private")

        @require_POST
        def order(request):
            return HttpResponse("ordered")

        def broken(request):
            return HttpResponse({}["missing"])

        def slow(request):
            time.sleep(60)

        def exits(request):
            os._exit(3)

        def twice(request):
            first = list(Author.objects.order_by("pk"))
            return HttpResponse(first == list(Author.objects.order_by("pk")))
        """,
    "templates/list.html": """
        {% for book in books %}
        <a href="{{ book.get_absolute_url }}">{{ book.title }}</a> by {{ book.author.name }}
        {% endfor %}
        """,
    "templates/book.html": """
        {{ book.title }}
        {% for review in book.reviews.all %}
        by {{ review.by.name }}
        {% endfor %}
        """,
}
FILL = """
from books.models import Author, Book, Review
authors = [Author.objects.create(name=f"a{n}") for n in range(8)]
for number, author in enumerate(authors):
    book = Book.objects.create(title=f"b{number}", author=author)
    for by in authors[:5]:
        Review.objects.create(book=book, by=by)
"""


def write(root: Path, **changes: str) -> Path:
    """The project's files; ``changes`` replaces some (``books__views`` for books/views.py)."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = changes.get(name.removesuffix(".py").replace("/", "__"), text)
        lines = text.strip("\n").splitlines()
        margin = min((len(x) - len(x.lstrip()) for x in lines if x.strip()), default=0)
        path.write_text("\n".join(line[margin:] for line in lines).rstrip() + "\n")
    return root


def fill(root: Path) -> Path:
    """Tables and rows, made by the project itself."""
    for arguments in (
        ["makemigrations", "books", "-v0"],
        ["migrate", "-v0"],
        ["shell", "-v0", "-c", FILL],
    ):
        run_manage(root, *arguments)
    return root


def run_manage(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=root, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def environment(**more: str) -> dict[str, str]:
    """For child processes: this source tree's hotclub, no settings, nothing of a terminal."""
    left_out = ("DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR", "NO_COLOR")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    source = str(Path(__file__).parents[2] / "src")
    return {**kept, "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1", **more}
