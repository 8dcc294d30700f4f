"""What can be removed: one argument of a call that loads eagerly, or the call with its only one.

Task.objects.select_related("project").filter(…)      →  Task.objects.all().filter(…)
tasks.prefetch_related("annotations", "predictions")  →  tasks.prefetch_related("predictions")
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst

from hotclub.fix._source import Source, parse
from hotclub.fix.model import Refused

METHODS = ("select_related", "prefetch_related")
OPTION = "list_select_related"
_LEFT_OUT = frozenset({
    "migrations", "tests", "test", "testutils", "node_modules", ".git", "site-packages",
})  # fmt: skip


@dataclass(frozen=True)
class Removal:
    """One thing to leave out of one file. Offsets are in code points."""

    path: str
    line: int
    method: str
    text: str
    """What is left out, as it is written."""
    lookup: str
    """As Django writes it; empty where the source does not say."""
    start: int
    end: int
    new: str
    receiver: tuple[int, int]
    """What the method is called on; of an option, its value."""
    statement: tuple[int, int]
    """First and last line of the statement, or of the class that an option is in."""
    function: str
    """The name around it."""

    @property
    def key(self) -> str:
        """The same as long as the file around it is."""
        parts = (self.path, self.line, self.method, self.text)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]

    @property
    def words(self) -> str:
        return f"{self.path}:{self.line} {self.method}({' '.join(self.text.split())})"

    def apply(self, text: str) -> str:
        """The file without it."""
        return text[: self.start] + self.new + text[self.end :]


def removals(tree: Path) -> list[Removal]:
    """All there are below a directory, in a fixed order."""
    found: list[Removal] = []
    for path in sorted(tree.rglob("*.py")):
        relative = path.relative_to(tree)
        if _LEFT_OUT.isdisjoint(relative.parts) and not path.name.startswith("test_"):
            content = path.read_bytes()
            if b"_related" in content:
                found += _of_file(relative.as_posix(), content)
    return found


def _of_file(path: str, content: bytes) -> Iterator[Removal]:
    try:
        source = parse(content)
    except Refused:
        return
    for call in source.nodes(cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in METHODS:
            yield from _of_call(path, source, call, call.func)
    for assign in source.nodes(cst.Assign):
        target = assign.targets[0].target
        if isinstance(target, cst.Name) and target.value == OPTION:
            yield from _of_option(path, source, assign)


def _of_call(path: str, source: Source, call: cst.Call, func: cst.Attribute) -> Iterator[Removal]:
    if any(arg.star for arg in call.args) or _is_none(call):
        return
    receiver = source.span(func.value)
    name = source.span(func.attr)
    common: dict[str, Any] = {
        "path": path, "line": source.line(name[0]), "method": func.attr.value,
        "receiver": receiver, "statement": _statement(source, call),
        "function": _function(source, call),
    }  # fmt: skip
    if len(call.args) < 2:
        text = source.text_of(call.args[0].value) if call.args else ""
        lookup = _lookup(call.args[0].value) if call.args else ""
        end = source.span(call)[1]
        left = receiver[1] + len(_closing(source, receiver[1]))
        bare = isinstance(func.value, cst.Attribute)  # a manager is no queryset yet
        yield Removal(
            text=text, lookup=lookup, start=left, end=end, new=".all()" if bare else "", **common
        )
        return
    for number, arg in enumerate(call.args):
        start, end = source.span(arg)
        if number + 1 < len(call.args):
            end = source.span(call.args[number + 1])[0]
        else:
            start = source.span(call.args[number - 1].value)[1]
            end = source.span(arg.value)[1]
        yield Removal(
            text=source.text_of(arg.value), lookup=_lookup(arg.value),
            start=start, end=end, new="", **common,
        )  # fmt: skip


def _of_option(path: str, source: Source, assign: cst.Assign) -> Iterator[Removal]:
    value = assign.value
    if isinstance(value, cst.Name) and value.value == "False":
        return
    start, end = source.span(value)
    if isinstance(value, (cst.Tuple, cst.List)) and source.text[start] not in "([":
        start, end = source.text.rindex("(", 0, start), source.text.index(")", end) + 1
    elements = value.elements if isinstance(value, (cst.Tuple, cst.List)) else ()
    lookups = [_lookup(element.value) for element in elements]
    yield Removal(
        path, source.line(start), OPTION, source.text[start:end],
        lookups[0] if len(lookups) == 1 else "", start, end, "()", (start, end),
        _class_lines(source, assign), _function(source, assign),
    )  # fmt: skip


def _closing(source: Source, at: int) -> str:
    """The parentheses around a receiver, which its span does not hold."""
    end = at
    text = source.text
    dot = text.index(".", at)
    while ")" in text[end:dot]:
        end = text.index(")", end) + 1
    return text[at:end]


def _is_none(call: cst.Call) -> bool:
    value = call.args[0].value if len(call.args) == 1 else None
    return isinstance(value, cst.Name) and value.value == "None"


def _lookup(value: cst.BaseExpression) -> str:
    if isinstance(value, cst.SimpleString):
        return str(value.evaluated_value)
    if isinstance(value, cst.Call) and value.args:
        first = next((a for a in value.args if a.keyword and a.keyword.value == "lookup"), None)
        return _lookup((first or value.args[0]).value)
    return ""


def _statement(source: Source, node: cst.CSTNode) -> tuple[int, int]:
    above: cst.CSTNode | None = node
    while above is not None and not isinstance(above, (cst.SimpleStatementLine, cst.FunctionDef)):
        node, above = above, source.parent(above)
    start, end = source.span(above if isinstance(above, cst.SimpleStatementLine) else node)
    return source.line(start), source.line(end)


def _class_lines(source: Source, node: cst.CSTNode) -> tuple[int, int]:
    above: cst.CSTNode | None = node
    while above is not None and not isinstance(above, cst.ClassDef):
        above = source.parent(above)
    start, end = source.span(above or node)
    return source.line(start), source.line(end)


def _function(source: Source, node: cst.CSTNode) -> str:
    names = []
    above = source.parent(node)
    while above is not None:
        if isinstance(above, (cst.FunctionDef, cst.ClassDef)):
            names.append(above.name.value)
        above = source.parent(above)
    return ".".join(reversed(names))
