"""For pytest, in every process of pytest-xdist: which test is at work, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotclub.agent import recorder
from hotclub.agent.tested._events import ended, tell
from hotclub.agent.tested._unittest import label


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Requests of a test are called like the test."""
    recorder.label_others(label(item.nodeid))
    yield
    recorder.label_others(label(""))
    recorder.flush()


def pytest_collection_finish(session: pytest.Session) -> None:
    """How many tests there are."""
    if session.items:
        tell(found=len(session.items))


def pytest_collectreport(report: Any) -> None:
    """Files that cannot be imported."""
    if report.failed:
        ended(report.nodeid, "failed", _why(report))


def pytest_runtest_logreport(report: Any) -> None:
    """What came of a test, or of what is done before and after it."""
    if report.failed:
        ended(report.nodeid, "failed", _why(report))
    elif report.skipped or report.when == "call":
        ended(report.nodeid, "skipped" if report.skipped else "passed")


def _why(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(getattr(crash, "message", "") or getattr(report, "longreprtext", ""))
    errors = [line for line in text.splitlines() if line.startswith("E ")]
    return errors[-1][1:].strip() if errors else text
