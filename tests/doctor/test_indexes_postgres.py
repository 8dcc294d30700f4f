"""Missing indexes on PostgreSQL, the whole way: explained, made, measured, told, migrated."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hotclub.doctor import Diagnosis, Finding, Options, diagnose
from hotclub.fix import Migrations, plan, render
from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.doctor import bookshop, warehouse
from tests.postgres_server import TestServer, running


@dataclass(frozen=True)
class Done:
    """One run of the doctor, shared by the tests below."""

    root: Path
    server: TestServer
    workspace: Workspace
    diagnosis: Diagnosis


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    with running() as server:
        root = warehouse.create_on(server, tmp_path_factory.mktemp("warehouse"))
        with Workspace.create(Project.find(root, python=sys.executable)) as workspace:
            options = Options(max_seconds=60, index_seconds=120)
            diagnosis = diagnose(workspace.project, workspace, options)
            yield Done(root, server, workspace, diagnosis)


def by_fields(done: Done) -> dict[tuple[str, ...], Finding]:
    found = [finding for finding in done.diagnosis.findings if finding.code == "HC701"]
    return {finding.index.fields: finding for finding in found if finding.index}


def test_what_is_filtered_and_what_is_sorted_is_found(done: Done) -> None:
    parcels = {("number",), ("town", "sent"), ("sent",)}
    assert set(by_fields(done)) == {*parcels, ("opened",), ("code",), ("weight",)}
    assert not any("not looked for" in note for note in done.diagnosis.notes)


def test_the_evidence_is_work_and_time(done: Done) -> None:
    found = by_fields(done)["town", "sent"]
    index = found.index
    assert index is not None
    assert index.bytes > warehouse.ROWS * 8
    assert index.insert_us is not None and index.update_us is not None
    (statement,) = index.statements
    assert statement.decided_by == "work and time"
    assert statement.work_before and statement.work_before > warehouse.ROWS, "every row was read"
    assert statement.work_after and statement.work_after < 400, "twenty rows and their pages"
    assert statement.after_ms < statement.before_ms


def test_an_index_may_be_partial_cover_or_be_of_an_expression(done: Done) -> None:
    found = {fields: finding.index for fields, finding in by_fields(done).items()}
    opened, code, weight = (found[name,] for name in ("opened", "code", "weight"))
    assert opened and code and weight
    assert opened.condition == (("closed", "false"),) and opened.bytes < warehouse.ROWS * 4
    assert opened.arguments('"', "models") == (
        f'fields=["opened"], condition=models.Q(closed=False), name="{opened.name}"'
    )
    assert code.arguments('"', "models") == (f'models.functions.Upper("code"), name="{code.name}"')
    assert weight.include == ("opened",)
    made = plan(
        [f for f in by_fields(done).values() if f.model == "parcels.Case"],
        done.workspace.tree,
        django=(5, 2),
        migrate=Migrations(done.workspace),
    )
    assert made.refusals == () and len(made.fixes) == 3
    tree = done.workspace.branch("variants", render(made.fixes, done.workspace.tree))
    with done.workspace.child(tree=tree, run="variants") as child:
        child.call("migrate", timed=True)
        made_now = child.call("catalogue", alias="default", names=["parcels_case"])["indexes"]
    by_name = {one["name"]: one for one in made_now}
    assert by_name[opened.name]["condition"] == "(NOT closed)"
    assert by_name[weight.name]["include"] == ["opened"]
    assert by_name[code.name]["columns"] == [None]


def test_a_summary_is_small_and_serves_rows_that_lie_in_order(done: Done) -> None:
    statement = {"sql": 'SELECT * FROM "parcels_parcel" WHERE "number" = %s', "params": ["P00007"]}
    columns, table = [["number", False]], "parcels_parcel"
    with done.workspace.child(run="summary") as child:
        child.call("migrate", analyze=True)
        facts = child.call("tables", alias="default", names=[table])["tables"][table]
        assert facts["ordered"] == ["id", "number"], "the others are scattered"
        names = {"alias": "default", "table": table, "columns": columns}
        sizes = {
            pages: child.call("build", **names, name=f"made_{pages}", pages=pages)["bytes"]
            for pages in (0, 16)
        }
        assert sizes[16] * 10 < sizes[0]
        child.call("drop", alias="default", name="made_0")
        (plan,) = child.call("plans", alias="default", statements=[statement])["plans"]
        assert plan["indexes"] == ["made_16"]
        (work,) = child.call("work", alias="default", statements=[statement])["work"]
        assert work < warehouse.ROWS / 10
        again = child.call("tables", alias="default", names=[table])["tables"][table]
        assert ["number"] not in again["indexes"], "it sorts nothing, so one more may be wanted"


def test_a_summary_is_written_migrated_and_made(done: Done) -> None:
    found = by_fields(done)["number",]
    assert found.index is not None
    found = replace(found, index=replace(found.index, pages=16))
    planned = plan([found], done.workspace.tree, django=(5, 2), migrate=Migrations(done.workspace))
    assert planned.refusals == ()
    sources = render(planned.fixes, done.workspace.tree)
    models = sources["parcels/models.py"]
    assert "from django.contrib.postgres.indexes import BrinIndex\n" in models
    assert 'fields=["number"], autosummarize=True, pages_per_range=16, name=' in models
    tree = done.workspace.branch("summaries", sources)
    with done.workspace.child(tree=tree, run="summaries") as child:
        child.call("migrate", timed=True)
        made = child.call("catalogue", alias="default", names=["parcels_parcel"])["indexes"]
    assert [one["method"] for one in made if one["columns"] == ["number"]] == ["brin"]


def test_the_original_is_as_it_was(done: Done) -> None:
    assert done.workspace.untouched() == []
    assert not any("hotclub" in name for name in indexes(done))


def test_work_is_the_same_in_every_run_and_what_writes_is_taken_back(done: Done) -> None:
    scanned = 'SELECT * FROM "parcels_parcel" WHERE "sent" < %s ORDER BY "weight"'
    written = 'UPDATE "parcels_parcel" SET "weight" = 9 WHERE "number" = %s'
    statements = [
        {"sql": scanned, "params": [9]},
        {"sql": written, "params": ["P1"]},
        {"sql": "SELECT nothing", "params": []},
    ]
    with done.workspace.child(run="twice") as child:
        times = child.call("clock", alias="default", statements=statements)["ns"]
        assert [one is None for one in times] == [False, False, True]
        first, again = (
            child.call("work", alias="default", statements=statements) for _ in range(2)
        )
        assert first == again
        assert [one and one > warehouse.ROWS for one in first["work"]] == [True, True, None]
        (scan, write, error) = child.call("plans", alias="default", statements=statements)["plans"]
    assert (scan["scans"], scan["sorts"], scan["indexes"]) == (["parcels_parcel"], True, [])
    assert write["scans"] == ["parcels_parcel"] and "nothing" in error["error"]
    assert write["lines"][0] == "ModifyTable on parcels_parcel"


def test_the_indexes_that_are_there_are_known(done: Done) -> None:
    with done.workspace.child(run="catalogue") as child:
        answer = child.call("catalogue", alias="default", names=["parcels_parcel"])["indexes"]
    found = {tuple(one["columns"]): one for one in answer}
    assert set(found) == {("id",), ("bin",)}
    assert found["id",]["needed"] and not found["bin",]["needed"]
    assert found["bin",]["bytes"] > warehouse.ROWS and found["bin",]["method"] == "btree"
    assert (found["bin",]["condition"], found["bin",]["include"]) == ("", [])


def test_the_work_of_a_request_is_counted(done: Done) -> None:
    with done.workspace.child(run="counted") as child:
        counted = [child.request("/number/", work=True) for _ in range(2)]
        assert counted[1].work and counted[1].work > warehouse.ROWS
        assert counted[1].queries == 1, "what is run to count is not the page's"
        assert child.request("/number/").work is None


def test_the_migration_is_concurrent_and_can_be_taken_back(done: Done) -> None:
    found = by_fields(done)["town", "sent"]
    planned = plan([found], done.workspace.tree, django=(5, 2), migrate=Migrations(done.workspace))
    sources = render(planned.fixes, done.workspace.tree)
    text = sources["parcels/migrations/0002_add_indexes.py"]
    assert "from django.contrib.postgres.operations import AddIndexConcurrently\n" in text
    assert "    atomic = False\n" in text and "migrations.AddIndex" not in text
    for path, source in sources.items():
        (done.root / path).write_text(source)
    for target, there in (("0002", True), ("0001", False)):
        bookshop.run_manage(done.root, "migrate", "-v0", "parcels", target)
        assert ("parcels_parcel_town_sent_idx" in indexes(done)) is there
    checked = bookshop.run_manage(done.root, "makemigrations", "--check", "--dry-run")
    assert "No changes detected" in checked.stdout


def indexes(done: Done) -> list[str]:
    sql = "SELECT indexname FROM pg_indexes WHERE tablename = 'parcels_parcel';"
    return done.server.sql(sql, "warehouse")
