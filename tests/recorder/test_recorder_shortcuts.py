"""Shortcuts record what their wrappers would, look like them, and keep nothing."""

from __future__ import annotations

import copy
import importlib.util
import sqlite3
from functools import wraps
from pathlib import Path

import pytest

from hotclub.agent.recorder._places import walk
from hotclub.agent.recorder._state import ANY, QueryFacts, Span, Trace, current
from tests.recorder.processes import run

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hotclub._native") is None, reason="hotclub._native is not built"
)

PLAY = """
import contextvars, inspect, threading, weakref
recording = install(interval=3600)
app = application()
from django.db import connection
from django.http import HttpResponse
import library.views
from library.models import Author, Book, Profile, Review
from hotclub.agent.recorder._state import current
def play(view):
    library.views.PAGES["played"] = lambda request: HttpResponse(view())
    status, _, content = call(app, "GET", "/played/")
    assert status == 200, content
    recorder.uninstall()
"""

# Each a view of its own: what is unusual about the loop or the statement.
ODD = {
    "missing": """
        for number, book in enumerate(Book.objects.all()):
            before = current.get()
            if number % 3:
                book.author_id = 99999
            try:
                book.author
            except Author.DoesNotExist:
                pass
            assert current.get() is before
    """,
    "several kinds": """
        for book in Book.objects.all():
            book.author.country
            book.editor and book.editor.country
        for profile in Profile.objects.select_related("author"):
            profile.author.country
    """,
    "two places": """
        for number, book in enumerate(list(Book.objects.all()) * 3):
            book._state.fields_cache.clear()
            book.author if number % 2 else book.author
    """,
    "a query within": """
        def nosy(execute, sql, params, many, context):
            if "library_author" in sql:
                context["connection"].cursor().execute("SELECT 1")
            return execute(sql, params, many, context)
        with connection.execute_wrapper(nosy):
            for book in Book.objects.all():
                book.author
    """,
    "a load within": """
        reviews = list(Review.objects.all())
        def nosy(execute, sql, params, many, context):
            if "library_author" in sql and reviews:
                reviews.pop().book
            return execute(sql, params, many, context)
        with connection.execute_wrapper(nosy):
            for book in Book.objects.all():
                book.author
    """,
    "a failing statement": """
        def failing(execute, sql, params, many, context):
            if "library_author" in sql:
                raise ValueError("not today")
            return execute(sql, params, many, context)
        for _ in range(2):
            for book in Book.objects.all():
                book.author
        with connection.execute_wrapper(failing):
            for book in Book.objects.all():
                try:
                    book.author
                except ValueError:
                    pass
                else:
                    raise AssertionError
    """,
    "by name": """
        with connection.cursor() as cursor:
            for _ in range(3):
                cursor.execute(sql="SELECT 1", params=None)
                cursor.execute("SELECT 2")
        type(Book.objects.all().query)(model=Book).get_compiler("default")
    """,
    "debugged": """
        connection.force_debug_cursor = True
        for book in Book.objects.all():
            book.author
        connection.force_debug_cursor = False
    """,
    "threads": """
        books = list(Book.objects.all())
        def load(some):
            for book in some:
                book.author
            connection.close()
        for part in (books[::2], books[1::2]):
            run = contextvars.copy_context().run
            thread = threading.Thread(target=run, args=(load, part))
            thread.start()
            thread.join()
        threading.Thread(target=load, args=([],)).start()
    """,
}
_TABLES = {
    "batch": "relation, via, shape, size, loads, members, queries, created_stack, trigger_stack",
    "span": "kind, name, count, stack_id, parent_id, batch_id",
    "query": "statement_id, rows, many, batch_id",
}


def recorded(
    view: str, database: Path, path: Path, pure: bool, before: str = ""
) -> dict[str, list[object]]:
    """What was recorded of one view, times aside; ``before`` runs outside any request."""
    run(
        f"{PLAY}\n{before}\ndef view():{view}\n        return ''\nplay(view)\n",
        database,
        path,
        pure,
    )
    with sqlite3.connect(path) as connection:
        rows = {
            t: connection.execute(f"SELECT {c} FROM {t}").fetchall() for t, c in _TABLES.items()
        }
    connection.close()
    return rows


@pytest.mark.parametrize("name", ODD)
def test_the_same_is_recorded(name: str, database: Path, tmp_path: Path) -> None:
    quick = recorded(ODD[name], database, tmp_path / "native.hclb", pure=False)
    assert quick == recorded(ODD[name], database, tmp_path / "pure.hclb", pure=True)
    assert quick["span"]


LIKE = """
from django.db.backends.utils import CursorWrapper
from django.db.models.sql import Query
for function, signature in (
    (CursorWrapper.execute, "(self, sql, params=None)"),
    (Query.__init__, "(self, model, alias_cols=True)"),
):
    assert type(function).__name__ == "Shortcut", function
    assert str(inspect.signature(function)) == signature, inspect.signature(function)
    original = inspect.unwrap(function)
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        assert getattr(function, name) == getattr(original, name), name
    assert weakref.ref(function)() is function
    function.note = 1
    assert function.__dict__["note"] == 1
assert str(inspect.signature(Query)) == "(model, alias_cols=True)"
with connection.cursor() as cursor:
    assert cursor.execute.__self__ is cursor and cursor.execute.__func__ is CursorWrapper.execute
    cursor.execute("SELECT 1")
    try:
        cursor.execute()
    except TypeError as error:
        assert "sql" in str(error)
try:
    CursorWrapper.execute()
except TypeError as error:
    print(error)
"""


def test_a_queryset_of_before_the_first_request_has_its_place(
    database: Path, tmp_path: Path
) -> None:
    view = "\n        [book.author for book in made.all()]"
    before = "exec(compile('made = Book.objects.all()', f'{PROJECT}/library/views.py', 'exec'))"
    plain, quick = (
        recorded(view, database, tmp_path / f"{pure}.hclb", pure, before) for pure in (True, False)
    )
    assert plain == quick
    with sqlite3.connect(tmp_path / "False.hclb") as connection:
        made = connection.execute("SELECT created_stack FROM batch WHERE parent_id IS NULL")
        assert all(stack is not None for (stack,) in made.fetchall())
    connection.close()


def test_they_look_like_what_they_stand_for(database: Path, tmp_path: Path) -> None:
    assert "self" in run(PLAY + LIKE, database, tmp_path / "like.hclb", pure=False)


KEPT = """
import gc, sys
from hotclub.agent.recorder._batches import Batch
from hotclub.agent.recorder._state import Span, Trace
watched = [Batch, Span, Trace, Author, current, type(None), None, ""]
def counts():
    recording.flush()
    gc.collect()
    return [sys.getallocatedblocks()] + [sys.getrefcount(each) for each in watched]
def ask(times):
    for _ in range(times):
        assert call(app, "GET", "/forward_key/")[0] == 200
        assert call(app, "GET", "/failing/")[0] == 500
grown = []
for _ in range(4):
    before = counts()
    ask(60)
    grown.append([b - a for a, b in zip(before, counts())])
print(max(min(each) for each in zip(*grown)))
"""


def test_nothing_is_kept(database: Path, tmp_path: Path) -> None:
    """A reference lost with each query would be hundreds in each of the four rounds."""
    assert int(run(PLAY + KEPT, database, tmp_path / "kept.hclb", pure=False)) < 300


@wraps(walk)
def wrapper() -> None: ...


class NoSlots:
    deep = folds = name = ns = count = trace = True


def test_what_they_are_made_of() -> None:
    from hotclub._native import Shortcuts
    from hotclub.agent.recorder._batches import Batch

    shortcuts = Shortcuts(current, ANY, walk, Trace, Span, Batch, QueryFacts)
    with pytest.raises(ValueError, match=r"no shortcut for unknown\(\)"):
        shortcuts.make("unknown", wrapper)
    with pytest.raises(AttributeError, match="__wrapped__"):
        shortcuts.make("execute", walk)
    with pytest.raises(TypeError, match="NoSlots.deep is not a slot"):
        Shortcuts(current, ANY, walk, NoSlots, Span, Batch, QueryFacts)
    with pytest.raises(TypeError):
        type(shortcuts.make("execute", wrapper))()


def test_a_cache_that_is_recorded_can_be_copied() -> None:
    from hotclub._native import Shortcuts
    from hotclub.agent.recorder._batches import Batch

    shortcuts = Shortcuts(current, ANY, walk, Trace, Span, Batch, QueryFacts)
    told = shortcuts.in_span(len, len, "cache", "get")
    assert type(told).__name__ == "Shortcut"
    assert copy.deepcopy({"get": told})["get"] is told and copy.copy(told) is told
