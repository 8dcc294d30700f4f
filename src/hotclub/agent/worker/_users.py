"""Who requests are made as: an ordinary user and a superuser of the copied database.

Logging in does what ``django.test.Client.force_login`` does, but leaves ``last_login`` alone: it
would differ between two runs. A project that ends such a session, because its own login page puts
more into one, is signed in to by that page.
"""

from __future__ import annotations

from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any

from hotclub.agent.worker import _login
from hotclub.agent.worker._errors import Failure, failure
from hotclub.agent.worker._login import Pass
from hotclub.agent.worker._rank import richest
from hotclub.agent.worker._sessions import is_logged_in, last_login_kept, log_in
from hotclub.agent.worker._signin import sign_in

_NAME = "hotclub"
_CANDIDATES = 200
_NOBODY: dict[str, Any] = {
    "pk": None, "username": "", "superuser": False, "created": False, "reason": ""
}  # fmt: skip


class Users:
    """Picks, makes and logs in users; sessions are renewed when a page has ended them.

    ``described`` are users that a script describes, by name; they go before those picked here.
    """

    def __init__(self, described: dict[str, Any] | None = None) -> None:
        self._described = described or {}
        self._passes: dict[str, Pass | Failure] = {}
        self._keys: dict[str, str] = {}
        self._ended: set[str] = set()
        self._forced: set[str] = set()
        self._prepared = False

    def describe(self) -> dict[str, Any]:
        """All of them, for the driver."""
        self._prepare()
        picked = [kind for kind in ("user", "staff") if kind not in self._described]
        return {
            **{kind: self._found[kind][1] for kind in picked},
            **{name: self._described_one(name) for name in self._described},
        }

    def found(self) -> list[Any]:
        """Those picked here that there are."""
        return [user for user, _ in self._found.values() if user is not None]

    def headers(self, kind: str | None) -> list[tuple[str, str]]:
        """Headers that say who somebody is."""
        return self._pass(kind).headers if kind in self._described else []

    def cookies(self, kind: str | None) -> dict[str, str]:
        """The session cookie of a user of this kind, or the jar of a described one; nothing for
        nobody."""
        if kind is None:
            return {}
        self._prepare()
        if kind in self._described:
            return dict(self._pass(kind).cookies)
        if kind not in self._found:
            raise failure(
                "request", f"nobody is called {kind!r}; describe such a user under [users.{kind}]"
            )
        user, described = self._found[kind]
        if user is None:
            raise failure("request", described["reason"])
        from django.conf import settings

        key = self._keys.get(kind)
        if key is None:
            key = log_in(user)
            self._forced.add(kind)
        elif kind in self._ended or not is_logged_in(key):
            key = _sign_in(user) or log_in(user)
            self._ended.discard(kind)
        self._keys[kind] = key
        return {settings.SESSION_COOKIE_NAME: key}

    def was_refused(self, kind: str | None) -> bool:
        """Whether the project has just ended the session that was forced on it, so that its answer
        was one to nobody. Says so once: the next session is one of the project's own making."""
        if kind not in self._forced:
            return False
        refused = kind in self._ended or not is_logged_in(self._keys[kind])
        if refused:
            self._forced.discard(kind)
        return refused

    def note(self, kind: str | None, headers: list[tuple[str, str]]) -> None:
        """Remember when a response puts another session, nobody's, in place of the user's: where
        sessions live in the cookie itself, nothing else tells that it has ended."""
        from django.conf import settings

        if kind in self._described:
            self._keep(kind, headers)
            return
        prefix = f"{settings.SESSION_COOKIE_NAME}="
        for name, value in headers:
            value = value.lstrip()
            if kind and name.lower() == "set-cookie" and value.startswith(prefix):
                key = value[len(prefix) :].partition(";")[0].strip('"')
                if not (key and is_logged_in(key)):
                    self._ended.add(kind)

    def _pass(self, name: str | None) -> Pass:
        """How a described user is known; logged in when first asked for."""
        assert name is not None
        if name not in self._passes:
            try:
                with last_login_kept():
                    self._passes[name] = _login.log_in(name, self._described[name])
            except Failure as error:
                self._passes[name] = error
        found = self._passes[name]
        if isinstance(found, Failure):
            raise found
        return found

    def _described_one(self, name: str) -> dict[str, Any]:
        try:
            found = self._pass(name)
        except Failure as error:
            return {**_NOBODY, "reason": str(error)}
        return {**_NOBODY, "pk": found.key, "username": found.name}

    def _keep(self, name: str, headers: list[tuple[str, str]]) -> None:
        """Put what a response sets into the jar; one that a page has emptied is filled anew."""
        from django.conf import settings

        jar = self._pass(name).cookies
        for key, value in headers:
            if key.lower() == "set-cookie":
                for morsel in SimpleCookie(value).values():
                    gone = morsel["max-age"] in ("0", 0) or not morsel.value
                    if gone and morsel.key == settings.SESSION_COOKIE_NAME:
                        del self._passes[name]
                        return
                    jar[morsel.key] = morsel.value
                    if gone or morsel.key == settings.CSRF_COOKIE_NAME:
                        del jar[morsel.key]

    def _prepare(self) -> None:
        """Done once, before anybody is logged in."""
        if not self._prepared:
            self._prepared = True
            _login.set_passwords(self._described.values())

    @cached_property
    def _found(self) -> dict[str, tuple[Any, dict[str, Any]]]:
        return {kind: _find(kind) for kind in ("user", "staff")}


def _find(kind: str) -> tuple[Any, dict[str, Any]]:
    described = dict(_NOBODY)
    try:
        model = _user_model()
        user = _existing(model, kind)
        if user is None:
            user = _make(model, kind)
            described["created"] = True
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        described["reason"] = (
            f"no {kind} was found and none could be made: {reason}; --requests can describe one, "
            f"under [users.{kind}]"
        )
        return None, described
    described["pk"] = model._meta.pk.value_to_string(user)
    described["username"] = str(user.get_username())
    described["superuser"] = bool(getattr(user, "is_superuser", False))
    return user, described


def _user_model() -> Any:
    from django.apps import apps
    from django.contrib.auth import get_user_model

    for app in ("django.contrib.auth", "django.contrib.sessions"):
        if not apps.is_installed(app):
            raise LookupError(f"{app} is not installed")
    return get_user_model()


def _existing(model: Any, kind: str) -> Any:
    names = {field.name for field in model._meta.get_fields()}
    wanted = {"is_active": True, "is_staff": kind == "staff", "is_superuser": kind == "staff"}
    rows = model._default_manager.filter(
        **{name: value for name, value in wanted.items() if name in names}
    )
    if kind == "staff" and not {"is_staff", "is_superuser"} & names:
        raise LookupError(f"{model._meta.label} knows no staff")
    for key in richest(model, _CANDIDATES):
        user = rows.filter(pk=key).first()
        if user is not None:
            return user
    return rows.order_by("pk").first()


def _make(model: Any, kind: str) -> Any:
    """A user made by the project's own manager, on the copy."""
    values = {name: _value(model, name, kind) for name in model.REQUIRED_FIELDS}
    values[model.USERNAME_FIELD] = _value(model, model.USERNAME_FIELD, kind)
    manager = model._default_manager
    create = manager.create_superuser if kind == "staff" else manager.create_user
    return create(password=_NAME, **values)


def _value(model: Any, name: str, kind: str) -> Any:
    """A value that the field of this name admits."""
    from django.db import models

    field = model._meta.get_field(name)
    if field.has_default():
        return field.get_default()
    if isinstance(field, models.EmailField):
        return f"{_NAME}-{kind}@example.com"
    if isinstance(field, models.ForeignKey):
        return field.related_model._default_manager.order_by("pk").first()
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, (models.DateTimeField, models.DateField)):
        from django.utils import timezone

        return timezone.now() if isinstance(field, models.DateTimeField) else timezone.localdate()
    if isinstance(field, (models.IntegerField, models.DecimalField, models.FloatField)):
        return 1
    return f"{_NAME}-{kind}"[: field.max_length or None]


def _sign_in(user: Any) -> str | None:
    """A session made by the project's own login page, when it takes this user."""
    with last_login_kept():
        key = sign_in(user, _NAME)
    return key if key and is_logged_in(key) else None
