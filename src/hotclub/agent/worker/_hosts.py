"""The host and scheme that the project itself expects to be asked under."""

from __future__ import annotations

from typing import Any


def host_of(settings: Any) -> str:
    """A host that ``ALLOWED_HOSTS`` admits; ``localhost`` where it may be."""
    allowed = [str(host) for host in settings.ALLOWED_HOSTS]
    if not allowed or "*" in allowed or "localhost" in allowed or ".localhost" in allowed:
        return "localhost"
    host = allowed[0].lstrip(".")
    if settings.PREPEND_WWW and not host.startswith("www."):
        return f"www.{host}"
    return host


def scheme_of(settings: Any) -> str:
    """``https`` where the project redirects everything else there."""
    return "https" if settings.SECURE_SSL_REDIRECT else "http"
