"""Which rows of a table are worth a look: those with the most rows belonging to them.

A product without a review shows nothing about how its reviews are loaded.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

_TOP = 50


def richest(model: Any, count: int) -> list[Any]:
    """Primary keys of the rows that most others refer to, the richest first."""
    from django.db import Error

    scores: Counter[Any] = Counter()
    for relation in model._meta.related_objects:
        if relation.one_to_many and relation.field.target_field.primary_key:
            try:
                for key, number in _most_referred(relation):
                    scores[key] += round(1000 * math.log2(1 + number))
            except Error:
                continue
    ordered = sorted(scores.items(), key=lambda item: (-item[1], str(item[0])))
    return [key for key, _ in ordered[:count]]


def _most_referred(relation: Any) -> list[tuple[Any, int]]:
    from django.db.models import Count

    name = relation.field.name
    rows = relation.related_model._base_manager.exclude(**{f"{name}__isnull": True})
    counted = rows.order_by().values_list(name).annotate(hotclub_count=Count("pk"))
    return list(counted.order_by("-hotclub_count", name)[:_TOP])


def interesting(queryset: Any, count: int, users: Sequence[Any] = ()) -> list[Any]:
    """Up to ``count`` different objects of a queryset.

    One that belongs to each of the users comes first (others may be hidden from them), then the
    richest, the first and the last.
    """
    queryset = queryset.order_by("pk")
    picked: dict[Any, Any] = {}

    def add(objects: Any) -> None:
        for instance in objects:
            picked.setdefault(instance.pk, instance)

    rich = richest(queryset.model, 10 * count)
    found = {instance.pk: instance for instance in queryset.filter(pk__in=rich)}
    for user in users:
        add(_owned(queryset, user)[:1])
    add([found[key] for key in rich if key in found][: max(1, count - 2)])
    add(queryset[:1])
    add(queryset.reverse()[:1])
    if len(picked) < count:
        add(queryset[:count])
    return list(picked.values())[:count]


def _owned(queryset: Any, user: Any) -> Any:
    """The objects that belong to a user: by a key to it, or to something with a key to it."""
    if isinstance(user, queryset.model):
        return queryset.filter(pk=user.pk)
    for path in _paths_to(type(user), queryset.model):
        owned = queryset.filter(**{path: user})
        if owned.exists():
            return owned
    return queryset.none()


def _paths_to(user: Any, model: Any) -> list[str]:
    keys = [field for field in model._meta.concrete_fields if field.is_relation]
    direct = [field.name for field in keys if field.related_model is user]
    further = [
        f"{field.name}__{inner.name}"
        for field in keys
        if hasattr(field.related_model, "_meta")
        for inner in field.related_model._meta.concrete_fields
        if inner.is_relation and inner.related_model is user
    ]
    return direct + further
