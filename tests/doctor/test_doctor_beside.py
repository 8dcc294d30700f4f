"""What is done beside something else, and the process that is warmed up beside the crawl."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from hotclub.doctor import _beside
from hotclub.doctor._beside import Muted, beside
from hotclub.doctor._warming import warming
from hotclub.doctor.crawl import Target, Visit
from hotclub.workspace import ChildDied


@pytest.fixture(params=[1, 2], ids=["one processor", "two"])
def processors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(_beside.os, "sched_getaffinity", lambda _: set(range(request.param)))
    yield request.param


def test_it_is_done_once_and_gives_its_result(processors: int) -> None:
    done: list[int] = []

    def work() -> int:
        done.append(threading.get_ident())
        return 7

    with beside(work) as wait:
        assert wait() == wait() == 7
    assert len(done) == 1
    assert (done[0] == threading.get_ident()) == (processors == 1)


def test_who_asks_is_told_what_it_raised(processors: int) -> None:
    def work() -> None:
        raise ValueError("no")

    with beside(work) as wait, pytest.raises(ValueError, match="no"):
        wait()


def test_who_leaves_does_not_wait(processors: int) -> None:
    release = threading.Event()
    with pytest.raises(KeyError), beside(release.wait):
        raise KeyError
    release.set()


def test_progress_is_told_once_it_is_not_muted() -> None:
    told: list[tuple[str, int, int]] = []
    muted = Muted(lambda text, done=0, total=0: told.append((text, done, total)))
    muted("nothing")
    muted.muted = False
    muted("something", 1, 2)
    assert told == [("something", 1, 2)]


class FakeWorker:
    """Answers, but for what it dies of; tells when it has been asked for so many."""

    def __init__(self, wanted: int, deadly: str = "") -> None:
        self.asked: list[str] = []
        self.wanted = wanted
        self.deadly = deadly
        self.enough = threading.Event()

    def ask(self, asked: Any, **how: Any) -> Any:
        self.asked.append(how["label"])
        if len(self.asked) == self.wanted:
            self.enough.set()
        if asked.path == self.deadly:
            raise ChildDied("gone")
        return SimpleNamespace()


def visit(path: str, route: str, queries: int, method: str = "GET", status: int = 200) -> Visit:
    return Visit(Target(path, "", None, route, method), status, queries=queries)


def test_of_each_route_what_has_most_queries_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_beside.os, "sched_getaffinity", lambda _: {0, 1})
    worker: Any = FakeWorker(4, deadly="/c/")
    visits = [
        visit("/a/1/", "a", 3), visit("/a/2/", "a", 2), visit("/b/", "b", 9, status=500),
        visit("/b/", "b", 9, "POST"), visit("/c/", "c", 1),
    ]  # fmt: skip
    with warming(worker, visits, 1.0) as warmed:
        visits += [visit("/a/3/", "a", 4), visit("/none/", "none", 0), visit("/d/", "d", 1)]
        assert worker.enough.wait(10)
    assert worker.asked == ["warm|GET /a/1/", "warm|GET /c/", "warm|GET /a/3/", "warm|GET /d/"]
    assert warmed == {"GET /a/1/", "GET /a/3/", "GET /d/"}


def test_one_processor_has_no_time_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_beside.os, "sched_getaffinity", lambda _: {0})
    worker: Any = FakeWorker(1)
    with warming(worker, [visit("/a/", "a", 3)], 1.0) as warmed:
        pass
    assert (worker.asked, warmed) == ([], set())
