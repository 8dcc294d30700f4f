"""The users of a script: how each of them gets in."""

from __future__ import annotations

import re
from typing import Any

from hotclub.doctor.exercise._table import Table

_NAME = re.compile(r"[A-Za-z0-9][\w.@+-]*")
_WAYS = ("force", "forms", "token", "headers", "guest")


def read_users(table: Table) -> dict[str, Any]:
    """Each user as the agent takes it: plain JSON, checked."""
    found = {}
    for name, values in table.values.items():
        if name == "anonymous" or not _NAME.fullmatch(name):
            raise table.wrong(name, "expected a name of letters and digits, not anonymous")
        if not isinstance(values, dict):
            raise table.wrong(name, f"expected a table, not {values!r}")
        found[name] = _user(Table(table.file, values, f"users.{name}"))
    return found


def _user(table: Table) -> dict[str, Any]:
    way = table.one_of(_WAYS, least=1)
    return {
        "force": _forced,
        "forms": _forms,
        "token": _token,
        "headers": _headers,
        "guest": _guest,
    }[way](table)


def _forced(table: Table) -> dict[str, Any]:
    table.only(("force", "session"))
    found = {"force": _account(table, "force")}
    return {**found, "session": _plain(table, "session")}


def _forms(table: Table) -> dict[str, Any]:
    table.only(("forms", "account", "password"))
    forms = []
    for form in table.tables("forms"):
        form.only(("page", "fields"))
        form.need("fields", dict)
        page = {"page": form.path("page")} if "page" in form.values else {}
        forms.append({**page, "fields": form.texts("fields")})
    if not forms or "page" not in forms[0]:
        raise table.wrong("forms[1].page", "is missing; expected the path of the login page")
    if ("account" in table.values) != ("password" in table.values):
        missing = "password" if "account" in table.values else "account"
        raise table.wrong(missing, "is missing; account and password stand together")
    if "account" not in table.values:
        return {"forms": forms}
    password = str(table.get("password", str))
    return {"forms": forms, "account": _account(table, "account"), "password": password}


def _token(table: Table) -> dict[str, Any]:
    table.only(("token",))
    token = Table(table.file, table.get("token", dict), f"{table.where}.token")
    token.only(("page", "json", "form", "header", "value"))
    way = token.one_of(("json", "form"), least=1)
    fields = _plain(token, "json") if way == "json" else token.texts("form")
    found = {"page": token.path("page"), way: fields}
    for key in ("header", "value"):
        if key in token.values:
            found[key] = token.get(key, str)
    return {"token": found}


def _headers(table: Table) -> dict[str, Any]:
    table.only(("headers",))
    return {"headers": table.texts("headers")}


def _guest(table: Table) -> dict[str, Any]:
    table.only(("guest",))
    if table.get("guest", bool) is not True:
        raise table.wrong("guest", "expected true: somebody without an account who keeps cookies")
    return {"guest": True}


def _account(table: Table, key: str) -> Any:
    value = table.need(key, str, int, dict)
    return _plain(table, key) if isinstance(value, dict) else value


def _plain(table: Table, key: str) -> dict[str, Any]:
    """A table of what JSON has as well."""
    found: dict[str, Any] = table.get(key, dict, default={})
    for name, value in found.items():
        if not isinstance(value, (str, int, float, bool, list, dict)):
            raise table.wrong(f"{key}.{name}", f"expected a string or a number, not {value!r}")
    return found
