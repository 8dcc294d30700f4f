"""Migrations of a branch are applied once, and every clone of those masters has them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Migrated, Workspace
from tests.postgres_server import TestServer
from tests.workspace.sample_postgres import Library

FILE = "books/migrations/0002_more.py"


def branch(workspace: Workspace, name: str, sql: str) -> Path:
    with workspace.child():  # the first one makes sure that the original has all migrations
        pass
    text = (
        "from django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('books', '0001_initial')]\n"
        f"    operations = [migrations.RunSQL({sql!r})]\n"
    )
    return workspace.branch(name, {FILE: text})


def indexes(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        return {name for (name,) in rows}


def test_what_a_tree_adds_is_applied_once(shared: Workspace) -> None:
    migrated = Migrated(shared)
    sql = "CREATE INDEX by_title ON books_book (title)"
    one, other = branch(shared, "one", sql), branch(shared, "other", sql)
    masters = migrated.masters(one, [FILE])
    assert masters is not None and migrated.masters(other, [FILE]) is masters
    for analyze in (False, True):
        with shared.child(other, "has it", analyze=analyze, masters=masters) as child:
            name = child.setup["databases"]["default"]["name"]
            assert child.request("/").status == 200
            assert "by_title" in indexes(Path(name)) and Path(name) != masters["default"]
        assert not Path(name).exists(), "a clone goes with its child"
    assert masters["default"].exists()
    with shared.child(run="has none") as child:
        name = child.setup["databases"]["default"]["name"]
        assert "by_title" not in indexes(Path(name))


def test_what_cannot_be_applied_is_said(shared: Workspace) -> None:
    tree = branch(shared, "wrong", "CREATE INDEX wrong ON nothing (title)")
    with pytest.raises(HotclubError, match="the new migration cannot be applied"):
        Migrated(shared).masters(tree, [FILE])


def test_clones_on_a_server_are_migrated_by_themselves(
    library: Library, filled: TestServer
) -> None:
    with Workspace.create(Project.find(library("app"))) as workspace:
        assert Migrated(workspace).masters(workspace.tree, []) is None
