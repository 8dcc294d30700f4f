"""What an edit has to know of a model: where it is, what is taken of its names, its relations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hotclub.agent.worker._model_hooks import hooks


def describe(models: Iterable[str]) -> dict[str, Any]:
    """These models by label; unknown ones are left out."""
    from django.apps import apps

    found = {}
    for label in models:
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            continue
        found[label] = _model(model)
    return {"models": found}


def _model(model: Any) -> dict[str, Any]:
    meta = model._meta
    related = (*meta.get_fields(), *meta.private_fields)
    found = ((_name(field), _relation(model, field)) for field in related)
    return {
        "module": model.__module__,
        "qualname": model.__qualname__,
        "manager": str(getattr(model._default_manager, "name", "") or ""),
        "key": meta.pk.name,
        "names": sorted({*dir(model), *(field.name for field in meta.get_fields())}),
        "relations": {name: relation for name, relation in found if relation},
        "generic": {
            field.name: _targets(model, field)
            for field in meta.private_fields
            if hasattr(field, "ct_field") and hasattr(field, "fk_field")
        },
        "hooks": hooks(model),
        "columns": {
            name: (_type(model, field), field.null)
            for field in meta.concrete_fields
            for name in (field.name, field.attname)
        },
    }


def _type(model: Any, field: Any) -> str:
    """What Django calls the type of a column inside; nothing for a field that is not Django's, and
    another name for text of which the database may find equal what Python does not."""
    from django.db import connections, router

    held = _held(field)
    vendor = connections[router.db_for_read(model)].vendor
    collated = vendor not in ("sqlite", "postgresql") or getattr(held, "db_collation", None)
    if not all(type(one).__module__.startswith("django.db.models.") for one in (field, held)):
        return ""
    if collated and held.get_internal_type() in ("CharField", "SlugField", "TextField"):
        return "text by a collation"
    return str(field.get_internal_type())


def _held(field: Any) -> Any:
    """The field whose values a column holds: of a foreign key that which it names."""
    while field.is_relation:
        field = field.target_field
    return field


def _targets(model: Any, field: Any) -> list[str]:
    """The models of the rows that a generic key names in the data."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import Error

    try:
        kinds = model._base_manager.order_by().values_list(field.ct_field, flat=True).distinct()
        found = ContentType.objects.filter(pk__in=[kind for kind in kinds if kind is not None])
        models = [kind.model_class() for kind in found]
    except Error:
        return []
    return sorted(one._meta.label for one in models if one is not None)


def _name(field: Any) -> str:
    """What a relation is called in lookups for prefetching: from behind, that of its accessor."""
    accessor = getattr(field, "get_accessor_name", None)
    return str((accessor() if accessor is not None else field.name) or "")


def _relation(model: Any, field: Any) -> dict[str, str] | None:
    """How the rows behind a relation that holds many are filtered to those of one owner: ``model``
    of the rows, the ``key`` that names the owner, and which ``target`` of the owner it names; for
    generic ones also ``content_type``, and the ``app`` and ``name`` that it has to have."""
    if getattr(field, "one_to_many", False) and getattr(field, "object_id_field_name", None):
        concrete = model._meta.concrete_model._meta if field.for_concrete_model else model._meta
        return {
            "model": field.related_model._meta.label,
            "key": field.object_id_field_name,
            "target": "pk",
            "content_type": field.content_type_field_name,
            "app": concrete.app_label,
            "name": concrete.model_name,
        }
    if field.auto_created and field.one_to_many:
        target = field.field.target_field
        return {
            "model": field.related_model._meta.label,
            "key": field.field.name,
            "target": "pk" if target.primary_key else target.name,
        }
    if field.many_to_many:
        key = field.field.name if field.auto_created else field.related_query_name()
        return {"model": field.related_model._meta.label, "key": key, "target": "pk"}
    return None


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"describe": describe}
