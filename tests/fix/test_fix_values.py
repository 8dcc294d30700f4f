"""Values for each instance on a real project: found, written, proved on rows that were added."""

from __future__ import annotations

import sys

from hotclub.doctor import Options, diagnose
from hotclub.fix import Known, plan, render
from hotclub.project import Project
from hotclub.proof import prove
from hotclub.workspace import Workspace
from tests.proof import shelves

QUICK = Options(max_requests=12, max_seconds=15, samples=1, rounds=1, index_seconds=1)


def test_values_become_annotations(tmp_path):
    root = shelves.create(tmp_path / "shelves")
    project = Project.find(root, python=sys.executable)
    with Workspace.create(project) as workspace:
        found = diagnose(project, workspace, QUICK)
        values = [one for one in found.findings if one.code == "HC301"]
        assert len(values) == 6
        planned = plan(values, workspace.tree, django=(5, 2), models=Known(workspace))
        assert not planned.refusals, [one.reason for one in planned.refusals]
        assert {fix.kind for fix in planned.fixes} == {"witnessed"}
        requests = [one for one in found.requests if one.path == "/counts/"]
        proof = prove(workspace, planned.fixes, requests, render=render)
    assert not proof.rejected, [one.reason for one in proof.rejected]
    assert len(proof.kept) == 6 and not proof.reservations
    page = proof.pages[0]
    assert (page.queries_before, page.queries_after) == (39, 2), "one is for the content type"
    text = proof.sources["books/views.py"]
    for name in (
        "books_count",
        "books_title_startswith_count",
        "notes_count",
        "seats_exists",
        "seats_max",
    ):
        assert f"a.{name}" in text and f"{name}=" in text
    assert page.verdict.outcome == "equal"
