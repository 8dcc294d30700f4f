"""What a statement asks of each of its tables: compared columns, order, and whether it stops.

``UPDATE`` and ``DELETE`` look for their rows as a ``SELECT`` does, and count as one here.

This reads no more SQL than it must: names, operators and brackets. What it does not understand
it leaves out, since a column too few is an index not thought of, and an index too many would not
survive being measured. Terms under ``OR`` and ``NOT`` are left out: no single index answers them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
      | (?P<value>'(?:[^']|'')*'|%s|%\(\w+\)s|\?|\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_][\w$]*)
      | (?P<sign><=|>=|<>|!=|==|\|\||::|.)""",
    re.VERBOSE | re.DOTALL,
)
_STATEMENTS = ("SELECT", "UPDATE", "DELETE")
_CLAUSES = (
    *_STATEMENTS, "SET", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET",
)  # fmt: skip
_JOINING = ("AS", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "LATERAL")
_COMPOUND = ("UNION", "INTERSECT", "EXCEPT")
_RANGES = ("<", ">", "<=", ">=")
_EQUAL = ("=", "==", "IN")


class Token(NamedTuple):
    """``kind`` is ``name`` (its quotes taken off), ``value``, ``word`` or ``sign``; a parameter has
    its number."""

    kind: str
    text: str
    number: int = -1


class Column(NamedTuple):
    """A column of a table, by the name that the statement has for the table."""

    table: str
    name: str


class Term(NamedTuple):
    """A comparison that must hold: ``kind`` is ``equal``, ``join`` or ``range``; ``upper`` or
    ``lower`` where it is of the column in such letters. ``constant`` says what a column has to be
    whatever the parameters: ``true``, ``false`` or ``null``; ``listed`` are the numbers of the
    parameters that it has to be one of."""

    column: Column
    kind: str
    constant: str = ""
    listed: tuple[int, ...] = ()


@dataclass
class Select:
    """One ``SELECT``, subqueries apart."""

    tables: dict[str, str] = field(default_factory=dict)
    """The tables' own names by those the statement has for them."""
    terms: list[Term] = field(default_factory=list)
    order: list[tuple[Column, bool]] = field(default_factory=list)
    """Columns to sort by, and whether downwards; empty when it is not by columns alone."""
    limited: bool = False


def selects(sql: str) -> list[Select]:
    """Every ``SELECT`` of a statement, outermost first."""
    return list(_selects(_tree(sql)))


def _tree(sql: str) -> list[object]:
    """Tokens; what stands in brackets, or between ``CASE`` and ``END``, is a list."""
    root: list[object] = []
    stack = [root]
    for token in _tokens(sql):
        named = token.kind == "name"
        if not named and (token.text == "(" or _is(token, "CASE")):
            inner: list[object] = [] if token.text == "(" else [token]
            stack[-1].append(inner)
            stack.append(inner)
        elif not named and (token.text == ")" or _is(token, "END")):
            if len(stack) > 1:
                stack.pop()
        else:
            stack[-1].append(token)
    return root


def _tokens(sql: str) -> Iterator[Token]:
    parameters = itertools.count()
    for match in _TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        if kind == "name":
            text = text[1:-1].replace(text[0] * 2, text[0])
        if kind != "space":
            number = next(parameters) if (kind, text) == ("value", "%s") else -1
            yield Token(kind, text, number)


def _selects(nodes: Sequence[object]) -> Iterator[Select]:
    parts = _split(nodes, _COMPOUND)
    for part in parts:
        if any(_is(node, word) for node in part for word in _STATEMENTS):
            yield _select(part, alone=len(parts) == 1)
    for node in nodes:
        if isinstance(node, list):
            yield from _selects(node)


def _select(nodes: Sequence[object], alone: bool) -> Select:
    clauses: dict[str, list[object]] = {}
    current: list[object] = []
    for node in nodes:
        if isinstance(node, Token) and node.kind == "word" and node.text.upper() in _CLAUSES:
            current = clauses.setdefault(node.text.upper(), [])
        else:
            current.append(node)
    found = Select(limited="LIMIT" in clauses)
    named = clauses.get("FROM") or ([] if "SELECT" in clauses else clauses.get("UPDATE", []))
    conditions = [clauses.get("WHERE", []), *_from(named, found.tables)]
    for condition in conditions:
        found.terms += _terms(condition, found.tables)
    if alone:
        found.order = _order(clauses.get("ORDER", []) or clauses.get("GROUP", []), found.tables)
    return found


def _from(nodes: Sequence[object], tables: dict[str, str]) -> list[list[object]]:
    """Notes the tables down; returns the conditions of the joins."""
    conditions: list[list[object]] = []
    fresh, on = True, False
    name = ""
    for node in nodes:
        if _is(node, "JOIN") or _is(node, ","):
            fresh, on, name = True, False, ""
        elif _is(node, "ON"):
            on = True
            conditions.append([])
        elif isinstance(node, Token) and node.kind == "word" and not _names(node):
            on = False
        elif on:
            conditions[-1].append(node)
        elif isinstance(node, Token) and _names(node):
            if fresh:
                name, fresh = node.text, False
                tables[name] = name
            elif name:
                tables[node.text] = tables.pop(name)
                name = ""
    return conditions


def _names(token: Token) -> bool:
    """Whether it is a table's name, or the one the statement gives it."""
    return token.kind == "name" or (token.kind == "word" and token.text.upper() not in _JOINING)


def _terms(nodes: Sequence[object], tables: dict[str, str]) -> Iterator[Term]:
    """What must hold of columns for the condition to hold."""
    for part in _conjuncts(nodes):
        if len(part) == 1 and isinstance(part[0], list):
            yield from _terms(part[0], tables)
        elif not _is(part[0], "NOT"):
            yield from _comparison(part, tables)
        else:
            yield from _flag(part[1:], tables, "false")


def _conjuncts(nodes: Sequence[object]) -> list[list[object]]:
    """The parts between ``AND``; none when they are alternatives."""
    if any(_is(node, "OR") for node in nodes):
        return []
    parts: list[list[object]] = [[]]
    between = False
    for node in nodes:
        if _is(node, "BETWEEN"):
            between = True
        if _is(node, "AND") and not between:
            parts.append([])
            continue
        if _is(node, "AND"):
            between = False
        parts[-1].append(node)
    return [part for part in parts if part]


def _flag(part: Sequence[object], tables: dict[str, str], constant: str) -> Iterator[Term]:
    """A column that stands alone, being true or false itself."""
    column, rest = _column(part, tables)
    if column is not None and not rest:
        yield Term(column, "equal", constant)


def _cased(part: Sequence[object], tables: dict[str, str]) -> Iterator[Term]:
    """``UPPER(column) = …``; the column may be cast to text."""
    name, inner, sign = part[0], part[1], part[2]
    if not (isinstance(name, Token) and isinstance(inner, list) and _is(sign, "=")):
        return
    column, rest = _column(inner, tables)
    cast = len(rest) == 2 and _is(rest[0], "::") and _is(rest[1], "TEXT")
    if name.text.upper() in ("UPPER", "LOWER") and column is not None and (cast or not rest):
        yield Term(column, name.text.lower())


def _comparison(part: list[object], tables: dict[str, str]) -> Iterator[Term]:
    if len(part) > 3 and isinstance(part[1], list):
        yield from _cased(part, tables)
        return
    yield from _flag(part, tables, "true")
    left, rest = _column(part, tables)
    if left is not None and rest and isinstance(rest[0], Token):
        yield from _compared(left, rest[0].text.upper(), rest[1:], tables)
        return
    for at in range(1, len(part) - 1):
        node = part[at]
        if isinstance(node, Token) and (node.text in _RANGES or node.text == "="):
            right, left_over = _column(part[at + 1 :], tables)
            if right is not None and not left_over:
                yield Term(right, "equal" if node.text == "=" else "range")


def _compared(
    left: Column, sign: str, rest: Sequence[object], tables: dict[str, str]
) -> Iterator[Term]:
    """What is compared with a column that stands before the sign."""
    if sign == "BETWEEN" or sign in _RANGES:
        yield Term(left, "range")
    elif sign == "IS" and len(rest) == 1 and _is(rest[0], "NULL"):
        yield Term(left, "equal", "null")
    elif sign in _EQUAL:
        other, left_over = _column(rest, tables)
        if other is None or left_over:
            yield Term(left, "equal", listed=_listed(rest) if sign == "IN" else ())
        else:
            yield Term(left, "join")
            yield Term(other, "join")


def _listed(rest: Sequence[object]) -> tuple[int, ...]:
    """The parameters of ``(%s, %s)``; none where there is anything else."""
    inner = rest[0] if len(rest) == 1 and isinstance(rest[0], list) else []
    tokens = [node for node in inner if isinstance(node, Token) and node.text != ","]
    plain = len(tokens) * 2 - 1 == len(inner) and all(token.number >= 0 for token in tokens)
    return tuple(token.number for token in tokens) if plain else ()


def _column(
    nodes: Sequence[object], tables: dict[str, str]
) -> tuple[Column | None, Sequence[object]]:
    """The column that begins here, if it is one of these tables', and what follows it."""
    tokens = [node for node in nodes[:3] if isinstance(node, Token)]
    kinds = [token.kind for token in tokens]
    if len(tokens) == 3 and tokens[1].text == "." and kinds[2] in ("name", "word"):
        if tokens[0].text in tables:
            return Column(tokens[0].text, tokens[2].text), nodes[3:]
    elif nodes and isinstance(nodes[0], Token) and kinds[0] == "name" and len(tables) == 1:
        return Column(next(iter(tables)), tokens[0].text), nodes[1:]
    return None, nodes


def _order(nodes: Sequence[object], tables: dict[str, str]) -> list[tuple[Column, bool]]:
    found = []
    rest = nodes[1:] if nodes and _is(nodes[0], "BY") else nodes
    for part in _split(rest, (",",)):
        column, after = _column(part, tables)
        words = [node.text.upper() for node in after if isinstance(node, Token)]
        if column is None or len(words) != len(after) or words not in ([], ["ASC"], ["DESC"]):
            return []
        found.append((column, words == ["DESC"]))
    return found


def _split(nodes: Sequence[object], at: tuple[str, ...]) -> list[list[object]]:
    parts: list[list[object]] = [[]]
    for node in nodes:
        if any(_is(node, text) for text in at):
            parts.append([])
        else:
            parts[-1].append(node)
    return [part for part in parts if part]


def _is(node: object, text: str) -> bool:
    return isinstance(node, Token) and node.kind in ("word", "sign") and node.text.upper() == text
