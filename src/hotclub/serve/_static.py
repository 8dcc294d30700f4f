"""Which directories the engine serves by itself: those of the options, and the project's own."""

from __future__ import annotations

import os
import sys
from typing import Any

from hotclub.serve import _log
from hotclub.serve._config import Config


def static_roots(config: Config, *, tell: bool) -> tuple[tuple[str, str], ...]:
    """Pairs of a prefix and a directory; ``tell``: say in the log why there is none."""
    given: tuple[tuple[str, str], ...] = config.static
    if config.no_static:
        return given
    settings: Any = getattr(sys.modules.get("django.conf"), "settings", None)
    if settings is None or not settings.configured:
        return given
    url, root = settings.STATIC_URL, settings.STATIC_ROOT
    why = _why_not(url, root)
    if why is None and url not in dict(given):
        return (*given, (url, os.path.abspath(root)))
    if why and tell and not given:
        _log.info(f"static files are left to the application: {why}")
    return given


def _why_not(url: Any, root: Any) -> str | None:
    if not root:
        return "STATIC_ROOT is not set"
    if not url or not str(url).startswith("/") or str(url).startswith("//") or url == "/":
        return f"STATIC_URL is {url!r}, not a path below /"
    if not os.path.isdir(root):
        return f"STATIC_ROOT {root} is not there yet; run collectstatic"
    return None
