"""Counted, tested or added up for each instance: the same value, brought along by the queryset.

    Supplier.objects.annotate(
        products_count=Coalesce(
            Subquery(
                Product.objects.filter(supplier=OuterRef("pk"))
                .order_by().values("supplier").annotate(n=Count("pk")).values("n")
            ), 0))

A subquery, since two counts over joins would multiply; no rows at all give no count, so 0. The
rows are those that the related manager would count: its model's default manager's.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import Believe
from hotclub.fix._imports import written
from hotclub.fix._known import Model, Models, Relation
from hotclub.fix._objections import FORWARD, check_queryset
from hotclub.fix._place import target_of
from hotclub.fix._source import Source
from hotclub.fix._sure import certain
from hotclub.fix._target import ChainTarget, Target
from hotclub.fix._tree import Tree
from hotclub.fix._uses import SHAPES, Use, use_at
from hotclub.fix._view import ModelTarget
from hotclub.fix.model import Fix, Import, Lookup, Refused

_MODELS = "django.db.models"


def is_value(finding: Finding) -> bool:
    """Whether a finding is about one value for each instance, and no rows."""
    return finding.shape.removeprefix("filtered_") in SHAPES and bool(finding.path)


@dataclass
class Annotations:
    """Writes the fixes of values; knows the names that it gave, so that no two meet."""

    tree: Tree
    believe: Believe
    models: Models

    def __post_init__(self) -> None:
        self._given: dict[tuple[str, int, str], str] = {}

    def fix(self, finding: Finding) -> Fix:
        """The edit for one finding.

        Raises:
            Refused: it may not be made, or would be a guess.
        """
        self._check(finding)
        place, target = target_of(finding, self.tree, self.believe)
        if not isinstance(target, (ChainTarget, ModelTarget)):
            raise Refused(
                f"{place.qualname} is an admin's; annotate() in its get_queryset() by hand, "
                f"since {finding.path[-1].relation} is only asked for one value"
            )
        shape = finding.shape.removeprefix("filtered_")
        relations = tuple(step.relation for step in finding.path)
        use = use_at(finding.trigger[0], relations, shape, self.tree)
        value, imports = self._value(finding, use, target.source, shape)
        name = self._name(finding, place, target, use, (shape, value))
        lookup = Lookup("annotate", name, value, imports=imports)
        sure = certain(finding.trigger[0], place, self.tree)
        return Fix(
            place.path,
            place,
            (lookup,),
            (finding,),
            f"{place} {place.qualname}: annotate({name}=…), read at {finding.trigger[0]}",
            kind="witnessed" if sure else "offered",
            replacements=use.replaced(name),
        )

    def _check(self, finding: Finding) -> None:
        if finding.stale:
            raise Refused(f"{finding.place} has changed since it was recorded; record it again")
        if finding.reason:
            raise Refused(finding.reason)
        if not finding.trigger or not finding.trigger[0].in_project:
            raise Refused(f"installed code asks for it; {finding.advice or 'annotate by hand'}")
        check_queryset(finding.queryset)
        nullable = finding.queryset.get("nullable_path") or {}
        prefix = ""
        for step in finding.path[:-1]:
            prefix += step.relation
            if step.kind not in FORWARD or nullable.get(prefix) is not False:
                raise Refused(
                    f"the values are of {finding.path[-1].model or 'rows'} further down "
                    f"({finding.lookup}); annotate() in a Prefetch() by hand"
                )
            prefix += "__"

    def _value(
        self, finding: Finding, use: Use, source: Source, shape: str
    ) -> tuple[str, tuple[Import, ...]]:
        owner = self.models(finding.path[-1].model)
        relation = owner.relations.get(finding.path[-1].relation)
        if relation is None:
            raise Refused(f"{finding.path[-1].relation} is no relation that a queryset can follow")
        model = self.models(relation.model)
        if "." in model.qualname or not model.manager:
            raise Refused(f"{relation.model} cannot be named here; annotate the queryset by hand")
        imports: dict[str, Import] = {}

        def django(name: str, module: str = _MODELS) -> str:
            imports[name] = Import(module, name)
            return written(source, imports[name])

        imports[""] = Import(model.module, model.qualname)
        rows = self._rows(finding, relation, model, use, (source, django("OuterRef")))
        if shape == "exists":
            return f"{django('Exists')}({rows})", tuple(imports.values())
        quote = source.quote
        aggregate = use.aggregate or f"{django('Count')}({quote}pk{quote})"
        if use.aggregate:
            aggregate = _named(use.aggregate, django)
        key = f"{quote}{relation.key}{quote}"
        grouped = f"{rows}.order_by().values({key}).annotate(n={aggregate}).values({quote}n{quote})"
        text = f"{django('Subquery')}({grouped})"
        if shape == "count":
            text = f"{django('Coalesce', f'{_MODELS}.functions')}({text}, 0)"
        return text, tuple(imports.values())

    def _rows(
        self,
        finding: Finding,
        relation: Relation,
        model: Model,
        use: Use,
        words: tuple[Source, str],
    ) -> str:
        source, outer = words
        quote = source.quote
        prefix = "".join(f"{step.relation}__" for step in finding.path[:-1])
        mine = f"{relation.key}={outer}({quote}{prefix}{relation.target}{quote})"
        if relation.content_type:
            kind = relation.content_type
            mine = (
                f"{kind}__app_label={quote}{relation.app}{quote}, "
                f"{kind}__model={quote}{relation.name}{quote}, {mine}"
            )
        head = written(source, Import(model.module, model.qualname))
        text = f"{head}.{model.manager}.filter({mine})"
        return text + "".join(f".{method}({arguments})" for method, arguments in use.filters)

    def _name(
        self, finding: Finding, place: Place, target: Target, use: Use, what: tuple[str, str]
    ) -> str:
        """A name for the value that neither the model nor the queryset has."""
        shape, value = what
        said = [one.partition("=")[0] for _, text in use.filters for one in text.split(", ")]
        words = [*(step.relation for step in finding.path), *said]
        words.append(use.aggregate.partition("(")[0].rpartition(".")[2].lower() or shape)
        plain = "_".join(words).replace("__", "_")
        taken = self.models(finding.path[0].model).names
        text = target.source.text
        for number in range(1, 100):
            name = plain if number == 1 else f"{plain}_{number}"
            key = (place.path, target.key, name)
            mine = self._given.get(key)
            if mine == value or (mine is None and name not in taken and f"{name}=" not in text):
                self._given[key] = value
                return name
        raise Refused(f"no name like {plain} is left for the value")


def _named(aggregate: str, django: object) -> str:
    """An aggregate as it is written where it is used; the queryset's file must know it as well."""
    assert callable(django)
    name = aggregate.partition("(")[0].rpartition(".")[2]
    return f"{django(name)}({aggregate.partition('(')[2]}"
