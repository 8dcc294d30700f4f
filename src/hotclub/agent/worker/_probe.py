"""What the settings say before anything is redirected, so that the driver knows what to copy."""

from __future__ import annotations

import importlib
import os
from typing import Any


def report(settings: Any) -> dict[str, Any]:
    """Databases, media and the rest, with paths made absolute as the project would."""
    return {
        "directory": os.getcwd(),
        "databases": {alias: _database(database) for alias, database in settings.DATABASES.items()},
        "environ": dict(os.environ),
        "media_root": _path(settings.MEDIA_ROOT),
        "static_root": _path(settings.STATIC_ROOT),
        "caches": {alias: cache.get("BACKEND", "") for alias, cache in settings.CACHES.items()},
        "email_backend": _email(settings),
        "session_engine": settings.SESSION_ENGINE,
        "allowed_hosts": list(settings.ALLOWED_HOSTS),
        "installed_apps": [str(app) for app in settings.INSTALLED_APPS],
        "brokers": _brokers(settings),
        "debug": bool(settings.DEBUG),
    }


def _database(database: dict[str, Any]) -> dict[str, Any]:
    engine = database.get("ENGINE") or "django.db.backends.dummy"
    found: dict[str, Any] = {
        "engine": engine,
        "name": str(database.get("NAME") or ""),
        "mirror": (database.get("TEST") or {}).get("MIRROR"),
        "connection": _connection(database),
    }
    if engine == "django.db.backends.dummy":
        return {**found, "vendor": "dummy"}
    try:
        wrapper = importlib.import_module(f"{engine}.base").DatabaseWrapper
        return {**found, "vendor": wrapper.vendor}
    except Exception as error:
        return {**found, "vendor": "unknown", "error": str(error).splitlines()[0]}


def _connection(database: dict[str, Any]) -> dict[str, Any]:
    """How a database on a server is reached; the driver reads it, nobody keeps it."""
    found: dict[str, Any] = {
        key.lower(): str(database.get(key) or "") for key in ("HOST", "PORT", "USER", "PASSWORD")
    }
    found["options"] = _texts(database.get("OPTIONS") or {})
    return found


def _texts(options: dict[str, Any]) -> dict[str, str]:
    """Options that are texts, numbers or paths; those of a group (``ssl``) by both names."""
    found = {}
    for key, value in options.items():
        if isinstance(value, (str, int, os.PathLike)):
            found[str(key)] = str(value)
        elif isinstance(value, dict):
            found.update({f"{key}_{inner}": text for inner, text in _texts(value).items()})
    return found


def _email(settings: Any) -> str:
    """The backend that mail goes through; ``MAILERS`` replaces the old setting."""
    if hasattr(settings, "MAILERS"):
        return str(settings.MAILERS.get("default", {}).get("BACKEND", ""))
    return str(getattr(settings, "EMAIL_BACKEND", ""))


def _path(value: Any) -> str:
    return os.path.abspath(value) if value else ""


def _brokers(settings: Any) -> list[str]:
    names = ("CELERY_BROKER_URL", "BROKER_URL", "HUEY", "RQ_QUEUES", "Q_CLUSTER", "CHANNEL_LAYERS")
    return [name for name in names if getattr(settings, name, None)]
