"""Rows on which eager loading could go wrong: seen, else added to the copy, else told."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hotclub.fix.model import Fix
from hotclub.project import Project
from hotclub.proof import Proof, prove
from hotclub.proof._trial import Trials
from hotclub.workspace import Workspace
from tests.proof import shelves

EDITOR = 'Book.objects.order_by("pk")\n    return HttpResponse("; ".join(f"{b.title} by'
JOINED = EDITOR.replace('("pk")', '("pk").select_related("editor")', 1)
BOOKS = 'Author.objects.order_by("pk")\n    return HttpResponse("; ".join(\n        f"{a.name}:'
FETCHED = BOOKS.replace('("pk")', '("pk").prefetch_related("books")', 1)
TAGS = 'Book.objects.order_by("pk")[:4]'
PASSPORTS = BOOKS.replace("name}:", "name} {a.passport")
JOINED_TOO = PASSPORTS.replace('("pk")', '("pk").select_related("passport")', 1)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shelves.create(tmp_path_factory.mktemp("shelves"))


@pytest.fixture(scope="module")
def workspace(root: Path) -> Iterator[Workspace]:
    with Workspace.create(Project.find(root, python=sys.executable)) as made:
        yield made


def good() -> list[Fix]:
    return [
        shelves.fix(EDITOR, JOINED, "/books/", "editor"),
        shelves.fix(BOOKS, FETCHED, "/authors/", "books"),
        shelves.fix(TAGS, TAGS.replace("[", '.prefetch_related("tags")['), "/tags/", "tags"),
        shelves.fix(PASSPORTS, JOINED_TOO, "/passports/", "passport"),
    ]


def proof(workspace: Workspace, fixes: list[Fix]) -> Proof:
    targets = dict.fromkeys(f.findings[0].evidence.requests[0].split()[1] for f in fixes)
    requests = [shelves.request(target) for target in targets]
    return prove(workspace, fixes, requests, render=shelves.render)


def seats() -> Fix:
    """No author may have another one's seat, and an author more is not on the page."""
    rows = "Author.objects.filter(pk__lte=3)"
    return shelves.fix(rows, f'{rows}.prefetch_related("seats")', "/seats/", "seats")


def test_what_was_not_seen_is_added_and_seen_or_told(workspace: Workspace, root: Path) -> None:
    before = (root / "db.sqlite3").read_bytes()
    result = proof(workspace, [*good(), seats()])
    assert len(result.kept) == 5
    (one,) = result.reservations
    assert one.fix.findings[0].lookup == "seats"
    assert one.reason == "equal, not witnessed: seats: a row without any"
    assert (root / "db.sqlite3").read_bytes() == before


def test_fixes_that_are_wrong_only_on_such_rows(workspace: Workspace) -> None:
    inner = JOINED.replace("Book.objects", "Book.objects.filter(editor__isnull=False)")
    some = FETCHED.replace("Author.objects", "Author.objects.filter(books__isnull=False)")
    wrong = [
        shelves.fix(EDITOR, inner, "/books/", "editor"),
        shelves.fix(BOOKS, some, "/authors/", "books"),
        replace(seats(), kind="witnessed"),
    ]
    result = proof(workspace, wrong)
    assert not result.kept
    reasons = sorted(one.reason for one in result.rejected)
    assert reasons[0] == "equal, not witnessed: seats: a row without any"
    assert reasons[1].startswith("on rows that were added to the copy, GET /authors/: body differs")
    assert reasons[2].startswith("on rows that were added to the copy, GET /books/: body differs")


def test_every_kind_of_relation_gets_its_rows(workspace: Workspace) -> None:
    with workspace.child(run="rows") as child:
        steps = [
            {"model": "books.Author", "relation": "books", "kind": "reverse_key"},
            {"model": "books.Book", "relation": "tags", "kind": "many_to_many"},
            {"model": "books.Author", "relation": "notes", "kind": "generic_relation"},
            {"model": "books.Author", "relation": "passport", "kind": "reverse_one_to_one"},
            {"model": "books.Note", "relation": "about", "kind": "generic_key"},
        ]
        needs = [["empty", "several"]] * 3 + [["empty"], ["null"]]
        told = child.call(
            "add_witnesses",
            steps=[
                {**step, "needs": need, "owners": ["2", "3", "4"]}
                for step, need in zip(steps, needs, strict=True)
            ],
        )["told"]
        path = next((child.run / "databases").glob("*.sqlite3"))
        with closing(sqlite3.connect(path)) as db:
            books = dict(db.execute("SELECT author_id, count(*) FROM books_book GROUP BY 1"))
            tags = dict(db.execute("SELECT book_id, count(*) FROM books_book_tags GROUP BY 1"))
            seats = dict(db.execute("SELECT author_id, count(*) FROM books_passport GROUP BY 1"))
            notes = dict(db.execute("SELECT number, count(*) FROM books_note GROUP BY 1"))
    assert told == [""] * 5
    assert books[2] >= 2 and 4 not in books
    assert tags[2] >= 2 and 4 not in tags
    assert 4 not in seats and seats[2] == 1
    assert notes[2] >= 2 and 4 not in notes and notes[None] == 1


def test_what_cannot_be_made_is_told(workspace: Workspace) -> None:
    with workspace.child(run="none") as child:
        step = {"model": "books.Author", "relation": "books", "kind": "reverse_key"}
        told = child.call("add_witnesses", steps=[{**step, "needs": ["empty"], "owners": []}])
        assert told == {"told": ["empty: no books.Author is there to give it to"]}


def test_what_is_written_is_compared_too(workspace: Workspace) -> None:
    same = shelves.fix(
        "Author.objects.filter(pk=1).update", "Author.objects.filter(id=1).update", "/rename/"
    )
    other = shelves.fix('update(name="renamed")', 'update(name="else")', "/rename/")
    page = shelves.request("/rename/", "POST")
    trials = Trials(workspace, [page], shelves.render, lambda *_: None)
    assert trials.complaint([same]) is None
    assert trials.complaint([other]) == (
        "POST /rename/: what was written to books_author.name differs"
    )


def test_columns_that_differ_by_themselves_are_not_compared(workspace: Workspace) -> None:
    one = shelves.fix('HttpResponse("added")', 'HttpResponse(b"added")', "/add/?clock")
    pages = [shelves.request("/add/?clock", "POST")]
    outcome = Trials(workspace, pages, shelves.render, lambda *_: None).outcome([one])
    assert outcome.verdicts[0].outcome == "equal"
    assert [mask.name for mask in outcome.verdicts[0].masks] == ["column books_author.name"]


EDITED = 'Book.objects.order_by("-pk")'


@pytest.mark.parametrize("page", ["/edited/", "/handled/"])
def test_rows_that_break_a_page_by_itself_are_withdrawn(workspace: Workspace, page: str) -> None:
    """A book without an editor; the page on which there are authors without books is shown."""
    moved = EDITED.replace("(", "(\n        ", 1) + '.select_related("editor")'
    fixes = [
        shelves.fix(EDITED, moved, page, "editor"),
        shelves.fix(BOOKS, FETCHED, "/authors/", "books"),
    ]
    result = proof(workspace, fixes)
    assert len(result.kept) == 2, [one.reason for one in result.rejected]
    (one,) = result.reservations
    assert one.fix is fixes[0]
    assert one.reason.startswith(
        f"equal, not witnessed: editor: a key that is NULL (withdrawn, GET {page} fails on it "
        "without the edit: "
    )


def test_other_rows_of_the_page_are_still_witnesses(workspace: Workspace) -> None:
    """What breaks the page hides nothing: the other fix is seen to be wrong on its row."""
    inner = FETCHED.replace("Author.objects", "Author.objects.filter(books__isnull=False)")
    wrong = shelves.fix(BOOKS, inner, "/both/", "books")
    right = shelves.fix(EDITED, f'{EDITED}.select_related("editor")', "/both/", "editor")
    result = proof(workspace, [right, wrong])
    assert [one.fix for one in result.rejected] == [wrong]
    assert "on rows that were added to the copy, GET /both/" in result.rejected[0].reason
    assert result.kept == (right,) and len(result.reservations) == 1
