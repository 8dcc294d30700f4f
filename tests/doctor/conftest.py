from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from booking import Book

from hotclub.doctor import rules
from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor._stacks import Stacks
from hotclub.recording import Recording


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path / "deep.hclb")
    yield made
    made.db.close()


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path / "light.hclb", depth="light")
    yield made
    made.db.close()


@pytest.fixture
def look(tmp_path: Path) -> Callable[[Book], list[Sighting]]:
    """What the rules see in everything that was booked."""

    def look(book: Book) -> list[Sighting]:
        with Recording.open(book.path) as recording:
            stacks = Stacks.of(recording, tmp_path)
            requests = recording.requests()
            seen = (Seen(recording, request, stacks) for request in requests)
            return rules.look_at(seen)

    return look
