"""A queryset whose rows are made only to be counted, or to see whether there are any.

    len(Book.objects.filter(read=False))      Book.objects.filter(read=False).count()
    if books: …                               if books.exists(): …
    {{ books|length }}, {% if books %}        {{ books.count }}, {% if books.exists %}

That the rows are never looked at is the finding's word; here it is only told how that is written.
Where something else than that queryset might come there, a list say, the edit is offered.
"""

from __future__ import annotations

import re

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import shorten
from hotclub.fix._objections import own_trigger
from hotclub.fix._source import Source
from hotclub.fix._sure import certain
from hotclub.fix._template import line_of
from hotclub.fix._tree import Tree
from hotclub.fix.model import Fix, Kind, Refused, Replacement

METHODS = {"HC302": "count", "HC403": "exists"}
_CALLED = {"count": "len", "exists": "bool"}
_PLAIN = (cst.Name, cst.Attribute, cst.Call)
_TEMPLATE = {
    "count": re.compile(r"(?<![\w.|:])((?:\w+\.)*\w+)\|length(?![\w:])"),
    "exists": re.compile(r"(?<=\{% if )((?:\w+\.)*\w+)(?= %\})"),
}


def asking(finding: Finding, tree: Tree) -> Fix:
    """The edit that asks the database.

    Raises:
        Refused: what asks is not written plainly, or not in the project.
    """
    place = own_trigger(finding, "asks")
    method = METHODS[finding.code]
    work = _in_template if place.kind == "template" else _in_code
    replacement = work(place, method, tree)
    sure = finding.place is not None and certain(place, finding.place, tree)
    kind: Kind = "automatic" if sure else "offered"
    return Fix.of_text(place, (finding,), replacement.text, kind, (replacement,))


def _in_code(place: Place, method: str, tree: Tree) -> Replacement:
    source = tree.source(place)
    node = _at(source, place)
    start, end = source.span(node)
    if isinstance(node, cst.Call) and source.text_of(node.func) == _CALLED[method]:
        arg = node.args[0] if len(node.args) == 1 else None
        if arg is None or arg.star or arg.keyword or not isinstance(arg.value, _PLAIN):
            raise _unclear(source, node)
        text = f"{source.text_of(arg.value)}.{method}()"
        return Replacement(place.path, place.sha256 or "", start, end, text)
    if method == "exists" and isinstance(node, _PLAIN) and _is_test(source, node):
        return Replacement(place.path, place.sha256 or "", end, end, ".exists()")
    raise _unclear(source, node)


def _at(source: Source, place: Place) -> cst.BaseExpression:
    """The expression at a place."""
    if place.kind != "call" or place.end_line is None or place.end_column is None:
        raise Refused(f"{place} is known without columns (Python before 3.11); change it by hand")
    span = (
        source.offset(place.line, place.column or 0),
        source.offset(place.end_line, place.end_column),
    )
    found = [node for kind in _PLAIN for node in source.nodes(kind) if source.span(node) == span]
    if not found:
        raise Refused(f"{place} holds nothing that is asked plainly; change it by hand")
    return found[0]


def _is_test(source: Source, node: cst.BaseExpression) -> bool:
    """Whether only the truth of a node is used."""
    above = source.parent(node)
    if isinstance(above, (cst.UnaryOperation, cst.BooleanOperation)):
        negated = isinstance(above, cst.UnaryOperation) and isinstance(above.operator, cst.Not)
        return negated or _is_test(source, above)
    if isinstance(above, (cst.If, cst.While, cst.IfExp, cst.Assert, cst.CompIf)):
        return above.test is node
    return False


def _unclear(source: Source, node: cst.CSTNode) -> Refused:
    return Refused(f"{shorten(source.text_of(node))} is not asked plainly; change it by hand")


def _in_template(place: Place, method: str, tree: Tree) -> Replacement:
    line = line_of(place, tree)
    found = list(_TEMPLATE[method].finditer(line.text))
    if len(found) != 1:
        raise Refused(f"{place} does not say plainly what it asks; change it by hand")
    start, end = (line.start + offset for offset in found[0].span())
    return Replacement(place.path, line.sha256, start, end, f"{found[0][1]}.{method}")
