"""`get_object_or_404(Product, …)` → `get_object_or_404(Product.objects.select_related(…), …)`.

Also `get_list_or_404` and the asynchronous ones. The first argument may be a model, a manager or
a queryset; Django makes the queryset itself for the first two (django/shortcuts.py).
"""

from __future__ import annotations

import libcst as cst

from hotclub.fix import _methods as methods
from hotclub.fix._chain import Believe, Chain, called_name, chain_at, is_class, method_of, shorten
from hotclub.fix._source import Source
from hotclub.fix.model import Refused

_MODELS = ("model", "model_class")
"""What variables and attributes that hold a model are called: `self.model`, `user_model`."""


def shortcut_name(node: cst.CSTNode) -> str:
    """Which shortcut a node calls, else nothing."""
    if not isinstance(node, cst.Call):
        return ""
    name = node.func.value if isinstance(node.func, cst.Name) else method_of(node)
    return name if name in methods.SHORTCUTS else ""


def shortcut_chain(source: Source, node: cst.Call, manager: str, believe: Believe) -> Chain:
    """The queryset to be written, or edited, as a shortcut's first argument.

    Raises:
        Refused: it cannot be told what the argument is.
    """
    value = _looked_in(node)
    one_row = shortcut_name(node) in methods.ONE_ROW
    if value is not None:
        if isinstance(value, cst.Call) and method_of(value):
            inner = chain_at(source, _innermost(value), believe)
            return Chain(source, inner.end, inner.links, one_row=one_row)
        if is_class(value):
            return Chain(source, value, (), f".{manager}", one_row)
        if isinstance(value, cst.Attribute) and is_class(value.value):
            return Chain(source, value, (), one_row=one_row)
        if called_name(value).lower().endswith(_MODELS):
            return Chain(source, value, (), "._default_manager", one_row)
    raise Refused(
        f"cannot tell what {shorten(source.text_of(node))} looks in; give it the queryset by hand"
    )


def _looked_in(node: cst.Call) -> cst.BaseExpression | None:
    """The shortcut's first argument, by place or by name."""
    given = [arg for arg in node.args if not arg.star]
    named = [arg for arg in given if arg.keyword and arg.keyword.value in ("klass", "queryset")]
    first = (named or [arg for arg in given[:1] if not arg.keyword])[:1]
    return first[0].value if first else None


def _innermost(call: cst.Call) -> cst.Call:
    while isinstance(call.func, cst.Attribute) and isinstance(call.func.value, cst.Call):
        if not method_of(call.func.value):
            break
        call = call.func.value
    return call
