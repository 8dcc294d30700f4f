"""Where tests make their databases: on the copies' server, or in the run's own directory.

Tests often have settings of their own, so an alias counts as the copied one only if its engine is
the same; another database of the same engine goes to the same server. The name of a test database
is always made from the copy's: the project's own name for it may be taken, by data that somebody
needs, where the copies are beside the original.
"""

from __future__ import annotations

import os
from typing import Any

from hotclub.agent.worker import _redirect


def redirect(databases: dict[str, Any], config: dict[str, Any]) -> None:
    """Put the copies' addresses in, and names for the databases that tests make."""
    for alias, database in databases.items():
        engine = str(database.get("ENGINE") or "")
        source = _source(alias, engine, config)
        tested = None
        if source is not None:
            address = config["databases"][source]
            own = source == alias
            given = address if own else {k: v for k, v in address.items() if k != "NAME"}
            _redirect.readdress(database, given, config["dropped_options"].get(source, ()))
            if "HOST" in address:
                tested = f"test_{address['NAME']}" + ("" if own else f"_{alias}")
        if _is_file(engine, database):
            tested = os.path.join(config["run"], "databases", f"test-{alias}.sqlite3")
        if tested is not None:
            database["TEST"] = {**(database.get("TEST") or {}), "NAME": tested}


def _source(alias: str, engine: str, config: dict[str, Any]) -> str | None:
    """The copied alias that takes this one's place, or on whose server it may be."""
    copies, engines = config["databases"], config["engines"]
    if alias in copies and engines.get(alias) == engine:
        return alias
    servers = (one for one, address in copies.items() if "HOST" in address)
    return next((one for one in servers if engines.get(one) == engine), None)


def _is_file(engine: str, database: dict[str, Any]) -> bool:
    """Whether tests make a file of SQLite's; without a name they make one in memory."""
    name = str((database.get("TEST") or {}).get("NAME") or "")
    return bool(name) and engine.endswith(("sqlite3", "spatialite")) and "memory" not in name
