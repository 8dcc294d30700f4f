"""What the crawl asks for, in which order, and what it leaves alone."""

from __future__ import annotations

import pytest

from hotclub.doctor import Place
from hotclub.doctor._outcomes import failing, routes
from hotclub.doctor.crawl import Crawl, KnownRoute, Target, Visit
from hotclub.doctor.crawl._frontier import Frontier
from hotclub.doctor.crawl._routes import Routes
from hotclub.doctor.crawl._targets import destructive, split_url


def route(pattern: str = "products/", **values: object) -> KnownRoute:
    facts = {"id": 1, "pattern": pattern, "view": "shop.views.list", "in_project": True}
    return KnownRoute.read({**facts, **values})


def targets(frontier: Frontier) -> list[str]:
    return [frontier.pop()[1].label for _ in range(len(frontier))]


def test_every_route_once_before_any_twice() -> None:
    frontier = Frontier(samples=3)
    for path in ("/a/1/", "/a/2/"):
        frontier.add(Target(path, "", None, "a/<pk>/"), route("a/<pk>/"))
    frontier.add(Target("/b/", "", None, "b/"), route("b/"))
    frontier.add(Target("/a/1/", "", "staff", "a/<pk>/"), route("a/<pk>/"))
    assert targets(frontier) == ["GET /a/1/", "GET /b/", "GET /a/1/ (staff)", "GET /a/2/"]


def test_the_projects_own_routes_come_first() -> None:
    frontier = Frontier(samples=3)
    frontier.add(Target("/other/", "", None, "o"), route("o", in_project=False))
    frontier.add(Target("/own/", "", "staff", "p"), route("p"))
    assert targets(frontier) == ["GET /own/ (staff)", "GET /other/"]


def test_another_form_of_the_same_page_can_wait() -> None:
    frontier = Frontier(samples=3)
    plain, suffixed, nameless = Routes(
        [
            route("api/", id=1, name="list"),
            route("api.<format>", id=2, name="list"),
            route("other/", id=3),
        ]
    )
    assert (plain.variant, suffixed.variant, nameless.variant) == (False, True, False)
    frontier.add(Target("/api.json", "", None, suffixed.pattern), suffixed)
    frontier.add(Target("/api/", "", None, plain.pattern), plain)
    assert targets(frontier) == ["GET /api/", "GET /api.json"]


def test_a_handful_of_urls_for_each_route_and_user() -> None:
    frontier = Frontier(samples=2)
    taken = [frontier.add(Target(f"/p/{n}/", "", None, "p"), route("p")) for n in range(9)]
    assert taken == [True, True] + [False] * 7
    assert frontier.add(Target("/p/9/", "", "user", "p"), route("p"))


def test_one_page_of_a_paginator_is_enough() -> None:
    frontier = Frontier(samples=3)
    asked = ["page=2", "page=3", "page=9", "page=2&sort=name", "sort=price&page=1", "q="]
    taken = [frontier.add(Target("/p/", query, None, "p"), route("p")) for query in asked]
    assert taken == [True, False, False, True, False, True]


def test_nothing_is_asked_twice() -> None:
    frontier = Frontier(samples=3)
    target = Target("/p/", "", None, "p")
    assert frontier.add(target, route("p")) and not frontier.add(target, route("p"))


@pytest.mark.parametrize(
    "text",
    [
        "/accounts/logout/", "/log-out", "/sign_out/", "/signout/", "basket/remove/<pk>/",
        "/item/3/delete/", "/cache/purge/", "/newsletter/unsubscribe/",
    ],
)  # fmt: skip
def test_destructive_urls(text: str) -> None:
    assert destructive(text)


@pytest.mark.parametrize("text", ["/blog/", "/undeleted/", "/login/", "/sign/", "/outlet/", "/"])
def test_harmless_urls(text: str) -> None:
    assert not destructive(text)


def test_labels_name_the_user() -> None:
    assert Target("/a/", "x=1", None, "a").label == "GET /a/?x=1"
    assert Target("/a/", "", "staff", "a").label == "GET /a/ (staff)"
    assert split_url("/a/?x=1#top") == ("/a/", "x=1")
    assert split_url("?x=1") == ("/", "x=1")


def outcome(known: KnownRoute, *visits: Visit, **seen: object) -> tuple[str, str]:
    crawl = Crawl(Routes([known]), [None, "staff"], visits=list(visits), **seen)  # type: ignore[arg-type]
    (found,) = routes(crawl)
    return found.outcome, found.reason


def visit(status: int, user: str | None = None, **values: object) -> Visit:
    return Visit(Target("/products/", "", user, "products/"), status, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("visits", "expected", "words"),
    [
        ([visit(200)], "ok", ""),
        ([visit(403), visit(204, "staff")], "ok", ""),
        ([visit(403)], "forbidden", "403"),
        ([visit(404), visit(403)], "forbidden", "403"),
        ([visit(404)], "not found", "404"),
        ([visit(405)], "method", "GET"),
        ([visit(302, location="/accounts/login/?next=/")], "login", "login"),
        ([visit(302, location="/elsewhere/")], "redirect", "/elsewhere/"),
        (
            [visit(302, location="/login/"), visit(302, "staff", location="/basket/")],
            "redirect",
            "/basket/",
        ),
        ([visit(404), visit(500, problem="KeyError: 'x'")], "error", "KeyError: 'x'"),
        ([visit(0, lost="time-out", problem="took longer")], "time-out", "took longer"),
        ([visit(0, lost="died", problem="SIGSEGV")], "died", "SIGSEGV"),
        ([visit(418)], "status", "418"),
        ([visit(0, problem="nobody is logged in")], "error", "nobody is logged in"),
    ],
)
def test_why_a_route_was_not_reached(visits: list[Visit], expected: str, words: str) -> None:
    found, reason = outcome(route(), *visits)
    assert found == expected and words in reason


def test_why_a_route_was_not_even_tried() -> None:
    assert outcome(route(logout=True))[0] == "skipped"
    assert outcome(route("item/<pk>/delete/"))[0] == "skipped"
    assert outcome(route(methods=["POST"])) == ("method", "it takes only POST")
    missing = {"products/": "nothing in the database for slug"}
    found, reason = outcome(route(), no_parameters=missing)
    assert found == "no parameters"
    assert reason == "nothing in the database for slug; --requests can name a URL"
    assert "limit" in outcome(route(), waiting={"products/"})[1]
    assert outcome(route())[0] == "not reached"


def test_a_project_that_fails_by_itself_is_told() -> None:
    bad = [visit(500, problem="KeyError: 'x'")] * 4 + [visit(503, problem="OSError: no")] * 2
    crawl = Crawl(Routes([route()]), [None], visits=[*bad, *[visit(200)] * 5])
    (note,) = failing(crawl)
    assert note.startswith("6 of 11 requests were answered 5xx, most often with KeyError: 'x'")
    crawl.visits.append(visit(200))
    assert failing(crawl) == []
    assert failing(Crawl(Routes([route()]), [None], visits=bad[:4])) == []


def test_what_writes_may_redirect() -> None:
    def wrote(status: int, expected: int = 0) -> Visit:
        return Visit(Target("/a/", "", None, "a", method="POST", expected=expected), status)

    assert wrote(201).ok and wrote(302).ok and not wrote(403).ok
    assert wrote(422, expected=422).ok and not wrote(200, expected=201).ok


def test_a_failure_keeps_its_place() -> None:
    place = Place("line", "shop/views.py", True, 12)
    bad = visit(500, problem="KeyError: 'x'", place=place)
    (found,) = routes(Crawl(Routes([route()]), [None], visits=[bad]))
    assert found.place == place and not found.reached


def test_a_pattern_that_is_taken_twice_is_reached_once() -> None:
    second = route(id=2, name="second")
    crawl = Crawl(Routes([route(), second]), [None], visits=[visit(200)])
    first, shadow = routes(crawl)
    assert first.reached and not shadow.reached and "earlier" in shadow.reason
