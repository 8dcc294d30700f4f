"""Rows that a proof must have seen and the data does not hold, put into a clone.

They are put where the replayed pages look: beside, and into, the rows that were loaded there. The
project's own models do it, each in a savepoint: what NOT NULL, a unique column or a protected key
forbids is left, and told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.agent.worker._witness import MANY
from hotclub.agent.worker._witness_copy import Unable, copied

_TRIED = 5
"""So many rows are tried to make a copy of."""


def add(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Make what is in ``needs`` true of one of the ``owners`` of each step's relation.

    ``told`` has for each step why something could not be made, empty where all could.
    """
    return {"told": ["; ".join(_add(step)) for step in steps]}


def _add(step: dict[str, Any]) -> list[str]:
    from django.apps import apps
    from django.core.exceptions import ValidationError
    from django.db import Error, router, transaction

    model = apps.get_model(step["model"])
    alias = router.db_for_write(model)
    rows = model._base_manager.using(alias).filter(pk__in=step["owners"]).order_by("pk")
    owners = list(rows)
    told = []
    for need in _WORK:
        if need not in step["needs"]:
            continue
        try:
            if not owners:
                raise Unable(f"no {model._meta.label} is there to give it to")
            with transaction.atomic(using=alias):
                _WORK[need](model, step, owners, alias)
        except (Error, Unable, ValidationError, ValueError, TypeError) as error:
            told.append(f"{need}: {' '.join(str(error).split())}")
    return told


def _null(model: Any, step: dict[str, Any], owners: list[Any], alias: str) -> None:
    """One of the owners loses its key."""
    field = _field(model, step["relation"])
    names = [field.fk_field, field.ct_field] if step["kind"] == "generic_key" else [field.name]
    values = {name: None for name in names if model._meta.get_field(name).null}
    owner = owners[len(owners) // 2]
    model._base_manager.using(alias).filter(pk=owner.pk).update(**values)


def _several(model: Any, step: dict[str, Any], owners: list[Any], alias: str) -> None:
    """The first owner has two rows at least, copies of others where it has too few."""
    children = _Children(model, step["relation"], alias)
    for _ in range(2):
        if children.of(owners[0]).count() < 2:
            children.give(owners[0])


def _empty(model: Any, step: dict[str, Any], owners: list[Any], alias: str) -> None:
    """The last owner's rows go to the first; where they cannot, an owner without any is added."""
    from django.db import Error, transaction

    last = owners[-1]
    try:
        with transaction.atomic(using=alias):
            if step["kind"] not in MANY:
                getattr(last, step["relation"]).delete()
            elif len(owners) < 2:
                raise Unable("one row only was loaded")
            else:
                children = _Children(model, step["relation"], alias)
                children.of(last).update(**children.key(owners[0]))
    except (Error, Unable):
        copied(last, alias)


def _missing(model: Any, step: dict[str, Any], owners: list[Any], alias: str) -> None:
    """One of the rows that were looked up is gone."""
    owners[len(owners) // 2].delete(using=alias)


def _twice(model: Any, step: dict[str, Any], owners: list[Any], alias: str) -> None:
    raise Unable("the keys are given by who asks")


_WORK: dict[str, Callable[[Any, dict[str, Any], list[Any], str], None]] = {
    "several": _several,
    "null": _null,
    "empty": _empty,
    "missing": _missing,
    "twice": _twice,
}
"""In the order in which they are done."""


class _Children:
    """The rows behind a relation of a model; those of the table between, for many-to-many."""

    def __init__(self, model: Any, relation: str, alias: str) -> None:
        field = _field(model, relation)
        rel = field if field.auto_created else None
        self._fixed: dict[str, Any] = {}
        self._by_pk = False
        if field.many_to_many:
            real = rel.field if rel is not None else field
            self.model = real.remote_field.through
            self._name = real.m2m_field_name() if rel is None else real.m2m_reverse_field_name()
        elif rel is not None:
            self.model, self._name = rel.related_model, rel.field.name
        else:
            self.model, self._name, self._by_pk = field.related_model, "", True
            self._generic(model, field)
        self._alias = alias

    def _generic(self, model: Any, field: Any) -> None:
        from django.contrib.contenttypes.models import ContentType

        self._name = field.object_id_field_name
        kind = ContentType.objects.get_for_model(model, for_concrete_model=field.for_concrete_model)
        self._fixed = {field.content_type_field_name: kind}

    def key(self, owner: Any) -> dict[str, Any]:
        """What a row says that is this owner's."""
        return {self._name: owner.pk if self._by_pk else owner, **self._fixed}

    def of(self, owner: Any) -> Any:
        """The owner's rows."""
        return self._rows().filter(**self.key(owner))

    def give(self, owner: Any) -> None:
        """One row more: a copy of some row, which keeps its own; else that of another owner."""
        from django.db import Error, transaction

        key = self.key(owner)
        others = self._rows().filter(**self._fixed).exclude(**key).order_by("pk")[:_TRIED]
        failure: Exception = Unable(f"there is no {self.model._meta.label} at all")
        for some in (*self.of(owner).order_by("pk")[:1], *others):
            try:
                with transaction.atomic(using=self._alias):
                    copied(some, self._alias, **key)
                return
            except (Error, Unable) as error:
                failure = error
        if not others:
            raise failure
        self._rows().filter(pk=others[0].pk).update(**key)

    def _rows(self) -> Any:
        return self.model._base_manager.using(self._alias)


def _field(model: Any, relation: str) -> Any:
    """A relation by its name in lookups, which for reverse ones is that of their accessor."""
    for field in (*model._meta.get_fields(include_hidden=True), *model._meta.private_fields):
        accessor = getattr(field, "get_accessor_name", None)
        if relation == (accessor() if accessor is not None else field.name):
            return field
    raise Unable(f"{model._meta.label} has no relation {relation}")


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {"add_witnesses": add}
