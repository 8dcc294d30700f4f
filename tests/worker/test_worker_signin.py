"""A project that ends every session which its own login page did not make."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.workspace.sample_project import append

STRICT = '''
"""Sessions must carry what the login page puts into them."""
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView


class Login(LoginView):
    template_name = "login.html"

    def form_valid(self, form):
        answer = super().form_valid(form)
        self.request.session["signed_in_by"] = "the page"
        return answer


def strict(get_response):
    def middleware(request):
        if request.user.is_authenticated and "signed_in_by" not in request.session:
            logout(request)
        return get_response(request)

    return middleware
'''


@pytest.mark.parametrize("engine", ["db", "signed_cookies"])
def test_a_user_signs_in_by_the_page_when_a_forced_session_is_ended(
    root: Path, engine: str
) -> None:
    (root / "library" / "strict.py").write_text(STRICT)
    (root / "books" / "templates" / "login.html").write_text(
        "<form method=post>{% csrf_token %}{{ form }}</form>"
    )
    append(root, "MIDDLEWARE.append('library.strict.strict'); LOGIN_URL = '/sign-in/'")
    append(root, f"SESSION_ENGINE = 'django.contrib.sessions.backends.{engine}'")
    append(
        root,
        "from library.strict import Login\nurlpatterns.append(path('sign-in/', Login.as_view()))",
        "library/urls.py",
    )
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child() as child:
            seen = [child.request("/whoami/", user="user").body for _ in range(3)]
            assert child.request("/whoami/").body == b"-"
        assert workspace.untouched() == []
    assert [body.split()[0] for body in seen] == [b"ben"] * 3, "the first one is made again"
