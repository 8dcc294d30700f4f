"""How a case is told: a view, and what is true of it.

    @case(found("n+1", "Album.band", "Album.objects.order_by("))
    def forward_key(request): ...

A case without `found` has nothing in it: whatever is said of it is a false alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

CASES: list[Case] = []


@dataclass(frozen=True)
class Truth:
    """What is there.

    what: one of ``n+1`` (a relation loaded for each instance), ``defeated`` (the same, although
    it was prefetched), ``counted`` (of which only a number is asked), ``deferred`` (a field),
    ``get``, ``filter`` (a lookup that is no relation), ``permission``, ``unused`` (eager loading
    that nobody looked at), ``duplicate``, ``single`` (of a single object, on every request),
    ``tolerated`` (neither right nor wrong to say).
    names: what the thing may be called, ``Model.relation``.
    at: how the expression begins that would have to change, as it is written; ``class X`` where
    a framework makes the queryset for a class.
    """

    what: str
    names: tuple[str, ...]
    at: str


@dataclass(frozen=True)
class Case:
    """One view, asked for at one or more URLs."""

    topic: str
    name: str
    view: Callable[..., Any] | None
    truths: tuple[Truth, ...]
    urls: tuple[str, ...]
    needs: tuple[int, ...]
    signed_in: bool

    @property
    def path(self) -> str:
        return f"{self.topic}/{self.name}"


def found(what: str, names: str, at: str) -> Truth:
    """Something that is there; several names are divided by spaces."""
    return Truth(what, tuple(names.split()), at)


def case(
    *truths: Truth,
    query: str = "",
    keys: int = 0,
    needs: tuple[int, ...] = (),
    signed_in: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Note the view. It is asked for once, or once for each of the first *keys* rows."""

    def note(view: Callable[..., Any]) -> Callable[..., Any]:
        topic = view.__module__.rpartition(".")[2]
        base = f"/{topic}/{view.__name__}/"
        urls = [f"{base}{key}/" for key in range(1, keys + 1)] or [base]
        asked = tuple(url + query for url in urls)
        CASES.append(Case(topic, view.__name__, view, truths, asked, needs, signed_in))
        return view

    return note


def page(topic: str, name: str, url: str, *truths: Truth) -> None:
    """A page that somebody else's view answers, for a visitor who is signed in."""
    CASES.append(Case(topic, name, None, truths, (url,), (), True))


def possible(one: Case) -> bool:
    """Whether this Django can do it."""
    return django.VERSION[:2] >= one.needs
