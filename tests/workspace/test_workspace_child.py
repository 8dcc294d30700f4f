"""What requests, hangs, deaths and noise cost: one child at most."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import AgentError, ChildDied, ChildTimeout, Workspace
from tests.workspace.sample_project import append


def test_noise_goes_to_the_log(shared: Workspace) -> None:
    with shared.child() as child:
        assert child.request("/").status == 200
        assert "noise on standard output" in child.log_tail()
        assert "noise" not in child.log_tail(size=10)


def test_noise_at_the_start_does_not_reach_the_wire(root: Path) -> None:
    append(root, 'print("{}"); import os; os.write(1, b"[]"); os.write(2, b"{}"); input = None')
    append(root, 'import sys; assert sys.stdin.read() == ""')
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        assert child.request("/search/").body == b"found"


def test_a_view_that_sleeps_costs_its_child(shared: Workspace) -> None:
    with shared.child() as child:
        with pytest.raises(ChildTimeout, match="GET /sleeps/ took longer") as raised:
            child.request("/sleeps/", seconds=0.5)
        assert raised.value.where.startswith("books/views.py:")
        assert raised.value.where.endswith("in sleeps")
        assert not child.alive
        with pytest.raises(ChildDied, match="already closed"):
            child.request("/")
    with shared.child() as child:
        assert child.request("/search/").status == 200


@pytest.mark.parametrize(("path", "truncated"), [("/endless/", "bytes"), ("/drip/", "seconds")])
def test_a_stream_without_end_is_cut(shared: Workspace, path: str, truncated: str) -> None:
    with shared.child() as child:
        answer = child.request(path, seconds=1.0, size=50_000)
        assert (answer.status, answer.truncated) == (200, truncated)
        assert answer.size <= 60_000 and answer.body
        assert child.request("/search/").body == b"found"


def test_a_view_that_raises_names_its_own_line(shared: Workspace) -> None:
    with shared.child() as child:
        answer = child.request("/broken/")
        assert answer.status == 500
        assert answer.error is not None
        assert answer.error["type"] == "DoesNotExist"
        assert (answer.error["file"], answer.error["function"]) == ("books/views.py", "broken")
        assert answer.error["code"].startswith("return HttpResponse(Author.objects.get(")
        answer = child.request("/broken-stream/")
        assert answer.error is not None and answer.error["function"] == "parts"
        assert answer.body == b"one"
        answer = child.request("/exits/")
        assert answer.error is not None and answer.error["type"] == "SystemExit"
        assert child.request("/search/").error is None


def test_a_child_that_dies_says_how(shared: Workspace) -> None:
    died = pytest.raises(ChildDied, match="exited with status 7 during GET /dies/")
    with shared.child() as child, died:
        child.request("/dies/")
    with shared.child() as child:
        os.kill(child.pid, 9)
        with pytest.raises(ChildDied, match="was ended by SIGKILL"):
            child.request("/")
        child.kill()
        child.close()


def test_redirects_are_returned(shared: Workspace) -> None:
    with shared.child() as child:
        answer = child.request("/circles/", links=True)
        assert (answer.status, answer.header("location")) == (302, "/circles/?again=1")
        assert answer.links[0]["url"] == "/circles/?again=1"


def test_what_a_request_carries(shared: Workspace) -> None:
    with shared.child() as child:
        answer = child.request("/save/", query="q=ü%20x", headers=[("X-It", "y"), ("Host", "no")])
        assert answer.body.decode() == "GET None http localhost ü x y"
        answer = child.request(
            "/save/?q=1",
            method="POST",
            headers=[("Content-Type", "application/x-www-form-urlencoded")],
            body=b"a=5",
        )
        assert (answer.status, answer.body) == (200, b"POST 5 http localhost 1 None")
        assert child.request("/missing%2Fpage/").status == 404


def test_links_reversed_and_routes(shared: Workspace) -> None:
    with shared.child() as child:
        answer = child.request("/")
        assert (answer.links, answer.reversed) == ((), ())
        answer = child.request("/", links=True)
        assert answer.links == (
            *(
                {"url": f"/authors/author-{n}/", "route": "authors/<slug:slug>/", "logout": False}
                for n in range(3)
            ),
            {"url": "/accounts/log-out/?next=/", "route": "accounts/log-out/", "logout": True},
            {"url": "/search/", "route": "search/", "logout": False},
        )
        assert [link["url"] for link in answer.reversed] == [
            f"/authors/author-{n}/" for n in range(3)
        ]
        answer = child.request("/authors/author-2/", links=True)
        assert json.loads(answer.body)["titles"] == ["Book 2.0 Author 2", "Book 2.1 Author 2"]
        assert (answer.queries, answer.writes) == (2, 0)
        assert answer.route == "authors/<slug:slug>/"
        assert [link["url"] for link in answer.links] == ["/"]


def test_a_session_survives_logging_out(shared: Workspace) -> None:
    with shared.child() as child:
        users = child.call("users")
        assert (users["user"]["username"], users["staff"]["username"]) == ("ben", "boss")
        assert child.request("/whoami/").body == b"-"
        first = child.request("/whoami/", user="user").body
        assert first == b"ben None"
        assert child.request("/accounts/log-out/", user="user").body == b"out"
        assert child.request("/whoami/", user="user").body == first
        assert child.request("/admin/books/", user="staff").status in (200, 404)
        assert child.request("/admin/", user="staff").status == 200
        with pytest.raises(AgentError, match="nobody is called 'root'"):
            child.request("/", user="root")


def test_chance_is_the_same_in_every_child(shared: Workspace) -> None:
    with shared.child(run="a") as child:
        first = [child.request("/chance/").body for _ in range(3)]
    with shared.child(run="b") as child:
        child.call("users")
        second = [child.request("/chance/", user="user").body for _ in range(3)]
        again = child.request("/chance/", index=2).body
    assert first == second
    assert len(set(first)) == 3
    assert again == first[1]


def test_a_cache_with_the_methods_that_projects_call(shared: Workspace) -> None:
    with shared.child() as child:
        assert child.request("/counted/").body in (b"1 60 ['seen']", b"1 59 ['seen']")
        assert child.request("/counted/").body.startswith(b"2 ")


def test_a_recording_is_made(shared: Workspace) -> None:
    path = shared.path("recordings", "test.hclb")
    for label in ("first", "second"):
        with shared.child(recording=path, depth="deep") as child:
            child.request("/authors/author-2/", label=label)
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT label, route, query_count FROM request").fetchall()
    connection.close()
    assert found == [
        ("first", "authors/<slug:slug>/", 2),
        ("second", "authors/<slug:slug>/", 2),
    ]


def test_what_a_child_answered_before_it_died_is_recorded(shared: Workspace) -> None:
    path = shared.path("recordings", "died.hclb")
    with shared.child(recording=path, depth="deep") as child:
        for label in ("first", "second", "third"):
            child.request("/search/", label=label)
        with pytest.raises(ChildDied):
            child.request("/dies/")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT label FROM request").fetchall() == [
            ("first",), ("second",), ("third",),
        ]  # fmt: skip
    connection.close()


def test_a_killed_child_leaves_nothing_running(shared: Workspace) -> None:
    with shared.child() as child:
        pid = child.pid
        with pytest.raises(AgentError, match="no operation 'nonsense'") as raised:
            child.call("nonsense")
        assert raised.value.kind == "request"
        assert child.call("setup")["host"] == "localhost"
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the child is still there")
