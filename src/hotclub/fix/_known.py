"""The project's models, as far as an edit that names one has to know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hotclub.errors import HotclubError
from hotclub.fix.model import Refused
from hotclub.workspace import Workspace


@dataclass(frozen=True)
class Relation:
    """Rows of ``model`` that belong to an owner: those whose ``key`` is the owner's ``target``.

    For a generic relation ``content_type`` is the field that must say ``app`` and ``name``.
    """

    model: str
    key: str
    target: str
    content_type: str = ""
    app: str = ""
    name: str = ""


class Column(NamedTuple):
    """The type of a column's field, as Django calls it inside, and whether it may be NULL. It has
    no name, or another, where the database may find equal what Python does not."""

    type: str
    null: bool = False


@dataclass(frozen=True)
class Model:
    """A model: where it can be imported from, its default manager, all names that it has."""

    module: str
    qualname: str
    manager: str
    names: frozenset[str]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    generic: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of each generic key the models of the rows that it names in the data."""
    hooks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What is done beside Django's own work by ``save``, and what would not be done any more by
    ``create``, ``update`` and ``delete`` of many at once; in words. As ``bulk_create``,
    ``bulk_update`` and ``bulk_delete`` what those would do beside it."""
    key: str = "pk"
    """What its primary key is called."""
    columns: Mapping[str, Column] = field(default_factory=dict)
    """Its columns by the names of their fields and by those of their attributes (``author_id``)."""


Models = Callable[[str], Model]
"""A model by its label. Raises ``Unknown`` where it is not known."""


class Unknown(Refused):
    """Refuses what would have to know a model; with the ``advice`` of the finding."""

    def __init__(self, why: str, advice: str = "") -> None:
        super().__init__(f"{why}; {advice or 'write it by hand'}")
        self.why = why


def unknown(label: str) -> Model:
    """Knows no model."""
    raise Unknown(f"nothing is known of the model {label}")


class Known:
    """Asks the project, in one process that starts when first asked; see :data:`Models`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, Model | None] = {}

    def __call__(self, label: str) -> Model:
        if label not in self._known:
            self._known[label] = self._ask(label)
        known = self._known[label]
        if known is None:
            raise Unknown(f"the project does not say what {label} is")
        return known

    def _ask(self, label: str) -> Model | None:
        try:
            with self._workspace.child(run="models") as child:
                answer = child.call("describe", models=self._related(child, label))["models"]
        except HotclubError:
            return None
        for name, told in answer.items():
            self._known.setdefault(name, _model(told))
        return _model(answer[label]) if label in answer else None

    def _related(self, child: Any, label: str) -> list[str]:
        """All models: one process is enough for every question."""
        return sorted({label, *(one["label"] for one in child.call("models")["models"])})


def _model(told: Mapping[str, Any]) -> Model:
    relations = {name: Relation(**one) for name, one in told["relations"].items()}
    return Model(
        told["module"],
        told["qualname"],
        told["manager"],
        frozenset(told["names"]),
        relations,
        told["generic"],
        told["hooks"],
        told["key"],
        {name: Column(*column) for name, column in told["columns"].items()},
    )
