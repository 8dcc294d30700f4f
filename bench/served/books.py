"""What `bench/django.py` and `bench/mixed.py` serve: Django as `startproject` sets it up.

One module is settings, models, URLs and WSGI application, so that every server runs just this
file. Run it with the path of a database to make that database.

    BENCH_DATABASE=/tmp/books.sqlite3 python bench/served/books.py
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["BENCH_DATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
    ],
    LOGGING_CONFIG=None,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for the benchmark",
    USE_TZ=True,
)

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

BOOKS = 100


class Book(models.Model):
    title = models.CharField(max_length=50)
    year = models.IntegerField()

    class Meta:
        app_label = "bench"


def plain(request: Any) -> JsonResponse:
    return JsonResponse({"message": "Hello, world!", "method": request.method})


def queries(request: Any, count: int) -> JsonResponse:
    books = [Book.objects.get(pk=1 + number * 7 % BOOKS) for number in range(count)]
    return JsonResponse({"books": [{"title": book.title, "year": book.year} for book in books]})


def waits(request: Any) -> JsonResponse:
    for number in range(4):
        time.sleep(0.002)  # as a database on another machine takes
        book = Book.objects.get(pk=1 + number)
    return JsonResponse({"book": book.title})


def sleeps(request: Any) -> JsonResponse:
    time.sleep(1)
    return JsonResponse({"slept": 1})


def burns(request: Any) -> JsonResponse:
    until = time.thread_time() + 0.2
    while time.thread_time() < until:
        sum(range(1000))
    return JsonResponse({"burnt": 0.2})


urlpatterns = [
    path("", plain),
    path("queries/<int:count>/", queries),
    path("waits/", waits),
    path("sleeps/", sleeps),
    path("burns/", burns),
]

application: Any = get_wsgi_application()
if "BENCH_STATIC" in os.environ:
    from whitenoise import WhiteNoise

    application = WhiteNoise(application, root=os.environ["BENCH_STATIC"], prefix="static/")


def fill() -> None:
    """Make the database."""
    with connection.schema_editor() as editor:
        editor.create_model(Book)
    Book.objects.bulk_create(
        Book(title=f"book {number}", year=1934 + number % 20) for number in range(BOOKS)
    )


if __name__ == "__main__":
    sys.modules["books"] = sys.modules["__main__"]
    fill()
