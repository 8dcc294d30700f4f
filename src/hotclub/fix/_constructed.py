"""Querysets that are made by calling a class: `TaskQuerySet(self.model, using=self._db)`.

A manager that does not say `super().get_queryset()` says one of these, and so does Django's own
(django/db/models/manager.py, `BaseManager.get_queryset`).
"""

from __future__ import annotations

import libcst as cst

CLASSES = ("QuerySet", "queryset_class")
_MODELS = ("model", "klass")


def constructs(node: cst.CSTNode | None) -> bool:
    """Whether a node is a call that makes a queryset of its class."""
    if not isinstance(node, cst.Call):
        return False
    name = _last_name(node.func)
    named = name.endswith(CLASSES) and not name.startswith("get_")
    return named or (_is_class(name) and _takes_model_and_database(node))


def _takes_model_and_database(call: cst.Call) -> bool:
    """Whether a class is called as only a queryset is: with a model and `using=`."""
    named = {arg.keyword.value for arg in call.args if arg.keyword}
    first = call.args[0].value if call.args and not call.args[0].keyword else None
    return "using" in named and ("model" in named or _last_name(first) in _MODELS)


def _is_class(name: str) -> bool:
    return name.lstrip("_")[:1].isupper()


def _last_name(node: cst.CSTNode | None) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
