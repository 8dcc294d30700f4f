"""The project's URLconf, flat: one route for each pattern that ends in a view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, unquote

from hotclub.agent.worker._errors import failure
from hotclub.agent.worker._views import View

_SAFE = "/~:@!$&'()*+,;="
_PATHS = 1 << 14
"""Paths whose routes are remembered."""


@dataclass(frozen=True)
class Route:
    """A way to a view. ``pattern`` is what ``ResolverMatch.route`` says for it."""

    id: int
    pattern: str
    name: str
    chain: tuple[Any, ...]
    view: View

    @cached_property
    def converters(self) -> dict[str, Any]:
        """Converters of ``path()`` by parameter."""
        found: dict[str, Any] = {}
        for pattern in self.chain:
            found.update(getattr(pattern, "converters", {}))
        return found

    @cached_property
    def parameters(self) -> list[str]:
        """Parameters in the order of the path; ``_0``, ``_1`` … where they have no name."""
        names: list[str] = []
        for _, parameters in self.shapes:
            names += [name for name in parameters if name not in names]
        return names

    @cached_property
    def shapes(self) -> list[tuple[str, list[str]]]:
        """Format strings for the path, each with its parameters (Django's own normalisation)."""
        from django.utils.regex_helper import normalize

        texts = [pattern.regex.pattern.removeprefix("^") for pattern in self.chain]
        return list(normalize("".join(texts)))

    def path(self, kwargs: dict[str, Any]) -> str | None:
        """The path with these arguments, as ``reverse()`` makes it; None if none has them all."""
        from django.urls import get_script_prefix

        for shape, names in self.shapes:
            if set(names) <= set(kwargs):
                texts = {name: self._text(name, kwargs[name]) for name in names}
                escaped = get_script_prefix().replace("%", "%%")
                return quote((escaped + shape.lstrip("/")) % texts, safe=_SAFE)
        return None

    def _text(self, name: str, value: Any) -> str:
        converter = self.converters.get(name)
        return converter.to_url(value) if converter is not None else str(value)

    @property
    def logout(self) -> bool:
        """Whether asking for this page would end the session."""
        text = f"{self.pattern} {self.name} {self.view.name}".lower()
        words = text.replace("-", "").replace("_", "")
        return "logout" in words or "signout" in words

    def describe(self, tree: str) -> dict[str, Any]:
        """The route for the driver."""
        return {
            "id": self.id,
            "pattern": self.pattern,
            "name": self.name,
            "view": self.view.name,
            "in_project": self.view.is_in(tree),
            "parameters": self.parameters,
            "converters": {
                name: type(converter).__name__.removesuffix("Converter").lower()
                for name, converter in self.converters.items()
            },
            "groups": [name for name in self.parameters if name not in self.converters],
            "model": self.view.model._meta.label if self.view.model is not None else None,
            "lookup": self.view.lookup,
            "methods": self.view.methods,
            "admin": self.view.is_admin,
            "logout": self.logout,
            "api": self.view.is_api,
        }


class Routes:
    """All routes, in the order in which Django tries them."""

    def __init__(self, tree: str) -> None:
        from django.urls import get_resolver

        self.tree = tree
        self._language = _language()
        with self.spoken():
            self._all = [
                Route(number, pattern, name, chain, View(callback))
                for number, (pattern, name, chain, callback) in enumerate(_walk(get_resolver()))
            ]
        self.find = lru_cache(_PATHS)(self._find)
        """The route that a path (percent-encoded, without a query) takes; pages share links."""
        self._ids: dict[str, int] = {}
        for route in self._all:
            self._ids.setdefault(route.pattern, route.id)

    def __getitem__(self, number: int) -> Route:
        return self._all[number]

    def __len__(self) -> int:
        return len(self._all)

    def describe(self) -> dict[str, Any]:
        """All of them, for the driver."""
        with self.spoken():
            return {"routes": [route.describe(self.tree) for route in self._all]}

    def spoken(self) -> Any:
        """A context in which the language is that of a request which asks for none: prefixes of
        ``i18n_patterns`` follow the language, and a request leaves its own behind."""
        from django.utils.translation import override

        return override(self._language)

    def patterns(self, paths: list[str]) -> list[str | None]:
        """The pattern of the route that each of these paths takes; None for none."""
        found = map(self.find, paths)
        return [route.pattern if route is not None else None for route in found]

    def _find(self, path: str) -> Route | None:
        from django.urls import Resolver404, get_script_prefix, resolve

        prefix = get_script_prefix().rstrip("/")
        try:
            with self.spoken():
                match = resolve(unquote(path).removeprefix(prefix))
        except Resolver404:
            return None
        except Exception:
            return None
        number = self._ids.get(match.route)
        return None if number is None else self._all[number]


def _language() -> str:
    """What the project speaks by default; ``en`` for ``en-us``, if it only has the former and
    looks for it in each request."""
    from django.conf import settings
    from django.utils.translation import get_supported_language_variant

    code = str(settings.LANGUAGE_CODE)
    if any(str(one).endswith("LocaleMiddleware") for one in settings.MIDDLEWARE):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            return code
    return code


def _walk(
    resolver: Any, route: str = "", chain: tuple[Any, ...] = (), spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str, tuple[Any, ...], Any]]:
    for item in resolver.url_patterns:
        if not hasattr(item, "pattern"):
            module = getattr(resolver.urlconf_name, "__name__", resolver.urlconf_name)
            raise failure("routes", f"{module}.urlpatterns holds {item!r}, which is no URL pattern")
        joined = _join(route, str(item.pattern))
        inner = (*chain, item.pattern)
        if hasattr(item, "url_patterns"):
            space = (item.namespace,) if item.namespace else ()
            yield from _walk(item, joined, inner, (*spaces, *space))
        else:
            name = ":".join((*spaces, item.name)) if item.name else ""
            yield joined, name, inner, item.callback


def _join(left: str, right: str) -> str:
    """As ``URLResolver._join_route`` does."""
    return left + right.removeprefix("^") if left else right
