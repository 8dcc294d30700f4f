"""The project's own tests, run on the copy: by Django's runner and by pytest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from tested import CONFTEST, shop

from hotclub.doctor import Diagnosis, Finding, Options, OwnTests, diagnose, examine, silent
from hotclub.doctor.exercise import run_tests, split
from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.recording import Recording, merge
from hotclub.workspace import Workspace

FUNCTIONS = """
import pytest
from django.test import Client


@pytest.mark.parametrize("number", range(4))
def test_order(number):
    from books.tests import Author, some
    some(2)
    assert Client().post("/order/").status_code == 200
"""


@dataclass(frozen=True)
class Done:
    """One run with a crawl and tests, shared by those below."""

    root: Path
    diagnosis: Diagnosis
    progress: list[tuple[str, int, int]]
    changed: list[str]
    refusals: list[str]
    again: Diagnosis


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return shop(tmp_path_factory.mktemp("tested") / "shop")


@pytest.fixture(scope="module")
def workspace(project: Project) -> Iterator[Workspace]:
    with Workspace.create(project) as made:
        yield made


@pytest.fixture(scope="module")
def done(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Done:
    told: list[tuple[str, int, int]] = []

    def tell(text: str, done: int = 0, total: int = 0) -> None:
        told.append((text, done, total))

    kept = tmp_path_factory.mktemp("kept") / "doctor.hclb"
    with Workspace.create(project) as workspace:
        options = Options(rounds=1, samples=1, index_seconds=0.1, tests=OwnTests())
        diagnosis = diagnose(project, workspace, options, tell)
        merge(kept, diagnosis.recordings)
        again = examine(kept, workspace.tree)
        changed, refusals = workspace.untouched(), workspace.refusals()
    return Done(project.root, diagnosis, told, changed, refusals, again)


def at(findings: tuple[Finding, ...], function: str) -> Finding:
    (found,) = (f for f in findings if f.place and f.place.qualname == function)
    return found


def test_what_the_crawl_saw_is_told_and_measured_by_the_crawl(done: Done) -> None:
    found = at(done.diagnosis.findings, "book_list")
    assert not found.tested and found.measured and found.evidence.members == 8
    assert all(label.startswith("GET /books/") for label in found.evidence.requests)


def test_what_only_tests_showed_has_no_milliseconds_and_no_request(done: Done) -> None:
    for diagnosis in (done.diagnosis, done.again):
        found = at(diagnosis.findings, "order")
        assert found.tested and not found.measured and found.cost_ms == 0
        assert found.evidence.requests == ("books.tests.Pages.test_order",)
        assert diagnosis.touched(found) == ()


def test_a_batch_of_one_is_potential(done: Done) -> None:
    for diagnosis in (done.diagnosis, done.again):
        (found,) = diagnosis.potential
        assert found.lookup == "by" and found.evidence.requests == ("books.tests.Pages.test_note",)
        assert found not in diagnosis.findings
    assert len(done.diagnosis.as_json()["potential"]) == 1


def test_tests_are_no_requests_of_the_doctors(done: Done) -> None:
    for diagnosis in (done.diagnosis, done.again):
        assert diagnosis.requests and all(r.label.startswith("GET /") for r in diagnosis.requests)


def test_failures_are_said_and_whether_they_are_the_recorders(done: Done) -> None:
    failed = "1 of 6 tests failed, as they do unrecorded: books.tests.Around.test_fails "
    assert f"{failed}(AssertionError: 1 != 2)" in done.diagnosis.notes
    assert any(note.startswith("6 tests were run") for note in done.diagnosis.notes)


def test_progress_counts_the_tests(done: Done) -> None:
    assert ("running the tests", 6, 6) in done.progress


def test_the_project_is_as_it_was(done: Done) -> None:
    assert done.changed == [] and not (done.root / "made-by-a-test").exists()
    assert any("192.0.2.1:80" in refusal for refusal in done.refusals)
    assert any("left-behind" in refusal for refusal in done.refusals)


def run(workspace: Workspace, name: str, command: str = "", **more: float) -> tuple[str, set[str]]:
    """Notes of a run of the tests, and the labels of what they asked for."""
    tests = replace(OwnTests(split(command) if command else ()), **more)  # type: ignore[arg-type]
    recording = workspace.path("recordings", f"{name}.hclb")
    notes = run_tests(workspace, recording, Options(tests=tests), silent)
    labels: set[str] = set()
    if recording.exists():
        with Recording.open(recording) as opened:
            labels = {request.label or "" for request in opened.requests()}
    return "; ".join(notes), labels


def test_processes_of_django_are_heard_too(workspace: Workspace) -> None:
    pages = ("test_list", "test_order", "test_note")
    chosen = " ".join(f"-k {name}" for name in (*pages, "test_closed"))
    command = f"python manage.py test --parallel 2 --noinput {chosen}"
    said, labels = run(workspace, "parallel", command)
    assert said == "4 tests were run: what only tests showed was not measured"
    assert labels == {f"test|books.tests.Pages.{name}" for name in pages}


def test_a_run_that_breaks_off(workspace: Workspace) -> None:
    told = "TextTestRunner().run(unittest.FunctionTestCase(print))"
    said, _ = run(workspace, "off", f"python -c 'import unittest; unittest.{told}; 1/0'")
    assert said == (
        "the tests broke off after 1 of 1, and printed last: ZeroDivisionError: division by zero"
    )


def test_a_limit_is_said(workspace: Workspace) -> None:
    said, _ = run(workspace, "slow", "python -c 'import time; time.sleep(60)'", seconds=0.5)
    assert said == ("the tests ended at 0.5 seconds (--tests-seconds); 0 of those found had run")


def test_no_tests(workspace: Workspace) -> None:
    assert run(workspace, "none", "python manage.py test config --noinput")[0] == (
        "the tests' command found no test, or ran them where hotclub hears nothing of them: in an "
        "environment of their own they are neither guarded nor recorded"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [("python manage.py tst", "Unknown command: 'tst'"), ("no-such-command here", "not found")],
)
def test_a_command_that_does_not_start(workspace: Workspace, command: str, said: str) -> None:
    with pytest.raises(HotclubError, match="the tests did not start: «") as error:
        run(workspace, "wrong", command)
    assert said in str(error.value) and "--tests-command" in str(error.value)


@pytest.mark.parametrize("text", ["", "pytest 'a", "tox -e py", "/usr/bin/env -i pytest"])
def test_a_command_that_is_none(text: str) -> None:
    with pytest.raises(HotclubError, match="--tests-command"):
        split(text)


@pytest.fixture(scope="module")
def tested_by_pytest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    root = tmp_path_factory.mktemp("pytest") / "shop"
    project = shop(root)
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (root / "conftest.py").write_text(CONFTEST)
    (root / "test_orders.py").write_text(FUNCTIONS)
    (root / "test_wrong.py").write_text("import no_such_module\n")
    with Workspace.create(project) as workspace:
        yield workspace


def test_pytest_where_it_is_set_up(tested_by_pytest: Workspace) -> None:
    said, labels = run(tested_by_pytest, "pytest")
    assert labels == {f"test|test_orders.py::test_order[{n}]" for n in range(4)}
    assert "1 of 5 tests failed, as they do unrecorded: test_wrong.py (ModuleNotFoundError" in said


@pytest.mark.skipif(find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_processes_of_xdist_are_heard_too(tested_by_pytest: Workspace) -> None:
    said, labels = run(tested_by_pytest, "xdist", "pytest -n 2 test_orders.py books/tests.py")
    assert "10 tests were run" in said and "1 of 10 tests failed: books/tests.py::Around" in said
    assert {f"test|test_orders.py::test_order[{n}]" for n in range(4)} <= labels
    assert "test|books/tests.py::Pages::test_order" in labels
