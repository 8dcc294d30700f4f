"""Missing indexes, the whole way: crawled, explained, made on a copy, measured, told."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from hotclub.agent.worker._measuring import STEPS
from hotclub.doctor import Diagnosis, Finding, Options, diagnose, examine
from hotclub.doctor.diagnosis import silent
from hotclub.doctor.indexes import missing, remember
from hotclub.doctor.indexes._remembered import KEY
from hotclub.doctor.report import render
from hotclub.project import Project
from hotclub.recording import write_meta
from hotclub.workspace import Workspace
from tests.doctor import warehouse


@dataclass(frozen=True)
class Done:
    """One run of the doctor, shared by the tests below."""

    root: Path
    workspace: Workspace
    diagnosis: Diagnosis


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = warehouse.create(tmp_path_factory.mktemp("warehouse"))
    with Workspace.create(Project.find(root, python=sys.executable)) as workspace:
        diagnosis = diagnose(workspace.project, workspace, Options(max_seconds=60))
        yield Done(root, workspace, diagnosis)


def by_fields(done: Done) -> dict[tuple[str, ...], Finding]:
    found = [finding for finding in done.diagnosis.findings if finding.code == "HC701"]
    return {finding.index.fields: finding for finding in found if finding.index}


def test_what_is_filtered_and_what_is_sorted_is_found(done: Done) -> None:
    assert set(by_fields(done)) == {("number",), ("town", "sent"), ("sent",)}
    assert not any("not looked for" in note for note in done.diagnosis.notes)


def test_the_place_is_the_models_class(done: Done) -> None:
    place = by_fields(done)["number",].place
    assert place is not None
    lines = (done.root / "parcels/models.py").read_text().splitlines()
    assert (place.kind, place.path, place.qualname) == ("class", "parcels/models.py", "Parcel")
    assert lines[place.line - 1] == "class Parcel(models.Model):"
    found = by_fields(done)["number",]
    assert (found.model, found.reason, found.stale) == ("parcels.Parcel", "", False)
    assert found.trigger[0].path == "parcels/views.py" and found.trigger[0].qualname == "number"


def test_the_evidence_is_measured(done: Done) -> None:
    found = by_fields(done)["town", "sent"]
    index = found.index
    assert index is not None
    assert (index.table, index.columns) == ("parcels_parcel", ("city_name", "sent"))
    assert index.name == "parcels_parcel_town_sent_idx"
    assert index.bytes > warehouse.ROWS * 8
    assert index.insert_us is not None and index.update_us is not None
    (statement,) = index.statements
    assert '"city_name" = %s' in statement.sql and statement.runs == 1
    assert statement.after_ms < statement.before_ms
    assert statement.decided_by == "work and time"
    assert statement.work_before and statement.work_before > warehouse.ROWS, "every row was read"
    assert statement.work_after and statement.work_after < 1000, "twenty rows"
    assert set(found.evidence.requests) == {"GET /city/", "GET /city/?town=Town7"}
    assert found.evidence.table_rows == warehouse.ROWS
    assert found.measured and 0 < found.gain_ms <= found.cost_ms
    assert found.queries_saved == 0


def test_it_is_json_and_text_beside_the_others(done: Done) -> None:
    told = json.loads(json.dumps(done.diagnosis.as_json()))
    told_of = {tuple(one["index"]["fields"]) for one in told["findings"] if one["index"]}
    assert told_of == set(by_fields(done))
    assert told["indexes"]["missing"] == 3 and told["indexes"]["statements"] >= 3
    assert told["indexes"]["after_ms"] < told["indexes"]["before_ms"]
    for width in (60, 120):
        console = Console(file=io.StringIO(), width=width, color_system=None)
        render(done.diagnosis, done.workspace.tree, console, everything=True)
        assert isinstance(console.file, io.StringIO)
        text = " ".join(console.file.getvalue().split())
        assert "filtered or sorted without an index on town, sent: 1 query" in text
        assert "Parcel.Meta.indexes (parcels/models.py:8)" in text
        assert "µs more for each insert" in text
        assert "of them indexes" in text
        assert "decided by work and time" in text
        assert 'models.Index(fields=["number"], name="parcels_parcel_number_idx")' in text


def test_work_is_the_same_in_every_run_and_what_writes_is_taken_back(done: Done) -> None:
    scanned = 'SELECT * FROM "parcels_parcel" WHERE "sent" < %s ORDER BY "weight"'
    written = 'UPDATE "parcels_parcel" SET "weight" = 9 WHERE "number" = %s'
    statements = [
        {"sql": scanned, "params": [9]},
        {"sql": written, "params": ["P00001"]},
        {"sql": "SELECT nothing", "params": []},
    ]
    with done.workspace.child(run="twice") as child:
        first, again = (
            child.call("work", alias="default", statements=statements)["work"] for _ in range(2)
        )
        assert [one and one > warehouse.ROWS for one in first] == [True, True, None]
        assert all(abs(a - b) <= STEPS for a, b in zip(first[:2], again[:2], strict=True))
        times = child.call("clock", alias="default", statements=statements)["ns"]
        assert [one is None for one in times] == [False, False, True]
        (scan, write, error) = child.call("plans", alias="default", statements=statements)["plans"]
    assert (scan["scans"], scan["sorts"], scan["indexes"]) == (["parcels_parcel"], True, [])
    assert write["scans"] == ["parcels_parcel"] and "nothing" in error["error"]


def forgetful(recording: Path, directory: Path) -> Path:
    """A copy of a recording that does not say which indexes were found."""
    copy = directory / "forgetful.hclb"
    shutil.copyfile(recording, copy)
    write_meta(copy, KEY, "{}")
    return copy


def test_a_recording_of_before_is_enough(done: Done, tmp_path: Path) -> None:
    remembering, light = done.diagnosis.recordings
    recording = forgetful(remembering, tmp_path)
    again = examine(recording, done.root, done.workspace)
    found = {f.index.fields for f in again.findings if f.index}
    assert found == set(by_fields(done))
    for path, workspace, why in (
        (recording, None, "the disk is full"),
        (light, done.workspace, "the recording has no statements with their values"),
    ):
        without = examine(path, done.root, workspace, why_not="the disk is full")
        assert not any(f.index for f in without.findings)
        assert any(f"indexes were not looked for: {why}" in note for note in without.notes)


def test_what_was_found_is_not_tried_again(done: Done) -> None:
    found = missing(done.workspace, done.diagnosis.recordings[0], silent, seconds=0.0)
    told = [finding for finding in done.diagnosis.findings if finding.index or finding.spare]
    assert len(told) >= 3
    assert sorted(found.findings, key=repr) == sorted(told, key=repr)


def test_another_copy_has_the_same_models_and_indexes(done: Done) -> None:
    recording = done.diagnosis.recordings[0]
    with Workspace.create(done.workspace.project) as workspace:
        found = missing(workspace, recording, silent, seconds=0.0)
    assert {f.index.fields for f in found.findings if f.index} == set(by_fields(done))


def test_without_a_copy_they_are_those_of_before(done: Done) -> None:
    again = examine(done.diagnosis.recordings[0], done.root)
    assert {f.index.fields for f in again.findings if f.index} == set(by_fields(done))
    assert again.notes[-1].endswith("not looked for again: no copy of the databases was made")


def test_without_time_nothing_is_tried_and_that_is_said(done: Done, tmp_path: Path) -> None:
    recording = tmp_path / "of-other-models.hclb"
    shutil.copyfile(done.diagnosis.recordings[0], recording)
    remember(recording, "other models", [next(iter(by_fields(done).values()))], ["of before"])
    found = missing(done.workspace, recording, silent, seconds=0.0)
    assert found.findings == []
    assert found.notes == ["not every index could be tried and measured in the time allowed"]
    assert found.basis == "", "what was cut short is not remembered"


def test_nothing_is_left_behind(done: Done) -> None:
    assert done.workspace.untouched() == []
