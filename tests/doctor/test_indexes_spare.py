"""Indexes that are one too many: redundant, duplicate, unused (HC702 to HC704); only offered."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from hotclub.doctor import Diagnosis, Finding, Options, diagnose
from hotclub.doctor.indexes._existing import Existing
from hotclub.doctor.indexes.duplicate import duplicate
from hotclub.doctor.indexes.redundant import redundant
from hotclub.doctor.indexes.unused import unused
from hotclub.doctor.report import render as report
from hotclub.fix import Migrations, Plan, plan, render
from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.doctor import bookshop, warehouse

MODELS = warehouse.FILES["parcels/models.py"].replace(
    """
            def __str__(self):
                return self.number
""",
    """
            class Meta:
                indexes = [
                    models.Index(fields=["bin"], name="bin_again"),
                    models.Index(fields=["town", "sent"], name="town_sent"),
                    models.Index(fields=["town"], name="town_alone"),
                    models.Index(fields=["weight"], name="weight_idle"),
                ]

            def __str__(self):
                return self.number
""",
)


def index(name: str, *columns: str, **facts: object) -> Existing:
    keys = tuple(f"{column} 0" for column in columns)
    made = Existing("t", name, keys, columns, (), "", "btree", False, 4096, "Meta.indexes")
    return replace(made, **facts)  # type: ignore[arg-type]


A, AB, B = index("a", "a"), index("ab", "a", "b"), index("b", "b")


@pytest.mark.parametrize(
    ("indexes", "found"),
    [
        ([A, AB, B], {"a": "ab"}),
        ([replace(A, needed=True), AB], {}),
        ([A, replace(AB, needed=True)], {"a": "ab"}),
        ([A, replace(AB, table="u")], {}),
        ([A, replace(AB, condition="c > 1")], {}),
        ([replace(A, condition="c > 1"), replace(AB, condition="c > 1")], {"a": "ab"}),
        ([replace(A, keys=("a 1",)), AB], {}),
        ([replace(A, include=("c",)), AB], {}),
        ([replace(A, include=("b",)), AB], {"a": "ab"}),
        ([replace(A, method="gin"), AB], {}),
    ],
)
def test_redundant(indexes: list[Existing], found: dict[str, str]) -> None:
    assert {s.index.name: s.instead.name for s in redundant(indexes) if s.instead} == found


@pytest.mark.parametrize(
    ("indexes", "found"),
    [
        ([A, replace(A, name="z")], {"z": "a"}),
        ([A, replace(A, name="z", declared="field")], {"a": "z"}),
        ([A, replace(A, name="z", needed=True)], {"a": "z"}),
        ([replace(A, needed=True), replace(A, name="z", needed=True)], {}),
        ([A, replace(A, name="z", condition="c > 1")], {}),
        ([A, replace(A, name="y"), replace(A, name="z")], {"z": "a", "y": "a"}),
    ],
)
def test_duplicate(indexes: list[Existing], found: dict[str, str]) -> None:
    assert {s.index.name: s.instead.name for s in duplicate(indexes) if s.instead} == found


def test_unused() -> None:
    key, made = replace(B, name="key", declared="key"), replace(B, name="made", declared="")
    unique = replace(B, name="unique", needed=True)
    given = [A, B, key, made, unique]
    assert [spare.index.name for spare in unused(given, {"a"}, {"t": 3})] == ["b"]
    assert list(unused(given, set(), {"u": 3})) == [], "nothing was seen of the table"


@dataclass(frozen=True)
class Done:
    """One run of the doctor, and what would be done about it."""

    root: Path
    workspace: Workspace
    diagnosis: Diagnosis
    planned: Plan


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = warehouse.create(tmp_path_factory.mktemp("warehouse"), parcels__models=MODELS)
    with Workspace.create(Project.find(root, python=sys.executable)) as workspace:
        diagnosis = diagnose(workspace.project, workspace, Options(max_requests=20))
        indexes = [f for f in diagnosis.findings if f.code.startswith("HC7")]
        planned = plan(indexes, workspace.tree, django=(5, 2), migrate=Migrations(workspace))
        yield Done(root, workspace, diagnosis, planned)


def by_name(done: Done) -> dict[str, Finding]:
    return {f.spare.name: f for f in done.diagnosis.findings if f.spare}


def test_each_is_seen_once_with_its_reason(done: Done) -> None:
    found = by_name(done)
    assert {name: finding.code for name, finding in found.items()} == {
        "bin_again": "HC703",
        "town_alone": "HC702",
        "weight_idle": "HC704",
    }
    town = found["town_alone"].spare
    assert town is not None and town.instead == "town_sent"
    assert (town.columns, town.instead_columns) == (("city_name",), ("city_name", "sent"))
    assert town.bytes > warehouse.ROWS


def test_it_is_told_softly(done: Done) -> None:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    report(done.diagnosis, done.workspace.tree, console, everything=True)
    text = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "what was not seen may well use it" in text
    assert "beside town_sent (city_name, sent)" in text
    assert "Take weight_idle out of Meta.indexes, with a migration" in text


def test_dropping_is_only_offered(done: Done) -> None:
    assert {fix.findings[0].code for fix in done.planned.offered} == {"HC702", "HC703", "HC704"}
    assert {fix.findings[0].code for fix in done.planned.unasked} == {"HC701"}
    assert done.planned.refusals == ()


def test_model_and_migration_say_the_same(done: Done) -> None:
    (fix,) = (f for f in done.planned.offered if f.findings[0].code == "HC702")
    sources = render([fix], done.workspace.tree)
    migration = sources["parcels/migrations/0002_remove_indexes.py"]
    assert migration.count("RemoveIndex") == 1 and "town_alone" in migration
    assert not any(line.isspace() for line in migration.splitlines())
    assert "town_alone" not in sources["parcels/models.py"]
    assert_clean(done, "one", sources)


def test_what_is_made_and_what_is_dropped_come_one_after_another(done: Done) -> None:
    sources = render(done.planned.fixes, done.workspace.tree)
    names = {Path(path).name for path in sources}
    assert names == {"models.py", "0002_add_indexes.py", "0003_remove_indexes.py"}
    second = sources["parcels/migrations/0003_remove_indexes.py"].replace("'", '"')
    assert '("parcels", "0002_add_indexes")' in second
    tree = assert_clean(done, "all", sources)
    for target in ("0003", "0001"):
        bookshop.run_manage(tree, "migrate", "-v0", "parcels", target)


def assert_clean(done: Done, name: str, sources: dict[str, str]) -> Path:
    tree = done.workspace.branch(name, sources)
    (tree / "db.sqlite3").write_bytes((done.root / "db.sqlite3").read_bytes())
    checked = bookshop.run_manage(tree, "makemigrations", "--check", "--dry-run")
    assert "No changes detected" in checked.stdout
    return tree


@pytest.mark.parametrize(
    ("written", "column", "expected"),
    [
        ("models.IntegerField(db_index=True)", "field", "models.IntegerField()"),
        (
            "models.IntegerField(db_index=True, null=True)",
            "field",
            "models.IntegerField(null=True)",
        ),
        (
            "models.IntegerField(null=True, db_index=True)",
            "field",
            "models.IntegerField(null=True)",
        ),
        ("models.ForeignKey(Label, 0)", "key", "models.ForeignKey(Label, 0, db_index=False)"),
        ("models.IntegerField(db_index=INDEXED)", "field", None),
        ("make_field()", "field", None),
    ],
)
def test_fields(written: str, column: str, expected: str | None, tmp_path: Path) -> None:
    before = f"class Parcel(models.Model):\n    weight = {written}\n"
    found = warehouse.spare(tmp_path, before, declared=column, field="weight")
    made = plan([found], tmp_path, django=(5, 2), migrate=Recorded())  # type: ignore[arg-type]
    if expected is None:
        assert "not written out with its index" in made.refusals[0].reason
    else:
        text = render(made.fixes, tmp_path)["parcels/models.py"]
        assert text == before.replace(written, expected)


class Recorded:
    """Stands for ``makemigrations``, which these models are too small for."""

    def drop(self, app: str, sources: dict[str, str], names: list[str]) -> dict[str, str]:
        assert (app, names) == ("parcels", ["parcel.weight"])
        text = "operations = [AlterField(model_name='parcel', name='weight', field=None)]\n"
        return {"parcels/migrations/0002_remove_indexes.py": text}
