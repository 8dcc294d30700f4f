"""Where a copy lies is no difference between copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.proof._copies import Copies

ROOT = Path("/tmp/hotclub-x.y")
LENGTH = ("Content-Length", "{}")


def answer(text: str) -> tuple[tuple[tuple[str, str], ...], bytes]:
    body = text.encode()
    headers = (("Content-Length", str(len(body))), ("X-File", text), ("X-Other", "12"))
    return Copies(ROOT).blank(headers, body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{root}/trees/main/shop/a.html", "{root}/trees/trial-12/shop/a.html"),
        ('"{root}/runs/old-1"', '"{root}/runs/new-3-analyzed-1"'),
        ("{escaped}\\/trees\\/main\\/shop", "{escaped}\\/trees\\/trial-1\\/shop"),
    ],
)
def test_copies_are_not_told_apart(one: str, other: str) -> None:
    names = {"root": str(ROOT), "escaped": str(ROOT).replace("/", "\\/")}
    assert answer(one.format(**names)) == answer(other.format(**names))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{root}/trees/main/shop/a.html", "{root}/trees/trial-1/shop/b.html"),
        ("{root}/trees/main", "{root}/trees/trial-1/"),
        ("/srv/trees/main", "/srv/trees/trial-1"),
        ("/tmp/hotclub-xzy/trees/main", "/tmp/hotclub-xzy/trees/trial-1"),
    ],
)
def test_everything_else_counts(one: str, other: str) -> None:
    assert answer(one.format(root=ROOT)) != answer(other.format(root=ROOT))


def test_a_length_that_is_not_the_bodys_stays() -> None:
    headers, _ = Copies(ROOT).blank((("Content-Length", "7"),), f"{ROOT}/runs/old-1".encode())
    assert headers == (("Content-Length", "7"),)
