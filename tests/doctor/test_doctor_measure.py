"""What is measured, how often, and when that ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from booking import Book

from hotclub.doctor import Options, Request
from hotclub.doctor._measure import HEAVY_MS, Planned, plan, replay
from hotclub.doctor._seen import Sighting
from hotclub.workspace import ChildDied

Look = Callable[[Book], list[Sighting]]


def request(path: str, queries: int = 5, route: str = "", in_project: bool = True) -> Request:
    return Request(f"GET {path}", "GET", path, "", None, route or path, in_project, queries=queries)


def looped(book: Book, path: str, queries: int) -> None:
    number = book.request(path)
    here = book.stack(("call", "shop/views.py", 10, "view"))
    root = book.batch(number, "shop.Product", size=10, created_stack=here)
    book.lazy(number, root, "category", "forward_key", queries=queries)


def planned(
    book: Book, look: Look, *requests: Request, **crawled: float
) -> dict[str, tuple[int, bool]]:
    times = {f"GET /{name}/": taken for name, taken in crawled.items()}
    chosen = plan(requests, look(book), times, Options(rounds=3))
    return {one.request.path: (one.rounds, one.warm) for one in chosen}


def test_the_request_that_shows_a_finding_most(book: Book, look: Look) -> None:
    looped(book, "/a/", 10)
    looped(book, "/b/", 20)
    a, b = request("/a/", route="same"), request("/b/", route="same")
    assert planned(book, look, a, b) == {"/b/": (3, True)}


def test_one_request_may_show_several_findings(book: Book, look: Look) -> None:
    looped(book, "/a/", 10)
    looped(book, "/b/", 19)
    number = book.request("/a/")
    root = book.batch(
        number, "shop.Shop", created_stack=book.stack(("call", "shop/views.py", 50, "other"))
    )
    book.lazy(number, root, "owner", "forward_key", queries=30)
    a, b = request("/a/", route="same"), request("/b/", route="same")
    assert planned(book, look, a, b) == {"/a/": (3, True)}, "half as bad is good enough"


def test_heavy_requests_are_measured_once(book: Book, look: Look) -> None:
    looped(book, "/a/", 10)
    assert planned(book, look, request("/a/"), a=HEAVY_MS * 2) == {"/a/": (1, True)}


def test_other_routes_of_the_project_are_measured_once_at_their_worst(
    book: Book, look: Look
) -> None:
    few, many = request("/a/", 1, route="r"), request("/b/", 9, route="r")
    admin = request("/admin/", 99, in_project=False)
    assert planned(book, look, few, many, admin) == {"/b/": (1, False)}


class FakeWorker:
    """Answers at once, apart from what it dies of."""

    def __init__(self, deadly: str = "") -> None:
        self.asked: list[str] = []
        self.deadly = deadly

    def ask(self, asked: Request, **how: Any) -> Any:
        self.asked.append(how["label"])
        if asked.path == self.deadly:
            raise ChildDied("gone")
        return SimpleNamespace(status=200)


def run(worker: FakeWorker, *chosen: Planned, **options: Any) -> list[str]:
    told: list[tuple[int, int]] = []

    def tell(text: str, done: int = 0, total: int = 0) -> None:
        told.append((done, total))

    notes = replay(worker, chosen, replace(Options(rounds=2), **options), tell)  # type: ignore[arg-type]
    assert all(done < total for done, total in told)
    return notes


def test_rounds_go_over_all_requests() -> None:
    worker = FakeWorker()
    a, b = Planned(request("/a/"), 2, warm=True), Planned(request("/b/"), 1, warm=False)
    assert run(worker, a, b) == []
    assert worker.asked == [
        "warm|GET /a/", "round 1|GET /a/", "round 1|GET /b/", "round 2|GET /a/",
    ]  # fmt: skip


def test_what_costs_a_worker_is_not_tried_again() -> None:
    worker = FakeWorker(deadly="/a/")
    run(worker, *(Planned(request(path), 2, warm=True) for path in ("/a/", "/b/")))
    assert worker.asked.count("warm|GET /a/") == 1
    assert [label for label in worker.asked if "/a/" in label] == ["warm|GET /a/"]
    assert len([label for label in worker.asked if "/b/" in label]) == 3


def test_a_limit_is_said() -> None:
    worker = FakeWorker()
    (note,) = run(worker, Planned(request("/a/"), 2, warm=False), max_seconds=1e-9)
    assert "too long" in note
