"""Projects that are hard to crawl: what is reached all the same, and what is said of the rest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bookshop import run_manage, write

from hotclub.doctor import Diagnosis, Options, diagnose
from hotclub.project import Project
from hotclub.workspace import Workspace

QUICK = Options(samples=1, rounds=1, index_seconds=0.1, request_seconds=5)


def diagnosed(root: Path, options: Options = QUICK) -> Diagnosis:
    for arguments in (["makemigrations", "books", "-v0"], ["migrate", "-v0"]):
        run_manage(root, *arguments)
    project = Project.find(root, python=sys.executable)
    with Workspace.create(project) as workspace:
        diagnosis = diagnose(project, workspace, options)
        assert workspace.untouched() == []
    return diagnosis


def settings(root: Path, text: str) -> Path:
    with open(root / "config" / "settings.py", "a", encoding="utf-8") as file:
        file.write(text)
    return root


ROUTES = 3000
MANY = f"""
from django.http import HttpResponse
from django.urls import path

def page(request, number=None):
    return HttpResponse("page")

urlpatterns = [path(f"page-{{n}}/", page, name=f"page-{{n}}") for n in range({ROUTES})]
"""


def test_thousands_of_routes(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", config__urls=MANY)
    diagnosis = diagnosed(root, Options(samples=1, rounds=1, max_requests=60, max_seconds=30))
    assert len(diagnosis.routes) == ROUTES and diagnosis.crawled == 60
    assert any("the crawl ended at 60 requests (--max-requests)" in n for n in diagnosis.notes)
    waiting = [route for route in diagnosis.routes if not route.reached]
    assert len(waiting) >= ROUTES - 60
    assert {route.reason for route in waiting} == {"a limit of the crawl came first"}


MEMBERS = """
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

class Branch(models.Model):
    town = models.CharField(max_length=20)

class Managing(BaseUserManager):
    def create_user(self, email, password=None, **more):
        if not more.get("born") or not more.get("nick"):
            raise ValueError("everybody was born and has a nick")
        member = self.model(email=self.normalize_email(email), **more)
        member.set_password(password)
        member.save()
        return member

    def create_superuser(self, email, password=None, **more):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **more)

class Member(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    nick = models.SlugField(max_length=12)
    born = models.DateField()
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["nick", "born"]
    objects = Managing()
"""
DOOR = """
from django.contrib.auth.backends import BaseBackend
from .models import Member

class Door(BaseBackend):
    def authenticate(self, request, email=None, token=None):
        return None

    def get_user(self, key):
        return Member.objects.filter(pk=key, is_active=True).first()
"""
WHO = """
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.urls import path

def who(request):
    return HttpResponse(request.user.email)

urlpatterns = [
    path("mine/", login_required(who), name="mine"),
    path("all/", permission_required("books.view_member", raise_exception=True)(who), name="all"),
]
"""


def test_users_without_a_user_name_and_a_backend_of_the_projects_own(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", config__urls=WHO, books__models=MEMBERS)
    (root / "books" / "door.py").write_text(DOOR)
    settings(root, 'AUTH_USER_MODEL = "books.Member"\n'
                   'AUTHENTICATION_BACKENDS = ["books.door.Door"]\n')  # fmt: skip
    diagnosis = diagnosed(root)
    assert not [note for note in diagnosis.notes if "logged in" in note]
    assert {request.label for request in diagnosis.requests} == {
        "GET /mine/ (staff)", "GET /all/ (staff)"
    }  # fmt: skip
    with (
        Workspace.create(Project.find(root, python=sys.executable)) as workspace,
        workspace.child() as child,
    ):
        users = child.call("users")
        assert [users[kind]["created"] for kind in ("user", "staff")] == [True, True]
        assert child.request("/mine/", user="user").body == b"hotclub-user@example.com"
        assert child.request("/all/", user="user").status == 403


def test_a_manager_that_wants_more_than_the_model_says(tmp_path: Path) -> None:
    models = MEMBERS.replace('not more.get("born")', 'not more.get("invitation")')
    root = write(tmp_path / "shop", config__urls=WHO, books__models=models)
    settings(root, 'AUTH_USER_MODEL = "books.Member"\n')
    notes = [note for note in diagnosed(root).notes if "logged in" in note]
    assert notes and all("everybody was born and has a nick" in note for note in notes)
    assert all("--requests can describe one, under [users." in note for note in notes)


SECOND_FACTOR = """
from django.shortcuts import redirect

class Timing:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user, open_to_all = request.user, request.path.startswith("/verify/")
        if user.is_authenticated and not request.session.get("verified") and not open_to_all:
            return redirect("/verify/?next=" + request.path)
        return self.get_response(request)
"""
INSIDE = """
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import path

def page(request):
    return HttpResponse("page")

urlpatterns = [path("verify/", page, name="verify")] + [
    path(f"{name}/", login_required(page), name=name) for name in ("a", "b", "c", "d")
]
"""


def test_a_second_factor(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", config__urls=INSIDE, config__middleware=SECOND_FACTOR)
    diagnosis = diagnosed(root)
    assert (
        "as user 4 of 4 requests; as staff 4 of 5 requests were sent to /verify/: a session does "
        "not let them in (a second factor?); --requests can describe how they get in, under "
        "[users.user] and [users.staff]"
    ) in diagnosis.notes
    missed = {route.name: route.reason for route in diagnosis.routes if not route.reached}
    assert missed == dict.fromkeys("abcd", "302, redirects to /verify/")


FLOWING = """
from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from books.models import Author, Book

def start(request):
    for number in range(3):
        author = Author.objects.create(name=f"a{number}")
        Book.objects.create(title=f"b{number}", author=author)
    return HttpResponse("three")

async def late(request):
    names = [book.title async for book in Book.objects.order_by("pk")]
    return HttpResponse(f"{len(names)} books: {await sync_to_async(authors)()}")

def authors():
    return [book.author.name for book in Book.objects.order_by("-pk")]

def flow(request):
    return StreamingHttpResponse(book.author.name for book in Book.objects.order_by("title"))

async def drops(request):
    async def each():
        async for book in Book.objects.order_by("title"):
            yield book.title
    return StreamingHttpResponse(each())

def endless(request):
    def each():
        while True:
            yield "again and again"
    return StreamingHttpResponse(each())

urlpatterns = [path(f"{view.__name__}/", view, name=view.__name__)
               for view in (start, late, flow, drops, endless)]
"""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_async_views_and_streams(tmp_path: Path) -> None:
    root = write(tmp_path / "shop", config__urls=FLOWING)
    diagnosis = diagnosed(root, Options(samples=1, rounds=1, request_seconds=1.5))
    reached = {route.name for route in diagnosis.routes if route.reached}
    assert reached == {"start", "late", "flow", "drops", "endless"}
    found = {finding.place.qualname for finding in diagnosis.findings
             if finding.code == "HC101" and finding.place}  # fmt: skip
    assert {"authors.<locals>.<listcomp>", "authors"} & found and any("flow" in f for f in found)
    assert "/endless/" not in {request.path for request in diagnosis.requests}
