"""Databases that the project's own tests make on PostgreSQL: under the copies' names only."""

from __future__ import annotations

import pytest

from hotclub.doctor import Options, OwnTests, silent
from hotclub.doctor.exercise import run_tests
from hotclub.project import Project
from hotclub.recording import Recording
from hotclub.workspace import Workspace
from tests.postgres_server import TestServer
from tests.workspace.sample_postgres import Library
from tests.workspace.sample_project import append

TESTS = """
from django.db import connection
from django.test import TestCase


class Where(TestCase):
    def test_where(self):
        assert connection.vendor == "postgresql"
        assert connection.settings_dict["NAME"].startswith("test_hotclub_")
        assert self.client.get("/search/").status_code == 200
"""


@pytest.mark.parametrize("user, place", [("app", ""), ("maker", "beside")])
def test_they_are_made_where_the_copies_are(
    library: Library, filled: TestServer, user: str, place: str, request: pytest.FixtureRequest
) -> None:
    root = library(user)
    (root / "library" / "tests.py").write_text(TESTS)
    append(root, 'DATABASES["default"]["TEST"] = {"NAME": "precious"}\n')
    filled.sql(f"CREATE DATABASE precious OWNER {user};")
    if place:
        request.getfixturevalue(place)
    try:
        with Workspace.create(Project.find(root)) as workspace:
            recording = workspace.path("recordings", "tests.hclb")
            notes = run_tests(workspace, recording, Options(tests=OwnTests()), silent)
            assert notes == ["1 test was run: what only tests showed was not measured"]
            assert [name for name in filled.names() if name.startswith("test_")] == []
            assert workspace.untouched() == [] and workspace.refusals() == []
            with Recording.open(recording) as opened:
                labels = {one.label for one in opened.requests()}
        assert labels == {"test|library.tests.Where.test_where"}
        assert "precious" in filled.names()
    finally:
        filled.sql("DROP DATABASE precious;")
