"""Migrations of a copy: making one, and applying those that its clone has not had."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hotclub.agent.worker import _database
from hotclub.agent.worker._errors import failure


def makemigrations(app: str, name: str) -> dict[str, Any]:
    """Run the project's ``makemigrations`` for one app.

    ``files`` are those that it wrote or changed beside the app's migrations, by path relative to
    the tree, the new migration first; ``operations`` what that does, as kind, name of the index,
    and words; ``vendors`` what keeps the app's tables.
    """
    from django.db.migrations.loader import MigrationLoader

    module = MigrationLoader.migrations_module(app)[0]
    folder = _folder(module)
    if folder is None:
        raise failure("migrations", f"the app {app} has no migrations of its own")
    before = _contents(folder)
    said = _run(app, name)
    after = _contents(folder)
    written = [path for path in after if before.get(path) != after[path]]
    sources = [path for path in written if path.suffix == ".py"]
    if len(sources) != 1 or sources[0] in before:
        raise failure("migrations", f"not one new file was written, but {len(sources)}: {said}")
    importlib.invalidate_caches()
    migration = importlib.import_module(f"{module}.{sources[0].stem}").Migration
    ordered = [*sources, *(path for path in written if path not in sources)]
    return {
        "files": {_relative(path): after[path].decode() for path in ordered},
        "operations": [_operation(operation) for operation in migration.operations],
        "vendors": _vendors(app),
    }


def _vendors(app: str) -> list[str]:
    from django.db import connections, router

    found = {connections[alias].vendor for alias in connections if router.allow_migrate(alias, app)}
    return sorted(found - {"unknown"})


def _run(app: str, name: str) -> str:
    """The command's words, in one line."""
    from django.core.management import CommandError, call_command

    said = io.StringIO()
    try:
        call_command(
            "makemigrations", app, name=name, interactive=False, verbosity=1,
            stdout=said, stderr=said,
        )  # fmt: skip
    except (CommandError, SystemExit) as error:
        told = " ".join(said.getvalue().split()) or str(error)
        raise failure("migrations", told) from error
    return " ".join(said.getvalue().split())


def _folder(module: str | None) -> Path | None:
    """Where an app's migrations are, if that is a package in the tree."""
    if not module:
        return None
    try:
        package = importlib.import_module(module)
    except ImportError:
        return None
    file = getattr(package, "__file__", None)
    folder = Path(file).parent if file else None
    inside = folder is not None and folder.is_relative_to(Path.cwd())
    return folder if inside else None


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _relative(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix()


def _operation(operation: Any) -> tuple[str, str, str]:
    kind = type(operation).__name__
    name = ""
    if kind == "AddIndex":
        name = str(operation.index.name)
    elif kind == "RemoveIndex":
        name = str(operation.name)
    elif kind == "AlterField":
        name = f"{operation.model_name}.{operation.name}".lower()
    return kind, name, str(operation.describe())


def migrate(analyze: bool = False, timed: bool = False) -> dict[str, Any]:
    """Apply to the clones what their tree's migrations add; ``ANALYZE`` them once more, those on
    servers also where a run is ``timed``."""
    from django.core.management import CommandError, call_command
    from django.db import Error, connections

    for alias in connections:
        if connections[alias].vendor == "unknown":
            continue
        said = io.StringIO()
        try:
            call_command(
                "migrate", database=alias, interactive=False, verbosity=0,
                stdout=said, stderr=said,
            )  # fmt: skip
            if analyze or (timed and connections[alias].vendor != "sqlite"):
                _database.analyze(connections[alias])
        except (CommandError, Error, SystemExit) as error:
            raise failure("migrations", f"the new migration cannot be applied: {error}") from error
    return {}


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "makemigrations": makemigrations,
    "migrate": migrate,
}
