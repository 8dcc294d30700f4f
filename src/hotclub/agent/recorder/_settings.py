"""The few settings that say how a project connects and keeps sessions; no secret among them."""

from __future__ import annotations

import os
import sys
from typing import Any


def settings_facts() -> dict[str, Any]:
    """The facts, as JSON types; none where Django has no settings yet."""
    module = sys.modules.get("django.conf")
    settings = getattr(module, "settings", None)
    if settings is None or not settings.configured:
        return {}
    try:
        return {
            "module": _file(),
            "databases": {str(k): _database(v) for k, v in settings.DATABASES.items()},
            "session": {
                "engine": str(settings.SESSION_ENGINE),
                "save_every_request": bool(settings.SESSION_SAVE_EVERY_REQUEST),
            },
        }
    except Exception:  # settings are the project's code; what they raise is not ours to show
        return {}


def _file() -> str:
    module = sys.modules.get(os.environ.get("DJANGO_SETTINGS_MODULE", ""))
    return os.path.abspath(getattr(module, "__file__", None) or "")


def _database(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "engine": str(values.get("ENGINE", "")),
        "conn_max_age": values.get("CONN_MAX_AGE", 0),
        "pool": bool((values.get("OPTIONS") or {}).get("pool")),
    }
