"""From an instruction to its node, held against the syntax tree."""

from __future__ import annotations

import ast
import hashlib
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from hotclub.agent._positions import Position, locate, source

HAS_COLUMNS = sys.version_info >= (3, 11)

# Every call of `q.mark(n)` is looked for; `n` is its number. Attributes work as calls do.
CHAINS = """\
a = q.mark(0)
é = "éè€𝄞"; b = q.mark("é", 1).other(q.mark(2)); c = "é"
d = (
    q  # a comment
    .mark(3)
    . other(
        é,
    )
    .mark(4).mark(
        "𝄞", 5
    )
)
e = q.other().mark(
    6,
).other().mark(7)
f = q \\
    .mark(8)
g = [q.mark(9) for _ in q.other()
     if q
     .mark(10)]
h = lambda: q.mark(11)
h()
def deep():
    class Inner:
        def method(self):
        \treturn (q.
        \t        mark(12), "é", q.mark(13))
    return Inner().method()
deep()
i = q.mark(
    14) and q.mark(15)
j = f"{q.mark(16)}"
k = q . mark ( 17 )
with q.mark(18) as l, q.mark(19): pass
m = q[q.mark(20)].mark(21); n = (q.mark)(22); o = q.mark(
    q.mark(23),
    24)
"""


class Query:
    """Remembers where it was called from."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[types.CodeType, int]] = {}

    def mark(self, *numbers: Any) -> Query:
        frame = sys._getframe(1)
        number = next(n for n in reversed(numbers) if isinstance(n, int))
        self.seen[number] = (frame.f_code, frame.f_lasti)
        return self

    def other(self, *_: object) -> Query:
        return self

    def __getitem__(self, _: object) -> Query:
        return self

    def __iter__(self) -> Any:
        return iter([1])

    def __enter__(self) -> Query:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Query:
        frame = sys._getframe(1)
        self.seen[int(name.partition("_")[2])] = (frame.f_code, frame.f_lasti)
        return self


def run(path: Path, content: bytes) -> Query:
    path.write_bytes(content)
    query = Query()
    exec(compile(content, str(path), "exec"), {"q": query})
    return query


def code_points(content: bytes, line: int, offset: int, encoding: str) -> int:
    text = content.decode(encoding).replace("\r\n", "\n").split("\n")[line - 1]
    return len(text.encode()[:offset].decode())


def marked_calls(content: bytes, encoding: str = "utf-8") -> dict[int, Position]:
    found = {}
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "mark":
            number = node.args[-1]
            assert isinstance(number, ast.Constant)
            assert node.end_lineno is not None and node.end_col_offset is not None
            found[number.value] = Position(
                node.lineno,
                code_points(content, node.lineno, node.col_offset, encoding),
                node.end_lineno,
                code_points(content, node.end_lineno, node.end_col_offset, encoding),
            )
    return found


def check(path: Path, content: bytes, encoding: str = "utf-8") -> None:
    expected = marked_calls(content, encoding)
    seen = run(path, content).seen
    assert len(seen) == len(expected) > 0
    for number, (code, lasti) in seen.items():
        position = locate(code, lasti)
        if HAS_COLUMNS:
            assert position == expected[number], number
        else:
            assert position[1:] == (None, None, None)
            assert expected[number].line <= position.line <= (expected[number].end_line or 0)


def test_every_call_is_found_exactly(tmp_path: Path) -> None:
    chains = CHAINS
    if sys.version_info < (3, 12):  # nodes in f-strings have no places of their own there
        chains = chains.replace('f"{q.mark(16)}"', "(q.mark(16))")
    check(tmp_path / "chains.py", chains.encode())


def test_encodings(tmp_path: Path) -> None:
    text = 'é = "ñ"; q.mark("ü", 0); é = (q\n    .other("ö").mark(1))\n'
    check(tmp_path / "bom.py", b"\xef\xbb\xbf" + text.encode(), "utf-8-sig")
    for encoding in ("latin-1", "cp1252", "utf-8"):
        declared = f"# -*- coding: {encoding} -*-\n{text}"
        check(tmp_path / f"{encoding}.py", declared.encode(encoding), encoding)


def test_line_ends_that_are_none(tmp_path: Path) -> None:
    """Form feeds and Unicode's line separators end no line for Python."""
    text = 'a = 1\n\x0cb = "\u2028\x85"; q.mark(0)\r\nc = "\x1c"; q.mark(1)\n'
    check(tmp_path / "lines.py", text.encode())


def test_an_attribute_over_several_lines(tmp_path: Path) -> None:
    content = b"a = (q\n    .other()\n    .at_0\n    .at_1.at_2)\n"
    seen = run(tmp_path / "attributes.py", content).seen
    ends = {0: (3, 9), 1: (4, 9), 2: (4, 14)}
    for number, end in ends.items():
        position = locate(*seen[number])
        if HAS_COLUMNS:
            assert position == (1, 5, *end)
        else:
            assert position == (end[0], None, None, None)


def test_a_file_that_is_gone_leaves_the_line(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    seen = run(path, b"a = 1\nq.mark(0)\n").seen
    path.unlink()
    assert locate(*seen[0]) == (2, None, None, None)


def test_a_file_that_is_shorter_now_leaves_the_line(tmp_path: Path) -> None:
    path = tmp_path / "shorter.py"
    seen = run(path, b"a = 1\nb = 1; q.mark(0)\n").seen
    path.write_bytes(b"a = 1\n")
    assert locate(*seen[0]) == (2, None, None, None)


def test_code_without_a_file() -> None:
    query = Query()
    exec(compile("q.mark(0)", "<string>", "exec"), {"q": query})
    assert locate(*query.seen[0]) == (1, None, None, None)


def test_an_instruction_that_does_not_exist() -> None:
    code = test_code_without_a_file.__code__
    assert locate(code, -1).line == code.co_firstlineno
    assert locate(code, 10**6).line == code.co_firstlineno


def test_a_source_and_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_bytes(b"a = 1\r\nb = 2")
    read = source(str(path))
    assert read is not None
    assert read.lines == ["a = 1", "b = 2"]
    assert read.sha256 == hashlib.sha256(b"a = 1\r\nb = 2").hexdigest()
    assert read.column(1, 99) is None
    assert read.column(9, 0) is None


@pytest.mark.parametrize("content", [b"\xff\xfe", b"# coding: none\n", b'"\x80"'])
def test_what_cannot_be_read_is_no_source(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.py"
    path.write_bytes(content)
    assert source(str(path)) is None


def test_a_file_that_no_longer_parses_keeps_what_the_instruction_says(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    seen = run(path, b"a = 1\nq.mark(0)\n").seen
    path.write_bytes(b"a = (\nq.mark(0)\n")
    expected = (2, 0, 2, 9) if HAS_COLUMNS else (2, None, None, None)
    assert locate(*seen[0]) == expected


LOOP = """\
class Rows:
    def __iter__(self):
        seen.append(sys._getframe(1))
        return iter([self])
    one = 1
total = 0
for é in Rows():
    total += é.one
"""


@pytest.mark.skipif(not HAS_COLUMNS, reason="columns are known since 3.11")
def test_a_loop_asks_what_it_iterates_over(tmp_path: Path) -> None:
    path = tmp_path / "loop.py"
    path.write_text(LOOP, encoding="utf-8")
    places: list[Position] = []

    class Seen:
        def append(self, frame: types.FrameType) -> None:
            places.append(locate(frame.f_code, frame.f_lasti))

    exec(compile(LOOP, str(path), "exec"), {"sys": sys, "seen": Seen()})
    assert places == [Position(7, 9, 7, 15)]
