"""Where tests make their databases: on the copies' server, or in the run's own directory.

Tests often have settings of their own, so an alias counts as the copied one only if its engine is
the same; another database of the same engine goes to the same server. The name of a test database
is always made from the copy's: the project's own name for it may be taken, by data that somebody
needs, where the copies are beside the original. Whatever leads to a server after all is refused
when Django connects: settings of an engine that was not copied, or that a test has put there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from hotclub.agent.recorder._hooks import Patcher, Patches
from hotclub.agent.worker import _redirect

_WHERE = ("HOST", "PORT", "USER")
_FILES = ("sqlite3", "spatialite", "dummy")


def redirect(databases: dict[str, Any], config: dict[str, Any]) -> None:
    """Put the copies' addresses in, and names for the databases that tests make."""
    for alias, database in databases.items():
        engine = str(database.get("ENGINE") or "")
        source = _source(alias, engine, config)
        tested = None
        if source is not None:
            address = config["databases"][source]
            _redirect.readdress(database, address, config["dropped_options"].get(source, ()))
            if "HOST" in address:
                tested = f"test_{address['NAME']}" + ("" if source == alias else f"_{alias}")
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
    return bool(name) and engine.endswith(_FILES) and "memory" not in name


def refusing(config: dict[str, Any]) -> Patcher:
    """Lets Django connect to the copies' servers alone, there to nothing but copies and what tests
    make beside them."""

    def patch(module: ModuleType, patches: Patches) -> None:
        patches.wrap(module.ConnectionHandler, "create_connection", make)

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def create_connection(handler: Any, alias: str) -> Any:
            database = handler.settings[alias]
            if not _is_copy(database, config):
                where = f"{database.get('NAME')} on {database.get('HOST') or 'a local socket'}"
                raise RuntimeError(f"hotclub: there is no copy of the database {alias!r}, {where}")
            return original(handler, alias)

        return create_connection

    return patch


def _is_copy(database: dict[str, Any], config: dict[str, Any]) -> bool:
    if str(database.get("ENGINE") or "").endswith(_FILES):
        return True
    name = str(database.get("NAME") or "")
    for copy in config["databases"].values():
        same = all(str(database.get(key) or "") == str(copy.get(key) or "") for key in _WHERE)
        if "HOST" in copy and same and name.removeprefix("test_").startswith(copy["NAME"]):
            return True
    return False
