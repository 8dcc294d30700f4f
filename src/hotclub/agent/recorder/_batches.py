"""Batches: which instances were loaded together, and from whom.

Every instance that a queryset produces while a request is recorded carries its batch as
`_state._hotclub`. A relation loaded for a member opens, or joins, a child batch of the member's.

Batches, and the marks and stacks that travel on queries, must never be seen by the project. They
pickle as None, so that what was pickled under a recorder loads where there is no hotclub, and
they copy as themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._facts import Plan, Seen, seen
from ._made import maker
from ._state import Span, Trace

if TYPE_CHECKING:
    from ._notes import Noted
    from ._places import Stack

SITE = "_hotclub_site"  # on a Query: the stack that made it
MARK = "_hotclub_mark"  # on a Query made by a related manager, and on that manager's queryset


class Invisible:
    """Base of what hangs on the project's objects."""

    __slots__ = ()

    def __reduce__(self) -> Any:
        return type(None), ()

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self


class Relation:
    """A relation as lookups name it. `base` is how its managers' querysets look (see _shapes)."""

    __slots__ = ("name", "kind", "nullable", "base", "watched")

    def __init__(self, name: str, kind: str, nullable: bool) -> None:
        self.name = name
        self.kind = kind
        self.nullable = nullable
        self.base: Any = None
        self.watched = True  # a look at it is seen in deep recordings; see _touches


class Mark(Invisible):
    """On a Query: what it loads, for whom. `owner` is the member's primary key."""

    __slots__ = ("relation", "parent", "owner", "ns", "default")

    def __init__(
        self, relation: Relation, parent: Batch | None, owner: Any, ns: int, default: bool
    ) -> None:
        self.relation = relation
        self.parent = parent
        self.owner = owner
        self.ns = ns  # spent so far on building the queryset
        self.default = default  # made by the manager that a prefetch would use


class Batch(Invisible):
    """One node of the trace's tree."""

    __slots__ = (
        "trace", "parent", "relation", "via", "shape", "model", "size", "loads", "owners",
        "created", "trigger", "query", "plan", "seen", "children", "singles", "key", "span",
        "asked", "joined", "number", "noted", "touched",
    )  # fmt: skip

    def __init__(
        self,
        trace: Trace,
        parent: Batch | None,
        relation: Relation | None,
        via: str,
        shape: str,
        model: Any,
    ) -> None:
        self.trace = trace
        self.parent = parent
        self.relation = relation
        self.via = via
        self.shape = shape
        self.model = model
        self.size = 0
        self.loads = 0
        self.owners: set[Any] = set()
        self.created: Stack | None = None
        self.trigger: Stack | None = None
        self.query: Any = None
        self.plan: Plan = ((), None, False)
        self.seen: Seen | None = None
        self.children: dict[Any, Batch] | None = None
        self.singles: dict[Any, Batch] | None = None  # descriptor → the child it loads into
        self.key = "pk"  # where owners have their primary key
        self.span: Span | None = None  # of the latest load whose stack was taken
        self.asked: Span | None = None  # of the latest query, to fold its like into
        self.joined: Any = None
        self.number = 0
        self.noted: Noted | None = None  # of a deep recording
        self.touched: set[Any] | None = None  # owners whose eagerly loaded relation was looked at

    def remember(self) -> None:
        """Take down what there is to know of the query, now that something depends on it."""
        if self.seen is None and self.query is not None:
            try:
                self.seen = seen(self.query)
            except Exception:  # a query of a kind that we do not understand; nobody edits it
                self.query = None

    def own(self, key: Any) -> None:
        """Count the owner of this key, an instance's primary key, as one of the members."""
        try:
            self.owners.add(key)
        except TypeError:  # keys need not be hashable
            self.owners.add(repr(key))


_new_batch = maker(Batch(None, None, None, "", "", None), 6)  # type: ignore[arg-type]


def add_batch(
    trace: Trace, parent: Batch | None, relation: Relation | None, via: str, shape: str, model: Any
) -> Batch:
    """A new batch of the trace."""
    batch = _new_batch(trace, parent, relation, via, shape, model)
    trace.batches.append(batch)
    return batch


def batch_of(instance: Any, trace: Trace) -> Batch | None:
    """The instance's batch, if it was loaded, or is just being made, in this request."""
    batch: Batch | None = getattr(instance._state, "_hotclub", None)
    if batch is None:
        making = trace.making
        if making is None or making.model is not type(instance):
            return None
        instance._state._hotclub = batch = making
    return batch if batch.trace is trace else None


def _is_one(parent: Batch | None) -> bool:
    """Whether it holds a single instance for good, so that what is made from it at two places is
    two querysets to change, and not one loop."""
    return parent is not None and parent.relation is None and parent.size == 1


def child(
    trace: Trace,
    parent: Batch | None,
    relation: Relation,
    via: str,
    shape: str,
    model: Any,
    created: Stack | None = None,
) -> Batch:
    """The batch that this load belongs to: one for all like it below the same parent."""
    if parent is None:
        siblings = trace.unknown
        if via == "lazy":
            via = "unknown"
    else:
        siblings = parent.children  # type: ignore[assignment]
        if siblings is None:
            siblings = parent.children = {}
    together = shape == "all" and via != "prefetch" and not _is_one(parent)
    key = (relation, via, shape, None if together else created)
    batch = siblings.get(key)
    if batch is None:
        batch = siblings[key] = add_batch(trace, parent, relation, via, shape, model)
        batch.created = created
        if via == "lazy" and parent is not None:
            parent.remember()
    return batch
