"""What deep recordings notice of querysets, instances, writes and sockets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotclub.recording import Note, Recording
from tests.recorder.playing import ROOT, environment

SCRIPT = """
import copy, pickle, socket, sys
from tests.recorder.drive import call, fill, prepare, PROJECT
database, path, depth = sys.argv[1:]
prepare(database)
from hotclub.agent import recorder
recorder.install({"path": path, "root": str(PROJECT.parent), "depth": depth})
fill(database)
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient
from library.models import Author, Book, Review
import library.views as pages


def length(books):
    len(books)

def iterated(books):
    [book.title for book in books]

def listed(books):
    list(books)

def tested(books):
    bool(books)

def counted_then_iterated(books):
    books.count()
    for book in books:
        pass

def indexed(books):
    books[0]
    len(books)
    books[0]
    books[1:2]

def got(books):
    Book.objects.get(title="book 1")

def first(books):
    books.first()

def read(books):
    for book in books.select_related("author"):
        book.title, book.title, book.author.name, book.author_id

def pickled(books):
    pickle.dumps(list(books))

def copied(books):
    copy.copy(books[0])

def found(books):
    review = Review.objects.get(pk=1)
    review.stars = review.stars + 1
    review.save(update_fields=["stars"])

def locked(books):
    with transaction.atomic():
        review = Review.objects.select_for_update().get(pk=1)
        review.stars += 1
        review.save()

def replaced(books):
    review = Review.objects.get(pk=1)
    review.stars = 7
    review.save()

def made(books):
    review = Review(book=books.get(title="book 2"), stars=3)
    review.stars += 1
    review.save()
    review.delete()

def outbound(books):
    for host in ("shop.invalid", "localhost", "127.0.0.1"):
        try:
            with transaction.atomic():
                socket.create_connection((host, 9), 0.01)
        except OSError:
            pass

def outside(books):
    try:
        socket.create_connection(("shop.invalid", 9), 0.01)
    except OSError:
        pass


def view(work):
    def answer(request):
        work(Book.objects.order_by("id"))
        return HttpResponse()
    return answer

VIEWS = [length, iterated, listed, tested, counted_then_iterated, indexed, got, first, read,
         pickled, copied, found, locked, replaced, made, outbound, outside]
for work in VIEWS:
    pages.PAGES[work.__name__] = view(work)

def streamed(request):
    books = Book.objects.order_by("id")
    return StreamingHttpResponse(book.title for book in books)

pages.PAGES["streamed"] = streamed
import asyncio

async def waited(request):
    books = Book.objects.order_by("id")
    await books.acount()
    async for book in books:
        book.title
    return HttpResponse()

import library.urls
from django.urls import path as route
library.urls.urlpatterns.insert(0, route("waited/", waited))

application = WSGIHandler()
for name in [*(work.__name__ for work in VIEWS), "streamed"]:
    with recorder.request_label(name):
        status, _, _ = call(application, "GET", f"/{name}/")
    assert status == 200, (name, status)

async def main():
    with recorder.request_label("waited"):
        await AsyncClient().get("/waited/", headers={"host": "library.test"})
asyncio.run(main())
recorder.uninstall()
book = Book.objects.get(title="book 1")
assert "title" in book.__dict__ and book.title == "book 1"
assert type(vars(Book)["title"]).__name__ == "DeferredAttribute"
assert not hasattr(type(vars(Book)["title"]), "__set__")
"""


@pytest.fixture(scope="module")
def noted(pure: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    yield from recorded(pure, tmp_path_factory.mktemp("noted"), "deep")


def recorded(pure: bool, directory: Path, depth: str) -> Iterator[Recording]:
    path = directory / "noted.hclb"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(directory / "x.sqlite3"), path, depth],
        cwd=ROOT, env=environment(pure), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with Recording.open(path) as recording:
        yield recording


def notes(recording: Recording, label: str, kind: str) -> list[Note]:
    request = recording.request(label)
    assert request is not None
    return [note for note in recording.notes(request) if note.kind == kind]


USES = {
    "length": [("len", False, None)],
    "iterated": [("iter", False, None)],
    "listed": [("iter", False, None), ("len", False, None)],
    "tested": [("bool", False, None)],
    "counted_then_iterated": [("count", False, True), ("iter", False, None)],
    "indexed": [
        ("index", False, None), ("len", False, None), ("index", True, None),
    ],
    "got": [],
    "first": [("first", False, True)],
    "streamed": [("iter", False, None)],
    "waited": [("count", False, True), ("iter", False, None)],
}  # fmt: skip


@pytest.mark.parametrize("label", USES)
def test_uses_of_a_queryset(noted: Recording, label: str) -> None:
    uses = notes(noted, label, "use")
    events = [(event[0], *event[2:]) for use in uses for event in use.facts["events"]]
    if label == "listed":  # list() asks how long it is, before or after
        assert ("iter", False, None) in events
        return
    if label == "indexed":  # two places
        events = list(dict.fromkeys(events))
    assert events == USES[label]


def test_a_use_knows_its_evaluation_and_where_it_was_made(noted: Recording) -> None:
    (use,) = notes(noted, "length", "use")
    assert use.name == "library.Book" and use.batch_id is not None and use.stack_id is not None
    (use,) = notes(noted, "first", "use")
    assert use.batch_id is None


def test_columns_that_were_read(noted: Recording) -> None:
    found = {note.name: note.facts for note in notes(noted, "read", "reads")}
    assert found["library.Book"]["reads"] == {"title": 18, "author_id": 9}
    assert found["library.Author"]["reads"] == {"name": 9}
    assert found["library.Book"]["opaque"] is False
    (never,) = notes(noted, "length", "reads")
    assert never.facts["reads"] == {} and never.facts["columns"] > 3


@pytest.mark.parametrize("label", ["pickled", "copied"])
def test_what_is_copied_or_pickled_is_read_unseen(noted: Recording, label: str) -> None:
    assert notes(noted, label, "reads")[0].facts["opaque"] is True


def test_a_number_replaced_after_it_was_read(noted: Recording) -> None:
    (found,) = notes(noted, "found", "set")
    assert (found.name, found.count) == ("stars", 1)
    for label in ("locked", "replaced", "made"):
        assert notes(noted, label, "set") == []


def test_writes_of_instances(noted: Recording) -> None:
    assert [note.name for note in notes(noted, "found", "save")] == ["library.Review stars"]
    assert [note.name for note in notes(noted, "replaced", "save")] == ["library.Review *"]
    assert [note.name for note in notes(noted, "made", "create")] == ["library.Review *"]
    assert [note.name for note in notes(noted, "made", "delete")] == ["library.Review"]


def test_connections_to_elsewhere_inside_a_transaction(noted: Recording) -> None:
    (note,) = notes(noted, "outbound", "outbound")
    assert note.name == "shop.invalid default"
    assert notes(noted, "outside", "outbound") == []


def test_light_recordings_note_nothing(pure: bool, tmp_path: Path) -> None:
    for recording in recorded(pure, tmp_path, "light"):
        assert all(not recording.notes(request) for request in recording.requests())
