"""Which expression of the project made a batch's queryset, and which of its callers to change.

What a manager or a helper with several callers makes is changed where it is called::

    Product.published.in_category(c)          <- the place to change
      in_category: self.filter(…)             two callers
        get_queryset: super().get_queryset()  every method of the manager asks for it

The climb goes as far as each function gives its queryset back to a caller that can be changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotclub.doctor._seen import Seen
from hotclub.doctor._stacks import Stacks
from hotclub.doctor.finding import SINGLE_VALUED, Place
from hotclub.recording import Batch

MADE_FOR_CLASS = ("queryset", "model", "list_select_related")
"""Attributes of a class from which framework code makes a whole queryset."""


@dataclass(frozen=True)
class Expression:
    """The places of an expression, the one to change first, then innermost first.

    ``climbed`` of them, after the first, are functions that it called.
    """

    places: tuple[Place, ...] = ()
    climbed: int = 0
    callers: int = 1

    def __bool__(self) -> bool:
        return bool(self.places)


def made_at(seen: Seen, batch: Batch) -> tuple[Place, ...]:
    """The places of the batch's own queryset, innermost first; empty when the project made none."""
    if batch.via == "lazy" and (batch.members >= 2 or batch.relation_kind in SINGLE_VALUED):
        return ()
    if batch.via == "select_related":
        return ()
    places = seen.stack(batch.created_stack)
    while len(places) > 1 and places[0].kind in _CODE and seen.stacks.constructs(places[0]):
        places = places[1:]
    if not places or not places[0].in_project or not _makes_queryset(places[0]):
        return ()
    return places


def expression(seen: Seen, batch: Batch) -> Expression:
    """The batch's own expression; none when there is none to change."""
    places = made_at(seen, batch)
    if not places:
        return Expression()
    callers = seen.stacks.callers(places[0].path, places[0].qualname)
    at = _climbed(seen.stacks, places)
    if at is None:
        return Expression()
    return Expression((places[at], *places[:at], *places[at + 1 :]), at, callers)


def is_passed_down(seen: Seen, batch: Batch, found: Expression) -> bool:
    """Whether this is a property's ``self.lines.all()``, which a prefetch of ``lines`` by whoever
    loads the owner would answer, and which could not be if it asked for more."""
    return batch.via == "lazy" and batch.shape == "all" and seen.stacks.of_self(found.places[0])


def _climbed(stacks: Stacks, places: tuple[Place, ...]) -> int | None:
    """How many places to climb; None where a manager's queryset has no caller to change."""
    at = 0
    while places[at].kind in _CODE and stacks.shared(places[at]):
        caller = next(iter(places[at + 1 : at + 2]), None)
        by_name = caller is not None and caller.kind in _CODE and caller.in_project
        if caller is not None and by_name and stacks.returned(places[at], caller):
            at += 1
        elif not by_name and _is_get_queryset(stacks, places[at]):
            return at + 1 if caller is not None and _is_for_class(caller) else None
        else:
            break
    return at


_CODE = ("call", "line")


def _is_get_queryset(stacks: Stacks, place: Place) -> bool:
    return place.qualname.endswith(".get_queryset") and stacks.in_manager(place)


def _makes_queryset(place: Place) -> bool:
    return _is_for_class(place) if place.kind == "class" else place.kind in _CODE


def _is_for_class(place: Place) -> bool:
    return place.kind == "class" and place.attribute in MADE_FOR_CLASS and place.in_project
