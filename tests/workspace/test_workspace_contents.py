"""Digests of what copies hold: the same for the same, whoever copied it and when."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.mariadb_server import TestServer as MariaServer
from tests.postgres_server import TestServer as PostgresServer
from tests.workspace.sample_mariadb import MariaLibrary
from tests.workspace.sample_postgres import Library


def contents(root: Path) -> dict[str, str]:
    with Workspace.create(Project.find(root)) as workspace:
        return workspace.contents()


def assert_told(root: Path, change: Callable[[], object], undo: Callable[[], object]) -> None:
    """The same twice, and something else after the change."""
    before = contents(root)
    assert list(before) == ["default"]
    assert contents(root) == before
    change()
    try:
        assert contents(root) != before
    finally:
        undo()


def test_of_a_file(root: Path) -> None:
    def change() -> None:
        with contextlib.closing(sqlite3.connect(root / "db.sqlite3", isolation_level=None)) as db:
            db.execute("UPDATE books_author SET name = 'another' WHERE id = 1")

    assert_told(root, change, lambda: None)


@pytest.mark.parametrize("user, place", [("app", ""), ("maker", "beside")])
def test_of_postgresql(
    library: Library, filled: PostgresServer, user: str, place: str, request: pytest.FixtureRequest
) -> None:
    root = library(user)
    if place:
        request.getfixturevalue(place)
    assert_told(
        root,
        lambda: filled.sql("UPDATE books_author SET name = name || '.' WHERE id = 1;", "original"),
        lambda: filled.sql(
            "UPDATE books_author SET name = rtrim(name, '.') WHERE id = 1;", "original"
        ),
    )


@pytest.mark.parametrize("user, place", [("app", ""), ("maker", "maria_beside")])
def test_of_mariadb(
    maria_library: MariaLibrary,
    maria_filled: MariaServer,
    user: str,
    place: str,
    request: pytest.FixtureRequest,
) -> None:
    root = maria_library(user)
    if place:
        request.getfixturevalue(place)
    assert_told(
        root,
        lambda: maria_filled.sql(
            "UPDATE books_author SET name = CONCAT(name, '.') WHERE id = 1;", "original"
        ),
        lambda: maria_filled.sql(
            "UPDATE books_author SET name = TRIM(TRAILING '.' FROM name) WHERE id = 1;", "original"
        ),
    )
