"""Which model has which table, and where and how it is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def models() -> dict[str, Any]:
    """The models that have a table: what it is called, and where and how they are written."""
    from django.apps import apps

    found = []
    names: set[str] = set()
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        names.update(str(one.name) for one in (*meta.indexes, *meta.constraints))
        if not (meta.proxy or meta.swapped):
            found.append(_model(model))
    return {"models": found, "names": sorted(names)}


def _model(model: Any) -> dict[str, Any]:
    from django.db import router

    meta = model._meta
    return {
        "label": meta.label,
        "app": meta.app_label,
        "table": meta.db_table,
        "alias": router.db_for_read(model),
        "managed": meta.managed,
        "automatic": bool(meta.auto_created),
        "pk": meta.pk.column,
        "columns": {field.column: field.name for field in meta.local_fields if field.column},
        "module": model.__module__,
        "qualname": model.__qualname__,
        "path": _path(model),
        "indexes": [str(index.name) for index in meta.indexes],
        "indexed": {
            field.column: "key" if field.remote_field else "field"
            for field in meta.local_fields
            if field.column and field.db_index and not field.unique
        },
        "choices": {
            field.column: [value for value, _ in field.flatchoices]
            for field in meta.local_fields
            if field.column and field.choices and _are_plain(field.flatchoices)
        },
        "meta_base": _meta_base(model),
    }


def _are_plain(choices: Any) -> bool:
    """Whether all their values are texts or numbers, as a database has them."""
    return all(isinstance(value, (str, int)) for value, _ in choices)


def _path(model: Any) -> str:
    return str(getattr(sys.modules.get(model.__module__), "__file__", "") or "")


def _meta_base(model: Any) -> int | None:
    """Which of its bases a model has its ``Meta`` from, or would if it said none of its own."""
    inherited = getattr(model, "Meta", None)
    if inherited is None:
        return None
    for number, base in enumerate(model.__bases__):
        if getattr(base, "Meta", None) is inherited:
            return number
    return None


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"models": models}
