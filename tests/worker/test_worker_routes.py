"""Routes, users and paths made from the database, asked of a real project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Child, Workspace
from tests.workspace.sample_project import append, run

_RARE_COPY = """
class RareCopy(Book):
    class Meta:
        proxy = True
"""
_CHECKED = """
from .models import RareCopy


def checked(right):
    def decorator(function):
        def wrapper(request, *args, **kwargs):
            return function(request, *args, **kwargs)
        return wrapper
    return decorator


@checked("read")
def copy_page(request, copy):
    return HttpResponse(RareCopy.objects.get(pk=copy).title)


def factory(spell):
    def page(request, number):
        return HttpResponse(spell(number))
    return page


made = factory(lambda number: "x" * number)
"""
_COPIES = """
urlpatterns += [re_path(r"^copies/(?P<copy>[0-9]+)/$", views.copy_page),
                path("made/<int:number>/", views.made)]
"""


@pytest.fixture(scope="module")
def child(shared: Workspace) -> Iterator[Child]:
    with shared.child() as child:
        yield child


@pytest.fixture(scope="module")
def routes(child: Child) -> dict[str, dict[str, Any]]:
    return {route["pattern"]: route for route in child.call("routes")["routes"]}


def test_setup_says_what_the_project_is(child: Child) -> None:
    assert child.setup["project_apps"] == ["books"]
    assert child.setup["scheme"] == "http"
    assert child.setup["databases"]["default"]["vendor"] == "sqlite"


def test_routes(routes: dict[str, dict[str, Any]]) -> None:
    book = routes["books/<int:pk>/"]
    assert book["name"] == "books:book"
    assert book["view"] == "books.views.BookView"
    assert (book["model"], book["lookup"]["pk"]) == ("books.Book", "pk")
    assert (book["converters"], book["in_project"], book["methods"]) == (
        {"pk": "int"}, True, ["get"],
    )  # fmt: skip
    assert routes["accounts/log-out/"]["logout"]
    assert routes["^archive/(?P<year>[0-9]{4})/(?P<month>[0-9]+)/books/(?P<pk>[0-9]+)/$"][
        "groups"
    ] == ["year", "month", "pk"]
    admin = routes["admin/auth/user/<path:object_id>/change/"]
    assert (admin["name"], admin["model"]) == ("admin:auth_user_change", "auth.User")
    assert admin["admin"] and not admin["in_project"]
    assert "en-us/nested/<author_slug>/" in routes
    assert "logout" in routes["admin/logout/"]["pattern"] and routes["admin/logout/"]["logout"]


@pytest.mark.parametrize(
    ("pattern", "paths", "status"),
    [
        ("", ["/"], 200),
        ("authors/<slug:slug>/", ["/authors/author-2/", "/authors/author-1/",
                                  "/authors/author-0/"], 200),
        ("books/<int:pk>/", ["/books/1/", "/books/3/", "/books/2/"], 200),
        ("mine/<int:number>/", ["/mine/1/", "/mine/3/", "/mine/2/"], 200),
        ("^archive/(?P<year>[0-9]{4})/(?P<month>[0-9]+)/books/(?P<pk>[0-9]+)/$",
         ["/archive/2020/05/books/1/"], 200),
        ("en-us/nested/<author_slug>/", ["/en-us/nested/author-2/"], 200),
        ("admin/auth/user/<path:object_id>/change/", ["/admin/auth/user/3/change/",
                                                     "/admin/auth/user/1/change/"], 302),
    ],
)  # fmt: skip
def test_parameters(
    child: Child, routes: dict[str, dict[str, Any]], pattern: str, paths: list[str], status: int
) -> None:
    answer = child.call("parameters", route=routes[pattern]["id"])
    found = [example["path"] for example in answer["examples"]]
    assert found[: len(paths)] == paths or set(paths) <= set(found)
    response = child.request(found[0], user="user")
    assert (response.status, response.route) == (status, pattern)


@pytest.mark.parametrize("answer", ["raise RuntimeError('whose?')", "return self.none()"])
def test_managers_that_want_to_be_told_a_tenant_first(root: Path, answer: str) -> None:
    path = root / "books/models.py"
    hiding = f"class Hiding(models.Manager):\n    def all(self):\n        {answer}\n\n\n"
    source = path.read_text().replace("class Author(", hiding + "class Author(")
    path.write_text(source.replace("    name =", "    objects = Hiding()\n    name =", 1))
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        routes = {route["pattern"]: route["id"] for route in child.call("routes")["routes"]}
        found = child.call("parameters", route=routes["en-us/nested/<author_slug>/"])["examples"]
    assert found[0]["path"] == "/en-us/nested/author-2/"


def test_a_view_below_a_decorator_that_does_not_say_what_it_wraps(root: Path) -> None:
    append(root, _RARE_COPY, "books/models.py")
    append(root, _CHECKED, "books/views.py")
    append(root, _COPIES, "library/urls.py")
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        routes = {route["pattern"]: route for route in child.call("routes")["routes"]}
        pages, made = routes["^copies/(?P<copy>[0-9]+)/$"], routes["made/<int:number>/"]
        assert (pages["view"], pages["in_project"]) == ("books.views.copy_page", True)
        assert made["view"] == "books.views.factory.<locals>.page", "what it calls is no view"
        found = child.call("parameters", route=pages["id"])["examples"]
        answer = child.request(found[0]["path"], user="user")
        assert (answer.status, answer.body[:4]) == (200, b"Book")


def test_two_parameters_of_one_model_name_two_rows(root: Path) -> None:
    append(root, "urlpatterns += [path('move/<int:book_id>/below/<int:book_pk>/', views.compared)]",
           "library/urls.py")  # fmt: skip
    append(
        root,
        "def compared(request, book_id, book_pk):\n"
        "    return HttpResponse(Book.objects.get(pk=book_id).title)",
        "books/views.py",
    )
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        routes = {route["pattern"]: route["id"] for route in child.call("routes")["routes"]}
        found = child.call("parameters", route=routes["move/<int:book_id>/below/<int:book_pk>/"])
    pairs = [tuple(example["kwargs"].values()) for example in found["examples"]]
    assert len(pairs) == 3 and all(moved != below for moved, below in pairs)


def test_no_parameters(child: Child) -> None:
    answer = child.call("parameters", route=9999)
    assert answer == {"examples": [], "reason": "there is no route 9999"}


def test_absolute_urls(child: Child) -> None:
    links = child.call("absolute_urls", count=2)["links"]
    assert [link["url"] for link in links] == ["/authors/author-2/", "/authors/author-0/"]
    assert {link["model"] for link in links} == {"books.Author"}


def test_users_are_made_where_there_are_none(root: Path) -> None:
    run(root, "manage.py", "shell", "-c",
        "from django.contrib.auth.models import User; User.objects.all().delete()")  # fmt: skip
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child() as child:
            users = child.call("users")
            assert users["user"]["created"] and users["staff"]["created"]
            assert child.request("/whoami/", user="user").body == b"hotclub-user None"
            assert child.request("/admin/", user="staff").status == 200
        assert workspace.untouched() == []


def test_a_project_without_users(root: Path) -> None:
    append(root, "INSTALLED_APPS = ['django.contrib.contenttypes', 'books']; MIDDLEWARE = []")
    append(root, "ROOT_URLCONF = 'library.plain'")
    (root / "library/plain.py").write_text(
        "urlpatterns = [__import__('django.urls').urls.path('x/', print)]"
    )
    append(root, "from django.db import models\nBook = None", "books/models.py")
    source = (root / "books/models.py").read_text()
    (root / "books/models.py").write_text(source.split("class Book")[0].replace(
        "from django.conf import settings", ""))  # fmt: skip
    (root / "books/migrations/0001_initial.py").unlink()
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        users = child.call("users")
        assert users["user"]["pk"] is None
        assert "django.contrib.auth is not installed" in users["user"]["reason"]
        assert child.request("/").status == 404


def test_hosts_and_schemes(root: Path) -> None:
    append(
        root,
        "ALLOWED_HOSTS = ['.library.example']; SECURE_SSL_REDIRECT = True; DEBUG = False\n"
        "MIDDLEWARE.insert(0, 'django.middleware.security.SecurityMiddleware')\n"
        "SECURE_PROXY_SSL_HEADER = ('HTTP_X_PROTO', 'https'); SESSION_COOKIE_SECURE = True\n"
        "SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'\n"
        "FORCE_SCRIPT_NAME = '/lib'\n",
    )
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        assert (child.setup["host"], child.setup["scheme"]) == ("library.example", "https")
        answer = child.request("/lib/save/")
        assert answer.body.decode().split()[2:4] == ["https", "library.example"]
        answer = child.request("/lib/", links=True)
        assert answer.links[0]["url"] == "/lib/authors/author-0/"
        assert child.request(answer.links[0]["url"]).status == 200
        assert child.request("/lib/whoami/", user="user").body == b"ben None"


def test_an_entry_that_is_no_pattern(root: Path) -> None:
    append(root, "urlpatterns += [1]", "library/urls.py")
    said = "library.urls.urlpatterns holds 1, which is no URL pattern"
    with (
        Workspace.create(Project.find(root)) as workspace,
        workspace.child() as child,
        pytest.raises(HotclubError, match=said),
    ):
        child.call("routes")
