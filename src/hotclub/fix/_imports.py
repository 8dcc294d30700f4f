"""What a file calls a class of another module, and the import that brings it where none does."""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst
from libcst.helpers import get_full_name_for_node

from hotclub.fix._source import Source
from hotclub.fix.model import Edit, Import, Refused

Statement = cst.Import | cst.ImportFrom


def written(source: Source, wanted: Import) -> str:
    """How a file writes a name; the name itself where it has yet to be imported.

    Raises:
        Refused: the file has something else of that name.
    """
    known = _known(source, wanted)
    if known:
        return known
    if re.search(rf"\b{wanted.name}\b", _code(source)):
        raise Refused(
            f"this file has something of its own that is called {wanted.name}; write it by hand"
        )
    return wanted.name


def import_edits(source: Source, wanted: Iterable[Import], limit: int) -> list[Edit]:
    """The edits that import what is not known in a file yet."""
    edits = []
    modules: dict[str, list[str]] = {}
    for one in dict.fromkeys(wanted):
        if not _known(source, one):
            modules.setdefault(one.module, []).append(one.name)
    for module, names in sorted(modules.items()):
        edits.append(_edit(source, module, names, limit))
    return edits


def _edit(source: Source, module: str, names: list[str], limit: int) -> Edit:
    statements = _statements(source)
    for node in statements:
        if _module(node) == module and not isinstance(node.names, cst.ImportStar):
            start, end = source.span(node)
            aliases = [source.text_of(one).rstrip(", \t") for one in node.names]
            return Edit(start, end, _line(source, module, [*aliases, *names], limit))
    line = _line(source, module, names, limit)
    at, before = _position(source, module, statements)
    text = f"{line}{source.newline}" if before else f"{source.newline}{line}"
    return Edit(at, at, text)


def _line(source: Source, module: str, names: list[str], limit: int) -> str:
    ordered = sorted(dict.fromkeys(names), key=_rank)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= limit:
        return line
    inside = "".join(f"{source.newline}    {name}," for name in ordered)
    return f"from {module} import ({inside}{source.newline})"


def _rank(name: str) -> tuple[int, str]:
    """As isort orders names: constants, classes, functions."""
    plain = name.partition(" ")[0]
    if len(plain) > 1 and plain.isupper():
        return 0, plain.lower()
    return (1 if plain[:1].isupper() else 2), plain.lower()


def _position(source: Source, module: str, statements: list[Statement]) -> tuple[int, bool]:
    """Where a new import goes, and whether it goes before what stands there.

    Among those of the same package in their order, else after the last one; without any before the
    module's first statement.
    """
    package = module.partition(".")[0]
    kin = [one for one in statements if _module(one).partition(".")[0] == package]
    for one in kin:
        if _module(one) > module:
            return source.line_span(source.span(one)[0])[0], True
    last = (kin or statements)[-1:]
    if last:
        return source.line_span(source.span(last[0])[1])[1], False
    body = [node for node in source.nodes(cst.SimpleStatementLine) if _is_top(source, node)]
    body = [node for node in body if not _is_docstring(node)]
    defined = [n for kind in (cst.FunctionDef, cst.ClassDef) for n in source.nodes(kind)]
    starts = [source.span(node)[0] for node in (*body, *defined)]
    return source.line_span(min(starts, default=0))[0], True


def _is_docstring(node: cst.SimpleStatementLine) -> bool:
    first = node.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString)


def _known(source: Source, wanted: Import) -> str:
    for node in _statements(source):
        if isinstance(node.names, cst.ImportStar):
            if _module(node) == wanted.module:
                return wanted.name
            continue
        for alias in node.names:
            bound = alias.evaluated_alias or alias.evaluated_name
            full = alias.evaluated_name
            if isinstance(node, cst.ImportFrom):
                full = f"{_from(node)}{full}"
            if _same(full, f"{wanted.module}.{wanted.name}"):
                return bound
            if _same(full, wanted.module):
                return f"{bound}.{wanted.name}"
    return wanted.name if _defines(source, wanted.name) else ""


def _from(node: cst.ImportFrom) -> str:
    """What names are imported from, with a dot at its end, and at its start if it is relative."""
    module = get_full_name_for_node(node.module) if node.module is not None else ""
    start = "." if node.relative else ""
    return f"{start}{module}." if module else start


def _same(full: str, wanted: str) -> bool:
    """Whether a name is meant; of a relative one only the end is known."""
    return f".{wanted}".endswith(full) if full.startswith(".") else full == wanted


def _defines(source: Source, name: str) -> bool:
    """Whether a class of this name is defined at the top of the file."""
    return any(
        one.name.value == name and _is_top(source, one) for one in source.nodes(cst.ClassDef)
    )


def _statements(source: Source) -> list[Statement]:
    """The imports at the top level of a module."""
    found: list[Statement] = []
    for line in source.nodes(cst.SimpleStatementLine):
        if _is_top(source, line):
            found += [one for one in line.body if isinstance(one, (cst.Import, cst.ImportFrom))]
    return found


def _is_top(source: Source, node: cst.CSTNode) -> bool:
    return isinstance(source.parent(node), cst.Module)


def _module(node: Statement) -> str:
    """What an absolute ``from`` imports from; nothing for others."""
    if isinstance(node, cst.Import):
        return get_full_name_for_node(node.names[0].name) or ""
    if node.relative or node.module is None:
        return ""
    return get_full_name_for_node(node.module) or ""


_STRING_OR_COMMENT = re.compile(
    r"#[^\r\n]*|'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\r\n])*'|\"(?:\\.|[^\"\\\r\n])*\"", re.S
)


def _code(source: Source) -> str:
    return _STRING_OR_COMMENT.sub("", source.text)
