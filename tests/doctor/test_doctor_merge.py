"""Findings made of sightings, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from booking import Book

from hotclub.doctor._costs import INSTANCE_NS, Costs
from hotclub.doctor._merge import merge, with_stale
from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor._stacks import Stacks
from hotclub.recording import Recording

Look = Callable[[Book], list[Sighting]]
VIEW = ("call", "shop/views.py", 10, "product_list")


def listed(book: Book, path: str, label: str | None = None, **lazy: object) -> None:
    """A page that loads the category of ten products one by one."""
    request = book.request(path, label)
    root = book.batch(
        request, "shop.Product", size=10, created_stack=book.stack(VIEW),
        queryset={"model": "shop.Product", "sliced": False},
    )  # fmt: skip
    book.lazy(request, root, "category", "forward_key", **{"model": "shop.Category", **lazy})


def costs_of(light: Book) -> Costs:
    costs = Costs()
    with Recording.open(light.path) as recording:
        stacks = Stacks.of(recording, Path("/nowhere"))
        costs.add(Seen(recording, request, stacks) for request in recording.requests())
    return costs


def test_the_same_expression_and_path_are_one_finding(book: Book, look: Look) -> None:
    listed(book, "/a/")
    listed(book, "/b/", members=30, loads=30, queries=30, size=3)
    (found,) = merge(look(book), Costs(), {"shop.Category": 7})
    evidence = found.evidence
    assert (evidence.members, evidence.loads, evidence.queries) == (30, 30, 30), "the worst page"
    assert evidence.requests == ("GET /b/", "GET /a/")
    assert (evidence.model, evidence.table_rows) == ("shop.Category", 7)
    assert found.queries_saved == 20, "the median of 10 and 30: a join leaves none"
    assert found.lookup == "category" and found.joinable
    assert not found.measured and found.cost_ms == 0


def test_one_query_is_left_where_a_join_cannot_do_it(book: Book, look: Look) -> None:
    request = book.request()
    root = book.batch(request, "shop.Product", size=10, created_stack=book.stack(VIEW))
    book.lazy(request, root, "reviews", "reverse_key")
    (found,) = merge(look(book), Costs(), {})
    assert found.queries_saved == 9 and not found.joinable


def test_an_expression_evaluated_twice_in_a_request_costs_twice(book: Book, look: Look) -> None:
    request = book.request()
    for _ in range(2):
        root = book.batch(request, "shop.Product", size=10, created_stack=book.stack(VIEW))
        book.lazy(request, root, "category", "forward_key")
    (found,) = merge(look(book), Costs(), {})
    assert (found.evidence.queries, found.evidence.members, found.queries_saved) == (20, 10, 20)


def test_counting_joins_loading_when_both_happen(book: Book, look: Look) -> None:
    request = book.request()
    root = book.batch(request, "shop.Product", size=10, created_stack=book.stack(VIEW))
    book.lazy(request, root, "reviews", "reverse_key")
    book.lazy(request, root, "reviews", "reverse_key", shape="count")
    book.lazy(request, root, "reviews", "reverse_key", shape="filtered")
    by_shape = {found.shape: found for found in merge(look(book), Costs(), {})}
    assert set(by_shape) == {"all", "filtered"}
    assert by_shape["all"].evidence.queries == 20 and by_shape["all"].reason == ""


def test_milliseconds_are_the_light_runs(book: Book, light: Book, look: Look) -> None:
    listed(book, "/a/", duration_ns=999_000_000)
    for number, cost in enumerate((10, 12, 200)):
        listed(light, "/a/", f"round {number + 1}|GET /a/", duration_ns=cost * 1_000_000)
    (found,) = merge(look(book), costs_of(light), {})
    assert found.cost_ms == 12 and found.measured
    assert found.gain_ms == pytest.approx(12 - 10 * INSTANCE_NS / 1e6)


def test_instances_are_priced_by_what_big_evaluations_took(light: Book) -> None:
    request = light.request()
    light.batch(request, "shop.Product", size=100, duration_ns=1_000_000)
    light.batch(request, "shop.Product", size=2, duration_ns=1_000_000)
    assert costs_of(light).instance_ns == 10_000


def test_repeated_queries_cost_what_the_statement_costs(
    book: Book, light: Book, look: Look
) -> None:
    request = book.request("/a/")
    for _ in range(3):
        book.query(request, "SELECT 1 FROM t", [], stack=book.stack(VIEW))
    measured = light.request("/a/", "round 1|GET /a/")
    light.query(measured, "SELECT 1 FROM t", duration=2_000_000)
    (found,) = merge(look(book), costs_of(light), {})
    assert (found.code, found.cost_ms, found.queries_saved) == ("HC201", 4.0, 2)


def test_most_costly_first(book: Book, light: Book, look: Look) -> None:
    for target, label in ((book, None), (light, "round 1|GET /a/")):
        request = target.request("/a/", label)
        root = target.batch(request, "shop.Product", size=9, created_stack=target.stack(VIEW))
        target.lazy(request, root, "cheap", "forward_key", duration_ns=1_000_000, queries=50)
        target.lazy(request, root, "dear", "forward_key", duration_ns=9_000_000)
    assert [found.lookup for found in merge(look(book), costs_of(light), {})] == ["dear", "cheap"]


def is_cold(book: Book, light: Book, look: Look) -> bool:
    listed(book, "/a/")
    (found,) = merge(look(book), costs_of(light), {})
    return found.cold


def test_what_is_gone_when_the_page_is_warm(book: Book, light: Book, look: Look) -> None:
    request = light.request("/a/", "round 1|GET /a/")
    light.batch(request, "shop.Product", size=10, created_stack=light.stack(VIEW))
    assert is_cold(book, light, look)


def test_what_is_still_loaded_when_the_page_is_warm(book: Book, light: Book, look: Look) -> None:
    listed(light, "/a/", "round 1|GET /a/")
    assert not is_cold(book, light, look)


@pytest.mark.parametrize("asked", [{"status": 404}, {"method": "POST"}, {"path": "/b/"}])
def test_a_page_that_was_not_had_again_tells_nothing(
    book: Book, light: Book, look: Look, asked: dict[str, object]
) -> None:
    path = str(asked.pop("path", "/a/"))
    light.request(path, f"round 1|GET {path}", **asked)
    assert not is_cold(book, light, look)


def test_only_loops_are_told_to_be_cold(book: Book, light: Book, look: Look) -> None:
    request = book.request("/a/")
    for _ in range(3):
        book.query(request, "SELECT 1 FROM t", [], stack=book.stack(VIEW))
    light.request("/a/", "round 1|GET /a/")
    (found,) = merge(look(book), costs_of(light), {})
    assert found.code == "HC201" and not found.cold


def test_a_changed_source_is_stale(book: Book, look: Look) -> None:
    listed(book, "/a/")
    found = merge(look(book), Costs(), {})
    recorded = found[0].expression[0].sha256
    assert recorded is not None

    def stale(digests: dict[str, str]) -> bool:
        (checked,) = with_stale(found, digests)
        return checked.stale

    assert not stale({"shop/views.py": recorded})
    assert stale({"shop/views.py": "other"})
    assert stale({})


def test_findings_are_json(book: Book, look: Look) -> None:
    listed(book, "/a/")
    (found,) = merge(look(book), Costs(), {})
    answer = json.loads(json.dumps(found.as_json()))
    (step,) = answer["path"]
    assert step == {"relation": "category", "kind": "forward_key", "model": "shop.Product"}
    assert answer["lookup"] == "category" and answer["queryset"]["sliced"] is False
    assert answer["expression"][0]["path"] == "shop/views.py"
    assert answer["evidence"]["requests"] == ["GET /a/"]
