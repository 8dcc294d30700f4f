"""Turning the settings towards the workspace, between their import and ``django.setup()``.

Values are changed where the project's modules see them too: dictionaries in place, the others
both on Django's settings object and on the settings module. What only lives in the process, or
in the copied database, stays as it is: a page must do the work it does in production.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hotclub.agent.worker._paths import moved_value

_LOCAL_CACHES = ("LocMemCache", "DummyCache", "DatabaseCache")
_CACHE = "hotclub.agent.worker.cache.WorkspaceCache"
_CACHE_OPTIONS = ("MAX_ENTRIES", "CULL_FREQUENCY")
_FINDINGS = "hotclub.debug.FindingsMiddleware"
"""It would record as well, and write into pages that are to be compared."""
_REMOTE_HANDLERS = (
    "SysLogHandler",
    "SocketHandler",
    "DatagramHandler",
    "HTTPHandler",
    "SMTPHandler",
)


Addresses = Callable[[dict[str, Any], dict[str, Any]], None]


def redirect(settings: Any, config: dict[str, Any], databases: Addresses | None = None) -> None:
    """Point databases, caches, files, mail, brokers and logs into the workspace; the databases by
    ``databases``, where they are more than those that were copied."""
    run = Path(config["run"])
    put = _Putter(settings)
    for name in dir(settings):
        if name.isupper() and name != "SECRET_KEY":  # no path; Django wants none that is empty
            value = getattr(settings, name)
            new = moved_value(value, *config["moves"])
            if new is not value:
                put(name, new)
    (databases or _databases)(settings.DATABASES, config)
    _caches(settings.CACHES, run)
    _logging(settings.LOGGING, run)
    _mail(settings, put)
    _brokers(settings, put)
    put("MIDDLEWARE", [name for name in settings.MIDDLEWARE if name != _FINDINGS])
    put("MEDIA_ROOT", config["media"])
    put("SESSION_FILE_PATH", str(run / "tmp"))
    put("FILE_UPLOAD_TEMP_DIR", str(run / "tmp"))


class _Putter:
    """Sets a setting for those who ask Django and for those who import the module."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self._module = sys.modules.get(os.environ.get("DJANGO_SETTINGS_MODULE", ""))

    def __call__(self, name: str, value: Any) -> None:
        setattr(self._settings, name, value)
        if self._module is not None and hasattr(self._module, name):
            setattr(self._module, name, value)


def readdress(database: dict[str, Any], address: Mapping[str, str], dropped: Iterable[str]) -> None:
    """Put a copy's address in; options that lead to the original are taken out."""
    database.update(address)
    options = database.get("OPTIONS")
    for key in dropped:
        if options:
            options.pop(key, None)


def _databases(databases: dict[str, Any], config: dict[str, Any]) -> None:
    dropped = config.get("dropped_options", {})
    for alias, address in config["databases"].items():
        readdress(databases[alias], address, dropped.get(alias, ()))


def _caches(caches: dict[str, Any], run: Path) -> None:
    for alias, cache in caches.items():
        backend = str(cache.get("BACKEND", "")).rpartition(".")[2]
        if backend in _LOCAL_CACHES:
            continue
        if backend == "FileBasedCache":
            cache["LOCATION"] = str(run / "tmp" / f"cache-{alias}")
            continue
        options = cache.get("OPTIONS") or {}
        cache["OPTIONS"] = {key: options[key] for key in _CACHE_OPTIONS if key in options}
        cache["OPTIONS"].setdefault("MAX_ENTRIES", 1_000_000)
        cache["BACKEND"] = _CACHE
        cache["LOCATION"] = f"hotclub-{alias}"


def _logging(logging: dict[str, Any] | None, run: Path) -> None:
    for handler in ((logging or {}).get("handlers") or {}).values():
        if "filename" in handler:
            name = os.path.basename(str(handler["filename"])) or "project.log"
            handler["filename"] = str(run / "logs" / name)
        elif str(handler.get("class", "")).rpartition(".")[2] in _REMOTE_HANDLERS:
            kept = {key: handler[key] for key in ("level", "filters") if key in handler}
            handler.clear()
            handler.update(kept, **{"class": "logging.NullHandler"})


def _mail(settings: Any, put: Callable[[str, Any], None]) -> None:
    memory = "django.core.mail.backends.locmem.EmailBackend"
    if hasattr(settings, "MAILERS"):
        put("MAILERS", {alias: {"BACKEND": memory} for alias in settings.MAILERS})
    else:
        put("EMAIL_BACKEND", memory)


def _brokers(settings: Any, put: Callable[[str, Any], None]) -> None:
    """Brokers in memory: what a request enqueues is enqueued and, as in production, not run."""
    if importlib.util.find_spec("celery") is not None:
        for name in ("CELERY_BROKER_URL", "BROKER_URL", "CELERY_BROKER_READ_URL"):
            if hasattr(settings, name):
                put(name, "memory://")
        for name in ("CELERY_RESULT_BACKEND", "RESULT_BACKEND"):
            if hasattr(settings, name):
                put(name, "cache+memory://")
    for layer in (getattr(settings, "CHANNEL_LAYERS", None) or {}).values():
        layer.clear()
        layer["BACKEND"] = "channels.layers.InMemoryChannelLayer"
    for name, backend in (getattr(settings, "TASKS", None) or {}).items():
        if not str(backend.get("BACKEND", "")).startswith("django.tasks.backends."):
            settings.TASKS[name] = {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}
    huey = getattr(settings, "HUEY", None)
    if isinstance(huey, dict):
        huey["immediate"] = True
    for queue in (getattr(settings, "HAYSTACK_CONNECTIONS", None) or {}).values():
        queue.clear()
        queue["ENGINE"] = "haystack.backends.simple_backend.SimpleEngine"
