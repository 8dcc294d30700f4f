"""A project must not notice: same answers, nothing in its pickles, nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.recorder.playing import PAGES, ROOT, drive, environment


def run(script: str, tmp_path: Path, pure: bool) -> str:
    """Run a script in the test project's process; returns what it printed."""
    start = "import sys\nfrom tests.recorder.drive import call, fill, prepare, PROJECT\n"
    start += f"database = {str(tmp_path / 'library.sqlite3')!r}\nprepare(database)\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + script],
        cwd=ROOT,
        env=environment(pure),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_answers_with_and_without(played, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert drive(tmp_path / "library.sqlite3", None, PAGES, played.pure) == played.answers


PICKLE = """
import pickle, copy
from hotclub.agent import recorder
recorder.install({"path": database + ".hclb", "root": str(PROJECT), "depth": "deep"})
fill(database)
from django.test import RequestFactory
from library.models import Author, Book
made = []
def view(request):
    books = Book.objects.select_related("author").prefetch_related("tags").order_by("id")
    book = list(books)[0]
    author = Author.objects.first()
    lazy = author.books.all()
    made.extend([books, book, lazy, lazy.query, copy.copy(book), copy.deepcopy(books), author])
    assert book._state._hotclub is not None and book == copy.deepcopy(book)
    from django.http import HttpResponse
    return HttpResponse()
from django.core.handlers.wsgi import WSGIHandler
import library.views
library.views.PAGES["pickled"] = view
status, _, _ = call(WSGIHandler(), "GET", "/pickled/")
assert status == 200, status
sys.stdout.write(pickle.dumps(made).hex())
"""

UNPICKLE = """
import pickle
class Refuse:
    def find_spec(self, name, path=None, target=None):
        assert not name.startswith("hotclub"), name
sys.meta_path.insert(0, Refuse())
assert "hotclub" not in sys.modules
import django
django.setup()
books, book, lazy, query, copied, deep, author = pickle.loads(bytes.fromhex(%r))
assert "hotclub" not in sys.modules
assert [b.pk for b in books] == [b.pk for b in deep] and book == copied
assert list(lazy) == list(author.books.all())
assert book._state.__dict__.get("_hotclub") is None
print(sorted(vars(book._state)), sorted(name for name in vars(query) if "hotclub" in name))
"""


def test_pickles_load_where_there_is_no_hotclub(pure: bool, tmp_path: Path) -> None:
    pickled = run(PICKLE, tmp_path, pure)
    out = run(UNPICKLE % pickled, tmp_path, pure)
    assert "fields_cache" in out


RESTORED = """
import importlib, json
import django
django.setup()
names = ["django.db.models.sql.query", "django.db.models.sql.compiler", "django.db.models.query",
         "django.db.models.base", "django.db.models.fields.related_descriptors",
         "django.contrib.contenttypes.fields", "django.db.backends.utils", "django.core.cache",
         "django.core.handlers.base", "django.core.handlers.exception", "django.template.base",
         "rest_framework.serializers"]
modules = [importlib.import_module(name) for name in names]
def all_of():
    found = {}
    for module in modules:
        for name, value in vars(module).items():
            found[module.__name__, name] = id(value)
            if isinstance(value, type) and value.__module__ == module.__name__:
                found.update({(value.__qualname__, key): id(inner)
                              for key, inner in vars(value).items()
                              if key not in ("__dict__", "__weakref__")})
    return found
from library.models import Author, Book
before = all_of()
meta_path = list(sys.meta_path)
from hotclub.agent import recorder
recorder.install({"path": database + ".hclb", "root": str(PROJECT)})
during = all_of()
made_during = Author.books.related_manager_cls
wrapped = vars(made_during)["_apply_rel_filters"]
assert hasattr(wrapped, "__wrapped__")
recorder.uninstall()
assert all_of() == before
assert sys.meta_path == meta_path
assert vars(made_during)["_apply_rel_filters"] is wrapped.__wrapped__
recorder.install({"path": database + ".hclb", "root": str(PROJECT)})
assert vars(made_during)["_apply_rel_filters"] is wrapped
print(len([key for key in during if during[key] != before.get(key)]))
"""


def test_uninstall_leaves_django_as_it_was(pure: bool, tmp_path: Path) -> None:
    assert int(run(RESTORED, tmp_path, pure)) > 20


NOTHING = """
from hotclub.agent import recorder
recorder.install({"path": database + ".hclb", "root": str(PROJECT)})
print([name for name in sys.modules if name.split(".")[0] == "django"])
"""


def test_installing_imports_nothing_of_django(pure: bool, tmp_path: Path) -> None:
    assert run(NOTHING, tmp_path, pure).strip() == "[]"


LOADERS = """
import inspect, pkgutil, importlib.resources, json
from hotclub.agent import recorder
recorder.install({"path": database + ".hclb", "root": str(PROJECT)})
import django
django.setup()
import django.db.models.query as query
assert "class QuerySet" in inspect.getsource(query)
assert type(query.__loader__).__name__ == "SourceFileLoader"
assert "exec_module" not in vars(query.__loader__)
assert str(inspect.signature(query.QuerySet.filter)) == "(self, *args, **kwargs)"
print(inspect.signature(query.sql.Query.__init__))
"""


def test_modules_keep_their_loaders_and_signatures(pure: bool, tmp_path: Path) -> None:
    assert "model, alias_cols=True" in run(LOADERS, tmp_path, pure)


def test_no_two_recordings_in_a_process(pure: bool, tmp_path: Path) -> None:
    script = """
from hotclub.agent import recorder
recorder.install({"path": database + ".hclb", "root": str(PROJECT)})
try:
    recorder.install({"path": database + ".other", "root": str(PROJECT)})
except RuntimeError as error:
    print(error)
"""
    assert "recorded already" in run(script, tmp_path, pure)


def test_deterministic(pure: bool, tmp_path: Path) -> None:
    """Two recordings of the same requests have the same places, stacks and statements."""
    import sqlite3

    found = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.hclb"
        drive(
            tmp_path / f"{name}.sqlite3",
            {"path": str(path), "depth": "light"},
            [["GET", "/nested/", ""], ["GET", "/template/", ""]],
            pure,
            PYTHONHASHSEED=str(len(found) + 1),
        )
        with sqlite3.connect(path) as connection:
            tables = ("source", "place", "stack", "stack_place", "statement")
            found.append(
                json.dumps([sorted(connection.execute(f"SELECT * FROM {t}")) for t in tables])
            )
        connection.close()
    assert found[0] == found[1]
