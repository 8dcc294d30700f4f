"""Models to page through, in SQLite and in the tests' own PostgreSQL, and ways to walk them."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings

if not settings.configured:
    settings.configure(
        SECRET_KEY="tests of pagination",
        USE_TZ=True,
        ALLOWED_HOSTS=["*"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
            "postgres": {"ENGINE": "django.db.backends.postgresql", "NAME": "pages"},
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.admin",
            "rest_framework",
            "tests.pagination.shelf",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        STATIC_URL="/static/",
        ROOT_URLCONF="tests.pagination.urls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )
    django.setup()

from tests.pagination.shelf.models import Author, Book, Seat, Tag  # noqa: E402

TABLES = (Author, Tag, Book, Seat)


def forwards(paginator: Any, page: Any = None) -> list[list[Any]]:
    """The rows of each page from the first (or a given one) on, by the links."""
    page = page or paginator.page(1)
    pages = [list(page.object_list)]
    while page.has_next():
        page = paginator.page(page.next_page_number())
        pages.append(list(page.object_list))
    return pages


def backwards(paginator: Any, page: Any = None) -> list[list[Any]]:
    """The rows of each page up to the last (or a given one), found from there."""
    page = page or paginator.page("last")
    pages = [list(page.object_list)]
    while page.has_previous():
        page = paginator.page(page.previous_page_number())
        pages.insert(0, list(page.object_list))
    return pages


def flat(pages: list[list[Any]]) -> list[Any]:
    return [row for page in pages for row in page]
