"""Paths that go on behind a generic key, whose rows may be of several models.

    Note.objects.prefetch_related(
        GenericPrefetch("subject", [Product._base_manager.select_related("category")])
    )

Django 5.0 and later. Without a queryset of ours it takes the rows from `_base_manager`
(django/contrib/contenttypes/fields.py, `get_prefetch_querysets`), so ours begin there too.
"""

from __future__ import annotations

from hotclub.doctor.finding import SINGLE_VALUED, Finding, Step
from hotclub.fix._imports import written
from hotclub.fix._known import Model, Models
from hotclub.fix._source import Source
from hotclub.fix._stated import Stated
from hotclub.fix.model import Import, Lookup, Refused

CLASS = Import("django.contrib.contenttypes.prefetch", "GenericPrefetch")
SINCE = (5, 0)


def split(finding: Finding) -> int:
    """The position of the step behind a generic key; 0 where there is none."""
    for number, step in enumerate(finding.path[:-1], 1):
        if step.kind == "generic_key":
            return number
    return 0


def generic_lookup(
    finding: Finding, source: Source, here: Stated, models: Models, django: tuple[int, int]
) -> Lookup:
    """What loads the relation behind the key, of rows of the models that have it.

    Raises:
        Refused: it cannot be said in this file, or not with this Django.
    """
    at = split(finding)
    key, behind = finding.path[:at], finding.path[at:]
    relation = key[-1].relation
    if django < SINCE:
        raise Refused(
            f"the path goes on behind the generic key {relation}, whose rows may be of several "
            "models, which Django before 5.0 cannot load; prefetch by hand, model by model"
        )
    if any(step.kind == "generic_key" for step in behind):
        raise Refused(f"a second generic key lies behind {relation}; add a GenericPrefetch by hand")
    path = "__".join(step.relation for step in key)
    if path in here.custom:
        raise Refused(f"{path} is loaded by querysets of its own; add the relation there by hand")
    lookup = Lookup(_method(behind), "__".join(step.relation for step in behind))
    inner, imports = [], [CLASS]
    for model in _having(behind[0].relation, key[-1], models):
        wanted = Import(model.module, model.qualname)
        inner.append((f"{written(source, wanted)}._base_manager", lookup))
        imports.append(wanted)
    return Lookup(
        "prefetch_related",
        path,
        wrapper=written(source, CLASS),
        inner=tuple(inner),
        imports=tuple(imports),
    )


def _having(relation: str, key: Step, models: Models) -> list[Model]:
    """The models of rows behind a key that have a relation: rows of several look alike there."""
    if not key.model:
        raise Refused(f"it is not known of which models the rows behind {key.relation} are")
    labels = models(key.model).generic.get(key.relation, ())
    found = [model for model in map(models, labels) if relation in model.names]
    if not found or any("." in model.qualname for model in found):
        raise Refused(
            f"it is not known which model behind {key.relation} has {relation}; "
            "add a GenericPrefetch by hand"
        )
    return found


def _method(steps: tuple[Step, ...]) -> str:
    """All rows of the keys are read, so that a join changes none."""
    joined = all(step.kind in SINGLE_VALUED for step in steps)
    return "select_related" if joined else "prefetch_related"
