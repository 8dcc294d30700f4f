"""The tables, in both databases; each test begins with empty ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import postgres_server
from tests.pagination import books

from django.contrib.admin.models import LogEntry  # isort: skip  # after the settings
from django.contrib.auth.models import Group, Permission, User  # isort: skip
from django.contrib.contenttypes.models import ContentType  # isort: skip
from django.db import connections  # isort: skip


@pytest.fixture(scope="session")
def sqlite() -> Iterator[str]:
    with connections["default"].schema_editor() as editor:
        for model in (*books.TABLES, ContentType, Permission, Group, User, LogEntry):
            editor.create_model(model)
    yield "default"
    connections["default"].close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server.running() as server:
        server.sql("CREATE DATABASE pages;")
        address = {"HOST": str(server.directory), "PORT": str(server.port), "USER": "boss"}
        connections["postgres"].settings_dict.update(address)
        with connections["postgres"].schema_editor() as editor:
            for model in books.TABLES:
                editor.create_model(model)
        yield "postgres"
        connections["postgres"].close()


@pytest.fixture(params=["sqlite", "postgres"])
def alias(request: pytest.FixtureRequest) -> str:
    """Either database, empty."""
    name: Any = request.getfixturevalue(request.param)
    empty(name)
    return str(name)


def empty(alias: str) -> None:
    for model in (books.Book.tags.through, books.Book, books.Tag, books.Author):
        model.objects.using(alias).all().delete()
