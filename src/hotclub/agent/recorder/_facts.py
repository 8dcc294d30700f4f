"""What a fix must know of a queryset before it may touch its expression.

Taken off the Query when somebody first loads a relation lazily for one of its instances, and
made facts of when it is written; see `queryset` in docs/recording.md.
"""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any, NamedTuple, cast

# How a queryset was consumed: prefetch lookups, chunk size of iterator() (None: not used, 0: not
# given), and whether get() asked.
Plan = tuple[tuple[Any, ...], "int | None", bool]


class Seen(NamedTuple):
    """What the facts depend on."""

    where: bool
    deferred_loading: Any
    is_sliced: bool
    order_by: Any
    default_ordering: Any
    group_by: Any
    combinator: Any
    extra_order_by: Any
    select_for_update: Any
    distinct: Any
    select_related: Any


_decisive = attrgetter(*Seen._fields[1:])
_OF_RAW = Seen._make([True] + [None] * 10)
_WRITTEN_MAX = 4096
_written: dict[Any, str | None] = {}
_MISSING: Any = object()


def seen(query: Any) -> Seen:
    """The query as it is now: the project may go on to change it."""
    if not hasattr(query, "where"):
        return _OF_RAW
    return Seen(bool(query.where), *_decisive(query))


def facts(model: Any, query: Seen, plan: Plan) -> dict[str, Any]:
    """The facts, as JSON types, of a query that was seen."""
    lookups, chunk, got = plan
    common = {
        "model": model._meta.label,
        "manager": getattr(model._default_manager, "name", None),
        "iterator": chunk,
        "get": got,
        "prefetch_related": [getattr(each, "prefetch_to", each) for each in lookups],
    }
    if query is _OF_RAW:
        return {**common, **_RAW}
    names, deferred = query.deferred_loading
    ordering = _ordering(model, query)
    return {
        **common,
        "raw": False,
        "sliced": bool(query.is_sliced) and not got,
        "ordered": bool(ordering) or bool(query.extra_order_by),
        "total_order": _total(model, ordering) and not query.extra_order_by,
        "combinator": query.combinator,
        "only": None if deferred else sorted(map(str, names)),
        "defer": sorted(map(str, names)) if deferred and names else None,
        "for_update": bool(query.select_for_update),
        "distinct": bool(query.distinct),
        "filtered": bool(query.where),
        "select_related": _select_related(query.select_related),
    }


def as_json(model: Any, query: Seen, plan: Plan, nullable: dict[str, bool]) -> str | None:
    """The facts as they are written, with the nullness of the paths below."""
    try:
        key = _key(model, query, plan, nullable)
        written = _written.get(key, _MISSING) if key is not None else _MISSING
    except Exception:  # lists, as extra(order_by=[...]) leaves them, or of a kind we do not know
        return _as_json(model, query, plan, nullable)
    if written is _MISSING:
        written = _as_json(model, query, plan, nullable)
        if key is not None:
            if len(_written) >= _WRITTEN_MAX:
                _written.clear()
            _written[key] = written
    return cast("str | None", written)


def _as_json(model: Any, query: Seen, plan: Plan, nullable: dict[str, bool]) -> str | None:
    try:
        return json.dumps({**facts(model, query, plan), "nullable_path": nullable})
    except Exception:  # of a kind that we do not understand; nobody edits it
        return None


def _key(model: Any, query: Seen, plan: Plan, nullable: dict[str, bool]) -> Any:
    """What the same facts are known by; None if something of the project's is among it."""
    if query is _OF_RAW or type(query.select_related) is not bool:
        return None
    names, deferred = query.deferred_loading
    words = (*query.order_by, *query.extra_order_by, *plan[0], *names)
    if query.group_by not in (None, True) or not all(type(word) is str for word in words):
        return None
    loading = (frozenset(names), deferred)
    return (model, query._replace(deferred_loading=loading), plan, *nullable.items())


_RAW: dict[str, Any] = {
    "raw": True, "sliced": False, "ordered": False, "total_order": False, "combinator": None,
    "only": None, "defer": None, "for_update": False, "distinct": False, "filtered": True,
    "select_related": False,
}  # fmt: skip


def _select_related(value: Any) -> bool | list[str]:
    if not isinstance(value, dict):
        return bool(value)

    def paths(tree: dict[str, Any], prefix: str = "") -> list[str]:
        found: list[str] = []
        for name, below in tree.items():
            found.append(prefix + name)
            found += paths(below, f"{prefix}{name}__")
        return found

    return sorted(paths(value))


def _ordering(model: Any, query: Any) -> tuple[Any, ...]:
    if query.order_by:
        return tuple(query.order_by)
    if not query.default_ordering or query.combinator:
        return ()
    if query.group_by and model._meta.ordering:
        return ()
    return tuple(model._meta.ordering)


def _total(model: Any, ordering: tuple[Any, ...]) -> bool:
    """Whether no two rows compare equal under this ordering."""
    names = {name for name in map(_name, ordering) if name}
    options = model._meta
    for field in options.concrete_fields:
        if field.unique and not field.null and names & {field.name, field.attname}:
            return True
    if "pk" in names:
        return True
    groups = [set(group) for group in options.unique_together]
    groups += [
        set(constraint.fields)
        for constraint in options.total_unique_constraints
        if not getattr(constraint, "deferrable", None)
    ]
    return any(
        group <= names and not any(options.get_field(name).null for name in group)
        for group in groups
    )


def _name(item: Any) -> str:
    """The field that one element of an ordering names; empty for expressions."""
    if isinstance(item, str):
        return item.lstrip("-+")
    expression = getattr(item, "expression", item)
    name = getattr(expression, "name", "")
    return name if isinstance(name, str) else ""
