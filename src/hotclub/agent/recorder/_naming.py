"""Relations by the names that lookups use, one object for each.

The tables are keyed by Django's own field and relation objects, which live as long as their
models do.
"""

from __future__ import annotations

from typing import Any

from ._batches import Relation

_relations: dict[Any, Relation] = {}


def of_field(field: Any) -> Relation:
    """A foreign key or a one-to-one key, from the side that holds it."""
    relation = _relations.get(field)
    if relation is None or relation.name != field.name:
        kind = "forward_one_to_one" if field.one_to_one else "forward_key"
        relation = _relations[field] = Relation(field.name, kind, bool(field.null))
    return relation


def of_reverse(related: Any) -> Relation:
    """A one-to-one key from its other side; there may be nobody there."""
    return _of(related, related.get_accessor_name(), "reverse_one_to_one")


def of_generic_key(field: Any) -> Relation:
    """A GenericForeignKey."""
    return _of(field, field.name, "generic_key")


def of_manager(rel: Any, kind: str, reverse: bool) -> Relation:
    """What a related manager made for this relation loads."""
    if kind == "generic_relation" or kind == "many_to_many" and not reverse:
        name = rel.field.name
    else:
        name = rel.get_accessor_name()
    return _of((rel, reverse), name, kind)


def cache_name(field: Any) -> str:
    """The key in `_state.fields_cache`; a method until Django 5.1."""
    if hasattr(type(field), "cache_name"):
        name: str = field.cache_name
    else:
        name = field.get_cache_name()
    return name


def _of(key: Any, name: str | None, kind: str) -> Relation:
    relation = _relations.get((key, kind))
    if relation is None:
        relation = _relations[key, kind] = Relation(name or "", kind, True)
    return relation
