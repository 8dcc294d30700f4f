"""Which rows of a table are worth a look: those with the most rows belonging to them.

A product without a review shows nothing about how its reviews are loaded.
"""

from __future__ import annotations

import math
from collections import Counter
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


def interesting(queryset: Any, count: int) -> list[Any]:
    """Up to ``count`` different objects of a queryset: the richest, the first, the last."""
    queryset = queryset.order_by("pk")
    picked: dict[Any, Any] = {}

    def add(objects: Any) -> None:
        for instance in objects:
            picked.setdefault(instance.pk, instance)

    rich = richest(queryset.model, 10 * count)
    found = {instance.pk: instance for instance in queryset.filter(pk__in=rich)}
    add([found[key] for key in rich if key in found][: max(1, count - 2)])
    add(queryset[:1])
    add(queryset.reverse()[:1])
    if len(picked) < count:
        add(queryset[:count])
    return list(picked.values())[:count]
