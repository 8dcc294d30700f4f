"""Indexes are proved by time on the pages they are for, the migration applied to the clones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hotclub.doctor import Request
from hotclub.fix import Migrations, plan, render
from hotclub.project import Project
from hotclub.proof import Answer, Proof, Run, prove
from hotclub.proof._indexes import CONFIDENCE, _Page
from hotclub.proof._timing import timing
from hotclub.workspace import Workspace
from tests.doctor import warehouse

PAGES = ("/number/", "/newest/", "/bin/")


def request(path: str) -> Request:
    return Request(
        label=f"GET {path}",
        method="GET",
        path=path,
        query="",
        user=None,
        route=path,
        in_project=True,
    )


def steadily(ask: Callable[[Run, Request], Answer]) -> Callable[[Run, Request], Answer]:
    """As on a machine without noise: answers are real, the stop-watch is not, for a timing
    decides no test."""

    def asked(run: Run, request: Request) -> Answer:
        quick = request.path == "/number/" and run.masters is not None and run.name != "without"
        return replace(ask(run, request), milliseconds=1.0 if quick else 20.0)

    return asked


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "ask", steadily(Run.ask))
        yield from _proof(tmp_path_factory)


def _proof(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    root = warehouse.create(tmp_path_factory.mktemp("warehouse"))
    with Workspace.create(Project.find(root, python=sys.executable)) as workspace:
        findings = [
            warehouse.finding(workspace.tree, "number", labels=("GET /number/",)),
            warehouse.finding(workspace.tree, "weight", labels=("GET /bin/",)),
        ]
        planned = plan(findings, workspace.tree, django=(5, 2), migrate=Migrations(workspace))
        yield prove(workspace, planned.fixes, [request(path) for path in PAGES], render=render)
        assert workspace.untouched() == []


def test_one_that_makes_its_page_quicker_is_kept(proof: Proof) -> None:
    assert [fix.findings[0].index.fields for fix in proof.kept] == [("number",)]  # type: ignore[union-attr]
    (page,) = (page for page in proof.pages if page.label == "GET /number/")
    assert page.better and page.queries_before == page.queries_after == 1
    assert page.timing is not None and page.timing.after < page.timing.before


def test_one_that_does_not_is_rejected_with_its_numbers(proof: Proof) -> None:
    (lost,) = proof.rejected
    assert lost.fix.findings[0].index.fields == ("weight",)  # type: ignore[union-attr]
    assert "no page became quicker: GET /bin/ work " in lost.reason
    assert lost.reason.endswith("; decided by work")
    assert " ms " not in lost.reason, "where there is no less work nobody looks at the clock"


def test_the_evidence_is_told(proof: Proof) -> None:
    (judged,) = proof.judged
    assert judged.fix is proof.kept[0]
    assert judged.reason.startswith("GET /number/ work ")
    assert "20.0 → 1.0 ms with the index (×0.05" in judged.reason
    assert judged.reason.endswith("; decided by work and time")


@pytest.mark.parametrize(
    ("work", "ratio", "quicker"),
    [
        ((900, 100), 0.98, True),
        ((900, 100), 1.02, False),
        ((900, 900), 0.5, False),
        ((None, None), 0.5, True),
        ((None, None), 0.98, False),
    ],
)
def test_work_must_be_less_and_time_must_agree(
    work: tuple[int | None, int | None], ratio: float, quicker: bool
) -> None:
    found = _Page(*work, timing([(10.0, 10.0 * ratio)] * 10, CONFIDENCE))
    assert found.quicker is quicker


def test_the_sources_hold_what_was_kept_and_no_more(proof: Proof) -> None:
    migration = proof.sources["parcels/migrations/0002_add_indexes.py"]
    assert migration.count("AddIndex") == 1 and "parcels_number_idx" in migration
    assert "weight_idx" not in proof.sources["parcels/models.py"]


def test_every_response_was_compared(proof: Proof) -> None:
    assert {page.verdict.outcome for page in proof.pages} == {"equal"}
