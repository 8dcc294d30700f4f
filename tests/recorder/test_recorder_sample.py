"""`sample_rate`: a share of the requests is recorded, and the project notices nothing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from hotclub.agent.recorder import Config, request_label
from hotclub.agent.recorder._sample import Sample
from hotclub.doctor import examine
from hotclub.doctor.exercise._recorded import read_recording
from hotclub.errors import HotclubError
from hotclub.recording import Recording, merge, write_meta
from tests.recorder.playing import PROJECT, ROOT, drive, environment
from tests.recorder.processes import run

PAGES = [["GET", "/first/", ""]] * 40


UNLABELLED = """
install(sample_rate=0.25)
app = application()
for n in range(200):
    status, _headers, content = call(app, "GET", "/first/")
    assert (status, content) == (200, b"author 0")
recorder.uninstall()
"""


def test_a_share_of_the_requests_is_recorded_and_all_are_answered(
    database: Path, tmp_path: Path
) -> None:
    path = tmp_path / "some.hclb"
    run(UNLABELLED, database, path)
    with Recording.open(path) as recording:
        assert recording.sample_rate == 0.25
        requests = recording.requests()
        # 50 of 200 are expected; 30 more or fewer is five times the standard deviation
        assert 20 <= len(requests) <= 80
        assert all(recording.batches(request) for request in requests)
    says = "25 % of the requests were recorded, drawn by chance (--sample-rate)"
    assert says in examine(path, PROJECT).notes


def test_all_requests_are_recorded_unless_it_is_said(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.hclb"
    run(UNLABELLED.replace("0.25", "1"), database, path)
    with Recording.open(path) as recording:
        assert (recording.sample_rate, len(recording.requests())) == (1.0, 200)
    assert not any("sample-rate" in note for note in examine(path, PROJECT).notes)


def drawn(sample: Sample) -> list[bool]:
    return [sample.leaves_out() for _ in range(64)]


def test_what_the_project_draws_is_as_it_was() -> None:
    random.seed(1)
    expected = random.random()
    random.seed(1)
    assert set(drawn(Sample(0.5))) == {True, False}
    assert random.random() == expected


def test_the_draw_does_not_depend_on_the_project_s_seed() -> None:
    random.seed(1)
    first = drawn(Sample(0.5))
    random.seed(1)
    assert drawn(Sample(0.5)) != first


def test_a_request_with_a_label_is_recorded() -> None:
    sample = Sample(1e-9)
    with request_label("asked for"):
        assert drawn(sample) == [False] * 64
    assert drawn(sample) == [True] * 64


def python(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT, env=environment(True), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


FORKED = """
import json, os
from hotclub.agent.recorder._sample import Sample
sample = Sample(0.5)
if os.fork():
    os.wait()
print(json.dumps([sample.leaves_out() for _ in range(64)]), flush=True)
"""


def test_processes_that_were_forked_draw_differently() -> None:
    child, parent = map(json.loads, python(FORKED).splitlines())
    assert child != parent


DETERMINED = """
import sys
from hotclub.agent.worker import _determinism
_determinism.install(7)
from hotclub.agent import recorder
if sys.argv[1]:
    recorder.install({"path": sys.argv[1], "root": "."})
import secrets
print(secrets.token_hex(8))
"""


def test_a_recorder_that_draws_nothing_takes_nothing_of_a_child_s_randomness(
    tmp_path: Path,
) -> None:
    """So that a child which is recorded and one that is not give the same."""
    assert python(DETERMINED, str(tmp_path / "x.hclb")) == python(DETERMINED, "")


NESTED = """
import asyncio, sys
from tests.recorder import drive
drive.prepare(sys.argv[2])
from hotclub.agent import recorder
recorder.install({"path": sys.argv[1], "root": str(drive.PROJECT), "sample_rate": 0.5})
drive.fill(sys.argv[2])
from django.test import RequestFactory
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
handler = BaseHandler()
def view(request):
    if "outer" in request.path:
        handler.get_response(RequestFactory().get(request.path.replace("outer", "inner"))).close()
    return HttpResponse("")
async def aview(request):
    if "outer" in request.path:
        inner = RequestFactory().get(request.path.replace("outer", "inner"))
        (await handler.get_response_async(inner)).close()
    return HttpResponse("")
handler._middleware_chain = aview if sys.argv[3] == "async" else view
async def ask():
    for number in range(100):
        request = RequestFactory().get(f"/outer/{number}/")
        (await handler.get_response_async(request)).close()
if sys.argv[3] == "async":
    asyncio.run(ask())
else:
    for number in range(100):
        handler.get_response(RequestFactory().get(f"/outer/{number}/")).close()
recorder.uninstall()
"""


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_request_inside_another_goes_with_that(database: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "nested.hclb"
    python(NESTED, str(path), str(database), kind)
    with Recording.open(path) as recording:
        paths = {request.path for request in recording.requests()}
    outer = {path for path in paths if "outer" in path}
    assert 0 < len(outer) < 100
    assert paths - outer == {path.replace("outer", "inner") for path in outer}


def test_requests_of_another_share_are_not_added(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.hclb"
    drive(database, {"path": str(path)}, PAGES[:3])
    assert drive(database, {"path": str(path), "sample_rate": 0.9}, PAGES[:20])[0][1] == 200
    with Recording.open(path) as recording:
        assert (recording.sample_rate, len(recording.requests())) == (1.0, 3)


def test_a_share_is_the_same_however_it_is_written(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.hclb"
    for rate in (1.0, 1):
        drive(database, {"path": str(path), "sample_rate": rate}, PAGES[:3])
    write_meta(path, "sample_rate", "1")
    drive(database, {"path": str(path)}, PAGES[:3])
    with Recording.open(path) as recording:
        assert (recording.sample_rate, len(recording.requests())) == (1.0, 9)


def test_recordings_of_different_shares_are_not_merged(database: Path, tmp_path: Path) -> None:
    parts = [tmp_path / "all.hclb", tmp_path / "some.hclb"]
    for part, rate in zip(parts, (1.0, 0.9), strict=True):
        drive(database, {"path": str(part), "sample_rate": rate}, PAGES[:20])
    with pytest.raises(HotclubError, match="are of different shares of the requests"):
        merge(tmp_path / "both.hclb", parts)
    assert not (tmp_path / "both.hclb").exists()


@pytest.mark.parametrize("said", ["x", "nan", "7", "0"])
def test_a_damaged_share_is_one_sentence(database: Path, tmp_path: Path, said: str) -> None:
    path = tmp_path / "damaged.hclb"
    drive(database, {"path": str(path)}, PAGES[:1])
    write_meta(path, "sample_rate", said)
    with (
        Recording.open(path) as recording,
        pytest.raises(HotclubError, match=f"its sample_rate is '{said}'; record again"),
    ):
        assert recording.sample_rate


def test_who_asks_again_is_told_of_the_share(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.hclb"
    drive(database, {"path": str(path), "sample_rate": 0.5}, PAGES)
    asked, _ = read_recording(path)
    assert asked.notes == [
        "some.hclb: 50 % of the requests were recorded, drawn by chance (--sample-rate)"
    ]


@pytest.mark.parametrize("rate", [0, -0.1, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="sample_rate must be above 0 and at most 1"):
        Config("x.hclb", ".", sample_rate=rate)


def test_the_share_goes_through_the_environment() -> None:
    config = Config("x.hclb", ".", sample_rate=0.05)
    assert Config.from_environment({**os.environ, **config.environment()}) == config
