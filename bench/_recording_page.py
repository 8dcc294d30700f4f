"""One contender of `bench/recording.py`, in a process of its own.

A page of 51 queries, fifty books and the author of each, is asked for in pairs: once recorded
and once not, in random order. What is printed is JSON: the pairs' times in nanoseconds.

    python bench/_recording_page.py NAME PAIRS DATABASE
"""

from __future__ import annotations

import io
import json
import random
import sys
import time
import warnings
from pathlib import Path
from typing import Any

BOOKS = 50
FLUSH_EVERY = 5  # pairs; a quarter of a second's requests, as they would be written
WARM = 4  # requests after each switch: the interpreter must learn the patched classes again
NAME, PAIRS, DATABASE = sys.argv[1], int(sys.argv[2]), sys.argv[3]

MIDDLEWARE = {
    "hotclub": [],
    "plain": [],
    "zeal": ["zeal.middleware.zeal_middleware"],
    "query-doctor": ["query_doctor.middleware.QueryDoctorMiddleware"],
}
APPS = {"zeal": ["zeal"], "query-doctor": ["query_doctor"]}

if NAME == "hotclub":
    from hotclub.agent import recorder

    # Patched from the start, as a project's process would be, so that every class is.
    recording = recorder.install(
        {"path": f"{DATABASE}.hclb", "root": str(Path(__file__).parent), "interval": 3600.0}
    )

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", *APPS.get(NAME, [])],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
    ZEAL_RAISE=False,
    QUERY_DOCTOR={"REPORTERS": []},
    USE_TZ=True,
)
warnings.simplefilter("ignore")
django.setup()

from django.db import connection, models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


class Author(models.Model):
    name = models.CharField(max_length=50)
    born = models.DateField(null=True)

    class Meta:
        app_label = "page"


class Book(models.Model):
    title = models.CharField(max_length=50)
    year = models.IntegerField(default=1934)
    author = models.ForeignKey(Author, models.CASCADE)

    class Meta:
        app_label = "page"


def page(request: Any) -> HttpResponse:
    books = Book.objects.order_by("id")
    return HttpResponse("\n".join(f"{book.title}, {book.author.name}" for book in books))


urlpatterns = [path("", page)]


def fill() -> None:
    with connection.schema_editor() as editor:
        for model in (Author, Book):
            editor.create_model(model)
    for number in range(BOOKS):
        author = Author.objects.create(name=f"author {number}")
        Book.objects.create(title=f"book {number}", author=author)


def handler(middleware: list[str]) -> Any:
    from django.core.handlers.wsgi import WSGIHandler

    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware", *middleware]
    return WSGIHandler()


def ask(application: Any) -> int:
    """The nanoseconds of processor time that one request takes."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "bench", "SERVER_PORT": "80",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "HTTP_HOST": "bench",
    }  # fmt: skip
    began = time.thread_time_ns()
    response = application(environ, lambda status, headers: None)
    body = b"".join(response)
    response.close()
    took = time.thread_time_ns() - began
    assert body.count(b"\n") == BOOKS - 1
    return took


def main() -> None:
    """Pairs of requests, one with and one without, and what the writing costs."""
    fill()
    with_it = handler(MIDDLEWARE[NAME])
    if NAME == "hotclub":
        recording.stop()
    without = handler([])
    pairs = []
    writing = 0
    for number in range(PAIRS + 20):
        took = {}
        for on in random.sample([True, False], 2):
            application = prepare(on, with_it, without)
            for _ in range(WARM):
                ask(application)
            took[on] = ask(application)
        pairs.append((took[True], took[False]))
        if number % FLUSH_EVERY == FLUSH_EVERY - 1:
            writing += flush()
    requests = (PAIRS + 20) * (WARM + 1)
    print(json.dumps({"pairs": pairs[20:], "writing": writing / requests}))


def prepare(on: bool, with_it: Any, without: Any) -> Any:
    """The application to ask: patched by hotclub or not, with the middleware or without."""
    if NAME == "hotclub":
        recording.start() if on else recording.stop()
    return with_it if on else without


def flush() -> int:
    """Have what was recorded written, here and now; the nanoseconds that it takes."""
    if NAME != "hotclub":
        return 0
    began = time.thread_time_ns()
    recording.flush()
    return time.thread_time_ns() - began


if __name__ == "__main__":
    sys.modules["_recording_page"] = sys.modules["__main__"]
    main()
