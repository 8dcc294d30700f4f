"""Rows thrown away in Python: offered to be left out by the database.

    [b.title for b in books if b.active]     [b.title for b in books.filter(active=True)]

    for b in books:                          for b in books.filter(author_id=author):
        if b.author_id != author:                …
            continue
        …

Only for conditions that mean the same to the database as to Python, whatever the rows are.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from hotclub.doctor.finding import Finding, Place
from hotclub.fix._chain import shorten
from hotclub.fix._conditions import conditions
from hotclub.fix._constant import changed
from hotclub.fix._filter_rows import is_filterable
from hotclub.fix._known import Models
from hotclub.fix._objections import own_trigger
from hotclub.fix._source import Source, Span
from hotclub.fix._tree import Tree
from hotclub.fix.model import Edit, Fix, Refused

CODE = "HC402"


@dataclass(frozen=True)
class _Loop:
    """``name`` is what a row is called; rows are kept if ``test`` holds, or does not if they are
    ``skipped`` then; ``gone`` is where the condition stands, ``around`` all that is repeated."""

    name: str
    rows: cst.BaseExpression
    test: cst.BaseExpression
    skipped: bool
    gone: Span
    around: cst.CSTNode


def filtering(finding: Finding, tree: Tree, models: Models) -> Fix:
    """The offer for one loop.

    Raises:
        Refused: the condition, or the loop, is not that plain.
    """
    place = own_trigger(finding, "goes over the rows")
    _check_queryset(finding)
    source = tree.source(place)
    loop = _loop(source, place, finding)
    _check_loop(source, loop, finding)
    columns = models(finding.model).columns
    calls = conditions(source, loop.test, loop.name, columns, negated=loop.skipped)
    if not calls:
        raise Refused(
            f"«{shorten(source.text_of(loop.test))}» may mean something else to the database; "
            f"{finding.advice}"
        )
    end = source.span(loop.rows)[1]
    edits = [Edit(end, end, calls), Edit(*loop.gone, "")]
    made = tree.replacing(place.path, edits)
    return Fix.of_text(place, (finding,), calls, "offered", made)


def _check_queryset(finding: Finding) -> None:
    if any(finding.queryset.get(fact) for fact in ("sliced", "combinator", "distinct")):
        raise Refused(
            f"what is sliced, combined or made distinct cannot be filtered; {finding.advice}, "
            "before that"
        )
    if " OVER (" in finding.evidence.sql:
        raise Refused(f"a window would see fewer rows; {finding.advice} around it, by hand")


def _check_loop(source: Source, loop: _Loop, finding: Finding) -> None:
    if not is_filterable(source, loop.rows):
        said = shorten(source.text_of(loop.rows))
        raise Refused(f"{said} is not plainly a queryset of a class; {finding.advice}, where it is")
    name = changed(source, loop.test, loop.name, loop.around)
    if name:
        raise Refused(f"{name} may be another in each round; {finding.advice}, if it is not")


def _loop(source: Source, place: Place, finding: Finding) -> _Loop:
    """The loop at a place; the recording knows either it or what it goes over."""
    start = source.offset(place.line, place.column or 0)
    end = source.offset(place.end_line or 0, place.end_column or 0)
    for clause in source.nodes(cst.CompFor):
        around = source.span(source.parent(clause) or clause)
        if source.span(clause.iter) == (start, end) or _is_at(source, around, start, end):
            return _in_comprehension(source, clause, finding)
    for node in source.nodes(cst.For):
        if source.span(node.iter) == (start, end):
            return _in_statement(source, node, finding)
    raise _unclear(finding)


def _is_at(source: Source, span: Span, start: int, end: int) -> bool:
    """Whether a comprehension is what stands there; a generator's own parentheses may count."""
    inside = start <= span[0] and span[1] <= end
    around = source.text[start : span[0]].strip(), source.text[span[1] : end].strip()
    return inside and around in (("", ""), ("(", ")"))


def _in_comprehension(source: Source, clause: cst.CompFor, finding: Finding) -> _Loop:
    target = clause.target
    if len(clause.ifs) != 1 or clause.inner_for_in or not isinstance(target, cst.Name):
        raise _unclear(finding)
    test = clause.ifs[0].test
    if clause.iter.lpar or test.lpar or not isinstance(clause.iter, _PLAIN):
        raise _unclear(finding)
    gone = (source.span(clause.iter)[1], source.span(test)[1])
    return _Loop(target.value, clause.iter, test, False, gone, source.parent(clause) or clause)


def _in_statement(source: Source, node: cst.For, finding: Finding) -> _Loop:
    """A loop whose first statement goes on to the next row."""
    first = node.body.body[0]
    inside = first.body.body if isinstance(first, cst.If) and first.orelse is None else ()
    only = inside[0] if len(inside) == 1 else None
    skips = only.body[0] if isinstance(only, cst.SimpleStatementLine) else None
    plain = isinstance(node.target, cst.Name) and isinstance(node.iter, _PLAIN)
    if not isinstance(skips, cst.Continue) or not plain or len(node.body.body) < 2:  # noqa: PLR2004
        raise Refused(
            f"the condition is not one that goes on to the next row; {finding.advice}, and take it "
            "out of the loop"
        )
    assert isinstance(first, cst.If) and isinstance(node.target, cst.Name)
    begin = source.line_span(source.span(first)[0])[0]
    end = source.line_span(source.span(skips)[1])[1] + len(source.newline)
    return _Loop(node.target.value, node.iter, first.test, True, (begin, end), node)


_PLAIN = (cst.Name, cst.Attribute, cst.Call)


def _unclear(finding: Finding) -> Refused:
    return Refused(f"the loop over the rows is not plain to see there; {finding.advice}")
