"""Long lists from the crawl to the proof: found, offered, and proved when asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hotclub import fix
from hotclub.cli._fix_requests import replayed
from hotclub.doctor import Options, diagnose
from hotclub.project import Project
from hotclub.proof import prove
from hotclub.workspace import Workspace
from tests.doctor import archive


@pytest.mark.slow
def test_a_project_with_long_lists(tmp_path: Path) -> None:
    """The pages that show lists whole, and the last of those that do not; a page that shows no
    links is the same by key, with a query less; a part of a list is not the list."""
    project = Project.find(archive.create(tmp_path), python=sys.executable)
    with Workspace.create(project) as workspace:
        diagnosis = diagnose(project, workspace, Options(samples=1, index_seconds=0.01))
        # HC502 is a matter of time, and so are indexes
        found = [one for one in diagnosis.findings if one.code in ("HC501", "HC503")]
        planned = fix.plan(found, workspace.tree, django=(5, 2))
        requests = replayed(diagnosis, planned.fixes)
        proof = prove(workspace, planned.fixes, requests, render=fix.render)
    assert {(one.code, one.expression[0].qualname, *one.evidence.requests) for one in found} == {
        ("HC501", "whole", "GET /whole/"),
        ("HC501", "LetterList", "GET /list/"),
        ("HC503", "PagedList", "GET /paged/?page=250"),
        ("HC503", "LetterApi", "GET /api/?page=250"),
    }
    assert planned.fixes == planned.offered
    assert [one.place.qualname for one in proof.kept] == ["PagedList"]
    assert [one.fix.place.qualname for one in proof.rejected] == ["LetterList"]
    assert "paginator_class = KeysetPaginator\n" in proof.sources["archive/views.py"]
    paged = {page.label: page for page in proof.pages}["GET /paged/?page=250"]
    assert (paged.queries_before, paged.queries_after) == (2, 1)
