"""The script of requests: a TOML file of users and of what they ask for, writes included.

    [users.anna]
    force = "anna"

    [[requests]]
    method = "POST"
    path = "/orders/"
    user = "anna"
    json = { product = 7, amount = 2 }

What may stand in it is described in ``docs/exercise.md``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from hotclub.doctor.crawl import Target
from hotclub.doctor.exercise._table import Table, load
from hotclub.doctor.exercise._users import read_users

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_KEYS = (
    "method", "path", "query", "user", "headers", "json", "form", "body", "type", "status", "name"
)  # fmt: skip
_OWN_USERS = ("anonymous", "user", "staff")


@dataclass(frozen=True)
class Script:
    """What a file asks for, in its order, and who its users are."""

    file: Path
    requests: tuple[Target, ...]
    users: Mapping[str, Any]


def read_script(file: Path) -> Script:
    """The script in a file.

    Raises:
        HotclubError: with the file, the key, and what is expected there.
    """
    table = load(file)
    table.only(("users", "requests"))
    users = read_users(Table(file, table.get("users", dict, default={}), "users"))
    requests = [_request(one, users) for one in table.tables("requests")]
    if not requests and not users:
        raise table.wrong("requests", "is missing; expected [[requests]], or [users.NAME]")
    return Script(file, tuple(_told_apart(requests)), users)


def _request(table: Table, users: Collection[str]) -> Target:
    table.only(_KEYS)
    method = str(table.get("method", str, default="GET")).upper()
    if method not in METHODS:
        raise table.wrong("method", f"expected one of {', '.join(METHODS)}, not {method!r}")
    path, _, inline = table.path("path").partition("?")
    body, kind = _body(table)
    headers = list(table.texts("headers").items())
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", kind))
    return Target(
        path=quote(path, safe="/%:@!$&'()*+,;=~"),
        query=_query(table) or inline,
        user=_user(table, users),
        route="",
        method=method,
        headers=tuple(headers),
        body=body,
        name=_name(table),
        expected=_status(table),
    )


def _query(table: Table) -> str:
    if isinstance(table.values.get("query"), dict):
        given = table.get("query", dict)
        pairs = [(name, value) for name, value in given.items()]
        return urlencode(pairs, doseq=True)
    return str(table.get("query", str, dict, default="")).removeprefix("?")


def _user(table: Table, users: Collection[str]) -> str | None:
    name = str(table.get("user", str, default="anonymous"))
    if name not in users and name not in _OWN_USERS:
        known = ", ".join((*_OWN_USERS, *users))
        raise table.wrong("user", f"expected {known}, or a [users.{name}], not {name!r}")
    return None if name == "anonymous" else name


def _body(table: Table) -> tuple[bytes, str]:
    """The body and its type; where it is not said it follows from the kind of body."""
    kind = table.one_of(("json", "form", "body"))
    named = str(table.get("type", str, default=""))
    if kind == "json":
        try:
            return json.dumps(table.values["json"]).encode(), named or "application/json"
        except TypeError:
            raise table.wrong("json", "dates and times have no JSON; write them as text") from None
    if kind == "form":
        pairs = _pairs(table.get("form", dict))
        return urlencode(pairs).encode(), named or "application/x-www-form-urlencoded"
    return str(table.get("body", str, default="")).encode(), named or ("text/plain" * bool(kind))


def _pairs(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A list is a field that is sent several times, ``true`` a box that is ticked."""
    found = []
    for name, value in form.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not False:
                found.append((name, "on" if one is True else str(one)))
    return found


def _status(table: Table) -> int:
    status = int(table.get("status", int, default=0))
    if "status" in table.values and not 100 <= status <= 599:
        raise table.wrong("status", f"expected a status from 100 to 599, not {status}")
    return status


def _name(table: Table) -> str:
    name = str(table.get("name", str, default=""))
    if any(sign in name for sign in "[]()|\n"):
        raise table.wrong("name", "expected text without brackets, | and line breaks")
    return name


def _told_apart(requests: Iterable[Target]) -> Iterator[Target]:
    """Requests whose labels are all different: the second of a kind is called 2."""
    seen: Counter[str] = Counter()
    for request in requests:
        seen[request.label] += 1
        number = seen[request.label]
        if number > 1:
            request = replace(request, name=f"{request.name} {number}".strip())
            seen[request.label] += 1
        yield request
