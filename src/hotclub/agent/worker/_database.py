"""Whether the databases can be reached and are as the project's migrations make them."""

from __future__ import annotations

from typing import Any

from hotclub.agent.worker._errors import Failure, describe, failure


def check(tree: str, migrations: bool) -> dict[str, Any]:
    """Connect to each database in use; returns ``{alias: {vendor, name}}``.

    Raises:
        Failure: of kind ``database`` or ``migrations``.
    """
    from django.db import connections

    found = {}
    for alias in connections:
        connection = connections[alias]
        if connection.vendor == "unknown":
            continue
        try:
            connection.ensure_connection()
        except Exception as error:
            message = f"the database {alias!r} cannot be reached"
            raise Failure(describe("database", error, tree, message)) from error
        found[alias] = {
            "vendor": connection.vendor,
            "name": str(connection.settings_dict["NAME"]),
        }
    if migrations and "default" in found:
        _check_migrations(tree)
    connections.close_all()
    return found


def analyze(connection: Any) -> None:
    """Have a database take statistics of its tables."""
    with connection.cursor() as cursor:
        if connection.vendor != "mysql":
            cursor.execute("ANALYZE")
            return
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"ANALYZE TABLE {connection.ops.quote_name(table)}")
            cursor.fetchall()


def _check_migrations(tree: str) -> None:
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connections["default"])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        raise Failure(describe("migrations", error, tree, "migrations cannot be read")) from error
    if plan:
        names = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
        more = ", …" if len(names) > 3 else ""
        count = "1 migration has" if len(names) == 1 else f"{len(names)} migrations have"
        raise failure(
            "migrations",
            f"{count} not been applied to the database ({', '.join(names[:3])}{more}); "
            "run `manage.py migrate`",
        )
