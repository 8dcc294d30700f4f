"""WSGI environments (PEP 3333), as a server in front of the project would make them."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from hotclub.agent.worker._hosts import host_of, scheme_of

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
CSRF = "h0tclubh0tclubh0tclubh0tclub4242"


@dataclass(frozen=True)
class Settings:
    """What of the project's settings shapes a request."""

    host: str
    scheme: str
    proxy_header: tuple[str, str] | None
    script_name: str
    csrf_cookie: str
    csrf_header: str


def settings() -> Settings:
    """Read them."""
    from django.conf import settings as django

    header = django.SECURE_PROXY_SSL_HEADER
    return Settings(
        host=host_of(django),
        scheme=scheme_of(django),
        proxy_header=tuple(header) if header else None,
        script_name=(django.FORCE_SCRIPT_NAME or "").rstrip("/"),
        csrf_cookie=django.CSRF_COOKIE_NAME,
        csrf_header=django.CSRF_HEADER_NAME,
    )


def writes(call: dict[str, Any]) -> bool:
    """Whether a call's method is one that Django guards against forged requests."""
    return str(call.get("method") or "GET").upper() not in _SAFE_METHODS


def build(known: Settings, call: dict[str, Any], cookies: dict[str, str]) -> dict[str, Any]:
    """The environment for one call of the ``request`` operation."""
    path, _, inline = str(call["path"]).partition("?")
    method = str(call.get("method") or "GET").upper()
    body = base64.b64decode(call.get("body") or "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": known.script_name,
        "PATH_INFO": unquote_to_bytes(path.removeprefix(known.script_name)).decode("latin-1"),
        "QUERY_STRING": call.get("query") or inline,
        "SERVER_NAME": known.host,
        "SERVER_PORT": "443" if known.scheme == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": known.host,
        "HTTP_ACCEPT": "*/*",
        "HTTP_USER_AGENT": "Mozilla/5.0 (compatible; hotclub)",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": known.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if known.proxy_header and known.scheme == "https":
        environ[known.proxy_header[0]] = known.proxy_header[1]
    _add_headers(environ, call.get("headers") or ())
    if writes(call):
        cookies = {**cookies, known.csrf_cookie: CSRF}
        environ[known.csrf_header] = CSRF
        environ["HTTP_REFERER"] = f"{known.scheme}://{known.host}{path}"
        environ["HTTP_ORIGIN"] = f"{known.scheme}://{known.host}"
    _add_cookies(environ, cookies)
    return environ


def _add_headers(environ: dict[str, Any], headers: Iterable[tuple[str, str]]) -> None:
    """Headers of the call; a recorded length or host gives way to the true one."""
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_LENGTH", "HOST"):
            continue
        if key != "CONTENT_TYPE":
            key = f"HTTP_{key}"
        environ[key] = value


def _add_cookies(environ: dict[str, Any], cookies: dict[str, str]) -> None:
    given = [part.strip() for part in environ.get("HTTP_COOKIE", "").split(";") if part.strip()]
    kept = [part for part in given if part.partition("=")[0] not in cookies]
    made = [f"{name}={value}" for name, value in cookies.items()]
    if kept or made:
        environ["HTTP_COOKIE"] = "; ".join(kept + made)
