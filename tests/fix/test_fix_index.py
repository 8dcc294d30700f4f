"""Indexes with their migrations: planned, rendered, shown, written and taken back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotclub.cli.bench import _before as before
from hotclub.errors import HotclubError
from hotclub.fix import (
    Destination,
    Migrations,
    Plan,
    changes,
    diff,
    last_fix,
    plan,
    render,
    undo,
    write_patch,
)
from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.doctor import bookshop, warehouse

MODELS, MIGRATION = "parcels/models.py", "parcels/migrations/0002_add_indexes.py"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = warehouse.create(tmp_path_factory.mktemp("warehouse"))
    with Workspace.create(Project.find(root, python=sys.executable)) as made:
        yield made


def planned(workspace: Workspace, *wanted: tuple[str, ...]) -> Plan:
    findings = [warehouse.finding(workspace.tree, *fields) for fields in wanted]
    return plan(findings, workspace.tree, django=(5, 2), migrate=Migrations(workspace))


@pytest.fixture(scope="module")
def two(workspace: Workspace) -> Plan:
    return planned(workspace, ("number",), ("-sent", "town"))


def test_each_index_is_a_fix_of_its_own(two: Plan) -> None:
    assert two.refusals == ()
    assert [fix.path for fix in two.fixes] == [MODELS, MODELS]
    assert "an index on -sent, town, and " + MIGRATION in two.fixes[1].summary


def test_model_and_migration_say_the_same(two: Plan, workspace: Workspace) -> None:
    sources = render(two.fixes, workspace.tree)
    assert set(sources) == {MODELS, MIGRATION}
    assert (
        'models.Index(fields=["-sent", "town"], name="parcels_sent_city_name_idx"),'
        in (sources[MODELS])
    )
    tree = workspace.branch("said", sources)
    done = bookshop.run_manage(tree, "makemigrations", "--check", "--dry-run")
    assert "No changes detected" in done.stdout


def test_any_of_them_alone_has_a_migration_of_its_own(two: Plan, workspace: Workspace) -> None:
    for number, fix in enumerate(two.fixes):
        sources = render([fix], workspace.tree)
        assert sources[MIGRATION].count("AddIndex") == 1
        tree = workspace.branch(f"alone-{number}", sources)
        done = bookshop.run_manage(tree, "makemigrations", "--check", "--dry-run")
        assert "No changes detected" in done.stdout


def test_the_diff_makes_the_file(two: Plan, workspace: Workspace, tmp_path: Path) -> None:
    sources = render(two.fixes, workspace.tree)
    assert f"--- /dev/null\n+++ b/{MIGRATION}\n" in diff(sources, workspace.tree)
    patch = write_patch(sources, workspace.tree, tmp_path)
    for command in (["patch", "-p1", "-i", str(patch)], ["git", "apply", str(patch)]):
        tree = workspace.branch(f"patched-by-{command[0]}", {})
        subprocess.run(command, cwd=tree, check=True, capture_output=True)
        assert {path: (tree / path).read_text() for path in sources} == sources


def test_written_and_taken_back(two: Plan, workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.branch("written", {})
    before = (root / MODELS).read_bytes()
    destination = Destination(root, tmp_path, write=True)
    wanted = changes(render(two.fixes, workspace.tree), workspace.tree)
    assert {change.path: change.before for change in wanted} == {MODELS: before, MIGRATION: None}
    destination.put(wanted)
    mode = (root / "parcels/migrations/0001_initial.py").stat().st_mode
    assert (root / MIGRATION).stat().st_mode == mode
    assert last_fix(tmp_path, root) == {MODELS: before.decode(), MIGRATION: None}
    assert set(undo(tmp_path, root)) == {MODELS, MIGRATION}
    assert (root / MODELS).read_bytes() == before and not (root / MIGRATION).exists()


def test_a_migration_that_came_meanwhile_is_not_lost(
    two: Plan, workspace: Workspace, tmp_path: Path
) -> None:
    root = workspace.branch("meanwhile", {})
    before = (root / MODELS).read_bytes()
    wanted = changes(render(two.fixes, workspace.tree), workspace.tree)
    (root / MIGRATION).write_text("mine")
    with pytest.raises(HotclubError, match="has come into being"):
        Destination(root, tmp_path, write=True).put(wanted)
    assert (root / MIGRATION).read_text() == "mine" and (root / MODELS).read_bytes() == before


def test_a_migration_that_was_edited_since_is_not_taken_back(
    two: Plan, workspace: Workspace, tmp_path: Path
) -> None:
    root = workspace.branch("edited", {})
    wanted = changes(render(two.fixes, workspace.tree), workspace.tree)
    Destination(root, tmp_path, write=True).put(wanted)
    (root / MIGRATION).write_text("mine")
    with pytest.raises(HotclubError, match="has changed since"):
        undo(tmp_path, root)
    assert last_fix(tmp_path, root) == {}
    assert (root / MIGRATION).read_text() == "mine"


def refusal(workspace: Workspace, tree: Path) -> str:
    """Why the finding is refused in this tree."""
    found = warehouse.finding(tree, "number")
    other = plan([found], tree, django=(5, 2), migrate=Elsewhere(workspace, tree))
    assert other.fixes == ()
    return other.refusals[0].reason


class Elsewhere(Migrations):
    """Makes migrations for another tree than the workspace's first one."""

    def __init__(self, workspace: Workspace, tree: Path) -> None:
        super().__init__(workspace)
        self.tree = tree

    def __call__(self, app, sources, names):  # type: ignore[no-untyped-def]
        others = {
            path.relative_to(self.tree).as_posix(): path.read_text()
            for path in self.tree.rglob("*.py")
        }
        return super().__call__(app, {**others, **sources}, names)


def test_other_changes_of_the_models_are_not_swept_along(workspace: Workspace) -> None:
    text = (
        (workspace.tree / MODELS)
        .read_text()
        .replace("weight = models.Int", "weight = models.BigInt")
    )
    tree = workspace.branch("pending", {MODELS: text})
    reason = refusal(workspace, tree)
    assert "would also record other changes" in reason and "Alter field weight" in reason


def test_a_question_of_makemigrations_is_no_hang(workspace: Workspace) -> None:
    text = (workspace.tree / MODELS).read_text()
    text = text.replace("    weight =", "    extra = models.IntegerField()\n    weight =")
    reason = refusal(workspace, workspace.branch("asking", {MODELS: text}))
    assert "makemigrations parcels does not run on a copy" in reason


def test_an_edit_that_breaks_the_project_is_refused(workspace: Workspace) -> None:
    tree = workspace.branch("broken", {"parcels/views.py": "1 / 0\n"})
    assert "ZeroDivisionError" in refusal(workspace, tree) or "division" in refusal(workspace, tree)


def test_what_the_doctor_cannot_place_is_refused(workspace: Workspace) -> None:
    here = warehouse.finding(workspace.tree, "number")
    for finding, why in (
        (replace(here, reason="an installed package"), "an installed package"),
        (replace(here, expression=()), "not known where"),
        (replace(here, expression=(replace(here.expression[0], sha256="0"),)), "has changed"),
    ):
        made = plan([finding], workspace.tree, django=(5, 2), migrate=Migrations(workspace))
        assert made.fixes == () and why in made.refusals[0].reason
    alone = plan([here], workspace.tree, django=(5, 2))
    assert "a migration is needed" in alone.refusals[0].reason


def test_the_tree_before_a_fix_lacks_what_the_fix_made(workspace: Workspace) -> None:
    made, kept = "parcels/migrations/0001_initial.py", "parcels/views.py"
    tree = before(workspace, {made: None, kept: "old = 1\n"})
    assert not (tree / made).exists() and (workspace.tree / made).exists()
    assert (tree / kept).read_text() == "old = 1\n"
