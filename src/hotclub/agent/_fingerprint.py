"""The shape of a SQL statement: what is left when its values are taken out.

    SELECT  "id" FROM "t" WHERE "id" IN (%s, %s, 3)   -- page 2
    SELECT "id" FROM "t" WHERE "id" IN (?)

Comments go; literals and parameters become `?`, a number's sign with it; the lists of `IN`,
`VALUES` and arrays lose elements that repeat the one before; names of savepoints become `?`;
spacing is made uniform; a final semicolon goes. Identifiers stay as they are written, with
their quotes, and so do keywords. Taking the fingerprint of a fingerprint changes nothing.

SQLite's rules come first (a backslash is nothing special in '…', "…" is an identifier); the
quoting of PostgreSQL and MySQL is read as far as it does not contradict them: E'…', $tag$…$tag$,
`…`, nested comments. A quote without its end is a literal that runs to the end of the statement,
a comment without its end is a comment. Bytes that are not ASCII are letters.

The same thing in C, on which everything here is modelled and against which it is tested, is
engine/src/sql. That is also where the rules are explained one by one.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

LIMIT = 32768  # bytes; a longer fingerprint is cut at a token, and says so
DEPTH_MAX = 64
ELLIPSIS = "…".encode()

_TOKEN = re.compile(
    rb"""
    (?P<skip>[ \t\n\r\f\v]+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<literal>
        [eE]'[^'\\]*(?:(?:''|\\.)[^'\\]*)*(?:'|\\?\Z)
      | (?:[bBnNxX]|[uU]&)?'[^']*(?:''[^']*)*(?:'|\Z)
      | \$(?P<tag>(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?)\$(?:.*?\$(?P=tag)\$|.*\Z)
    )
  | (?P<number>0[xX][0-9A-Fa-f_]+
      | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)
  | (?P<word>[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*)
  | (?P<quoted>"[^"]*(?:""[^"]*)*"(?!")|`[^`]*(?:``[^`]*)*`(?!`))
  | (?P<unclosed>["`].*\Z)
  | (?P<operator>->>|\#>>|<=>|<->|!~\*|->|\#>|<=|>=|<>|!=|==|=>|\|\||<<|>>|&&|@>|@@
      | <@(?![A-Za-z0-9_\x80-\xff])|!~|~~|~\*|:=|%%|\?\|(?!\|)|\?&(?!&))
  | (?P<parameter>\?[0-9]*
      | %s(?![A-Za-z0-9_$\x80-\xff])|%\([^()]*\)s(?![A-Za-z0-9_$\x80-\xff])
      | [:@$][A-Za-z0-9_\x80-\xff]+)
  | (?P<cast>::)
  | (?P<dot>\.) | (?P<comma>,) | (?P<open>\() | (?P<close>\)) | (?P<bracket>\[)
  | (?P<unbracket>\]) | (?P<semicolon>;)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BRACKETED = re.compile(rb"\[[A-Za-z_\x80-\xff][^\]]*\]?", re.DOTALL)
_COMMENT_EDGE = re.compile(rb"/\*|\*/")

_KEYWORDS = frozenset(
    b"ALL AND AS BETWEEN BY CASE CONFLICT DISTINCT ELSE EXCEPT EXISTS FILTER FROM GLOB HAVING"
    b" ILIKE IN INTERSECT INTO IS JOIN LIKE LIMIT NOT OFFSET ON OR OVER RETURNING SELECT SET THEN"
    b" UNION USING VALUES WHEN WHERE WITH".split()
)
_WORDLIKE = frozenset(("word", "quoted", "parameter", "close", "unbracket"))
_NEVER_SPACED = frozenset(("close", "comma", "semicolon", "unbracket"))
_SAME_KIND = {"literal": "parameter", "unclosed": "parameter", "other": "operator"}
_CLOSES = {"close": "open", "unbracket": "bracket"}
_SAVEPOINT = {
    ("start", b"SAVEPOINT"): "name",
    ("start", b"RELEASE"): "maybe",
    ("start", b"ROLLBACK"): "to",
    ("to", b"TRANSACTION"): "to",
    ("to", b"WORK"): "to",
    ("to", b"TO"): "maybe",
    ("maybe", b"SAVEPOINT"): "name",
}
_NO_GROUP, _WANTS_GROUP, _HAD_GROUP = range(3)

_Span = tuple[int, int]


class _Level:
    """An open parenthesis or bracket, or the statement itself: the list that it may hold.

    Offsets are into the output. `first` is where the element being written starts (-1: nothing
    of it yet), `last` the span of the one before. `values` is where in VALUES (…), (…) we are;
    `group` is where the latest parenthesis in this level opened, `last_group` the span of the
    group before.
    """

    __slots__ = ("opener", "is_list", "first", "last", "values", "group", "last_group")

    def __init__(self, opener: str, is_list: bool) -> None:
        self.opener = opener
        self.is_list = is_list
        self.first = -1
        self.last: _Span | None = None
        self.values = _NO_GROUP
        self.group = -1
        self.last_group: _Span | None = None


class _Writer:
    """Takes tokens, writes the fingerprint."""

    def __init__(self, limit: int) -> None:
        self.out = bytearray()
        self.full = False
        self.kind = ""  # of the token written last; "loose": a bracket with spaces around it
        self.word = b""  # that token in capitals, if it was a word
        self._limit = limit
        self._levels = [_Level("", False)]
        self._too_deep = 0
        self._sign: tuple[int, str, bytes] | None = None  # out, kind, word before a sign
        self._savepoint = "start"

    def token(self, kind: str, text: bytes) -> None:
        word = text.upper() if kind == "word" else b""
        if kind == "number":
            self._drop_sign()
            kind = "parameter"
        if self._is_savepoint_name(kind, word) and text != ELLIPSIS:
            kind, word = "parameter", b""
        self._before(kind)
        before = (len(self.out), self.kind, self.word)
        is_sign = kind == "operator" and text in (b"-", b"+") and not self._is_operand()
        self._write(kind, b"?" if kind == "parameter" else text, word)
        self._sign = before if is_sign else None
        self._after(kind, word, before[2])

    def _write(self, kind: str, text: bytes, word: bytes) -> None:
        space = self._is_spaced(kind)
        if len(self.out) + space + len(text) > self._limit:
            self.full = True
            kind, text = "word", ELLIPSIS
            space = self._is_spaced(kind)
        self.out += b" " * space
        level = self._levels[-1]
        if level.first < 0:
            level.first = len(self.out)
        self.out += text
        self.kind = "loose" if kind == "bracket" and self.kind not in _WORDLIKE else kind
        self.word = word

    def _is_operand(self) -> bool:
        return self.kind in _WORDLIKE and self.word not in _KEYWORDS

    def _is_spaced(self, kind: str) -> bool:
        before = self.kind
        if before in ("", "open", "bracket", "dot") or kind in _NEVER_SPACED:
            return False
        if kind in ("dot", "cast", "bracket"):
            return before not in _WORDLIKE
        if before == "cast":
            return kind == "operator"
        return kind != "open" or before != "word" or self.word in _KEYWORDS

    def _drop_sign(self) -> None:
        if self._sign is None:
            return
        length, self.kind, self.word = self._sign
        del self.out[length:]
        level = self._levels[-1]
        if level.first >= length:
            level.first = -1

    def _is_savepoint_name(self, kind: str, word: bytes) -> bool:
        state = self._savepoint
        self._savepoint = "start" if kind == "semicolon" else _SAVEPOINT.get((state, word), "")
        named = state in ("name", "maybe") and not self._savepoint
        return named and kind in ("word", "quoted")

    def _before(self, kind: str) -> None:
        if self._too_deep:
            return
        level = self._levels[-1]
        if level.is_list and (kind == "comma" or _CLOSES.get(kind) == level.opener):
            if level.first < 0:
                level.last = None
            elif not self._repeats(level.last, level.first):
                level.last = (level.first, len(self.out))
        if level.values == _WANTS_GROUP and kind != "open":
            level.values = _NO_GROUP
        elif level.values == _HAD_GROUP:
            level.values = _WANTS_GROUP if kind == "comma" else _NO_GROUP

    def _after(self, kind: str, word: bytes, word_before: bytes) -> None:
        level = self._levels[-1]
        if kind in ("open", "bracket"):
            self._push(kind, kind == "bracket" or word_before == b"IN")
        elif kind in _CLOSES:
            self._pop(_CLOSES[kind])
        elif self._too_deep:
            return
        elif kind == "comma":
            level.first = -1
        elif word in (b"SELECT", b"WITH", b"VALUES"):
            level.is_list = False
            if word == b"VALUES":
                level.values = _WANTS_GROUP
                level.last_group = None

    def _push(self, opener: str, is_list: bool) -> None:
        if self._too_deep or len(self._levels) == DEPTH_MAX:
            self._too_deep += 1
            return
        self._levels[-1].group = len(self.out) - 1
        self._levels.append(_Level(opener, is_list))

    def _pop(self, opener: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        if self._levels[-1].opener != opener:
            return
        self._levels.pop()
        level = self._levels[-1]
        if level.values == _WANTS_GROUP:
            if not self._repeats(level.last_group, level.group):
                level.last_group = (level.group, len(self.out))
            level.values = _HAD_GROUP

    def _repeats(self, last: _Span | None, first: int) -> bool:
        """Takes what was written from `first` on away again if it is equal to the span `last`."""
        if last is None or self.out[last[0] : last[1]] != self.out[first:]:
            return False
        del self.out[last[1] :]
        return True


def _comment_end(sql: bytes, start: int, nests: bool) -> tuple[int, bool]:
    """Where the comment ends, and whether comments still nest.

    They do in PostgreSQL. One that would not end so shows that this is not PostgreSQL.
    """
    depth = 0
    if nests:
        for edge in _COMMENT_EDGE.finditer(sql, start):
            depth += 1 if edge[0] == b"/*" else -1
            if depth == 0:
                return edge.end(), True
    end = sql.find(b"*/", start + 2)
    return (len(sql) if end < 0 else end + 2), False


def _write_all(sql: bytes, writer: _Writer) -> None:
    at, adjacent, nests, text = 0, False, True, b""
    while at < len(sql) and not writer.full:
        match = _TOKEN.match(sql, at)
        assert match is not None  # the last alternative takes any byte
        kind = match.lastgroup or ""
        if kind == "skip":
            at, adjacent = match.end(), False
            continue
        if kind == "comment":
            at, nests = _comment_end(sql, at, nests)
            adjacent = False
            continue
        subscript = (adjacent and writer.kind in _WORDLIKE) or text.upper() == b"ARRAY"
        if kind == "bracket" and not subscript:
            named = _BRACKETED.match(sql, at)
            if named is not None:
                match = named
                kind = "quoted" if named[0].endswith(b"]") else "unclosed"
        text = match[0]
        writer.token(_SAME_KIND.get(kind, kind), text)
        at, adjacent = match.end(), True


def pure_fingerprint(sql: str, limit: int = LIMIT, /) -> str:
    """The fingerprint of a statement, at most `limit` bytes and a final ` …` long."""
    writer = _Writer(limit)
    _write_all(sql.encode("utf-8", "surrogatepass"), writer)
    return writer.out.rstrip(b";").decode("utf-8", "surrogatepass")


if TYPE_CHECKING or os.environ.get("HOTCLUB_PURE") == "1":
    fingerprint = pure_fingerprint
else:
    try:
        from hotclub._native import fingerprint
    except ImportError:
        fingerprint = pure_fingerprint
