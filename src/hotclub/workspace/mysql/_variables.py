"""The environment's names for the original, turned to the copy."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hotclub.workspace._login import Names
from hotclub.workspace.mysql._address import OPTIONS
from hotclub.workspace.mysql._copies import Clone

_NAMES = Names(
    re.compile(r"(mysql|mariadb|mysql2|mysqlgis)(\+\w+)?://", re.I),
    re.compile(r"DB|DATABASE|MYSQL|MARIA|RDS", re.I),
    OPTIONS,
)
_ADDRESS = {"MYSQL_HOST": "host", "MYSQL_TCP_PORT": "port", "MYSQL_PWD": "password"}


def redirected(seen: Mapping[str, str], clones: Mapping[str, Clone]) -> dict[str, str | None]:
    """New values for variables; None takes one away."""
    first = clones.get("default") or next(iter(clones.values()))
    made: dict[str, str | None] = {
        name: _NAMES.renamed(name, value, clones.values(), first) for name, value in seen.items()
    }
    for name, part in _ADDRESS.items():
        if name in seen:
            made[name] = getattr(first.public_login, part) or None
    if "MYSQL_UNIX_PORT" in seen:
        made["MYSQL_UNIX_PORT"] = None
    return {name: value for name, value in made.items() if value != seen.get(name, "")}


def dropped_options(clone: Clone) -> list[str]:
    """Keys of a database's OPTIONS that lead to the original."""
    kept = () if clone.server.is_private else tuple(key for key in OPTIONS if "ssl" in key)
    return [key for key in OPTIONS if key not in kept]
