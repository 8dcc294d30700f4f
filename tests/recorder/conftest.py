"""Every page of the test project, recorded: by C and by Python, light and deep."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotclub.recording import Recording
from tests.recorder.playing import PAGES, Played, drive


@pytest.fixture(scope="session", params=["pure", "native"])
def pure(request: pytest.FixtureRequest) -> bool:
    """Whether the agent runs without the C extension."""
    if request.param == "native" and importlib.util.find_spec("hotclub._native") is None:
        pytest.skip("hotclub._native is not built")
    return bool(request.param == "pure")


@pytest.fixture(scope="session", params=["light", "deep"])
def played(
    request: pytest.FixtureRequest, pure: bool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """Every page, recorded at this depth by this implementation."""
    directory = tmp_path_factory.mktemp("played")
    path = directory / "recording.hclb"
    record = {"path": str(path), "depth": request.param}
    answers = drive(directory / "library.sqlite3", record, PAGES, pure)
    with Recording.open(path) as recording:
        yield Played(recording, request.param, pure, answers)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test project's database, filled."""
    path = tmp_path_factory.mktemp("database") / "library.sqlite3"
    drive(path, None, [])
    return path
