"""What the crawl reaches by itself: routers, nested namespaces, i18n prefixes, the admin."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from bookshop import fill, write

from hotclub.doctor import Diagnosis, Options, diagnose
from hotclub.project import Project
from hotclub.workspace import Workspace

URLS = """
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter, SimpleRouter
from books import api, views

outer = DefaultRouter()
outer.register("books", api.Books)
inner = SimpleRouter()
inner.register("authors", api.Authors, basename="author")
shelves = ([path("", views.shelves, name="all"), path("<int:pk>/", views.shelf, name="one")], "s")
api_urls = ([path("", include(outer.urls)), path("more/", include((inner.urls, "in")))], "api")

urlpatterns = [
    path("api/v1/", include(api_urls, namespace="v1")),
    path("admin/", admin.site.urls),
    path("token/<uuid:secret>/", views.shelves, name="secret"),
    path("counted/", views.counted, name="counted"),
] + i18n_patterns(path("shop/", include((
    [path("shelves/", include(shelves, namespace="shelves"))], "shop"), namespace="shop")))
"""
API = """
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from .models import Author, Book

class BookSerializer(serializers.ModelSerializer):
    author_name = serializers.CharField(source="author.name")
    class Meta:
        model = Book
        fields = ["id", "title", "author_name"]

class Books(viewsets.ModelViewSet):
    queryset = Book.objects.order_by("pk")
    serializer_class = BookSerializer
    renderer_classes = [BrowsableAPIRenderer, JSONRenderer]

    @action(detail=True)
    def reviews(self, request, pk=None, format=None):
        return Response([review.by_id for review in self.get_object().reviews.all()])

class Authors(viewsets.ReadOnlyModelViewSet):
    queryset = Author.objects.order_by("pk")
    renderer_classes = [JSONRenderer]

    class serializer_class(serializers.ModelSerializer):
        class Meta:
            model = Author
            fields = ["id", "name"]
"""
VIEWS = """
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from .models import Author

def shelves(request, secret=None):
    return HttpResponse("shelves")

def counted(request):
    Author.objects.filter(pk=1).update(name="seen")
    return HttpResponse("counted")

def shelf(request, pk):
    return HttpResponse(get_object_or_404(Author, pk=pk).name)
"""
ADMIN = """
from django.contrib import admin
from .models import Author, Book
admin.site.register([Author, Book])
"""
MORE = """
USE_I18N = True
INSTALLED_APPS += ["django.contrib.admin", "django.contrib.messages", "rest_framework"]
MIDDLEWARE += ["django.middleware.locale.LocaleMiddleware",
               "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES[0]["APP_DIRS"] = True
TEMPLATES[0]["OPTIONS"] = {"context_processors": [
    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages"]}
"""


@pytest.fixture(scope="module")
def diagnosis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnosis]:
    root = write(tmp_path_factory.mktemp("reach") / "shop", config__urls=URLS)
    (root / "books" / "views.py").write_text(VIEWS)
    (root / "books" / "api.py").write_text(API)
    (root / "books" / "admin.py").write_text(ADMIN)
    with open(root / "config" / "settings.py", "a") as settings:
        settings.write(MORE)
    project = Project.find(fill(root), python=sys.executable)
    with Workspace.create(project) as workspace:
        yield diagnose(project, workspace, Options(samples=1, rounds=1, index_seconds=0.1))


def test_every_route_that_can_be_guessed_is_reached(diagnosis: Diagnosis) -> None:
    reached = {route.name for route in diagnosis.routes if route.reached}
    assert reached >= {
        "v1:book-list", "v1:book-detail", "v1:book-reviews", "v1:api-root",
        "v1:in:author-list", "v1:in:author-detail",
        "shop:shelves:all", "shop:shelves:one",
        "admin:index", "admin:books_book_changelist", "admin:books_book_change",
        "admin:books_book_add", "admin:books_author_history",
    }, [route for route in diagnosis.routes if route.in_project and not route.reached]  # fmt: skip
    paths = {request.path for request in diagnosis.requests}
    assert {"/en/shop/shelves/", "/api/v1/books.json"} <= paths
    (secret,) = (route for route in diagnosis.routes if route.name == "secret")
    assert secret.outcome == "no parameters"
    assert secret.reason == "nothing in the database for secret; --requests can name a URL"


def test_an_api_that_shows_browsers_a_page_is_asked_for_json_too(diagnosis: Diagnosis) -> None:
    labels = {request.label: request for request in diagnosis.requests}
    plain, asked = labels["GET /api/v1/books/"], labels["GET /api/v1/books/ [JSON]"]
    assert plain.headers == () and asked.headers == (("Accept", "application/json"),)
    assert asked.digest != plain.digest
    assert "GET /api/v1/more/authors/ [JSON]" not in labels
    (found,) = (f for f in diagnosis.findings if f.lookup == "author")
    assert any("[JSON]" in label for label in found.evidence.requests)
    assert json.dumps(diagnosis.as_json())


def test_a_page_that_writes_is_asked_for_once_more(diagnosis: Diagnosis) -> None:
    again = [one.label for one in diagnosis.requests if "[again]" in one.label]
    assert again == ["GET /counted/ [again]"]
    (found,) = (one for one in diagnosis.findings if one.code == "HC602")
    assert found.trigger[0].qualname == "counted"
