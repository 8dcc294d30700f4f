"""The whole way on a small project: real processes, a real database, one diagnosis."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bookshop import fill, write

from hotclub.doctor import Diagnosis, Finding, Options, Route, Step, diagnose, examine
from hotclub.project import Project
from hotclub.recording import merge
from hotclub.workspace import Workspace

OPTIONS = Options(max_seconds=120, request_seconds=1.5, rounds=2)


@dataclass(frozen=True)
class Done:
    """One run of the doctor, shared by the tests below."""

    root: Path
    diagnosis: Diagnosis
    changed: list[str]
    progress: list[tuple[str, int, int]]
    kept: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = fill(write(tmp_path_factory.mktemp("bookshop")))
    project = Project.find(root, python=sys.executable)
    told: list[tuple[str, int, int]] = []

    def tell(text: str, done: int = 0, total: int = 0) -> None:
        told.append((text, done, total))

    kept = tmp_path_factory.mktemp("kept") / "doctor.hclb"
    with Workspace.create(project) as workspace:
        diagnosis = diagnose(
            project,
            workspace,
            OPTIONS,
            lambda text, done=0, total=0: told.append((text, done, total)),
        )
        merge(kept, diagnosis.recordings)
        yield Done(root, diagnosis, workspace.untouched(), told, kept)


def finding(done: Done, code: str, lookup: str) -> Finding:
    found = [f for f in done.diagnosis.findings if (f.code, f.lookup) == (code, lookup)]
    assert len(found) == 1, [(f.code, f.lookup) for f in done.diagnosis.findings]
    return found[0]


def route(done: Done, name: str) -> Route:
    (found,) = (route for route in done.diagnosis.routes if route.name == name)
    return found


def line_of(done: Done, file: str, text: str) -> int:
    lines = (done.root / file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_key_followed_in_a_template(done: Done) -> None:
    found = finding(done, "HC101", "author")
    place = found.place
    assert place is not None
    expected = line_of(done, "books/views.py", 'Book.objects.order_by("pk")')
    assert (place.path, place.line, place.qualname) == ("books/views.py", expected, "book_list")
    assert found.trigger[0].kind == "template" and found.trigger[0].path == "templates/list.html"
    assert found.trigger[0].line == line_of(done, "templates/list.html", "book.author.name")
    assert (found.model, found.evidence.model) == ("books.Book", "books.Author")
    assert found.evidence.members == 8 and found.evidence.queries == 8
    assert found.evidence.table_rows == 8
    assert 'FROM "books_author"' in found.evidence.sql
    assert any(label.startswith("GET /books/") for label in found.evidence.requests)
    assert found.reason == "" and not found.stale


def test_a_loop_over_a_relation_made_in_a_template(done: Done) -> None:
    found = finding(done, "HC101", "reviews__by")
    assert found.path == (Step("reviews", "reverse_key"), Step("by", "forward_key"))
    assert found.place is not None
    assert found.place.line == line_of(done, "books/views.py", "get_object_or_404(Book")
    assert found.model == "books.Book" and found.evidence.members == 5


def test_the_same_query_twice(done: Done) -> None:
    (found,) = (f for f in done.diagnosis.findings if f.code == "HC201")
    assert found.evidence.loads == 2 and found.queries_saved == 1
    assert found.trigger[0].qualname == "twice"


def test_costs_come_from_the_light_run(done: Done) -> None:
    for found in done.diagnosis.findings:
        assert found.measured and found.cost_ms > 0
        assert 0 <= found.gain_ms <= found.cost_ms
    costs = [found.cost_ms for found in done.diagnosis.findings]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize("name", ["home", "books", "book", "private", "twice"])
def test_reached(done: Done, name: str) -> None:
    assert route(done, name).reached


@pytest.mark.parametrize(
    ("name", "outcome", "words"),
    [
        ("order", "method", "GET"),
        ("broken", "error", "KeyError"),
        ("slow", "time-out", "longer than"),
        ("exits", "died", "status 3"),
        ("find", "no parameters", "nothing"),
        ("logout", "skipped", "logs out"),
        ("delete", "skipped", "destructive"),
    ],
)
def test_not_reached_and_why(done: Done, name: str, outcome: str, words: str) -> None:
    found = route(done, name)
    assert (found.outcome, words in found.reason) == (outcome, True), found


def test_a_failure_names_the_projects_own_line(done: Done) -> None:
    place = route(done, "broken").place
    assert place is not None
    assert place.path == "books/views.py"
    assert place.line == line_of(done, "books/views.py", '{}["missing"]')


def test_requests_can_be_made_again(done: Done) -> None:
    labels = [request.label for request in done.diagnosis.requests]
    assert len(labels) == len(set(labels))
    assert "GET /books/" in labels and "GET /slow/" not in labels
    for found in done.diagnosis.findings:
        touched = done.diagnosis.touched(found)
        assert touched and {request.label for request in touched} <= set(found.evidence.requests)
    some = done.diagnosis.touched_by_any([finding(done, "HC101", "author")])
    assert {request.path for request in some} == {"/books/"}


def test_the_project_is_as_it_was(done: Done) -> None:
    assert done.changed == []


def test_progress_is_shown_for_every_long_step(done: Done) -> None:
    stages = {text.split(" ")[0] for text, _, _ in done.progress}
    assert {"finding", "visiting", "measuring"} <= stages
    assert all(0 <= number <= total for _, number, total in done.progress)


def test_the_diagnosis_is_json(done: Done) -> None:
    answer = json.loads(json.dumps(done.diagnosis.as_json()))
    assert answer["schema"] == "hotclub.doctor/1"
    assert answer["summary"]["findings"] == len(answer["findings"])
    assert answer["summary"]["routes_reached"] == done.diagnosis.reached


def test_the_kept_recording_says_the_same(done: Done) -> None:
    again = examine(done.kept, done.root)
    assert [(f.code, f.lookup, f.cost_ms) for f in again.findings] == [
        (f.code, f.lookup, f.cost_ms) for f in done.diagnosis.findings
    ]
    assert not any(found.stale for found in again.findings)
    crawled = {request.label: request.in_project for request in done.diagnosis.requests}
    seen = {request.label: request.in_project for request in again.requests}
    assert {label: seen[label] for label in crawled} == crawled


def test_a_limit_is_said(tmp_path: Path, done: Done) -> None:
    project = Project.find(done.root, python=sys.executable)
    with Workspace.create(project) as workspace:
        short = diagnose(project, workspace, Options(max_requests=2, rounds=1))
    assert short.crawled == 2
    assert any("--max-requests" in note for note in short.notes)
    assert any(route.outcome == "not reached" for route in short.routes)
