"""One contender of `bench/recording.py`, in a process of its own.

A page is asked for in pairs: once recorded and once not, in random order, each by a child of its
own, since a process in which Django is patched and restored all the time is as quick as neither.
What is printed is JSON: the pairs' times in nanoseconds.

    python bench/served/recording_page.py NAME PAGE PAIRS DATABASE
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import time
import warnings
from pathlib import Path
from typing import Any

BOOKS = 50
FLUSH_EVERY = 25  # requests; a quarter of a second's, as they would be written
WARM = 20  # requests of each child before the first pair
ASK, STOP = b"a", b"s"
NAME, PAGE, PAIRS, DATABASE = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
FRAMES = 60  # of template nodes, above each query of the page `frames`

MIDDLEWARE = {
    "hotclub": [],
    "plain": [],
    "zeal": ["zeal.middleware.zeal_middleware"],
    "query-doctor": ["query_doctor.middleware.QueryDoctorMiddleware"],
    "silk": ["silk.middleware.SilkyMiddleware"],
}
APPS = {"zeal": ["zeal"], "query-doctor": ["query_doctor"], "silk": ["silk"]}

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
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    LOGGING_CONFIG=None,
    ZEAL_RAISE=False,
    QUERY_DOCTOR={"REPORTERS": []},
    USE_TZ=True,
)
warnings.simplefilter("ignore")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
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


def queries(request: Any) -> HttpResponse:
    """51 queries: fifty books, and the author of each."""
    books = Book.objects.order_by("id")
    return HttpResponse("\n".join(f"{book.title}, {book.author.name}" for book in books))


def frames(request: Any) -> HttpResponse:
    """The same in a template, below sixty of its nodes."""
    return HttpResponse(DEEP.render({"books": Book.objects.order_by("id")}))


def small(request: Any) -> HttpResponse:
    """Three queries, no two alike."""
    book = Book.objects.get(title="book 7")
    return HttpResponse(f"{book.title}, {book.author.name}, one of {Book.objects.count()}")


def bare(request: Any) -> HttpResponse:
    """No query at all: what is left is the cost of a request."""
    return HttpResponse("hello")


def deep_template() -> Any:
    """Blocks in one another; the loop and the variable are the last two of the sixty nodes."""
    loop = "{% for book in books %}{{ book.title }}, {{ book.author.name }}\n{% endfor %}"
    blocks = FRAMES - 2
    return engines["django"].from_string("{% if 1 %}" * blocks + loop + "{% endif %}" * blocks)


DEEP = deep_template()
PAGES = {view.__name__: view for view in (queries, frames, small, bare)}
LINES = {"queries": BOOKS - 1, "frames": BOOKS}  # the others have none
urlpatterns = [path("", PAGES[PAGE])]


def fill() -> None:
    with connection.schema_editor() as editor:
        for model in (Author, Book):
            editor.create_model(model)
    for number in range(BOOKS):
        author = Author.objects.create(name=f"author {number}")
        Book.objects.create(title=f"book {number}", author=author)
    if NAME == "silk":  # keeps what it sees in tables of its own
        call_command("migrate", verbosity=0)


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
    assert response.status_code == 200
    assert body and body.count(b"\n") == LINES.get(PAGE, 0)
    return took


def main() -> None:
    """Pairs of requests, one with and one without, and what the writing costs."""
    fill()
    connection.close()
    children = {on: Child(on) for on in (True, False)}
    pairs = []
    for _ in range(PAIRS + WARM):
        took = {on: children[on].ask() for on in random.sample([True, False], 2)}
        pairs.append((took[True], took[False]))
    written = children[True].end()
    children[False].end()
    print(json.dumps({"pairs": pairs[WARM:], "writing": written / PAIRS}))


class Child:
    """A process that asks for the page when it is told to, recorded or not."""

    def __init__(self, on: bool) -> None:
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._orders)
            serve(on, orders, answers)
            os._exit(0)
        os.close(orders)
        os.close(answers)

    def ask(self) -> int:
        """The nanoseconds of processor time that one request takes."""
        os.write(self._orders, ASK)
        return self._read()

    def end(self) -> int:
        """The nanoseconds that all the writing took, once it was warm."""
        os.write(self._orders, STOP)
        written = self._read()
        os.waitpid(self._pid, 0)
        return written

    def _read(self) -> int:
        return int.from_bytes(os.read(self._answers, 8), "little")


def serve(on: bool, orders: int, answers: int) -> None:
    """Ask and answer until there are no more orders; then say what the writing took."""
    if not on and NAME == "hotclub":
        recording.stop()
    application = handler(MIDDLEWARE[NAME] if on else [])
    number = written = 0
    while os.read(orders, 1) == ASK:
        os.write(answers, ask(application).to_bytes(8, "little"))
        number += 1
        if number == WARM and on:
            flush()  # makes the file and reads the sources: once, as all the warming up
        elif number % FLUSH_EVERY == 0 and on:
            written += flush()
    written += flush() if on else 0
    os.write(answers, written.to_bytes(8, "little"))


def flush() -> int:
    """Have what was recorded written, here and now; the nanoseconds that it takes."""
    if NAME != "hotclub":
        return 0
    began = time.thread_time_ns()
    recording.flush()
    return time.thread_time_ns() - began


if __name__ == "__main__":
    sys.modules["recording_page"] = sys.modules["__main__"]
    main()
