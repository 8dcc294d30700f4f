"""Addresses of further pages in a response."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from hotclub.agent.worker._routes import Routes

_MOST = 2000
_ATTRIBUTES = ("href", "src", "data-url", "hx-get", "data-href")


class Finder:
    """Keeps what leads to a route of this project, once each, in the order of appearance."""

    def __init__(self, routes: Routes, host: str) -> None:
        self._routes = routes
        self._host = host

    def in_response(
        self, path: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> list[dict[str, Any]]:
        """Links in a page's header, HTML or JSON."""
        found = {name.lower(): value for name, value in headers}
        kind = found.get("content-type", "").partition(";")[0].strip().lower()
        urls = [found["location"]] if "location" in found else []
        if kind in ("text/html", "application/xhtml+xml"):
            urls += _in_html(body.decode("utf-8", "replace"))
        elif kind.endswith("json"):
            urls += _in_json(body)
        return self.targets(urls, path)

    def targets(self, urls: Iterable[str], base: str) -> list[dict[str, Any]]:
        """``{"url", "route", "logout"}`` of those that lead to a page of this project."""
        found: dict[str, dict[str, Any]] = {}
        for url in urls:
            local = self._local(url, base)
            if local is None or local in found:
                continue
            route = self._routes.find(local.partition("?")[0])
            if route is not None:
                found[local] = {"url": local, "route": route.pattern, "logout": route.logout}
            if len(found) >= _MOST:
                break
        return list(found.values())

    def _local(self, url: str, base: str) -> str | None:
        """Path and query of a URL on this host; None for others and for no URL at all."""
        try:
            parts = urlsplit(urljoin(f"http://{self._host}{base}", url.strip()))
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or parts.hostname not in (self._host, "localhost"):
            return None
        path = parts.path or "/"
        return f"{path}?{parts.query}" if parts.query else path


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form" and (values.get("method") or "get").lower() == "get":
            self.urls.append(values.get("action") or "")
        if tag == "link" and (values.get("rel") or "").lower() not in ("next", "prev", "alternate"):
            return
        self.urls += [values[name] or "" for name in _ATTRIBUTES if name in values]


def _in_html(text: str) -> list[str]:
    page = _Page()
    page.feed(text)
    return [url for url in page.urls if url and not url.startswith("#")]


def _in_json(body: bytes) -> Iterator[str]:
    """Strings that look like addresses, anywhere in the value."""
    try:
        pending: list[Any] = [json.loads(body)]
    except ValueError:
        return
    for value in pending:
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and value.startswith(("/", "http://", "https://")):
            yield value
