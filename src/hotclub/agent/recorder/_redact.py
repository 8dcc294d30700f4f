"""What a recording must not tell: passwords, tokens, sessions.

Names decide, not values. Only the doctor's own crawl, whose secrets are made up on a copy,
records without this.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

REDACTED = "[redacted]"
Pairs = list[tuple[str, str]]

_NAME = re.compile(
    r"passw|passphrase|passcode|\bpwd\b|token|secret|api[-_]?key|\bapikey|access[-_]?key|"
    r"private[-_]?key|signature|credential|authoriz|\bauth\b|session|cookie|csrf|xsrf|\botp\b|"
    r"\bpin\b|\bcvv?c?\b|card[-_]?number|\bssn\b|\biban\b",
    re.IGNORECASE,
)
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_CSRF_INPUT = re.compile(rb"(name=[\"']csrfmiddlewaretoken[\"']\s+value=[\"'])[^\"']*")
URLS = frozenset({"location", "referer", "content-location"})


@lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Whether a field, parameter or header of this name holds a secret."""
    return _has_secret(name)


def _has_secret(text: str) -> bool:
    """Whether there is such a name in the text."""
    return _NAME.search(text) is not None


def headers(pairs: Pairs) -> Pairs:
    """The same headers without secret values; cookies keep their names."""
    return [(name, _header(name.lower(), value)) for name, value in pairs]


def query(text: str) -> str:
    """A query string, or a form's body, without secret values."""
    if not _has_secret(unquote(text)):
        return text
    pairs = parse_qsl(text, keep_blank_values=True)
    return urlencode([(name, REDACTED if is_secret(name) else value) for name, value in pairs])


def path(text: str, arguments: dict[str, Any]) -> str:
    """A path without the arguments that a route calls by a secret's name."""
    for name, value in arguments.items():
        if is_secret(name) and isinstance(value, str) and value:
            text = text.replace(value, REDACTED)
    return text


def body(content: bytes, content_type: str) -> bytes:
    """A request's or response's body without the secrets in it that have names."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return query(content.decode("utf-8", "replace")).encode()
    if kind == "application/json" or kind.endswith("+json"):
        return _json(content)
    if kind == "multipart/form-data":
        return _multipart(content)
    if kind in ("text/html", "application/xhtml+xml"):
        return _CSRF_INPUT.sub(rb"\1" + REDACTED.encode(), content)
    return content


def _header(name: str, value: str) -> str:
    if name in ("cookie", "set-cookie"):
        parts = value.split(";")
        kept = parts if name == "cookie" else parts[:1]
        hidden = [f"{part.partition('=')[0]}={REDACTED}" for part in kept]
        return ";".join(hidden + parts[len(kept) :])
    if name in _HEADERS or is_secret(name):
        return REDACTED
    if name in URLS and "?" in value:
        before, _, after = value.partition("?")
        return f"{before}?{query(after)}"
    return value


def _json(content: bytes) -> bytes:
    try:
        value = json.loads(content)
    except ValueError:  # cut off at the cap, or not JSON at all: nothing has a name
        return REDACTED.encode() if _has_secret(content.decode("utf-8", "replace")) else content
    hidden, changed = _hide(value)
    return json.dumps(hidden, ensure_ascii=False).encode() if changed else content


def _hide(value: Any) -> tuple[Any, bool]:
    if isinstance(value, list):
        found = [_hide(each) for each in value]
        return [each for each, _ in found], any(changed for _, changed in found)
    if not isinstance(value, dict):
        return value, False
    result: dict[str, Any] = {}
    changed = False
    for name, below in value.items():
        if is_secret(name) and not isinstance(below, (bool, type(None))):
            result[name], changed = REDACTED, True
        else:
            result[name], below_changed = _hide(below)
            changed = changed or below_changed
    return result, changed


def _multipart(content: bytes) -> bytes:
    boundary = content.partition(b"\r\n")[0]
    if not boundary.startswith(b"--"):
        return content
    parts = content.split(boundary)
    for index, part in enumerate(parts):
        head, separator, _ = part.partition(b"\r\n\r\n")
        name = re.search(rb'[;\s]name="([^"]*)"', head)
        if separator and name and is_secret(name[1].decode("utf-8", "replace")):
            parts[index] = head + separator + REDACTED.encode() + b"\r\n"
    return boundary.join(parts)
