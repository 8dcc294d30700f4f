"""A source file: its exact text, its LibCST tree, and the way from one to the other.

Trees say *where*; edits are made in the text, so that every byte outside an edit stays. LibCST
writes back all it reads but two things, a form feed that begins a line and a last newline that
is a lone carriage return; :class:`Source` knows of the first and so never takes columns on trust.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from functools import lru_cache
from typing import Any, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

from hotclub.fix.model import Refused

BOM = "\ufeff"
Span = tuple[int, int]
Node = TypeVar("Node", bound=cst.CSTNode)

_DEEPEST = 900
_TOO_DEEP = "nested too deeply for hotclub to read"
_NEWLINE = re.compile(r"\r\n|\n|\r")


class Source:
    """The text of a file (newlines as they are, without a BOM) and its tree.

    Offsets count code points of ``text``; lines are those of Python, which ends them at
    ``\\n``, ``\\r\\n`` and ``\\r`` and nowhere else.
    """

    def __init__(self, text: str) -> None:
        self.bom = BOM if text.startswith(BOM) else ""
        self.text = text[len(self.bom) :]
        self._kinds: dict[type[cst.CSTNode], list[Any]] = {}
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(self.text))]
        _check_depth(self.text)
        try:
            wrapper = MetadataWrapper(cst.parse_module(self.text), unsafe_skip_copy=True)
            self.module = wrapper.module
            self._positions = wrapper.resolve(PositionProvider)
            self._parents = wrapper.resolve(ParentNodeProvider)
            self._shifts = _form_feeds(self.text, wrapper.module.code)
        except cst.ParserSyntaxError as error:
            message = f"a syntax error in line {error.raw_line}: hotclub cannot read this file"
            raise Refused(message) from None
        except RecursionError:
            raise Refused(_TOO_DEEP) from None

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def is_below(self, node: cst.CSTNode, above: cst.CSTNode) -> bool:
        """Whether a node is somewhere inside another."""
        parent = self.parent(node)
        while parent is not None and parent is not above:
            parent = self.parent(parent)
        return parent is above

    def nodes(self, kind: type[Node]) -> list[Node]:
        """All nodes of a kind, in the order of the text; looked for once, for all findings."""
        if kind not in self._kinds:
            found = (node for node in self._positions if isinstance(node, kind))
            self._kinds[kind] = sorted(found, key=self.span)
        return [*self._kinds[kind]]

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and a 0-based column; -1 when there is none such."""
        if not 1 <= line <= len(self.starts):
            return -1
        return self.starts[line - 1] + column

    def span(self, node: cst.CSTNode) -> Span:
        """Start and end of a node without its own parentheses."""
        where = self._positions[node]
        start, end = (
            self.offset(at.line, at.column + self._shifts.get(at.line, 0))
            for at in (where.start, where.end)
        )
        return start, end

    def text_of(self, node: cst.CSTNode) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def line(self, offset: int) -> int:
        """The 1-based line that holds an offset."""
        return bisect_right(self.starts, offset)

    def line_span(self, offset: int) -> Span:
        """The line that holds an offset, without its newline."""
        number = self.line(offset)
        match = _NEWLINE.search(self.text, offset)
        return self.starts[number - 1], match.start() if match else len(self.text)

    def indent(self, offset: int) -> str:
        """The white space that begins the line of an offset."""
        start, end = self.line_span(offset)
        line = self.text[start:end]
        return line[: len(line) - len(line.lstrip(" \t\f"))].lstrip("\f")

    @property
    def newline(self) -> str:
        """The newline of this file's first line."""
        match = _NEWLINE.search(self.text)
        return match.group() if match else "\n"

    @property
    def quote(self) -> str:
        """The quotation mark that this file prefers; Django's own choice when even."""
        return "'" if self.text.count("'") > self.text.count('"') else '"'


@lru_cache(maxsize=256)
def parse(content: bytes) -> Source:
    """The file with this content.

    Raises:
        Refused: it is not UTF-8, or not Python.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode("utf-8")
        same = encoding.startswith("utf-8") or content.isascii()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        same, text = False, ""
    if not same:
        raise Refused("not UTF-8: save the file as UTF-8 first, hotclub edits no other encoding")
    if "\0" in text:
        raise Refused("a syntax error: the file holds a null byte")
    return Source(text)


def _check_depth(text: str) -> None:
    """Raise Refused for what CPython counts as too deep: LibCST's parser would overflow."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            level: list[ast.AST] = [ast.parse(text)]
        for _ in range(_DEEPEST):
            level = [child for node in level for child in ast.iter_child_nodes(node)]
        if level:
            raise Refused(_TOO_DEEP)
    except (RecursionError, MemoryError):
        raise Refused(_TOO_DEEP) from None
    except SyntaxError as error:  # LibCST may know a newer grammar than this interpreter
        if "too many nested" in str(error):
            raise Refused(_TOO_DEEP) from None


def _form_feeds(text: str, generated: str) -> dict[int, int]:
    """By how much columns of the tree fall short of the text's, by line."""
    if text == generated:
        return {}
    shifts = {}
    pairs = zip(_NEWLINE.split(text), _NEWLINE.split(generated), strict=False)
    for number, (line, written) in enumerate(pairs, 1):
        if line == written:
            continue
        if not line.endswith(written) or line[: len(line) - len(written)].strip():
            raise Refused("unusual white space that hotclub cannot keep exactly")
        shifts[number] = len(line) - len(written)
    return shifts
