"""Places as SARIF's locations: URIs, and columns counted as SARIF counts them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tokenize
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hotclub.doctor.finding import Place

ROOT = "%SRCROOT%"
"""The name that readers of SARIF know for the directory that relative paths begin at."""
_NEWLINE = re.compile("\r\n|\r|\n")


def text(words: str) -> dict[str, Any]:
    """A message. Line ends become spaces, braces are doubled, since single ones hold placeholders,
    and a bracket that would begin a link is escaped (3.11.5 and 3.11.6 of the standard)."""
    flat = " ".join(words.split())
    flat = re.sub(r"\[(?=[^\[\]]*\]\()", r"\\[", flat)
    return {"text": flat.replace("{", "{{").replace("}", "}}")}


def uri(path: str) -> str:
    """The path as the path of a URI; bytes that are no text are kept."""
    return quote(os.fsencode(path), safe="/")


def root_uri(root: Path) -> str:
    """A directory; it ends in a slash, so that what is relative to it stands below it."""
    return f"file://{uri(root.as_posix()).rstrip('/')}/"


class Locations:
    """Makes locations of places; each source is read once. ``tree`` is where they can be read."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._sources: dict[str, tuple[str, list[str]]] = {}

    def location(self, place: Place, message: str = "") -> dict[str, Any]:
        """A ``location``; without columns where the source is not what was recorded."""
        found: dict[str, Any] = {}
        if place.path and (place.in_project or place.path.startswith("/")):
            found["physicalLocation"] = self._physical(place)
        logical = _logical(place)
        if logical:
            found["logicalLocations"] = [logical]
        if message:
            found["message"] = text(message)
        return found

    def _physical(self, place: Place) -> dict[str, Any]:
        if place.in_project:
            artifact = {"uri": uri(place.path), "uriBaseId": ROOT}
        else:
            artifact = {"uri": f"file://{uri(place.path)}"}
        if place.line < 1:
            return {"artifactLocation": artifact}
        region = {"startLine": place.line}
        if place.end_line is not None and place.end_line >= place.line:
            region["endLine"] = place.end_line
        region |= self._columns(place)
        return {"artifactLocation": artifact, "region": region}

    def _columns(self, place: Place) -> dict[str, int]:
        """Columns count from 1 in UTF-16 code units; the end is the one after the last."""
        if place.column is None or place.end_column is None or place.end_line is None:
            return {}
        digest, lines = self._read(place.path)
        if place.sha256 not in (None, digest) or not place.line <= place.end_line <= len(lines):
            return {}
        first, last = lines[place.line - 1], lines[place.end_line - 1]
        if place.column > len(first) or place.end_column > len(last):
            return {}
        return {
            "startColumn": _units(first[: place.column]) + 1,
            "endColumn": _units(last[: place.end_column]) + 1,
        }

    def _read(self, path: str) -> tuple[str, list[str]]:
        if path not in self._sources:
            self._sources[path] = _source(self._tree / path)
        return self._sources[path]


def _source(path: Path) -> tuple[str, list[str]]:
    """Digest and lines, which are counted as Python does: a form feed ends none. No lines where it
    cannot be read."""
    try:
        content = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        lines = _NEWLINE.split(content.decode(encoding, "replace"))
    except (OSError, ValueError, SyntaxError, LookupError):
        return "", []
    return hashlib.sha256(content).hexdigest(), lines


def _units(part: str) -> int:
    return len(part.encode("utf-16-le", "surrogatepass")) // 2


def _logical(place: Place) -> dict[str, Any] | None:
    """The function or the class that the place is in."""
    if not place.qualname or place.kind == "template":
        return None
    if place.kind != "class":
        return {"fullyQualifiedName": place.qualname, "kind": "function"}
    name = f"{place.qualname}.{place.attribute}" if place.attribute else place.qualname
    return {"fullyQualifiedName": name, "kind": "member" if place.attribute else "type"}
