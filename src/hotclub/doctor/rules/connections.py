"""HC601: a connection to the database's server opened, and closed, for every request."""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._setting import place_of, sighting

CODE = "HC601"
TITLE = "a database connection opened for every request"
ADVICE = (
    "keep it: CONN_MAX_AGE with CONN_HEALTH_CHECKS, or OPTIONS['pool'] (psycopg, Django 5.1), "
    "unless a pooler stands on the same machine"
)
_FILES = ("sqlite3", "spatialite", "dummy")
"""Engines whose databases are no servers."""


def look(seen: Seen) -> Iterator[Sighting]:
    """Each database that a request opened a connection to, and will not keep."""
    place = place_of(seen, "DATABASES")
    asked = {query.alias for query in seen.queries}
    for alias, facts in seen.settings.get("databases", {}).items():
        engine = str(facts["engine"]).rpartition(".")[2]
        kept = facts["pool"] or facts["conn_max_age"] is None or facts["conn_max_age"] > 0
        if place is not None and alias in asked and not kept and engine not in _FILES:
            detail = f"CONN_MAX_AGE of {alias} ({engine}) is 0, and there is no pool"
            words = {"code": CODE, "title": TITLE, "advice": ADVICE, "detail": detail}
            yield sighting(seen, place, words)
