"""What is taken out of others' code, and what tells that it runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from truth._counts import told, wilson
from truth.unfix._reached import probed
from truth.unfix._removals import Removal, removals

SOURCE = """
from django.db.models import Prefetch


class TaskAdmin(ModelAdmin):
    list_select_related = ("project", "owner")


class Tasks(QuerySet):
    def listed(self):
        return (
            Task.objects.filter(open=True)
            .select_related("project__owner")
            .order_by("pk")
        )

    def all_of_it(self):
        tasks = Task.objects.prefetch_related("notes", Prefetch("files", to_attr="own"), "tags")
        return tasks.select_related().filter(pk__in=Task.objects.select_related("owner"))

    def none_of_it(self):
        return self.select_related(None).prefetch_related(*self.names)
"""


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Removal]:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/tasks.py").write_text(SOURCE)
    (tmp_path / "app/migrations").mkdir()
    (tmp_path / "app/migrations/one.py").write_text("x.select_related('y')\n")
    (tmp_path / "app/test_tasks.py").write_text("x.select_related('y')\n")
    return {one.text: one for one in removals(tmp_path)}


def test_each_argument_is_one(found: dict[str, Removal]) -> None:
    assert sorted(found) == sorted([
        '("project", "owner")', '"project__owner"', '"notes"', 'Prefetch("files", to_attr="own")',
        '"tags"', "", '"owner"',
    ])  # fmt: skip
    assert found['Prefetch("files", to_attr="own")'].lookup == "files"
    assert found['"project__owner"'].function == "Tasks.listed"
    assert len({one.key for one in found.values()}) == len(found)


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ('"project__owner"', ".select_related", ".filter(open=True)\n            .order_by"),
        ('"notes"', '"notes"', 'prefetch_related(Prefetch("files", to_attr="own"), "tags")'),
        ('Prefetch("files", to_attr="own")', "own", 'prefetch_related("notes", "tags")'),
        ('"tags"', '"tags"', 'prefetch_related("notes", Prefetch("files", to_attr="own"))'),
        ("", "tasks.select_related", "tasks.filter(pk__in"),
        ('"owner"', "Task.objects.select_related", "pk__in=Task.objects.all())"),
        ('("project", "owner")', "list_select_related = (\"", "list_select_related = ()"),
    ],
)  # fmt: skip
def test_the_rest_stays(found: dict[str, Removal], text: str, gone: str, left: str) -> None:
    assert gone in SOURCE and left not in SOURCE
    changed = found[text].apply(SOURCE)
    ast.parse(changed)
    within = changed if text != '"project__owner"' else changed.split("def all_of_it")[0]
    assert left in changed
    assert within.count(gone) < SOURCE.count(gone) or gone not in within


def test_probes_change_nothing_but_tell(found: dict[str, Removal], tmp_path: Path) -> None:
    source = probed(tmp_path, list(found.values()))["app/tasks.py"]
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    told_of = [call for call in calls if getattr(call.func, "attr", "") == "at"]
    assert len(told_of) == 4, "one for each call, not for each argument; none for the option"
    bare = source
    for number in range(len(found)):
        bare = bare.replace(f'__import__("truth_probe").at({number}, ', "(")
    assert ast.dump(ast.parse(bare)) == ast.dump(ast.parse(SOURCE))


def test_intervals_of_few() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert wilson(0, 0) == (0.0, 1.0)
    assert told(9, 10) == "9 of 10 = 90% (60–98%)" and told(0, 0) == "0 of 0"
