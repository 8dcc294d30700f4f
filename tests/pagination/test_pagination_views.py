"""A generic view, and a template that was written for Django's paginator."""

from __future__ import annotations

from typing import Any

from hotclub.pagination import KeysetPaginator
from tests.pagination import urls
from tests.pagination.books import Book

from django.http import HttpResponse  # isort: skip
from django.template import Context, Template  # isort: skip
from django.test import Client, override_settings  # isort: skip
from django.urls import path  # isort: skip
from django.views.generic import ListView  # isort: skip


class BookList(ListView):  # type: ignore[type-arg]
    queryset = Book.objects.order_by("-title")
    paginate_by = 3
    paginator_class = KeysetPaginator
    template_name = "list.html"

    def render_to_response(self, context: Any, **more: Any) -> Any:
        shown = Template(
            "{% for book in object_list %}{{ book.title }} {% endfor %}"
            "{% if page_obj.has_previous %}<{{ page_obj.previous_page_number }}{% endif %}"
            "{% if page_obj.has_next %}>{{ page_obj.next_page_number }}{% endif %}"
        )
        return HttpResponse(shown.render(Context(context)))


def test_a_list_view_needs_only_the_class(sqlite: str) -> None:
    Book.objects.all().delete()
    Book.objects.bulk_create(Book(title=f"t{n:03}") for n in range(7))
    urls.urlpatterns[:] = [path("books/", BookList.as_view())]
    client = Client()
    with override_settings(USE_THOUSAND_SEPARATOR=True):
        first = client.get("/books/").content.decode()
    rows, token = first.split(">")
    assert (rows, token.isdecimal()) == ("t006 t005 t004 ", True)
    assert client.get(f"/books/?page={token}").content.startswith(b"t003 t002 t001 <")
    assert client.get("/books/?page=last").content.startswith(b"t000 <")
    assert client.get("/books/?page=3").content.startswith(b"t000 <")
    for wrong in (token[:-1], "7", "x", "0"):
        assert client.get(f"/books/?page={wrong}").status_code == 404
