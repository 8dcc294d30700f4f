"""Users that a script of requests describes: forced, by the project's own forms, by a token.

Each way ends in a :class:`Pass`: cookies and headers that every request of that user carries. It
is a jar, as a browser has one: what the project sets on the way, and later, is sent back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from hotclub.agent.worker._errors import Failure, failure
from hotclub.agent.worker._forms import complaints, form_for


@dataclass
class Pass:
    """What says who somebody is."""

    key: str = ""
    """The user's primary key where it is known, as text."""
    name: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)


def log_in(name: str, described: dict[str, Any]) -> Pass:
    """Log a user in as ``described``.

    Raises:
        Failure: it did not come to that; the message says at what, and what the page said.
    """
    headers = [(key, str(value)) for key, value in described.get("headers", {}).items()]
    made = Pass(name=name, headers=headers)
    if "force" in described:
        return _forced(made, described)
    if "token" in described:
        return _token(made, described["token"])
    if "forms" in described:
        return _by_forms(made, described)
    return made


def set_passwords(users: Iterable[dict[str, Any]]) -> None:
    """Give the accounts that log in by forms their passwords, on the copy.

    All before anybody logs in: another password ends the sessions that somebody has.
    """
    for described in users:
        if "account" in described:
            with contextlib.suppress(Failure):
                user = find_user(described["account"])
                user.set_password(described["password"])
                user.save(update_fields=["password"])


def find_user(wanted: Any) -> Any:
    """A user by primary key, natural key, or a table of fields.

    Raises:
        Failure: there is none, or there are several.
    """
    from django.contrib.auth import get_user_model
    from django.core.exceptions import FieldError, MultipleObjectsReturned, ValidationError

    model: Any = get_user_model()
    rows = model._base_manager
    try:
        if isinstance(wanted, dict):
            return rows.get(**wanted)
        if isinstance(wanted, str):
            natural = rows.filter(**{model.USERNAME_FIELD: wanted}).first()
            if natural is not None:
                return natural
        return rows.get(pk=wanted)
    except model.DoesNotExist:
        why = "is not in the copied database"
    except MultipleObjectsReturned:
        why = "is more than one user"
    except FieldError as error:
        why = f"cannot be looked up: {error}"
    except (ValidationError, ValueError, TypeError):
        why = f"is neither a {model.USERNAME_FIELD} nor a primary key of {model._meta.label}"
    raise failure("request", f"{json.dumps(wanted, default=str)} {why}")


def _forced(made: Pass, described: dict[str, Any]) -> Pass:
    from django.conf import settings

    from hotclub.agent.worker._sessions import force

    user = find_user(described["force"])
    made.key, made.name = str(user.pk), str(user.get_username())
    made.cookies[settings.SESSION_COOKIE_NAME] = force(user, described.get("session", {}))
    return made


def _by_forms(made: Pass, described: dict[str, Any]) -> Pass:
    if "account" in described:
        find_user(described["account"])  # or say that there is none
    browser = Browser()
    for step in described["forms"]:
        browser.send_form(step.get("page"), step["fields"])
    made.cookies = browser.cookies()
    made.key = browser.user_key()
    return made


def _token(made: Pass, described: dict[str, Any]) -> Pass:
    page = described["page"]
    data: Any = described.get("form", {})
    kind = ""
    if "json" in described:
        data, kind = json.dumps(described["json"]), "application/json"
    answer = Browser().post(page, data, kind)
    if answer.status_code >= 300:
        raise failure("request", f"{page} answered {answer.status_code} and gave no token")
    try:
        value = described.get("value", "Token {token}").format_map(json.loads(answer.content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        asked = described.get("value", "Token {token}")
        raise failure(
            "request", f"the answer of {page} has not what {asked!r} names ({error!r})"
        ) from None
    made.headers.append((described.get("header", "Authorization"), value))
    return made


class Browser:
    """A client with a jar that knows where it is, checks of CSRF included."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.test import Client

        from hotclub.agent.worker._hosts import host_of, scheme_of

        self._settings = settings
        self._scheme, self._host = scheme_of(settings), host_of(settings)
        more = {}
        if settings.SECURE_PROXY_SSL_HEADER and self._scheme == "https":
            more = dict([settings.SECURE_PROXY_SSL_HEADER])
        self._client: Any = Client(
            enforce_csrf_checks=True,
            raise_request_exception=False,
            SERVER_NAME=self._host,
            **more,
        )
        self._page, self._text = "/", ""

    def send_form(self, page: str | None, fields: dict[str, Any]) -> None:
        """Open a page (None: stay where the last form led), fill its form in and send it.

        Raises:
            Failure: there is no such form, or it is shown again.
        """
        if page is not None:
            self._arrive(page, self._ask(lambda: self._client.get(page, **self._way)))
        form = form_for(self._text, fields)
        if form is None:
            told = f"{self._page} has no form with {', '.join(fields)}"
            raise failure("request", f"{told} (a login that a script makes cannot be filled in)")
        before, target = self._page, urljoin(self._page, form.action) or self._page
        data = {**form.fields, **{name: str(value) for name, value in fields.items()}}
        answer = self._ask(lambda: self._post(target, data))
        if answer.status_code >= 400 and not answer.redirect_chain:
            said = complaints(answer.content.decode(errors="replace"))
            raise failure("request", f"the form of {before} was answered with "
                          f"{answer.status_code}{said and f': {said}'}")  # fmt: skip
        self._arrive(target, answer)
        again = form_for(self._text, fields)
        if not answer.redirect_chain and again and again.has(fields) == form.has(fields):
            said = complaints(self._text) or "it does not say why"
            raise failure("request", f"the form of {before} was not accepted: {said}")

    def post(self, page: str, data: Any, kind: str = "") -> Any:
        """Send something that is no form of a page."""
        return self._ask(lambda: self._post(page, data, kind))

    def cookies(self) -> dict[str, str]:
        """What the jar holds, without the CSRF token, which each request makes anew."""
        name = self._settings.CSRF_COOKIE_NAME
        return {key: one.value for key, one in self._client.cookies.items() if key != name}

    def user_key(self) -> str:
        """Whom Django's own session names.

        Raises:
            Failure: nobody, although the project logs in by sessions.
        """
        from django.apps import apps
        from django.contrib.auth import SESSION_KEY

        if not apps.is_installed("django.contrib.sessions"):
            return ""
        key = str(self._client.session.get(SESSION_KEY) or "")
        if not key and self._settings.SESSION_COOKIE_NAME in self._client.cookies:
            raise failure(
                "request",
                f"the forms were sent and nobody is logged in; the last one led to {self._page} "
                "(a second step, as of a two-factor login, needs a form of its own)",
            )
        return key

    @property
    def _way(self) -> dict[str, Any]:
        return {"secure": self._scheme == "https", "follow": True}

    def _post(self, page: str, data: Any, kind: str = "") -> Any:
        more = {"content_type": kind} if kind else {}
        referer = f"{self._scheme}://{self._host}{self._page}"
        return self._client.post(page, data, HTTP_REFERER=referer, **more, **self._way)

    def _arrive(self, asked: str, answer: Any) -> None:
        if answer.status_code >= 400 and not answer.redirect_chain:
            raise failure("request", f"{asked} answered {answer.status_code}")
        last = answer.redirect_chain[-1][0] if answer.redirect_chain else asked
        self._page = urlsplit(urljoin(asked, last)).path or "/"
        self._text = "" if answer.streaming else answer.content.decode(errors="replace")

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            raise failure("request", f"logging in raised {type(error).__name__}: {error}") from None
