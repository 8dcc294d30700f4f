"""The standard library's tests, Django's included: which one is at work, and what came of it.

Under pytest its plugin knows better; what is patched here then keeps still.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from hotclub.agent import recorder
from hotclub.agent.recorder._hooks import Patcher, Patches
from hotclub.agent.schema import TEST_LABEL
from hotclub.agent.tested._events import ended, tell


def label(test: str) -> str:
    """How a recording names requests of a test."""
    return f"{TEST_LABEL}{test}"


def _by_pytest() -> bool:
    return "_pytest.unittest" in sys.modules


def _patch_case(module: ModuleType, patches: Patches) -> None:
    """unittest.case: requests of a test are called like the test."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def run(case: Any, result: Any = None) -> Any:
            if _by_pytest():
                return original(case, result)
            recorder.label_others(label(case.id()))
            try:
                return original(case, result)
            finally:
                recorder.label_others(label(""))
                recorder.flush()  # a process may be ended without a word

        return run

    patches.wrap(module.TestCase, "run", make)


def _patch_result(module: ModuleType, patches: Patches) -> None:
    """unittest.result: outcomes, also those that come from other processes."""
    for method, outcome in (
        ("addSuccess", "passed"),
        ("addExpectedFailure", "passed"),
        ("addSkip", "skipped"),
        ("addUnexpectedSuccess", "failed"),
        ("addFailure", "failed"),
        ("addError", "failed"),
    ):
        patches.wrap(module.TestResult, method, _telling(outcome))
    patches.wrap(module.TestResult, "addSubTest", _telling_of_part)


def _telling(outcome: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def make(original: Callable[..., None]) -> Callable[..., None]:
        @wraps(original)
        def add(result: Any, test: Any, *more: Any) -> None:
            original(result, test, *more)
            ended(test.id(), outcome, _why(more[0]) if more and outcome == "failed" else "")

        return add

    return make


def _telling_of_part(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def add(result: Any, test: Any, part: Any, error: Any) -> None:
        original(result, test, part, error)
        if error is not None:
            ended(test.id(), "failed", _why(error))

    return add


def _why(error: Any) -> str:
    try:
        kind, value, _ = error
        return f"{kind.__name__}: {value}"
    except Exception:
        return ""


def _patch_runner(module: ModuleType, patches: Patches) -> None:
    """unittest.runner: how many tests there are."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def run(runner: Any, suite: Any) -> Any:
            tell(found=suite.countTestCases())
            return original(runner, suite)

        return run

    patches.wrap(module.TextTestRunner, "run", make)


PATCHERS: dict[str, Patcher] = {
    "unittest.case": _patch_case,
    "unittest.result": _patch_result,
    "unittest.runner": _patch_runner,
}
