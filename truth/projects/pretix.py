"""pretix, with settings of its own: SQLite, no Redis, no Celery."""

from __future__ import annotations

import shutil
from pathlib import Path

from truth.projects._kit import Kit

REQUIREMENTS = ("pretix==2026.8.0", "Django==5.2.*", "setuptools")


def build(kit: Kit, fresh: bool) -> Path:
    """The checkout. Its two hundred migrations are run once, and the database is kept aside."""
    if fresh:
        shutil.rmtree(kit.tree, ignore_errors=True)
        shutil.copytree(kit.site, kit.tree)
        kit.take("pretix")
        (kit.tree / "data").mkdir()
        empty = kit.directory / "migrated.sqlite3"
        database = kit.tree / "data" / "db.sqlite3"
        if empty.exists():
            shutil.copyfile(empty, database)
        else:
            kit.django("migrate", "-v", "0")
            shutil.copyfile(database, empty)
        kit.fill()
        kit.commit("data/\n")
    return kit.tree
