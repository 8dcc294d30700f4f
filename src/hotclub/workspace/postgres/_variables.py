"""The environment's names for the original, libpq's among them, turned to the copy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from hotclub.workspace._login import Login, Names
from hotclub.workspace.postgres._address import LIBPQ
from hotclub.workspace.postgres._copies import Clone

_NAMES = Names(
    re.compile(r"(postgres|postgresql|postgis|pgsql|psql|timescale\w*)(\+\w+)?://", re.I),
    re.compile(r"^(?!PG).*(DB|DATABASE|POSTGRES|PSQL|PGSQL|RDS)", re.I),
    LIBPQ,
)
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
        name: _NAMES.renamed(name, value, clones.values(), first) for name, value in seen.items()
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


def _service_file(services: Iterable[str], login: Login, run: Path) -> Path:
    path = run / "home" / ".pg_service.conf"
    fields = f"host={login.host}\nport={login.port}\nuser={login.user}\ndbname={login.name}\n"
    fields += f"password={login.password}\n" if login.password else ""
    path.touch(mode=0o600)
    path.write_text("".join(f"[{name}]\n{fields}" for name in dict.fromkeys(services)))
    return path
