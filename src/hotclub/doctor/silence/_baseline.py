"""A file of findings that are known: they are neither reported nor counted.

A finding is known again by what it is and where in the code it is, not by its line: the code, the
path, the function or class, the lookup, and the source text of the expression. Several that agree
in all of it are counted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hotclub.doctor.finding import Finding, Place
from hotclub.doctor.lines import source_lines
from hotclub.errors import HotclubError

SCHEMA = "hotclub.baseline/1"


@dataclass(frozen=True, order=True)
class Identity:
    """What stays the same of a finding while lines move."""

    code: str
    path: str
    qualname: str
    lookup: str
    source: str

    def __str__(self) -> str:
        what = f" {self.lookup}" if self.lookup else ""
        where = f" in {self.qualname}" if self.qualname else ""
        return f"{self.code}{what} at {self.path}{where}"


def identify(finding: Finding, tree: Path) -> Identity:
    """The finding's identity; ``tree`` is where its sources can be read."""
    place = finding.place or next(iter(finding.trigger), None)
    lookup = finding.lookup or finding.model
    if finding.index is not None:
        lookup = f"{finding.index.table}({', '.join(finding.index.columns)})"
    if place is None:
        return Identity(finding.code, "", "", lookup, "")
    source = " ".join(_text(tree / place.path, place).split())
    return Identity(finding.code, place.path, place.qualname, lookup, source)


def fingerprint(identity: Identity) -> str:
    """The identity as a short text, for those that keep lists of results."""
    text = "\x1f".join(asdict(identity).values())
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _text(path: Path, place: Place) -> str:
    """The expression's text, whole lines where its columns are unknown."""
    if place.line < 1 or not place.in_project:
        return ""
    chosen = source_lines(path)[place.line - 1 : place.end_line or place.line]
    if chosen and place.column is not None and place.end_column is not None:
        chosen[-1] = chosen[-1][: place.end_column]
        chosen[0] = chosen[0][place.column :]
    return "\n".join(chosen)


class Baseline:
    """How many findings of each identity are known."""

    def __init__(self, known: Counter[Identity], path: Path) -> None:
        self._left = Counter(known)
        self.path = path

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read the file.

        Raises:
            HotclubError: there is none, or it is not a baseline.
        """
        try:
            answer = json.loads(path.read_bytes())
            if answer["schema"] != SCHEMA:
                raise ValueError(f"its schema is {answer['schema']}, not {SCHEMA}")
            return cls(Counter(dict(map(_entry, answer["findings"]))), path)
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
        except (ValueError, KeyError, TypeError) as error:
            reason = f"is no baseline of hotclub's ({type(error).__name__}: {error})"
        raise HotclubError(f"{path} {reason}; make one with --write-baseline")

    @staticmethod
    def write(path: Path, identities: Iterable[Identity]) -> None:
        """Write what is found now, in an order that changes little between two runs.

        Raises:
            HotclubError: the file cannot be written.
        """
        counted = sorted(Counter(identities).items())
        found = [{**asdict(one), "count": count} for one, count in counted]
        text = json.dumps({"schema": SCHEMA, "findings": found}, indent=1, ensure_ascii=False)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            part.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
            os.replace(part, path)
        except OSError as error:
            raise HotclubError(
                f"the baseline cannot be written to {path}: {error.strerror}"
            ) from None
        finally:
            part.unlink(missing_ok=True)

    def without(self, wanted: Callable[[str], bool]) -> list[Identity]:
        """What is known of the codes that are not wanted, each as often as it was written."""
        return [identity for identity in self._left.elements() if not wanted(identity.code)]

    def knows(self, identity: Identity) -> bool:
        """Whether one more of these is known; each is known as often as it was written."""
        if not self._left[identity]:
            return False
        self._left[identity] -= 1
        return True

    def stale(self) -> list[Identity]:
        """What was known and has not been asked for."""
        return sorted(identity for identity, count in self._left.items() if count > 0)


def _entry(entry: dict[str, Any]) -> tuple[Identity, int]:
    values = dict(entry)
    count = values.pop("count", 1)
    identity = Identity(**values)
    if not all(isinstance(value, str) for value in asdict(identity).values()):
        raise ValueError("a finding's fields are texts")
    return identity, int(count)
