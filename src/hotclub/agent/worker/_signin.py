"""Signing in as a person would: the project's own login page, with a password set on the copy."""

from __future__ import annotations

import contextlib
from typing import Any

_FIELDS = ("username", "email", "login", "user", "identifier")


def sign_in(user: Any, password: str) -> str | None:
    """Post the login form at ``LOGIN_URL``; the session's key, or None where it was not taken.

    The user's password on the copied database becomes ``password``.
    """
    from django.conf import settings
    from django.shortcuts import resolve_url
    from django.test import Client

    from hotclub.agent.worker._hosts import host_of, scheme_of

    with contextlib.suppress(Exception):
        user.set_password(password)
        user.save(update_fields=["password"])
        client = Client(enforce_csrf_checks=True, SERVER_NAME=host_of(settings))
        page, secure = resolve_url(settings.LOGIN_URL), scheme_of(settings) == "https"
        client.get(page, secure=secure)
        form = _form(user, password)
        if settings.CSRF_COOKIE_NAME in client.cookies:
            form["csrfmiddlewaretoken"] = client.cookies[settings.CSRF_COOKIE_NAME].value
        referer = f"{scheme_of(settings)}://{host_of(settings)}{page}"
        client.post(page, form, secure=secure, HTTP_REFERER=referer)
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie.value if cookie else None
    return None


def _form(user: Any, password: str) -> dict[str, str]:
    """Whatever the page calls the name: fields that it does not know are ignored."""
    name = str(user.get_username())
    email = str(getattr(user, user.get_email_field_name(), "") or name)
    form = dict.fromkeys(_FIELDS, name) | {"email": email, "password": password}
    return {**form, user.USERNAME_FIELD: name}
