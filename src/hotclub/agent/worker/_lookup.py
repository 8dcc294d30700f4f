"""Which model, and which field of it, a URL's parameter stands for.

What the view itself says comes first (its model and lookup), then the parameter's own name
(``product_id``, ``category``), then the words around it (``products/<slug:slug>/``,
``product_detail``), then the models that the view's code mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hotclub.agent.worker._routes import Route

_SUFFIXES = ("_id", "_pk", "_slug", "_uuid", "_name", "_code", "_key", "_username", "_number")
_KEYS = ("pk", "id", "object_id", "_0")
_NO_KEYS = ("year", "month", "day", "week", "page", "page_number")
_NATURAL = (
    "slug",
    "username",
    "code",
    "uuid",
    "identifier",
    "key",
    "name",
    "number",
    "token",
    "sku",
)
_PLAIN = frozenset({"slug", "username", "code", "uuid", "identifier"})
"""Those that stand for a row wherever a word is taken."""


def target_of(route: Route, name: str) -> tuple[Any, str] | None:
    """Model and field name for a parameter of the route, or None."""
    return _by_view(route, name) or _by_name(route, name) or _by_surroundings(route, name)


def _by_view(route: Route, name: str) -> tuple[Any, str] | None:
    model, field = route.view.model, route.view.lookup.get(name)
    if model is None or field is None:
        return None
    if field in ("pk", "id"):
        return model, "pk"
    return (model, field) if _has_field(model, field) else None


def _by_name(route: Route, name: str) -> tuple[Any, str] | None:
    base, suffix = _split(name)
    model = (_model_named(base, route) or _model_ending_in(base, route)) if base else None
    if model is not None:
        return model, _field(model, suffix, words=_takes_words(route, name))
    model = route.view.model
    if model is not None and (name in _KEYS or _has_field(model, name)):
        return model, _field(model, name)
    return None


def _by_surroundings(route: Route, name: str) -> tuple[Any, str] | None:
    around = _with_rows(list(_around(route, name)))
    for model in around:
        if name in _KEYS or _has_field(model, name):
            return model, _field(model, name)
    if around and name not in _NO_KEYS and _is_key(route.converters.get(name)):
        return around[0], "pk"
    return None


def _with_rows(models: list[Any]) -> list[Any]:
    """Those whose table is not empty, the others after them."""

    def is_empty(model: Any) -> bool:
        try:
            return not model._base_manager.exists()
        except Exception:
            return True

    return sorted(dict.fromkeys(models), key=is_empty)


def _is_key(converter: Any) -> bool:
    return type(converter).__name__ in ("IntConverter", "UUIDConverter")


def _split(name: str) -> tuple[str, str]:
    """``product_slug`` → ``product``, ``slug``; a bare ``slug`` has no base."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)], suffix[1:]
    return ("", name) if name in _KEYS or name in _NATURAL else (name, "")


def _takes_words(route: Route, name: str) -> str:
    """Whether a parameter is a word (``surely``: ``<slug:organizer>``), may be one (``perhaps``:
    ``(?P<organizer>[^/]+)``), or is none (empty)."""
    if name in route.converters:
        words = type(route.converters[name]).__name__ in ("SlugConverter", "StringConverter")
        return "surely" if words else ""
    group = re.search(rf"\(\?P<{re.escape(name)}>((?:\[[^]]*\]|\\.|[^()\\])+)\)", route.pattern)
    try:
        return "perhaps" if group is not None and re.fullmatch(group[1], "a-word") else ""
    except re.error:
        return ""


def _field(model: Any, wanted: str, words: str = "") -> str:
    """The model's field for what is wanted of it; its key where nothing else fits."""
    if wanted not in ("", "pk", "id") and _has_field(model, wanted):
        return wanted
    if wanted == "" and words == "surely":
        return next((name for name in _NATURAL if _has_field(model, name)), "pk")
    if wanted == "" and words == "perhaps":
        return next((name for name in _NATURAL if name in _PLAIN and _has_field(model, name)), "pk")
    return "pk"


def _has_field(model: Any, name: str) -> bool:
    return any(field.name == name and field.concrete for field in model._meta.get_fields())


def _around(route: Route, name: str) -> Iterator[Any]:
    """Models that the words around a parameter, or the view's code, speak of."""
    mentioned = route.view.models_named
    words = [model for model in _by_words(route, name) if model is not None]
    yield from (model for model in words if model in mentioned)
    if not mentioned:
        yield from words
    yield from mentioned
    yield from words


def _by_words(route: Route, name: str) -> Iterator[Any]:
    before = re.split(rf"[<:(]{re.escape(name)}\b", route.pattern)[0]
    segments = re.findall(r"[a-zA-Z][\w-]+(?=/)", before.replace("(?P", ""))
    for segment in reversed(segments):
        for form in _singular(segment):
            yield _model_named(form, route)
    title = route.name.rpartition(":")[2]
    function = route.view.name.rpartition(".")[2]
    for text in (title, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function)):
        parts = re.split(r"[-_]", text.lower())
        for end in range(len(parts), 0, -1):
            for form in _singular("_".join(parts[:end])):
                yield _model_named(form, route)


def _singular(word: str) -> Iterator[str]:
    word = word.lower()
    yield word
    for plural, single in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(plural) and len(word) > len(plural) + 1:
            yield word[: -len(plural)] + single


def _model_named(name: str, route: Route) -> Any:
    """The model of that name, the one nearest to the view where there are several."""
    from django.apps import apps

    wanted = re.sub(r"[^a-z0-9]", "", name.lower())
    found = [
        model
        for model in apps.get_models()
        if wanted
        in (model._meta.model_name, str(model._meta.verbose_name).lower().replace(" ", ""))
    ]
    package = route.view.name.split(".")
    return min(found, key=lambda model: _distance(model, package), default=None)


def _model_ending_in(name: str, route: Route) -> Any:
    """A model of which the view's code speaks whose last words are these: ``OrderPayment`` where
    the parameter is a ``payment``."""
    wanted = "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", name))
    for model in _with_rows(route.view.models_named):
        before = model.__name__[: -len(wanted)]
        if wanted and model.__name__.endswith(wanted) and before[-1:].islower():
            return model
    return None


def _distance(model: Any, package: list[str]) -> tuple[int, int]:
    config = model._meta.app_config
    names = config.name.split(".") if config is not None else []
    shared = 0
    for left, right in zip(names, package, strict=False):
        if left != right:
            break
        shared += 1
    return -shared, int("django" in names[:1])
