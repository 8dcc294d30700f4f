"""What can be asked of a project: a URL, as a user."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from hotclub.recording import is_safe

_WORDS = re.compile(r"[A-Za-z]+")
_DESTRUCTIVE = frozenset(
    {"logout", "logoff", "signout", "delete", "remove", "destroy", "purge", "wipe", "erase"}
    | {"flush", "truncate", "unsubscribe", "deactivate", "impersonate", "hijack"}
)
_DESTRUCTIVE_PAIRS = frozenset({("log", "out"), ("log", "off"), ("sign", "out")})


@dataclass(frozen=True)
class Target:
    """A URL of the project as somebody: nobody, a user, staff, or a user of a script's."""

    path: str
    query: str
    user: str | None
    route: str
    """The route's pattern; empty where that is not known before it is asked for."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    name: str = ""
    """What tells it from others of the same method, URL and user."""
    expected: int = 0
    """The status that it has to be answered with; 0: 2xx, and where it writes 3xx."""

    @property
    def label(self) -> str:
        """How this request is named everywhere: ``GET /products/?page=2 (staff)``."""
        url = f"{self.path}?{self.query}" if self.query else self.path
        name = f" [{self.name}]" if self.name else ""
        return f"{self.method} {url}{name}" + ("" if self.user is None else f" ({self.user})")

    @property
    def writes(self) -> bool:
        """Whether it may change what is in the database."""
        return not is_safe(self.method)

    @property
    def query_names(self) -> frozenset[str]:
        """The names of the query's parameters: pages 2 and 3 of a list are the same to us."""
        return frozenset(name for name, _ in parse_qsl(self.query, keep_blank_values=True))


def split_url(url: str) -> tuple[str, str]:
    """Path and query of a URL of the project."""
    parts = urlsplit(url)
    return parts.path or "/", parts.query


def destructive(*texts: str) -> bool:
    """Whether a path or a name says that asking for it logs out or destroys something."""
    for text in texts:
        words = [word.lower() for word in _WORDS.findall(text)]
        pairs = set(zip(words, words[1:], strict=False))
        if _DESTRUCTIVE.intersection(words) or _DESTRUCTIVE_PAIRS & pairs:
            return True
    return False
