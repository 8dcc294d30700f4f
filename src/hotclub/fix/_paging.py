"""Pages for lists: what a ``ListView`` or a view with a ``Paginator`` would say.

Only ever offered: a list of which a part is shown is another response, and so are links by key.

A ``ListView`` without pages gets ``paginate_by = 100`` (HC501), one with pages ``paginator_class =
KeysetPaginator``, and a view that says ``Paginator(…)`` says ``KeysetPaginator(…)`` (HC502, HC503).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import libcst as cst
from libcst.helpers import get_full_name_for_node

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._class import after_line, assigned, bases, class_at, has_method
from hotclub.fix._source import Source
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Refused, Replacement

CODES = frozenset({"HC501", "HC502", "HC503"})
PAGE = 100
_KEYSET = "KeysetPaginator"
_IMPORT = f"from hotclub.pagination import {_KEYSET}"
_DJANGOS = "django.core.paginator"


class Paging:
    """The offers for lists; one for all findings that the same edit answers."""

    codes = CODES

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._offers: dict[tuple[Replacement, ...], Fix] = {}

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What was offered so far."""
        return tuple(self._offers.values())

    def add(self, finding: Finding) -> None:
        """Offer an edit for a finding.

        Raises:
            Refused: there is no place where it would be one line.
        """
        if finding.stale:
            raise Refused(f"{finding.place} has changed since it was recorded; record it again")
        if finding.place is None or finding.place.kind not in ("call", "line", "class"):
            raise Refused(finding.advice)
        place = finding.place
        source = self._tree.source(place)
        said, edits = _edits(source, place, finding)
        offer = self._offer(place, finding, said, edits)
        known = self._offers.get(offer.replacements)
        if known is not None:
            offer = replace(known, findings=(*known.findings, finding))
        self._offers[offer.replacements] = offer

    def _offer(self, place: Place, finding: Finding, said: str, edits: list[Edit]) -> Fix:
        made = self._tree.replacing(place.path, edits)
        return Fix.of_text(place, (finding,), said, "offered", made)


def _edits(source: Source, place: Place, finding: Finding) -> tuple[str, list[Edit]]:
    function, node = _around(source, place)
    if node is not None:
        _check_view(node, finding)
        name, value = "paginate_by", str(PAGE)
        if finding.code != "HC501":
            name, value = "paginator_class", _KEYSET
        _check_free(node, name, finding)
        line = f"{name} = {value}"
        at, begin = after_line(source, _statement(node, finding))
        added = [] if finding.code == "HC501" else _imported(source)
        return line, [*added, Edit(at, at, f"{begin}{line}")]
    if function is None or finding.code == "HC501":
        raise Refused(finding.advice)
    called = _called(source, function, finding)
    return f"{_KEYSET}(…)", [*(_exchanged(source) or _imported(source)), called]


def _around(source: Source, place: Place) -> tuple[cst.FunctionDef | None, cst.ClassDef | None]:
    """The function and the class that a place lies in."""
    if place.kind == "class":
        return None, class_at(source, place)
    at = source.offset(place.line, place.column or 0)
    inside = [
        node
        for kind in (cst.ClassDef, cst.FunctionDef)
        for node in source.nodes(kind)
        if source.span(node)[0] <= at < source.span(node)[1]
    ]
    functions = [node for node in inside if isinstance(node, cst.FunctionDef)]
    classes = [node for node in inside if isinstance(node, cst.ClassDef)]
    return (functions[-1] if functions else None), (classes[-1] if classes else None)


def _check_view(node: cst.ClassDef, finding: Finding) -> None:
    if not any(name.endswith("ListView") for name in bases(node)):
        raise Refused(finding.advice)


def _check_free(node: cst.ClassDef, name: str, finding: Finding) -> None:
    methods = {"paginate_by": "get_paginate_by", "paginator_class": "get_paginator"}
    if assigned(node, name) is not None or has_method(node, methods[name]):
        raise Refused(f"{node.name.value} has a {name} of its own; {finding.advice}")


def _statement(node: cst.ClassDef, finding: Finding) -> cst.CSTNode:
    """What the new line comes after."""
    for name in ("paginate_by", "ordering", "queryset", "model"):
        found = assigned(node, name)
        if found is not None:
            return found
    raise Refused(finding.advice)


def _called(source: Source, function: cst.FunctionDef, finding: Finding) -> Edit:
    """The one ``Paginator(…)`` of a function, by Django's name."""
    calls = [
        call
        for call in source.nodes(cst.Call)
        if source.is_below(call, function)
        and isinstance(call.func, cst.Name)
        and call.func.value == "Paginator"
    ]
    if len(calls) != 1 or not _imports(source, _DJANGOS, "Paginator"):
        raise Refused(finding.advice)
    start, end = source.span(calls[0].func)
    return Edit(start, end, _KEYSET)


def _exchanged(source: Source) -> list[Edit]:
    """The import in place of that of Django's, where nothing else needs it."""
    named = [one for one in source.nodes(cst.Name) if one.value == "Paginator"]
    imports = [one for one in source.nodes(cst.ImportFrom) if any(map(_below(source, one), named))]
    if len(named) != len(imports) + 1 or len(imports) != 1:
        return []
    (only,) = imports
    if isinstance(only.names, cst.ImportStar) or len(only.names) != 1:
        return []
    if _imports(source, "hotclub.pagination", _KEYSET):
        return []
    start, end = source.span(only)
    return [Edit(start, end, _IMPORT)]


def _below(source: Source, above: cst.CSTNode) -> Callable[[cst.CSTNode], bool]:
    return lambda node: source.is_below(node, above)


def _imports(source: Source, module: str, name: str) -> bool:
    for node in source.nodes(cst.ImportFrom):
        named = node.module is not None and get_full_name_for_node(node.module) == module
        if named and not isinstance(node.names, cst.ImportStar):
            plain = [one.name.value for one in node.names if one.asname is None]
            if name in plain:
                return True
    return False


def _imported(source: Source) -> list[Edit]:
    """The import of the paginator, after the imports that a file begins with, before its own."""
    if _imports(source, "hotclub.pagination", _KEYSET):
        return []
    last: cst.CSTNode | None = None
    for line in source.module.body:
        held = line.body if isinstance(line, cst.SimpleStatementLine) else ()
        imports = [one for one in held if isinstance(one, (cst.Import, cst.ImportFrom))]
        relative = any(isinstance(one, cst.ImportFrom) and one.relative for one in imports)
        if last is not None and (relative or not imports):
            break
        last = line if imports else None
    if last is None:
        raise Refused(f"the file imports nothing yet; add «{_IMPORT}» by hand")
    end = source.line_span(source.span(last)[1])[1]
    return [Edit(end, end, source.newline + _IMPORT)]
