"""A script of requests from the outside: writes are seen, fixed and proved; users log in."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from running import Run

from tests.doctor.bookshop import fill, write

if sys.version_info < (3, 11):
    pytest.importorskip("tomli")

URLS = """
from django.contrib.auth.views import LoginView
from django.urls import path
from books import views
urlpatterns = [
    path("login/", LoginView.as_view(template_name="form.html", next_page="/fresh/")),
    path("add/", views.add, name="add"),
    path("fresh/", views.fresh, name="fresh"),
]
"""
VIEWS = """
from django.http import HttpResponse
from django.shortcuts import redirect
from .models import Author, Book

def add(request):
    author = Author.objects.get(pk=request.POST["author"])
    Book.objects.create(title=request.POST["title"], author=author)
    books = Book.objects.order_by("pk")
    names = [book.author.name for book in books]
    return HttpResponse(" ".join(names), status=201)

def fresh(request):
    if not request.session.get("_auth_user_id"):
        return redirect("/login/")
    found = Book.objects.filter(title__startswith="new").order_by("pk")
    return HttpResponse(" ".join(book.author.name for book in found))
"""
SCRIPT = """
[users.anna]
account = "anna"
password = "made up"
forms = [{ page = "/login/", fields = { username = "anna", password = "made up" } }]

[[requests]]
method = "POST"
path = "/add/"
user = "anna"
form = { title = "new one", author = 1 }
status = 201

[[requests]]
method = "POST"
path = "/add/"
user = "anna"
form = { title = "new two", author = 2 }

[[requests]]
path = "/fresh/"
user = "anna"
"""
FORM = '<form method="post">{% csrf_token %}{{ form }}</form>'
MORE = """
MIDDLEWARE.insert(1, "django.middleware.csrf.CsrfViewMiddleware")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_NAME = "shelf"
"""
ANNA = "from django.contrib.auth.models import User; User.objects.create_user('anna')"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.doctor.bookshop import run_manage

    root = write(tmp_path_factory.mktemp("requests") / "shop", config__urls=URLS)
    (root / "books" / "views.py").write_text(VIEWS)
    (root / "templates" / "form.html").write_text(FORM)
    with open(root / "config" / "settings.py", "a") as settings:
        settings.write(MORE)
    fill(root)
    run_manage(root, "shell", "-v0", "-c", ANNA)
    (root / "requests.toml").write_text(SCRIPT)
    return root


def test_writes_are_fixed_and_proved(run: Run, shop: Path) -> None:
    """The page that is read is empty without what was written before it."""
    done = run("fix", shop, "--requests", shop / "requests.toml", "--no-crawl", "--json")
    answer = json.loads(done.stdout)
    places = {(fix["place"], fix["outcome"]) for fix in answer["fixes"]}
    line = {
        text: number
        for number, text in enumerate((shop / "books/views.py").read_text().splitlines(), 1)
    }
    added = line['    books = Book.objects.order_by("pk")']
    fresh = line['    found = Book.objects.filter(title__startswith="new").order_by("pk")']
    assert {(f"books/views.py:{n}", "proved") for n in (added, fresh)} <= {
        (place, outcome.replace("kept", "proved")) for place, outcome in places
    }, done.stdout + done.stderr
    pages = {page["label"]: page for page in answer["pages"]}
    assert pages.keys() == {
        "POST /add/ (anna)", "POST /add/ [2] (anna)", "GET /fresh/ (anna)"
    }  # fmt: skip
    assert all(page["verdict"]["outcome"] == "equal" for page in pages.values()), pages
    assert all(page["queries_after"] < page["queries_before"] for page in pages.values()), pages
    assert pages["POST /add/ (anna)"]["timing"] is None


def test_the_doctor_tells_what_was_not_as_expected(run: Run, shop: Path, tmp_path: Path) -> None:
    script = tmp_path / "bad.toml"
    script.write_text(
        '[users.eve]\nforce = "eve"\n[users.otto]\nforms = [{ page = "/login/", fields = '
        '{ username = "anna", password = "no" } }]\n'
        '[[requests]]\nmethod = "POST"\npath = "/add/"\nform = { author = 99, title = "x" }\n'
        '[[requests]]\nmethod = "POST"\npath = "/add/"\nform = { author = 1, title = "x" }\n'
        'status = 200\n[[requests]]\npath = "/fresh/"\n[[requests]]\npath = "/fresh/"\n'
        'user = "eve"\n'
    )
    done = run("doctor", shop, "--requests", script, "--no-crawl", "--json", "--max-requests", 9)
    notes = "\n".join(json.loads(done.stdout)["notes"])
    assert 'nobody could be logged in as eve: "eve" is neither' in notes
    assert (
        "nobody could be logged in as otto: the form of /login/ was not accepted: Please" in notes
    )
    assert "POST /add/ was answered with 500 (" in notes
    assert "Author matching query does not exist" in notes
    assert "POST /add/ [2] was answered with 201, not 200" in notes
    assert "GET /fresh/ was answered with 302, to /login/" in notes
    assert 'GET /fresh/ (eve) was not answered: "eve" is neither' in notes


def test_mistakes(run: Run, shop: Path, tmp_path: Path) -> None:
    script = tmp_path / "bad.toml"
    script.write_text("[[requests]]\n")
    for command in ("doctor", "fix", "bench"):
        done = run(command, shop, "--requests", script)
        assert done.returncode == 2
        assert f"{script}: requests[1].path: is missing" in done.stderr
    done = run("doctor", shop, "--no-crawl")
    assert done.returncode == 2 and "--no-crawl leaves nothing to ask for" in done.stderr


def test_a_log_is_replayed(run: Run, shop: Path, tmp_path: Path) -> None:
    def line(target: str, status: int = 200) -> str:
        return f'127.0.0.1 - - [27/Nov/2026:18:31:45 +0000] "GET {target} HTTP/1.1" {status} 9\n'

    log = tmp_path / "access.log"
    log.write_text(
        "".join(line(f"/fresh/?page={n % 5}") for n in range(20))
        + line("/login/") * 3 + line("/static/a.css") * 9 + line("/logout/") + "what?\n"
    )  # fmt: skip
    done = run("doctor", shop, "--replay", log, "--no-crawl", "--json", "--samples", 2)
    answer = json.loads(done.stdout)
    asked = [(request["path"], request["query"]) for request in answer["requests"]]
    assert set(asked) == {("/fresh/", "page=0"), ("/fresh/", "page=1"), ("/login/", "")}
    notes = "\n".join(answer["notes"])
    assert "access.log: 1 of 34 lines were not understood" in notes
    assert "access.log: 33 requests for 8 URLs, of which 9 are replayed" in notes
    assert "access.log: 2 of 9 requests had no good answer on the copy" in notes

    limited = run("doctor", shop, "--replay", log, "--no-crawl", "--json", "--max-requests", 3)
    assert "access.log ended at 3 requests (--max-requests)" in limited.stdout

    log.write_text("nothing that is known\n")
    done = run("doctor", shop, "--replay", log)
    assert done.returncode == 2 and "none of its 1 lines is an access log's" in done.stderr
    done = run("doctor", shop, "--replay", tmp_path / "absent.log")
    assert done.returncode == 2 and "absent.log is no file that can be read" in done.stderr
