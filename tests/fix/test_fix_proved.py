"""Offered edits and look-ups by keys on a real project: found, written, proved."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from hotclub.cli._fix_offers import Choice
from hotclub.doctor import Diagnosis, Options, diagnose
from hotclub.fix import Fix, Known, Plan, plan, render
from hotclub.project import Project
from hotclub.proof import prove
from hotclub.proof._trial import Trials
from hotclub.workspace import Workspace
from tests.fix import ledger
from tests.proof import shelves

QUICK = Options(max_requests=20, max_seconds=15, samples=1, rounds=1, index_seconds=1)
OFFERED = {
    "HC105": ['Entry.objects.order_by("pk")\n    return HttpResponse("; ".join(entry.name for'],
    "HC401": ['    account.total = F("total") + (1 + 1)\n', "import F\n"],
    "HC402": ["[entry.name for entry in rows.filter(active=True)]"],
    "HC406": [
        '    tag_rows.append(Tag(name=f"tag {number}"))\n    Tag.objects.bulk_create(tag_rows)\n',
        "    Tag.objects.all().update(seen=True)\n",
        "    Tag.objects.filter(name__startswith=\"old\").delete()\n",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = ledger.create(tmp_path_factory.mktemp("ledger"))
    with Workspace.create(Project.find(root, python=sys.executable)) as made:
        yield made


@pytest.fixture(scope="module")
def found(workspace: Workspace) -> Diagnosis:
    return diagnose(workspace.project, workspace, QUICK)


@pytest.fixture(scope="module")
def planned(found: Diagnosis, workspace: Workspace) -> Plan:
    codes = {*OFFERED, "HC109"}
    findings = [one for one in found.findings if one.code in codes]
    assert {one.code for one in findings} == codes
    made = plan(findings, workspace.tree, django=(5, 2), models=Known(workspace))
    assert not made.refusals, [one.reason for one in made.refusals]
    return made


def of(planned: Plan, code: str) -> list[Fix]:
    return [fix for fix in planned.fixes if fix.findings[0].code == code]


def test_only_what_is_not_offered_lands_unasked(planned: Plan, workspace: Workspace) -> None:
    chosen = Choice.of(planned, [], workspace.tree)
    assert [fix.kind for fix in chosen.fixes] == ["witnessed"]
    assert {fix.findings[0].code for fix in chosen.left} == set(OFFERED)
    assert len(chosen.left) == sum(map(len, OFFERED.values())) - 1, "one has two pieces of text"


@pytest.mark.parametrize("code", OFFERED)
def test_what_is_offered_is_written_when_asked_for(
    code: str, planned: Plan, workspace: Workspace
) -> None:
    chosen = Choice.of(planned, [code], workspace.tree)
    text = render(chosen.fixes, workspace.tree)["ledger/views.py"]
    for piece in OFFERED[code]:
        assert piece in text


def test_all_together_are_proved(planned: Plan, found: Diagnosis, workspace: Workspace) -> None:
    proof = prove(workspace, planned.fixes, found.requests, render=render)
    assert not proof.rejected, [one.reason for one in proof.rejected]
    assert not proof.reservations, [one.reason for one in proof.reservations]
    queries = {page.label: (page.queries_before, page.queries_after) for page in proof.pages}
    assert queries["GET /picked/"] == (7, 2)
    assert queries["GET /made/"][1] < 5 and queries["GET /marked/"][1] == 1


@pytest.mark.parametrize("target", ["/bump/", "/made/", "/marked/", "/gone/"])
def test_the_database_holds_the_same(target: str, planned: Plan, workspace: Workspace) -> None:
    requests = [shelves.request(target, "POST")]
    trials = Trials(workspace, requests, render, lambda *_: None)
    fixes = [*of(planned, "HC401"), *of(planned, "HC406")]
    assert trials.complaint(fixes) is None
    assert trials.outcome(fixes).verdicts[0].outcome == "equal"


def test_what_models_do_beside_writing_a_row(workspace: Workspace) -> None:
    known = Known(workspace)
    assert not any(known("ledger.Tag").hooks.values())
    watched = known("ledger.Watched").hooks
    assert watched["save"] == watched["create"] == ["Watched.save()"]
    assert watched["update"] == [
        "Watched.save()", "the new value of changed", "the new value of file",
    ]  # fmt: skip
    assert watched["delete"] == ["Watched.delete()"]
    special = known("ledger.Special").hooks
    assert special["save"] == ["a receiver of post_save"]
    assert special["create"] == ["a receiver of post_save", "the row in ledger_account"]
    kept = known("ledger.Kept").hooks
    assert kept["create"] == ["Numbered.create()"] and not kept["save"] + kept["delete"]
    for name in ("bulk_create", "bulk_update", "bulk_delete"):
        assert f"KeptRows.{name.replace('bulk_delete', 'delete')}()" in kept[name]
    columns = known("ledger.Kept").columns
    assert [columns[name].type for name in ("coded", "secret", "place", "number")] == [
        "", "", "text by a collation", "IntegerField",
    ]  # fmt: skip
    columns = known("ledger.Entry").columns
    assert columns["active"] == ("BooleanField", False)
    assert columns["account_id"] == columns["account"] == ("ForeignKey", False)


def test_rows_that_are_looked_up_can_be_taken_away(workspace: Workspace) -> None:
    step = {"model": "ledger.Entry", "relation": "in_bulk()", "kind": "keys"}
    with workspace.child(run="rows") as child:
        wanted = [{**step, "needs": ["missing", "twice"], "owners": ["3", "5"]}]
        told = child.call("add_witnesses", steps=wanted)["told"]
    assert told == ["twice: the keys are given by who asks"]
