"""Sessions as the project's own engine keeps them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from hotclub.agent.worker._environ import CSRF
from hotclub.agent.worker._errors import failure


def for_writing(cookies: dict[str, str]) -> dict[str, str]:
    """The cookies of a request that writes.

    Where the CSRF token lives in the session the worker's own is put there; elsewhere it is a
    cookie, which the request carries anyway.
    """
    from django.conf import settings
    from django.middleware.csrf import CSRF_SESSION_KEY

    if not settings.CSRF_USE_SESSIONS:
        return cookies
    session = store(cookies.get(settings.SESSION_COOKIE_NAME))
    session[CSRF_SESSION_KEY] = CSRF
    session.save()
    return {**cookies, settings.SESSION_COOKIE_NAME: str(session.session_key)}


def is_logged_in(key: str) -> bool:
    """Whether a session is somebody's."""
    from django.contrib.auth import HASH_SESSION_KEY

    return bool(store(key).get(HASH_SESSION_KEY))


def store(key: str | None = None) -> Any:
    """The session of this key; a new one without."""
    from importlib import import_module

    from django.conf import settings

    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def log_in(user: Any) -> str:
    """A new session of this user's; its key."""
    from django.contrib.auth import login
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = store()
    request.META.update(SERVER_NAME="localhost", SERVER_PORT="80", REMOTE_ADDR="127.0.0.1")
    with last_login_kept():
        login(request, user, _backend())
    request.session.save()
    return str(request.session.session_key)


def force(user: Any, more: dict[str, Any]) -> str:
    """A session of this user's without any login page, with ``more`` put into it; its key."""
    session = store(log_in(user))
    session.update(more)
    session.save()
    return str(session.session_key)


def _backend() -> str:
    from django.conf import settings
    from django.contrib.auth import load_backend

    for path in settings.AUTHENTICATION_BACKENDS:
        if hasattr(load_backend(path), "get_user"):
            return str(path)
    raise failure("request", "AUTHENTICATION_BACKENDS names no backend that can get a user")


@contextlib.contextmanager
def last_login_kept() -> Iterator[None]:
    """Whoever logs in meanwhile has been there as often as before."""
    from django.contrib.auth.models import update_last_login
    from django.contrib.auth.signals import user_logged_in

    connected = user_logged_in.disconnect(dispatch_uid="update_last_login")
    try:
        yield
    finally:
        if connected:
            user_logged_in.connect(update_last_login, dispatch_uid="update_last_login")
