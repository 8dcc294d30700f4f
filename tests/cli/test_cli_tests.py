"""``--tests`` from the outside: what doctor prints of it, and what fix makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

from tests.doctor.tested import shop


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("tested") / "shop").root


def test_the_doctor_tells_tests_from_requests(run: Run, tested: Path) -> None:
    done = run("doctor", tested, "--tests", "--no-crawl")
    said = " ".join(done.stdout.split())
    assert done.returncode == 1, done.stderr
    assert "running the tests" in done.stderr
    assert "seen in tests only, so it is not measured: books.tests.Pages.test_order" in said
    assert "Potential: loaded for one row in a test" in said
    assert "HC101 by, loaded at" in said and "(books.tests.Pages.test_note)" in said
    assert "1 of 6 tests failed, as they do unrecorded" in said and "untouched" in said


def test_a_test_proves_no_fix(run: Run, tested: Path) -> None:
    before = (tested / "books" / "views.py").read_text()
    done = run("fix", tested, "--tests", "--no-crawl", "--json")
    assert done.returncode == 1, done.stderr
    assert "only tests showed it, and they prove nothing" in done.stdout
    assert (tested / "books" / "views.py").read_text() == before


@pytest.mark.parametrize("command", ["doctor", "fix"])
def test_tests_that_do_not_start(run: Run, tested: Path, command: str) -> None:
    done = run(command, tested, "--tests-command", "python manage.py tst")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "the tests did not start" in done.stderr and "Unknown command" in done.stderr
