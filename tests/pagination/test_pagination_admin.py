"""The change list of the admin."""

from __future__ import annotations

import re

import pytest

from hotclub.pagination.admin import AdminPaginator, KeysetAdmin
from tests.pagination import urls
from tests.pagination.books import Book

from django.contrib import admin  # isort: skip
from django.contrib.auth.models import User  # isort: skip
from django.db import connections  # isort: skip
from django.test import Client  # isort: skip
from django.test.utils import CaptureQueriesContext  # isort: skip
from django.urls import path  # isort: skip


class Bounded(AdminPaginator):
    count_limit = 10


class BookAdmin(KeysetAdmin):
    list_display = ("title", "genre")
    list_editable = ("genre",)
    list_per_page = 3
    list_max_show_all = 5
    search_fields = ("title",)
    paginator = Bounded


@pytest.fixture
def client(sqlite: str) -> Client:
    Book.objects.all().delete()
    User.objects.all().delete()
    site = admin.AdminSite()
    site.register(Book, BookAdmin)
    urls.urlpatterns[:] = [path("admin/", site.urls)]
    boss = User.objects.create_superuser("boss")
    client = Client()
    client.force_login(boss)
    return client


def shown(client: Client, address: str) -> tuple[list[str], dict[str, str], str]:
    """Titles, links to pages by what they say, and all that is said below the list."""
    response = client.get(address)
    assert response.status_code == 200, response
    text = response.content.decode()
    below = re.search(r'<p class="paginator">(.*?)</p>', text, re.S)
    assert below
    links = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', below[1])
    words = re.sub(r"<[^>]+>|\s+", " ", below[1])
    titles = re.findall(r"field-title[^>]*><a[^>]*>([^<]+)", text)
    return titles, {label: href.replace("&amp;", "&") for href, label in links}, words


def test_pages_of_a_long_table(client: Client) -> None:
    Book.objects.bulk_create(Book(title=f"t{n:02}") for n in range(20))
    base = "/admin/shelf/book/"
    titles, links, words = shown(client, f"{base}?o=1")
    assert titles == ["t00", "t01", "t02"]
    assert list(links) == ["›", "»"]
    assert "1" in words and ">10 books" in words.replace("&gt;", ">")
    with CaptureQueriesContext(connections["default"]) as queries:
        titles, links, words = shown(client, base + links["›"])
    assert titles == ["t03", "t04", "t05"]
    assert list(links) == ["1", "‹", "›", "»"]
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert len(counts) == 1 and "LIMIT 11" in counts[0]
    titles, links, words = shown(client, base + links["»"])
    assert (titles, list(links)) == (["t17", "t18", "t19"], ["1", "‹"])
    titles, links, words = shown(client, base + links["‹"])
    assert titles == ["t14", "t15", "t16"]
    assert shown(client, f"{base}?o=1&p=3")[0] == ["t06", "t07", "t08"]


def test_a_short_table_is_counted(client: Client) -> None:
    Book.objects.bulk_create(Book(title=f"t{n:02}") for n in range(7))
    titles, links, words = shown(client, "/admin/shelf/book/?o=1")
    assert list(links) == ["›", "3"]
    assert "7 books" in words
    assert shown(client, "/admin/shelf/book/" + links["3"])[0] == ["t06"]


def test_an_altered_link_leads_to_the_list(client: Client) -> None:
    Book.objects.bulk_create(Book(title=f"t{n:02}") for n in range(20))
    response = client.get("/admin/shelf/book/?p=" + "9" * 60)
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/shelf/book/?e=1")
