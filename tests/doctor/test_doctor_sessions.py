"""HC603: sessions that every request saves, and those that are saved because they changed."""

from __future__ import annotations

from pathlib import Path

from shelves import recorded, seen_in, written

VIEWS = """
def begin(request):
    request.session["basket"] = [1]
    return HttpResponse()

def look(request):
    return HttpResponse(request.session.get("basket"))
"""
TARGETS = ["/begin/", "/look/", ("POST", "/look/")]


def test_saved_by_every_request(tmp_path: Path) -> None:
    root = written(
        tmp_path, VIEWS, config__urls=URLS
    )  # fmt: skip
    path = recorded(root, TARGETS, SESSION_SAVE_EVERY_REQUEST=True)
    found = [one for one in seen_in(path, root) if one.code == "HC603"]
    assert [one.request.path for one in found] == ["/begin/", "/look/"]
    (seen,) = (one for one in found if one.request.path == "/look/")
    assert (
        seen.sql.startswith("UPDATE") and seen.queries == 1 and "wrote the session" in seen.detail
    )
    assert seen.trigger[0].path == "config/settings.py"


def test_not_without_the_setting_or_a_database(tmp_path: Path) -> None:
    root = written(tmp_path, VIEWS, config__urls=URLS)
    path = recorded(root, TARGETS)
    assert [one.code for one in seen_in(path, root) if one.code == "HC603"] == []
    cookies = "django.contrib.sessions.backends.signed_cookies"
    path.unlink()
    (root / "db.sqlite3").unlink()
    path = recorded(root, TARGETS, SESSION_SAVE_EVERY_REQUEST=True, SESSION_ENGINE=cookies)
    assert [one.code for one in seen_in(path, root) if one.code == "HC603"] == []


URLS = """
from django.contrib import admin
from django.urls import path
from shelf import views
urlpatterns = [path("begin/", views.begin), path("look/", views.look)]
"""
