"""May whatever is read at one place be taken from the rows of one queryset?

In the function that makes the queryset, or in its class, yes; in a template, if the project names
it once at most: then one view renders it. Code elsewhere may be given other rows, which would lack
the value: such an edit is offered.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from hotclub.doctor.finding import Place
from hotclub.fix._tree import Tree


def certain(use: Place, expression: Place, tree: Tree) -> bool:
    """Whether only rows of the queryset at ``expression`` come to ``use``."""
    if use.kind == "template":
        return tree.mentions(_template_name(use.path)) <= 1
    if use.path != expression.path:
        return False
    if expression.kind == "class":
        return _inside(use.qualname, expression.qualname)
    own = expression.qualname
    function = use.qualname.partition(".<locals>")[0]
    return own == function or _inside(use.qualname, own) or _same_class(use, expression)


def _same_class(use: Place, expression: Place) -> bool:
    """Two methods of one class."""
    one, other = use.qualname.rpartition(".")[0], expression.qualname.rpartition(".")[0]
    return bool(one) and one == other and "<locals>" not in one


def _inside(name: str, outer: str) -> bool:
    return bool(outer) and name.startswith(f"{outer}.")


def _template_name(path: str) -> str:
    """What a template is called where it is asked for: what follows its `templates` directory."""
    parts = PurePosixPath(path).parts
    if "templates" in parts:
        parts = parts[parts.index("templates") + 1 :]
    return "/".join(parts)
