"""The pytest plugin: ``pytest -p hotclub.pytest`` records the requests of the tests and reports.

Each process of pytest-xdist writes a recording of its own; they are put together at the end. A
test has few rows: what a batch of one shows is called potential, nothing has milliseconds, and
nothing is proved by a test alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hotclub import testing
from hotclub.agent import recorder
from hotclub.agent.schema import TEST_LABEL

_DIRECTORY = pytest.StashKey[str]()
_VARIABLE = "HOTCLUB_PYTEST_DIRECTORY"
_LISTED = 50


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--hotclub-out FILE``."""
    group = parser.getgroup("hotclub")
    group.addoption("--hotclub-out", metavar="FILE", help="keep the recording of the tests here")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to record, before anybody sets Django up.

    The processes of xdist inherit the directory by the environment.
    """
    directory = os.environ.get(_VARIABLE)
    if directory is None:
        directory = os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="hotclub-")
        early_config.stash[_DIRECTORY] = directory
    if recorder.active() is None:
        path = Path(directory) / f"{os.getpid()}.hclb"
        top = testing.root_of_project(None)
        recorder.install(
            recorder.Config(path, top, "deep", own_crawl=True, interval=recorder.BY_HAND)
        )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Requests of a test are called like the test."""
    with recorder.request_label(f"{TEST_LABEL}{item.nodeid}"):
        yield
    active = recorder.active()
    if active is not None:
        active.flush()


def pytest_sessionfinish() -> None:
    """What has been recorded is on disk before a worker leaves."""
    recorder.uninstall()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Put the recordings together and say what they show."""
    from hotclub.doctor import examine
    from hotclub.doctor.silence import selection_of, silence
    from hotclub.errors import HotclubError
    from hotclub.recording import merge

    recorder.uninstall()
    if _DIRECTORY not in config.stash:
        return
    os.environ.pop(_VARIABLE, None)
    directory = Path(config.stash[_DIRECTORY])
    parts = sorted(directory.glob("*.hclb"))
    terminalreporter.section("hotclub")
    if not parts:
        terminalreporter.write_line("no request was made by the tests, so nothing was recorded")
        return
    out = Path(config.getoption("--hotclub-out") or directory / "all")
    top = testing.root_of_project(None)
    try:
        selection = selection_of(top)
        merge(out, parts)
    except HotclubError as error:
        terminalreporter.write_line(f"hotclub: {error}")
        return
    diagnosis = silence(examine(out, top), top, selection)
    rest = diagnosis.potential
    terminalreporter.write_line(
        f"{diagnosis.crawled} requests, {diagnosis.queries} queries, "
        f"{len(diagnosis.findings)} findings, {len(rest)} potential"
    )
    for finding in diagnosis.findings[:_LISTED]:
        terminalreporter.write_line(_line(finding))
    for finding in rest[:_LISTED]:
        terminalreporter.write_line(f"potential: {_line(finding)}")
    _remove(directory)


def _line(finding: Any) -> str:
    return f"{testing.describe(finding)} in {finding.evidence.requests[0]}"


def _remove(directory: Path) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def assert_no_findings() -> Callable[..., Any]:
    """See :func:`hotclub.testing.assert_no_findings`."""
    return testing.assert_no_findings


@pytest.fixture
def max_queries() -> Callable[..., Any]:
    """See :func:`hotclub.testing.max_queries`."""
    return testing.max_queries
