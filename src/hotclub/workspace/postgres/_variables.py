"""The environment's names for the original, turned to the copy.

Settings are read again in every child, so what they read must still be there; but it names the
copy: libpq's variables, URLs (``DATABASE_URL`` and the like), and in variables that speak of
databases (``POSTGRES_HOST``, ``DB_PASSWORD``) what is exactly the original's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from hotclub.workspace.postgres._address import LIBPQ, Address
from hotclub.workspace.postgres._copies import Clone
from hotclub.workspace.postgres._server import Login

SCHEMES = re.compile(r"(postgres|postgresql|postgis|pgsql|psql|timescale\w*)(\+\w+)?://", re.I)
NAMES = re.compile(r"DB|DATABASE|POSTGRES|PSQL|PGSQL|RDS", re.I)
_ADDRESS = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGDATABASE": "name",
}
_DROPPED = ("PGHOSTADDR", "PGSSLMODE", "PGREQUIRESSL", "PGREQUIREAUTH", "PGCHANNELBINDING",
            "PGGSSENCMODE", "PGREQUIREPEER", "PGTARGETSESSIONATTRS")  # fmt: skip


def redirected(
    seen: Mapping[str, str], clones: Mapping[str, Clone], run: Path
) -> dict[str, str | None]:
    """New values for variables; None takes one away. Writes service files that they name."""
    first = clones.get("default") or next(iter(clones.values()))
    login = first.public_login
    made: dict[str, str | None] = {
        name: _value(name, value, clones.values(), first) for name, value in seen.items()
    }
    made.update({name: getattr(login, part) or None for name, part in _ADDRESS.items()})
    if first.server.is_private:
        made.update(dict.fromkeys(_DROPPED))
    made["PGPASSFILE"] = str(run / "home" / ".pgpass")
    services = [seen.get("PGSERVICE", "")]
    services += [clone.original.address.options.get("service", "") for clone in clones.values()]
    if any(services):
        made["PGSERVICEFILE"] = str(_service_file(filter(None, services), login, run))
    return {name: value for name, value in made.items() if value != seen.get(name, "")}


def dropped_options(clone: Clone) -> list[str]:
    """Keys of a database's OPTIONS that lead to the original."""
    address = ["host", "port", "user", "password", "dbname", "service", "passfile", "hostaddr"]
    return [*address, *LIBPQ] if clone.server.is_private else address


def _value(name: str, value: str, clones: Iterable[Clone], first: Clone) -> str:
    if SCHEMES.match(value):
        return _url(value, clones, first)
    if NAMES.search(name) and not name.startswith("PG"):
        return _field(value, clones)
    return value


def _url(value: str, clones: Iterable[Clone], first: Clone) -> str:
    parts = urlsplit(value)
    name = unquote(parts.path.lstrip("/"))
    clone = next((c for c in clones if c.original.facts["database"] == name), first)
    login = clone.public_login
    user = quote(login.user, safe="")
    user += f":{quote(login.password, safe='')}" if login.password else ""
    host = quote(login.host, safe="") if login.host.startswith("/") else login.host
    host = f"[{host}]" if ":" in host else host
    options = [(key, text) for key, text in parse_qsl(parts.query) if key not in LIBPQ]
    query = f"?{urlencode(options)}" if options else ""
    return f"{parts.scheme}://{user}@{host}:{login.port}/{login.name}{query}"


def _field(value: str, clones: Iterable[Clone]) -> str:
    """A part of an original's address as the same part of its copy's; else as it is."""
    for clone in clones:
        address: Address = clone.original.address
        login: Login = clone.public_login
        for given, new in (
            (address.host, login.host),
            (address.port, login.port),
            (address.password, login.password),
            (address.name, login.name),
        ):
            if given and value == given:
                return new
    return value


def _service_file(services: Iterable[str], login: Login, run: Path) -> Path:
    path = run / "home" / ".pg_service.conf"
    fields = f"host={login.host}\nport={login.port}\nuser={login.user}\ndbname={login.name}\n"
    fields += f"password={login.password}\n" if login.password else ""
    path.touch(mode=0o600)
    path.write_text("".join(f"[{name}]\n{fields}" for name in dict.fromkeys(services)))
    return path
