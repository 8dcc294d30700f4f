"""The class for Django REST framework, beside the framework's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pagination import urls
from tests.pagination.books import Book

from rest_framework.filters import OrderingFilter  # isort: skip
from rest_framework.generics import ListAPIView  # isort: skip
from rest_framework.pagination import CursorPagination  # isort: skip
from rest_framework.serializers import ModelSerializer  # isort: skip
from rest_framework.test import APIClient  # isort: skip
from hotclub.pagination.rest import KeysetPagination  # isort: skip
from django.urls import path  # isort: skip


class Pages(KeysetPagination):
    page_size = 3
    page_size_query_param = "size"
    max_page_size = 5


class Sorted(Pages):
    ordering = "-title"


class BookSerializer(ModelSerializer):  # type: ignore[misc]
    class Meta:
        model = Book
        fields = ("title",)


class Books(ListAPIView):  # type: ignore[misc]
    queryset = Book.objects.order_by("genre")
    serializer_class = BookSerializer
    pagination_class: Any = Pages
    filter_backends = (OrderingFilter,)
    ordering_fields = ("title",)
    permission_classes = ()
    authentication_classes = ()


class SortedBooks(Books):
    pagination_class = Sorted


@pytest.fixture
def client(sqlite: str) -> Any:
    Book.objects.all().delete()
    Book.objects.bulk_create(Book(title=f"t{n}", genre="xy"[n % 2]) for n in range(8))
    urls.urlpatterns[:] = [path("b/", Books.as_view()), path("s/", SortedBooks.as_view())]
    return APIClient()


def titles(answer: Any) -> str:
    return " ".join(row["title"] for row in answer["results"])


def test_links_both_ways(client: Any) -> None:
    first = client.get("/b/").json()
    assert list(first) == ["next", "previous", "results"]
    assert (titles(first), first["previous"]) == ("t0 t2 t4", None)
    second = client.get(first["next"]).json()
    assert titles(second) == "t6 t1 t3"
    last = client.get(second["next"]).json()
    assert (titles(last), last["next"]) == ("t5 t7", None)
    assert client.get(last["previous"]).json()["results"] == second["results"]


def test_numbers_and_sizes(client: Any) -> None:
    second = client.get("/b/?page=2&size=4").json()
    assert titles(second) == "t1 t3 t5 t7"
    assert "page=" not in second["previous"]
    assert titles(client.get(second["previous"]).json()) == "t0 t2 t4 t6"
    assert len(client.get("/b/?size=99").json()["results"]) == 5


def test_the_order_is_the_filters_the_classs_or_the_querysets(client: Any) -> None:
    assert titles(client.get("/b/?ordering=-title").json()) == "t7 t6 t5"
    assert titles(client.get("/s/").json()) == "t7 t6 t5"
    assert titles(client.get("/s/?ordering=title").json()) == "t0 t1 t2"


def test_what_is_no_page_is_not_found(client: Any) -> None:
    link = client.get("/b/").json()["next"]
    for wrong in (link[:-3], link + "&ordering=title", "/b/?cursor=7", "/b/?page=x", "/b/?page=9"):
        answer = client.get(wrong)
        assert (answer.status_code, list(answer.json())) == (404, ["detail"]), wrong


def test_the_schema_is_that_of_cursors(client: Any) -> None:
    ours, theirs = Pages(), CursorPagination()
    schema = {"type": "array"}
    assert ours.get_paginated_response_schema(schema) == theirs.get_paginated_response_schema(
        schema
    )
    names = [each["name"] for each in ours.get_schema_operation_parameters(Books())]
    assert names == ["cursor", "size", "page"]


def test_the_browsable_api_has_the_links(client: Any) -> None:
    page = client.get("/b/", HTTP_ACCEPT="text/html").content.decode()
    assert "cursor=" in page
