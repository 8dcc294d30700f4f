"""Who requests are made as: an ordinary user and a superuser of the copied database.

Logging in does what ``django.test.Client.force_login`` does, but leaves ``last_login`` alone: it
would differ between two runs. A project that ends such a session, because its own login page puts
more into one, is signed in to by that page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from hotclub.agent.worker._errors import failure
from hotclub.agent.worker._rank import richest
from hotclub.agent.worker._signin import sign_in

_NAME = "hotclub"
_CANDIDATES = 200


class Users:
    """Picks, makes and logs in users; sessions are renewed when a page has ended them."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._ended: set[str] = set()
        self._forced: set[str] = set()

    def describe(self) -> dict[str, Any]:
        """Both, for the driver."""
        return {kind: self._found[kind][1] for kind in ("user", "staff")}

    def found(self) -> list[Any]:
        """Those that there are."""
        return [user for user, _ in self._found.values() if user is not None]

    def cookies(self, kind: str | None) -> dict[str, str]:
        """The session cookie of a user of this kind; nothing for nobody."""
        if kind is None:
            return {}
        if kind not in self._found:
            raise failure("request", f"there is no kind of user {kind!r}")
        user, described = self._found[kind]
        if user is None:
            raise failure("request", described["reason"])
        from django.conf import settings

        key = self._keys.get(kind)
        if key is None:
            key = _log_in(user)
            self._forced.add(kind)
        elif kind in self._ended or not _is_logged_in(key):
            key = _sign_in(user) or _log_in(user)
            self._ended.discard(kind)
        self._keys[kind] = key
        return {settings.SESSION_COOKIE_NAME: key}

    def was_refused(self, kind: str | None) -> bool:
        """Whether the project has just ended the session that was forced on it, so that its answer
        was one to nobody. Says so once: the next session is one of the project's own making."""
        if kind not in self._forced:
            return False
        refused = kind in self._ended or not _is_logged_in(self._keys[kind])
        if refused:
            self._forced.discard(kind)
        return refused

    def note(self, kind: str | None, headers: list[tuple[str, str]]) -> None:
        """Remember when a response puts another session, nobody's, in place of the user's: where
        sessions live in the cookie itself, nothing else tells that it has ended."""
        from django.conf import settings

        prefix = f"{settings.SESSION_COOKIE_NAME}="
        for name, value in headers:
            value = value.lstrip()
            if kind and name.lower() == "set-cookie" and value.startswith(prefix):
                key = value[len(prefix) :].partition(";")[0].strip('"')
                if not (key and _is_logged_in(key)):
                    self._ended.add(kind)

    @cached_property
    def _found(self) -> dict[str, tuple[Any, dict[str, Any]]]:
        return {kind: _find(kind) for kind in ("user", "staff")}


def _find(kind: str) -> tuple[Any, dict[str, Any]]:
    described: dict[str, Any] = {
        "pk": None, "username": "", "superuser": False, "created": False, "reason": ""
    }  # fmt: skip
    try:
        model = _user_model()
        user = _existing(model, kind)
        if user is None:
            user = _make(model, kind)
            described["created"] = True
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        described["reason"] = f"no {kind} was found and none could be made: {reason}"
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


def _is_logged_in(key: str) -> bool:
    from django.contrib.auth import HASH_SESSION_KEY

    return bool(_store(key).get(HASH_SESSION_KEY))


def _store(key: str | None = None) -> Any:
    from importlib import import_module

    from django.conf import settings

    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def _log_in(user: Any) -> str:
    """A new session of this user's; its key."""
    from django.contrib.auth import login
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = _store()
    request.META.update(SERVER_NAME="localhost", SERVER_PORT="80", REMOTE_ADDR="127.0.0.1")
    with _last_login_kept():
        login(request, user, _backend())
    request.session.save()
    return str(request.session.session_key)


def _sign_in(user: Any) -> str | None:
    """A session made by the project's own login page, when it takes this user."""
    with _last_login_kept():
        key = sign_in(user, _NAME)
    return key if key and _is_logged_in(key) else None


def _backend() -> str:
    from django.conf import settings
    from django.contrib.auth import load_backend

    for path in settings.AUTHENTICATION_BACKENDS:
        if hasattr(load_backend(path), "get_user"):
            return str(path)
    raise failure("request", "AUTHENTICATION_BACKENDS names no backend that can get a user")


@contextlib.contextmanager
def _last_login_kept() -> Iterator[None]:
    from django.contrib.auth.models import update_last_login
    from django.contrib.auth.signals import user_logged_in

    connected = user_logged_in.disconnect(dispatch_uid="update_last_login")
    try:
        yield
    finally:
        if connected:
            user_logged_in.connect(update_last_login, dispatch_uid="update_last_login")
