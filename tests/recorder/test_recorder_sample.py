"""`sample_rate`: a share of the requests is recorded, and the project notices nothing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from hotclub.agent.recorder import Config
from hotclub.agent.recorder._sample import Sample
from hotclub.doctor import examine
from hotclub.recording import Recording
from tests.recorder.playing import PROJECT, ROOT, drive, environment

ASKED = 200
PAGES = [["GET", "/first/", ""]] * ASKED


def test_a_share_of_the_requests_is_recorded_and_all_are_answered(
    database: Path, tmp_path: Path
) -> None:
    path = tmp_path / "some.hclb"
    answers = drive(database, {"path": str(path), "sample_rate": 0.25}, PAGES, pure=False)
    assert answers == drive(database, None, PAGES, pure=False)
    with Recording.open(path) as recording:
        assert recording.sample_rate == 0.25
        requests = recording.requests()
        # 50 of 200 are expected; 24 more or fewer is four times the standard deviation
        assert 26 <= len(requests) <= 74
        assert all(recording.batches(request) for request in requests)
    says = "25 % of the requests were recorded, drawn by chance (--sample-rate)"
    assert says in examine(path, PROJECT).notes


def test_all_requests_are_recorded_unless_it_is_said(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.hclb"
    drive(database, {"path": str(path)}, PAGES[:20])
    with Recording.open(path) as recording:
        assert (recording.sample_rate, len(recording.requests())) == (1.0, 20)
    assert not any("sample-rate" in note for note in examine(path, PROJECT).notes)


def test_what_the_project_draws_is_as_it_was() -> None:
    random.seed(1)
    expected = random.random()
    sample = Sample(0.5)
    random.seed(1)
    assert {sample.draw() for _ in range(100)} == {True, False}
    assert random.random() == expected


def test_the_draw_does_not_depend_on_the_project_s_seed() -> None:
    def drawn() -> list[bool]:
        random.seed(1)
        sample = Sample(0.5)
        return [sample.draw() for _ in range(64)]

    assert drawn() != drawn()


def test_processes_that_were_forked_draw_differently() -> None:
    script = (
        "import json, os\n"
        "from hotclub.agent.recorder._sample import Sample\n"
        "sample = Sample(0.5)\n"
        "if os.fork(): os.wait()\n"
        "print(json.dumps([sample.draw() for _ in range(64)]), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(True), capture_output=True, text=True
    )
    child, parent = (json.loads(line) for line in done.stdout.splitlines())
    assert child != parent


NESTED = """
import sys, json
from tests.recorder import drive
drive.prepare(sys.argv[2])
from hotclub.agent import recorder
recorder.install({"path": sys.argv[1], "root": str(drive.PROJECT), "sample_rate": 0.5})
drive.fill(sys.argv[2])
from django.test import RequestFactory
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
handler = BaseHandler()
def outer(request):
    inner = RequestFactory().get("/inner/")
    handler.get_response(inner).close()
    return HttpResponse("outer")
def view(request):
    return outer(request) if request.path == "/outer/" else HttpResponse("inner")
handler._middleware_chain = view
for _ in range(100):
    handler.get_response(RequestFactory().get("/outer/")).close()
recorder.uninstall()
"""


def test_a_request_inside_a_recorded_one_is_recorded(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "nested.hclb"
    done = subprocess.run(
        [sys.executable, "-c", NESTED, str(path), str(database)],
        cwd=ROOT, env=environment(True), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with Recording.open(path) as recording:
        paths = [request.path for request in recording.requests()]
    assert 0 < paths.count("/outer/") < 100
    # All of those inside, and of the others' about half.
    assert paths.count("/inner/") > paths.count("/outer/")


@pytest.mark.parametrize("rate", [0, -0.1, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="sample_rate must be above 0 and at most 1"):
        Config("x.hclb", ".", sample_rate=rate)


def test_the_share_goes_through_the_environment() -> None:
    config = Config("x.hclb", ".", sample_rate=0.05)
    assert Config.from_environment({**os.environ, **config.environment()}) == config
