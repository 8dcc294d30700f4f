"""Headers as they are written: JSON, without secrets.

Most headers come again with every request, so their JSON is made once. Those that may hold
secrets are never kept.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from . import _redact
from ._requests import Exchange

_NAMES_MAX = 4096
_VALUE_MAX = 256  # characters; longer ones hardly come again
_PLAIN = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_names: dict[str, str] = {}  # key of an environ → the header's name, empty for what is no header


def request_headers(meta: dict[str, Any]) -> _redact.Pairs:
    """The headers of a WSGI environ, as Django understands them."""
    if len(_names) > _NAMES_MAX:
        _names.clear()
    found: _redact.Pairs = []
    for key, value in meta.items():
        name = _names.get(key)
        if name is None:
            name = _names[key] = _name(key)
        if name and isinstance(value, str) and value:
            found.append((name, value))
    return found


def _name(key: str) -> str:
    name = key.removeprefix("HTTP_")
    return "" if name == key and key not in _PLAIN else name.replace("_", "-").title()


def response_headers(exchange: Exchange) -> _redact.Pairs:
    """The response's headers, cookies as the headers they become."""
    headers = exchange.headers
    store = getattr(headers, "_store", None)  # Django's own: lower case → name, value
    items = store.values() if type(store) is dict else dict(headers).items()
    pairs = [(str(name), str(value)) for name, value in items]
    cookies = exchange.cookies.values() if exchange.cookies else ()
    return pairs + [("Set-Cookie", cookie.output(header="").strip()) for cookie in cookies]


def as_json(pairs: _redact.Pairs, hide: bool) -> str:
    """A list of pairs, as JSON; *hide* leaves secrets out."""
    texts = [
        (_kept if len(value) < _VALUE_MAX and _is_harmless(name) else _text)(name, value, hide)
        for name, value in pairs
    ]
    return f"[{', '.join(texts)}]"


@lru_cache(maxsize=1024)
def _is_harmless(name: str) -> bool:
    """Whether no value of this header holds a secret, whole or in part."""
    return not _redact.is_secret(name) and name.lower() not in _redact.URLS


def _text(name: str, value: str, hide: bool) -> str:
    return json.dumps(_redact.headers([(name, value)])[0] if hide else (name, value))


_kept = lru_cache(maxsize=4096)(_text)
