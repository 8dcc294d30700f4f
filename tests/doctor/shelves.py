"""A small library whose views a test brings, recorded deeply; the rules look at the recording."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import dedent

from bookshop import environment

from hotclub.doctor import rules
from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor._stacks import Stacks
from hotclub.recording import Recording

FILES = {
    "config/__init__.py": "",
    "config/settings.py": """
        import json, os
        from pathlib import Path
        BASE_DIR = Path(__file__).parent.parent
        SECRET_KEY = "x"
        ALLOWED_HOSTS = ["*"]
        ROOT_URLCONF = "config.urls"
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        INSTALLED_APPS = [
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
            "django.contrib.sessions", "django.contrib.messages", "shelf",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ]
        TEMPLATES = [{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [BASE_DIR / "templates"], "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]},
        }]
        DATABASES = {"default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3",
        }}
        globals().update(json.loads(os.environ.get("SHELVES", "{}")))
        """,
    "config/urls.py": """
        from django.contrib import admin
        from django.urls import path
        from shelf import views
        names = [n for n, v in vars(views).items() if callable(v) and v.__module__ == "shelf.views"
                 and not n.startswith("_") and not isinstance(v, type)]
        urlpatterns = [path("admin/", admin.site.urls)]
        urlpatterns += [path(f"{name}/", getattr(views, name)) for name in names]
        """,
    "shelf/__init__.py": "",
    "shelf/models.py": """
        from django.db import models

        class Author(models.Model):
            name = models.CharField(max_length=50)
            bio = models.TextField(default="")

            def __str__(self):
                return self.name

        class Book(models.Model):
            title = models.CharField(max_length=50)
            author = models.ForeignKey(Author, models.CASCADE, related_name="books")
            price = models.DecimalField(max_digits=8, decimal_places=2, default=1)
            pages = models.IntegerField(default=0)
            active = models.BooleanField(default=False)
            text = models.TextField(default="")

        class Tracked(Book):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.before = self.title

        class Review(models.Model):
            book = models.ForeignKey(Book, models.CASCADE)
            stars = models.IntegerField(default=0)
        """,
    "templates/rows.html": "{% if rows %}{% for row in rows %}{{ row }}{% endfor %}{% endif %}",
    "templates/length.html": "{{ rows|length }}",
    "templates/tested.html": "{% if rows %}some{% endif %}",
    "templates/exists.html": "{% if rows.exists %}{% for r in rows %}{{ r }}{% endfor %}{%endif%}",
}  # fmt: skip
HEAD = """
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from shelf.models import *
"""
RUN = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
path, depth, requests = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
from hotclub.agent import recorder
recorder.install({"path": path, "root": os.getcwd(), "depth": depth, "own_crawl": True})
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from django.contrib.auth.models import User
from shelf.models import *
authors = [Author.objects.create(name=f"a{n}", bio="b" * 3000) for n in range(6)]
for n in range(24):
    book = Book.objects.create(title=f"t{n}", author=authors[n % 6], price=n, pages=n,
                               active=n % 8 == 0, text="x" * 4000)
    Review.objects.create(book=book, stars=n % 6)
Tracked.objects.create(title="tracked", author=authors[0])
Tracked.objects.create(title="tracked", author=authors[0])
User.objects.create_superuser("root", "root@example.org", "secret")
from django.test import Client
client = Client()
staff = Client()
staff.force_login(User.objects.get())
for method, target in requests:
    one = staff if target.startswith("/admin/") else client
    with recorder.request_label(f"{method} {target}"):
        answer = one.generic(method, target)
        if answer.streaming:
            b"".join(answer.streaming_content)
        answer.close()
    assert answer.status_code < 400, (target, answer.status_code, answer.content[:2000])
recorder.uninstall()
"""


def written(root: Path, views: str, **changes: str) -> Path:
    """The library's files; ``changes`` replaces or adds some, as ``shelf__admin=…``."""
    files = {**FILES, "shelf/views.py": HEAD + dedent(views)}
    files.update({f"{name.replace('__', '/')}.py": text for name, text in changes.items()})
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return root


def recorded(
    root: Path, targets: Iterable[str | tuple[str, str]], depth: str = "deep", **settings: object
) -> Path:
    """A recording of these requests, in order; a path alone is a GET."""
    requests = [["GET", one] if isinstance(one, str) else list(one) for one in targets]
    path = root / f"{depth}.hclb"
    more = environment(SHELVES=json.dumps(settings))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), depth, json.dumps(requests)],
        cwd=root, env=more, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return path


def seen_in(path: Path, root: Path, labels: Sequence[str] | None = None) -> list[Sighting]:
    """What the rules see in a recording; only in requests with these labels, if given."""
    with Recording.open(path) as recording:
        stacks = Stacks.of(recording, root)
        return rules.look_at(
            Seen(recording, request, stacks)
            for request in recording.requests()
            if labels is None or request.label in labels
        )


class Shelves:
    """A recording of every view, each asked once alone; rules look at some of them."""

    def __init__(self, root: Path, views: str, targets: Iterable[str], **changes: str) -> None:
        self.root = written(root, views, **changes)
        self.path = recorded(root, [_path(target) for target in targets])

    def codes(self, *targets: str) -> list[str]:
        """The codes of what is seen when only these were asked."""
        return sorted({sighting.code for sighting in self.seen(*targets)})

    def seen(self, *targets: str, code: str = "") -> list[Sighting]:
        """What is seen when only these were asked."""
        labels = [f"GET {_path(target)}" for target in targets]
        found = seen_in(self.path, self.root, labels)
        return [one for one in found if not code or one.code == code]

    def source(self, sighting: Sighting) -> str:
        """The source of what a sighting's trigger is, where that is a call."""
        place = sighting.trigger[0]
        if place.end_line != place.line or place.kind != "call":
            return f"{place.kind} {place.path}"
        line = (self.root / place.path).read_text().splitlines()[place.line - 1]
        return line[place.column : place.end_column]


def _path(target: str) -> str:
    """``books`` and ``books/?page=2`` as they are asked for."""
    return f"/{target}" if "/" in target else f"/{target}/"
