"""A copy of a row under a new key, with new values where they must be unique."""

from __future__ import annotations

import datetime
import uuid
from typing import Any


class Unable(Exception):
    """It cannot be done with this project's rows; the reason in words."""


def copied(row: Any, alias: str, **changes: Any) -> Any:
    """Insert a copy of a row, changed so; values that must be unique get new ones.

    Fields' ``pre_save`` is not asked and ``save()`` not called, so that two runs of the same tree
    get the same row.
    """
    meta = row._meta
    if meta.parents:
        raise Unable(f"{meta.label} inherits its columns from another table")
    new = type(row)._base_manager.using(alias).get(pk=row.pk)
    new._state.adding = True
    for field in meta.concrete_fields:
        if field.name in changes:
            setattr(new, field.name, changes[field.name])
        elif getattr(field, "unique", False) or field.primary_key:
            setattr(new, field.attname, _another(field, row, alias))
    for names in _together(meta):
        _vary(new, names, set(changes), row, alias)
    new.save_base(raw=True, force_insert=True, using=alias)
    return new


def _together(meta: Any) -> list[set[str]]:
    groups = [set(group) for group in meta.unique_together]
    return groups + [set(one.fields) for one in meta.total_unique_constraints]


def _vary(new: Any, names: set[str], changed: set[str], row: Any, alias: str) -> None:
    """Give one of the fields that are unique together another value, where that is needed."""
    same = {name: getattr(new, new._meta.get_field(name).attname) for name in names}
    if not type(row)._base_manager.using(alias).filter(**same).exists():
        return
    for name in sorted(names - changed):
        field = new._meta.get_field(name)
        if field.remote_field is None:
            setattr(new, field.attname, _another(field, row, alias))
            return
    raise Unable(f"{', '.join(sorted(names))} are unique together")


def _another(field: Any, row: Any, alias: str) -> Any:
    """A value that no row has yet; nothing where the database makes one."""
    from django.db import models

    value = getattr(row, field.attname)
    if isinstance(field, (models.AutoField, models.BigAutoField, models.SmallAutoField)):
        return None
    if value is None and field.null:
        return None
    if field.remote_field is not None:
        raise Unable(f"{field.name} is a key that no two rows may share")
    rows = type(row)._base_manager.using(alias)
    if isinstance(field, models.UUIDField):
        return uuid.UUID(int=rows.count() + 1)
    if isinstance(field, (models.IntegerField, models.DecimalField, models.FloatField)):
        return (rows.aggregate(m=models.Max(field.name))["m"] or 0) + 1
    if isinstance(field, models.CharField | models.TextField):
        return _text(str(value), rows.count(), field.max_length)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value + datetime.timedelta(days=1)
    raise Unable(f"{field.name} must be unique, and is a {type(field).__name__}")


def _text(value: str, number: int, longest: int | None) -> str:
    """Text with a number at its end, or before the @ of an address."""
    name, at, domain = value.partition("@")
    end = f"-{number}{at}{domain}"
    room = None if longest is None else max(0, longest - len(end))
    return (name[:room] + end)[:longest]
