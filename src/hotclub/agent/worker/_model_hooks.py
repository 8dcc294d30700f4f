"""What a model does when a row is written, beside writing it.

Told to whoever would write many rows at once, which leaves that out.
"""

from __future__ import annotations

from typing import Any


def hooks(model: Any) -> dict[str, list[str]]:
    """In words: what ``save`` does, and what ``bulk_create()``, ``bulk_update()`` and a queryset's
    ``delete()`` would leave out of ``create``, ``update`` and ``delete``; as ``bulk_create`` and
    so on what of these is not Django's own."""
    saved = [*_overrides(model, "save", "save_base"), *_receivers(model)]
    return {
        "save": saved,
        "create": [*saved, *_creating(model)],
        "update": [*saved, *_touched(model)],
        "delete": _overrides(model, "delete"),
        "bulk_create": _managed(model, "bulk_create"),
        "bulk_update": _managed(model, "bulk_update", "update"),
        "bulk_delete": _managed(model, "delete"),
    }


def _overrides(model: Any, *names: str) -> list[str]:
    """Methods that are not Django's own."""
    from django.db.models import Model

    owners = ((name, next(one for one in model.__mro__ if name in vars(one))) for name in names)
    return [f"{owner.__qualname__}.{name}()" for name, owner in owners if owner is not Model]


def _receivers(model: Any) -> list[str]:
    from django.db.models import signals

    names = ("pre_save", "post_save")
    return [f"a receiver of {one}" for one in names if getattr(signals, one).has_listeners(model)]


def _creating(model: Any) -> list[str]:
    parents = model._meta.concrete_model._meta.parents
    rows = (f"the row in {parent._meta.db_table}" for parent in parents)
    return [*_managed(model, "create"), *rows]


def _managed(model: Any, *names: str) -> list[str]:
    """Methods of the model's managers, and of their querysets, that are not Django's own."""
    from django.db.models import Manager, QuerySet

    found = []
    for manager in (*model._meta.managers, model._base_manager):
        rows = getattr(manager, "_queryset_class", QuerySet)
        made = type(manager.get_queryset())
        for kind, plain in ((type(manager), Manager), (rows, QuerySet), (made, QuerySet)):
            found += [
                f"{kind.__qualname__}.{name}()"
                for name in names
                if getattr(kind, name, None) is not getattr(plain, name, None)
            ]
    return list(dict.fromkeys(found))


def _touched(model: Any) -> list[str]:
    """Fields that set themselves when they are saved."""
    from django.db.models import DateField, DateTimeField, Field, TimeField

    plain = {one.pre_save for one in (Field, DateField, DateTimeField, TimeField)}
    return [
        f"the new value of {field.name}"
        for field in model._meta.concrete_fields
        if type(field).pre_save not in plain or getattr(field, "auto_now", False)
    ]
