from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nativeserver import Native
from serving import Serving

Start = Callable[..., Serving]
StartNative = Callable[..., Native]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server on the given source of ``app.py``; what is left of it is killed."""
    started: list[Serving] = []

    def begin(
        source: str, *options: str, ready: int = 1, workers: int | None = 1, **more: Any
    ) -> Serving:
        (tmp_path / "app.py").write_text(textwrap.dedent(source))
        if workers and "--workers" not in " ".join(options):
            options = (f"--workers={workers}", *options)
        serving = Serving(tmp_path, *options, **more)
        started.append(serving)
        return serving.ready(ready) if ready else serving

    try:
        yield begin
    finally:
        for serving in started:
            serving.kill()


@pytest.fixture
def serving(start: Start) -> Serving:
    """One worker, four threads, on the application that answers with what it was asked."""
    return start(Path(__file__).with_name("echo.py").read_text())


@pytest.fixture
def native(tmp_path: Path) -> Iterator[StartNative]:
    """Start the C server alone, on the source of an application and its own keywords.

    It has to end well, and without a word that a test has not asked for in ``log``.
    """
    started: list[Native] = []

    def begin(source: str, module: str = "app", **options: object) -> Native:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        started.append(Native(tmp_path, module, options))
        return started[-1]

    try:
        yield begin
    finally:
        statuses = [native.stop() for native in started]
    assert not any(statuses), [native.log for native in started]
