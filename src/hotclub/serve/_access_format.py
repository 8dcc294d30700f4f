"""gunicorn's access log format → the pieces that the engine writes lines of.

What the engine cannot know (an environ variable that the application sets, a field's width) makes
the whole format one for the logger, in Python; see :mod:`hotclub.serve._requests`.
"""

from __future__ import annotations

import json
import re
from enum import IntEnum

Pieces = tuple[tuple[int, str], ...]


class Kind(IntEnum):
    """``enum hc_access_kind`` of ``hc/access.h``, in its order."""

    TEXT = 0
    PEER = 1
    USER = 2
    STAMP = 3
    ISO = 4
    REQUEST = 5
    METHOD = 6
    PROTOCOL = 7
    STATUS = 8
    BYTES = 9
    PROCESS = 10
    REASON = 11
    REQUEST_FIELD = 12
    RESPONSE_FIELD = 13
    TARGET = 14
    PATH = 15
    QUERY = 16
    SECONDS = 17
    MILLISECONDS = 18
    MICROSECONDS = 19
    DECIMAL = 20


ATOMS: dict[str, tuple[Kind, str]] = {
    "h": (Kind.PEER, ""),
    "l": (Kind.TEXT, "-"),
    "u": (Kind.USER, ""),
    "t": (Kind.STAMP, ""),
    "r": (Kind.REQUEST, ""),
    "s": (Kind.STATUS, ""),
    "m": (Kind.METHOD, ""),
    "U": (Kind.PATH, ""),
    "q": (Kind.QUERY, ""),
    "H": (Kind.PROTOCOL, ""),
    "b": (Kind.BYTES, ""),
    "B": (Kind.BYTES, ""),
    "f": (Kind.REQUEST_FIELD, "referer"),
    "a": (Kind.REQUEST_FIELD, "user-agent"),
    "T": (Kind.SECONDS, ""),
    "M": (Kind.MILLISECONDS, ""),
    "D": (Kind.MICROSECONDS, ""),
    "L": (Kind.DECIMAL, ""),
}
ENVIRON = {
    "request_method": "m",
    "path_info": "U",
    "query_string": "q",
    "server_protocol": "H",
    "remote_addr": "h",
}
JSON_FIELDS: dict[str, tuple[Kind, str]] = {
    "time": (Kind.ISO, ""),
    "pid": (Kind.PROCESS, ""),
    "client": ATOMS["h"],
    "user": ATOMS["u"],
    "method": ATOMS["m"],
    "target": (Kind.TARGET, ""),
    "protocol": ATOMS["H"],
    "status": ATOMS["s"],
    "bytes": ATOMS["B"],
    "seconds": ATOMS["L"],
    "referer": ATOMS["f"],
    "agent": ATOMS["a"],
    "refused": (Kind.REASON, ""),
}
NUMBERS = ("pid", "status", "bytes", "seconds")

_DIRECTIVE = re.compile(r"%(?:%|\((?P<atom>[^()]*)\)(?P<how>[sd]))|(?P<wrong>%)")


def compile_format(text: str) -> Pieces | None:
    """The pieces of a format, None when only Python can write it."""
    pieces: list[tuple[int, str]] = []
    end = 0
    for found in _DIRECTIVE.finditer(text):
        pieces.append((Kind.TEXT, text[end : found.start()]))
        end = found.end()
        if found["wrong"]:
            return None
        atom = found["atom"]
        made = [(Kind.TEXT, "%")] if atom is None else _pieces_of(atom)
        if made is None:
            return None
        pieces += made
    pieces.append((Kind.TEXT, text[end:]))
    return _joined(pieces)


def _pieces_of(atom: str) -> list[tuple[Kind, str]] | None:
    if atom in ATOMS:
        return [ATOMS[atom]]
    if atom == "p":
        return [(Kind.TEXT, "<"), (Kind.PROCESS, ""), (Kind.TEXT, ">")]
    if not atom.startswith("{"):
        return [(Kind.TEXT, "-")]
    name, letter = atom[1:-2].lower(), atom[-1:]
    if not atom[:-1].endswith("}") or letter not in "ioe":
        return [(Kind.TEXT, "-")]
    if letter == "i":
        return [(Kind.REQUEST_FIELD, name)]
    if letter == "o":
        return [(Kind.RESPONSE_FIELD, name)]
    return _environ_piece(name)


def _environ_piece(name: str) -> list[tuple[Kind, str]] | None:
    if name in ENVIRON:
        return [ATOMS[ENVIRON[name]]]
    if name == "raw_uri":
        return [(Kind.TARGET, "")]
    if name in ("content_type", "content_length"):
        return [(Kind.REQUEST_FIELD, name.replace("_", "-"))]
    if name.startswith("http_"):
        return [(Kind.REQUEST_FIELD, name[5:].replace("_", "-"))]
    return None


def _joined(pieces: list[tuple[int, str]]) -> Pieces:
    """Texts that follow one another as one, empty ones left out."""
    made: list[tuple[int, str]] = []
    for kind, text in pieces:
        if kind == Kind.TEXT and made and made[-1][0] == Kind.TEXT:
            made[-1] = (Kind.TEXT, made[-1][1] + text)
        elif kind != Kind.TEXT or text:
            made.append((int(kind), text))
    return tuple(made)


def json_pieces() -> Pieces:
    """The pieces of a JSON object with :data:`JSON_FIELDS`."""
    pieces: list[tuple[int, str]] = []
    for name, piece in JSON_FIELDS.items():
        quote = "" if name in NUMBERS else '"'
        before = ", " if pieces else "{"
        pieces += [(Kind.TEXT, f'{before}"{name}": {quote}'), piece, (Kind.TEXT, quote)]
    return _joined([*pieces, (Kind.TEXT, "}")])


def json_line(atoms: dict[str, object], iso: str) -> str:
    """The same object from a logger's atoms, for what is logged in Python."""
    return json.dumps(
        {
            "time": iso,
            "pid": int(str(atoms["p"]).strip("<>")),
            "client": atoms["h"] or "-",
            "user": atoms["u"],
            "method": atoms["m"],
            "target": atoms.get("{raw_uri}e", "-"),
            "protocol": atoms["H"],
            "status": int(str(atoms["s"])),
            "bytes": atoms["B"],
            "seconds": float(str(atoms["L"])),
            "referer": atoms["f"],
            "agent": atoms["a"],
            "refused": "",
        }
    )
