"""Parts of the worker that need no project."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from hotclub.agent.worker._links import Finder
from hotclub.agent.worker._lookup import _takes_words
from hotclub.agent.worker._paths import moved, moved_value
from hotclub.agent.worker._watch import is_write


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", False),
        ("  select 'INSERT'", False),
        ("INSERT INTO t VALUES (1)", True),
        ("/* a */ -- b\n update t set x = 1", True),
        ("(SELECT 1) UNION (SELECT 2)", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("WITH a AS (SELECT 1) DELETE FROM t", True),
        ("SAVEPOINT x", False),
        ("DELETE\nFROM t", True),
        ("", False),
    ],
)
def test_writes(sql: str, expected: bool) -> None:
    assert is_write(sql) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^events/(?P<event>[^/]+)/$", "perhaps"),
        (r"^events/(?P<event>[-\w]+)/(?P<pk>\d+)/$", "perhaps"),
        (r"^events/(?P<event>\d+)/$", ""),
        (r"^events/(?P<event>[0-9a-f]{4})/$", ""),
        (r"^events/(?P<other>[^/]+)/$", ""),
    ],
)
def test_a_groups_own_expression_says_whether_it_takes_words(pattern: str, expected: str) -> None:
    route = SimpleNamespace(converters={}, pattern=pattern)
    assert _takes_words(route, "event") == expected  # type: ignore[arg-type]


class _Routes:
    def find(self, path: str) -> Any:
        if path.startswith("/no"):
            return None
        return SimpleNamespace(pattern=path[1:], logout=False)


def _urls(kind: str, body: str, base: str = "/a/b/") -> list[str]:
    finder = Finder(_Routes(), "localhost")  # type: ignore[arg-type]
    return [
        link["url"] for link in finder.in_response(base, [("Content-Type", kind)], body.encode())
    ]


def test_links_in_html() -> None:
    page = (
        '<link rel="stylesheet" href="/x.css"><link rel="next" href="?page=2">'
        '<a href="c/">x</a><a href=" ../d/?q=1&amp;r=2#f "><a href="//evil.example/">'
        '<a href="mailto:a@b.c"><a href="javascript:x()"><a href="#top"><a href="http://[bad">'
        '<img src="http://localhost/img"><a href="/no/"><a href="c/"><form></form>'
        '<form method="POST" action="/post/"><form action="/search"><a href="http://localhost:80/p">'
    )
    assert _urls("text/html; charset=utf-8", page) == [
        "/a/b/?page=2", "/a/b/c/", "/a/d/?q=1&r=2", "/img", "/search", "/p",
    ]  # fmt: skip


def test_links_in_json() -> None:
    body = '{"next": "http://localhost/p?page=2", "x": [{"y": "/z/"}, "text", 1, null, "no/"]}'
    assert _urls("application/json", body) == ["/p?page=2", "/z/"]
    assert _urls("application/vnd.api+json", '["/z/"]') == ["/z/"]
    assert _urls("application/json", '["/z/"') == []
    assert _urls("text/plain", '["/z/"]') == []


def test_paths_are_moved_where_they_were_copied(tmp_path: Any) -> None:
    root, tree = str(tmp_path / "root"), str(tmp_path / "tree")
    for path in ("root/a", "root/venv", "tree/a"):
        (tmp_path / path).mkdir(parents=True)
    assert moved(f"{root}/a", root, tree) == f"{tree}/a"
    assert moved(f"{root}/venv", root, tree) == f"{root}/venv"
    assert moved(f"{root}/new", root, tree) == f"{tree}/new"
    assert moved(f"{root}ed/a", root, tree) == f"{root}ed/a"
    value = {"x": [f"{root}/a", (tmp_path / "root" / "a",)], "y": object()}
    inner, other = value["x"], value["y"]
    assert moved_value(value, root, tree) is value
    assert value == {"x": [f"{tree}/a", (tmp_path / "tree" / "a",)], "y": other}
    assert inner[0] == f"{root}/a"  # type: ignore[index]


SCRIPT = """
from hotclub.agent.worker import _determinism
_determinism.install(1)
import os, random, secrets, uuid, sys, tempfile
def draw():
    return [random.random(), random.Random().getrandbits(64), random.SystemRandom().random(),
            os.urandom(3), secrets.token_urlsafe(8), secrets.choice(range(1000)), uuid.uuid4(),
            uuid.uuid1(), uuid.uuid1(5, 6), os.getrandom(4), random.seed() or random.random(),
            *(made() for made in (getattr(uuid, n, None) for n in ("uuid6", "uuid7")) if made)]
first = draw()
for index in map(int, sys.argv[1:]):
    _determinism.reseed(index)
    print(draw())
assert draw() != draw()
for version, made in ((1, uuid.uuid1()), (4, uuid.uuid4()), (1, uuid.uuid1(5, 6))):
    assert made.version == version and made.variant == uuid.RFC_4122
for version in (6, 7):
    if hasattr(uuid, f"uuid{version}"):
        made = [getattr(uuid, f"uuid{version}")() for _ in range(3)]
        assert made == sorted(made) and made[0].version == version, made
        assert made[0].variant == uuid.RFC_4122
print(first)
"""


def _drawn(*indexes: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, indexes)],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"},
    )  # fmt: skip
    return done.stdout.splitlines()


def test_chance_depends_on_the_index_alone() -> None:
    first = _drawn(1, 2, 3)
    assert first == _drawn(1, 2, 3)
    assert len(set(first)) == 4
    assert _drawn(3)[0] == first[2]
