"""Databases that the project's own tests make on MariaDB: under the copies' names only."""

from __future__ import annotations

import pytest

from hotclub.doctor import Options, OwnTests, silent
from hotclub.doctor.exercise import run_tests
from hotclub.project import Project
from hotclub.workspace import Workspace
from hotclub.workspace.mysql._dump import _names_itself
from tests.mariadb_server import TestServer
from tests.workspace.sample_mariadb import MariaLibrary

TESTS = """
from django.db import connection
from django.test import TestCase


class Where(TestCase):
    def test_where(self):
        assert connection.vendor == "mysql"
        assert connection.settings_dict["NAME"] == "test_original"
        assert self.client.get("/shown/?sql=SELECT+1").status_code == 200
"""


def test_they_are_made_where_the_copies_are(
    maria_library: MariaLibrary, maria_filled: TestServer
) -> None:
    root = maria_library("app")
    (root / "library" / "tests.py").write_text(TESTS)
    before = maria_filled.names()
    with Workspace.create(Project.find(root)) as workspace:
        recording = workspace.path("recordings", "tests.hclb")
        notes = run_tests(workspace, recording, Options(tests=OwnTests()), silent)
        assert notes == ["1 test was run: what only tests showed was not measured"]
        assert workspace.untouched() == [] and workspace.refusals() == []
    assert maria_filled.names() == before


@pytest.mark.parametrize(
    ("definition", "leads_back"),
    [
        (b"INSERT INTO shop.audit VALUES (1)", True),
        (b"INSERT INTO `shop`.`audit` VALUES (1)", True),
        (b"INSERT INTO audit VALUES ('shop')", False),
        (b"SELECT bookshop.id FROM bookshop", False),
        (b"-- Host: localhost    Database: shop", False),
    ],
)
def test_definitions_that_lead_back_to_the_original(definition: bytes, leads_back: bool) -> None:
    assert _names_itself(definition, "shop") is leads_back
