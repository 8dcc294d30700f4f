"""Users that a script describes: by force, by the project's own forms, by a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import AgentError, Workspace
from tests.workspace.sample_project import append

DOORS = '''
"""A login page with a second step, a sign-up, a token, a page that writes."""
import json

from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def code(request):
    """The second step: nobody is verified before it."""
    if request.method == "POST" and request.POST["code"] == "123":
        request.session["verified"] = True
        return redirect("/nowhere-at-all/")
    wrong = '<ul class="errorlist"><li>This code is <b>wrong</b></li></ul>'
    return HttpResponse(
        (wrong if request.method == "POST" else "") + FORM.replace("FIELDS", "code")
        .replace("TOKEN", get_token(request)))


FORM = """<form method="get"><input name="q"></form>
<form method="post" action=""><input type="hidden" name="csrfmiddlewaretoken" value="TOKEN">
<input name="FIELDS"><input type="checkbox" name="stay" checked></form>"""

from django.middleware.csrf import get_token


def join(request):
    form = UserCreationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and request.POST["terms"] == "yes":
        login(request, form.save(), "django.contrib.auth.backends.ModelBackend")
        return redirect("/whoami/")
    return render(request, "form.html", {"form": form})


@csrf_exempt
def token(request):
    asked = json.loads(request.body)
    user = get_user_model().objects.get(username=asked["username"])
    return JsonResponse({"access": f"secret-of-{user.username}"})


def bearer(get_response):
    def middleware(request):
        given = request.headers.get("Authorization", "")
        if given.startswith("Bearer secret-of-"):
            request.user = get_user_model().objects.get(username=given[17:])
        return get_response(request)

    return middleware


def me(request):
    verified = request.session.get("verified", False)
    return HttpResponse(f"{request.user.username} {verified} {request.COOKIES.get('basket')}")


def basket(request):
    answer = HttpResponse(f"{request.method} {request.COOKIES.get('basket')}")
    answer.set_cookie("basket", request.POST.get("item", "empty"))
    return answer


urlpatterns = [
    path("sign-in/", LoginView.as_view(template_name="form.html", next_page="/code/")),
    path("code/", code), path("join/", join), path("token/", token), path("me/", me),
    path("basket/", basket),
]
'''
USERS = {
    "forced": {"force": "ann", "session": {"verified": True}},
    "by_key": {"force": 1},
    "by_field": {"force": {"username": "ben"}},
    "formal": {
        "account": "ben", "password": "made-up",
        "forms": [
            {"page": "/sign-in/", "fields": {"username": "ben", "password": "made-up"}},
            {"fields": {"code": "123"}},
        ],
    },
    "new": {"forms": [{"page": "/join/", "fields": {
        "username": "zoe", "password1": "long-enough-1", "password2": "long-enough-1",
        "terms": "yes"}}]},
    "bearer": {"token": {"page": "/token/", "json": {"username": "ann"},
                         "value": "Bearer {access}"}},
    "header": {"headers": {"Authorization": "Bearer secret-of-boss"}},
    "guest": {"guest": True},
    "wrong": {"forms": [
        {"page": "/sign-in/", "fields": {"username": "ben", "password": "no"}}]},
    "half": {
        "account": "ben", "password": "made-up",
        "forms": [
            {"page": "/sign-in/", "fields": {"username": "ben", "password": "made-up"}},
            {"fields": {"code": "999"}},
        ],
    },
    "lost": {"forms": [{"page": "/whoami/", "fields": {"username": "ben"}}]},
    "absent": {"force": "nobody-of-that-name"},
    "unknown": {"token": {"page": "/token/", "json": {"username": "ann"}, "value": "{refresh}"}},
}  # fmt: skip


@pytest.fixture
def doors(root: Path) -> Path:
    (root / "library" / "doors.py").write_text(DOORS)
    (root / "books" / "templates" / "form.html").write_text(
        '<form method="post">{% csrf_token %}{{ form }}<input name="terms"></form>'
    )
    append(root, "MIDDLEWARE.append('library.doors.bearer')")
    append(root, "PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']")
    append(root, "from library import doors\nurlpatterns += doors.urlpatterns", "library/urls.py")
    return root


def test_every_way_in(doors: Path) -> None:
    with Workspace.create(Project.find(doors)) as workspace:
        workspace.users = USERS
        with workspace.child() as child:
            told = child.call("users")
            seen = {
                name: child.request("/me/", user=name).body.decode().rpartition(" ")[0]
                for name, facts in told.items()
                if facts["pk"] is not None
            }
            first = child.request("/basket/", method="POST", user="guest",
                                  headers=[("Content-Type", "application/x-www-form-urlencoded")],
                                  body=b"item=hat")  # fmt: skip
            then = child.request("/basket/", user="guest")
            other = child.request("/basket/")
            with pytest.raises(AgentError, match=r"nobody is called 'eve'.*\[users.eve\]"):
                child.request("/me/", user="eve")
            with pytest.raises(AgentError, match="correct username and password"):
                child.request("/me/", user="wrong")
        assert workspace.untouched() == []
    assert {name: seen.get(name) for name in USERS if name in seen} == {
        "forced": "ann True", "by_key": "boss False", "by_field": "ben False",
        "formal": "ben True", "new": "zoe False", "bearer": "ann False",
        "header": "boss False", "guest": " False",
    }  # fmt: skip
    assert seen["staff"].startswith("boss") and told["formal"]["pk"] == "3"
    assert (first.body, then.body, other.body) == (b"POST None", b"GET hat", b"GET None")
    why = {name: facts["reason"] for name, facts in told.items() if facts["pk"] is None}
    assert why.keys() == {"wrong", "half", "lost", "absent", "unknown"}
    assert why["half"] == "the form of /code/ was not accepted: This code is wrong"
    assert "/whoami/ has no form with username" in why["lost"]
    assert "is neither" in why["absent"] and "User" in why["absent"]
    assert "'{refresh}'" in why["unknown"]


@pytest.mark.parametrize("engine", ["db", "signed_cookies"])
def test_a_write_is_taken_where_the_csrf_token_lives_in_the_session(
    doors: Path, engine: str
) -> None:
    append(doors, "CSRF_USE_SESSIONS = True")
    append(doors, f"SESSION_ENGINE = 'django.contrib.sessions.backends.{engine}'")
    with Workspace.create(Project.find(doors)) as workspace:
        workspace.users = {name: USERS[name] for name in ("forced", "formal", "guest")}
        with workspace.child() as child:
            for user in (None, "user", "staff", *workspace.users):
                assert child.request("/basket/", method="POST", user=user).status == 200, user
            assert child.request("/me/", user="formal").body.startswith(b"ben True")
