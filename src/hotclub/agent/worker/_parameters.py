"""Paths that a route can be asked under, made from what is in the database."""

from __future__ import annotations

import contextlib
import datetime
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotclub.agent.worker._lookup import target_of
from hotclub.agent.worker._rank import interesting

if TYPE_CHECKING:
    from hotclub.agent.worker._routes import Route, Routes

Target = tuple[Any, str]
"""A model, and which of its fields a parameter has the value of."""
_GUESSES: dict[str, Any] = {"page": 1, "page_number": 1, "format": "json", "lang": "en"}
_DATE_PARTS = ("year", "month", "day", "week")
_STEPS = 3
"""How far away an owner may be: the organiser of a ticket's order's event."""
_OWNERS = 12


def examples(routes: Routes, number: int, count: int, users: Sequence[Any] = ()) -> dict[str, Any]:
    """Up to ``count`` paths of a route that resolve to it; objects of these users first."""
    if not 0 <= number < len(routes):
        return {"examples": [], "reason": f"there is no route {number}"}
    route = routes[number]
    found: list[dict[str, Any]] = []
    reason = ""
    for kwargs, source in _arguments(route, count, users):
        missing = [name for name in route.parameters if name not in kwargs]
        path = None if missing and not route.shapes else route.path(kwargs)
        if path is None:
            reason = f"nothing in the database for {', '.join(missing)}"
            reason += f" ({source})" if source.endswith("no rows") else ""
        elif routes.find(path) is not route:
            reason = f"{path} does not lead here"
        elif path not in [example["path"] for example in found]:
            texts = {name: str(value) for name, value in kwargs.items()}
            found.append({"path": path, "kwargs": texts, "source": source})
    return {"examples": found, "reason": "" if found else reason}


def absolute_urls(routes: Routes, count: int) -> dict[str, Any]:
    """What ``get_absolute_url()`` says for some objects of every model that has it."""
    from django.apps import apps

    from hotclub.agent.worker._links import Finder

    finder = Finder(routes, "localhost")
    links = []
    for model in apps.get_models():
        if hasattr(model, "get_absolute_url"):
            for link in finder.targets(_urls_of(model, count), "/"):
                links.append({**link, "model": model._meta.label})
    return {"links": links}


def _urls_of(model: Any, count: int) -> list[str]:
    urls = []
    for instance in _objects(model, None, count):
        try:
            urls.append(str(instance.get_absolute_url()))
        except Exception:
            continue
    return urls


def _arguments(
    route: Route, count: int, users: Sequence[Any]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Values for the route's parameters, with where they come from."""
    targets = {name: target_of(route, name) for name in route.parameters}
    models = [target[0] for target in targets.values() if target is not None]
    if not models:
        yield (
            {name: _guess(route, name) for name in route.parameters if _can_guess(route, name)},
            ("guess" if route.parameters else "fixed"),
        )
        return
    main = models[-1]
    turn = _turns(targets, main)
    objects = _objects(main, route, count + max(turn.values(), default=0), users)
    if not objects:
        yield {}, f"{main._meta.label} has no rows"
    for number, instance in enumerate(objects[:count]):
        kwargs = {}
        for name, target in targets.items():
            other = objects[(number + turn.get(name, 0)) % len(objects)]
            value = _value(route, name, target, other)
            if value is not None:
                kwargs[name] = value
        yield kwargs, f"{main._meta.label} {instance.pk}"


def _turns(targets: Mapping[str, Target | None], main: Any) -> dict[str, int]:
    """Which parameter is the how manieth that names the same of a row: what is moved goes to
    another place, what is compared is compared with another."""
    seen: Counter[str] = Counter()
    turns = {}
    for name, target in targets.items():
        if target is not None and target[0] is main:
            turns[name] = seen[target[1]]
            seen[target[1]] += 1
    return turns


def _objects(model: Any, route: Route | None, count: int, users: Sequence[Any] = ()) -> list[Any]:
    """Objects to look at: those that the view or the model's manager shows. A manager that shows
    none, because it wants to be told a tenant first, is passed by."""
    queryset = route.view.queryset if route is not None else None
    shown = [] if queryset is None or queryset.model is not model else [queryset]
    for rows in (*shown[:1], *([] if shown else [model._default_manager]), model._base_manager):
        try:
            found = interesting(rows.all(), count, users)
        except Exception:
            traceback.print_exc()
            continue
        if found:
            return found
    return []


def _value(route: Route, name: str, target: Target | None, instance: Any) -> Any:
    from django.utils.text import slugify

    if target is None:
        if name in _DATE_PARTS:
            return _date_part(route, name, instance)
        if name == "slug":
            return slugify(str(instance)) or "-"
        return _guess(route, name) if _can_guess(route, name) else None
    model, field = target
    owner = instance if isinstance(instance, model) else _related(instance, model)
    value = None if owner is None else getattr(owner, field, None)
    if value is not None and route.view.is_admin:
        from django.contrib.admin.utils import quote

        return quote(value)
    return value


def _related(instance: Any, model: Any) -> Any:
    """The nearest object of ``model`` that an instance belongs to, else the model's first."""
    level = [instance]
    for _ in range(_STEPS):
        owners = [owner for one in level for owner in _owners(one)]
        for owner in owners:
            if isinstance(owner, model):
                return owner
        level = owners[:_OWNERS]
    return model._base_manager.order_by("pk").first()


def _owners(instance: Any) -> Iterator[Any]:
    """What an instance has keys to, as far as the project lets it be seen."""
    for field in instance._meta.concrete_fields:
        if field.is_relation:
            with contextlib.suppress(Exception):
                owner = getattr(instance, field.name, None)
                if owner is not None:
                    yield owner


def _date_part(route: Route, name: str, instance: Any) -> Any:
    """A part of the object's date: the view's ``date_field``, else its first."""
    named = getattr(route.view.target, "date_field", None)
    names = [named] if named else [field.name for field in instance._meta.concrete_fields]
    for candidate in names:
        value = getattr(instance, candidate, None)
        if isinstance(value, datetime.date):
            return _part(value, name, route)
    return None


def _part(date: datetime.date, name: str, route: Route) -> Any:
    if isinstance(date, datetime.datetime) and date.tzinfo is not None:
        from django.utils import timezone

        date = timezone.localtime(date)
    if name == "week":
        return int(date.strftime("%W"))
    if name == "month":
        return date.strftime(getattr(route.view.target, "month_format", "%m")).lower()
    return getattr(date, name)


def _can_guess(route: Route, name: str) -> bool:
    converter = type(route.converters.get(name)).__name__
    return name in _GUESSES or name in _DATE_PARTS or converter == "IntConverter"


def _guess(route: Route, name: str) -> Any:
    today = datetime.date.today()
    if name in _DATE_PARTS:
        return _part(today, name, route)
    return _GUESSES.get(name, 1)
