"""A workspace on a whole project: redirected, isolated, and the user's own untouched."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import AgentError, Workspace, _room
from tests.workspace.sample_project import append, rows, run


def test_a_view_that_writes_changes_only_its_own_run(root: Path, workspace: Workspace) -> None:
    before = rows(root / "db.sqlite3")
    with workspace.child(run="a") as child:
        answers = [child.request("/writes/").body for _ in range(2)]
        assert child.request("/writes/").writes == 1
    with workspace.child(run="b") as child:
        assert child.request("/writes/").body == b"4"
    assert answers == [b"4", b"5"]
    assert rows(root / "db.sqlite3") == before
    assert sorted(path.name for path in (root / "media").iterdir()) == ["cover.txt"]
    assert workspace.untouched() == []


def test_media_are_there_and_new_ones_stay_with_the_run(workspace: Workspace) -> None:
    with workspace.child() as child:
        child.request("/writes/")
        assert child.request("/media/").body == b"cover.txt note.txt a cover"
    with workspace.child() as child:
        assert child.request("/media/").body == b"cover.txt a cover"


def test_settings_are_redirected(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(
        root,
        'HOME_WAS = __import__("pathlib").Path.home()\n'
        f'DATA_FILE = "{root}/data.txt"\n'
        'LOGGING = {"version": 1, "handlers": {"file": {"class": "logging.FileHandler",\n'
        '  "filename": "/var/log/library/app.log"}, "net": {"address": ("log.example.com", 514),'
        '  "class": "logging.handlers.SysLogHandler"}}, "root": {"handlers": ["file", "net"]}}',
    )
    monkeypatch.setenv("LIBRARY_SECRET", f"{root}/data.txt")
    with Workspace.create(Project.find(root)) as workspace, workspace.child(run="it") as child:
        seen = json.loads(child.request("/settings/").body)
        assert workspace.settings["email_backend"].endswith("smtp.EmailBackend")
        inside = str(workspace.root)
        assert "locmem.EmailBackend" in seen["MAILERS"] + seen["EMAIL_BACKEND"]
        assert seen["CELERY_BROKER_URL"] in ("memory://", "amqp://broker.example.com")
        assert "WorkspaceCache" in seen["CACHES"] and "'TIMEOUT': 90" in seen["CACHES"]
        assert "InMemoryChannelLayer" in seen["CHANNEL_LAYERS"]
        assert f"{child.run}/logs/app.log" in seen["LOGGING"]
        assert "SysLogHandler" not in seen["LOGGING"]
        assert seen["MEDIA_ROOT"] == f"{child.run}/media"
        assert seen["DATA_FILE"] == f"{workspace.tree}/data.txt" == seen["FROM_ENV"]
        assert seen["cwd"] == str(workspace.tree)
        assert seen["home"] == seen["HOME_WAS"] == f"{child.run}/home"
        assert inside in seen["home"]
        assert (child.run / "logs" / "app.log").exists()


@pytest.mark.parametrize(
    "name", ["{root}/db.sqlite3", "db.sqlite3", "file:{root}/db.sqlite3?mode=rwc", "~/db.sqlite3"]
)
def test_wherever_the_database_is_named(root: Path, home: Path, name: str) -> None:
    if name.startswith("~"):
        (root / "db.sqlite3").rename(home / "db.sqlite3")
    name = name.format(root=root)
    append(root, f'import os; DATABASES["default"]["NAME"] = os.path.expanduser("{name}")')
    if name.startswith("file:"):
        append(root, 'DATABASES["default"]["OPTIONS"] = {"uri": True}')
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child() as child:
            assert child.request("/authors/author-1/").status == 200
            assert child.request("/writes/").status == 200
        assert workspace.untouched() == []


def test_settings_that_depend_on_the_directory(root: Path) -> None:
    append(root, 'assert open("data.txt").read() == "data"; import sys; assert sys.path[0] == ""'
                 ' or sys.path[0] == str(BASE_DIR)')  # fmt: skip
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        assert child.request("/search/").status == 200


def test_a_database_in_use_in_wal_mode(root: Path) -> None:
    database = root / "db.sqlite3"
    user = sqlite3.connect(database)
    user.execute("PRAGMA journal_mode=WAL")
    user.execute("INSERT INTO books_author (name, slug) VALUES ('Wal', 'wal')")
    user.commit()
    user.execute("INSERT INTO books_author (name, slug) VALUES ('Open', 'open')")
    beside = sorted(path.name for path in root.glob("db.sqlite3*"))
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child() as child:
            assert child.request("/authors/wal/").status == 200
            assert child.request("/authors/open/").status == 404
        assert workspace.untouched() == []
    assert sorted(path.name for path in root.glob("db.sqlite3*")) == beside
    user.rollback()
    user.close()


def test_a_branch_differs_in_its_sources_only(workspace: Workspace) -> None:
    source = (workspace.tree / "books/views.py").read_text()
    changed = source.replace('HttpResponse("found")', 'HttpResponse("gefunden")')
    tree = workspace.branch("changed", {"books/views.py": changed})
    with workspace.child(tree=tree) as child:
        assert child.request("/search/").body == b"gefunden"
    with workspace.child() as child:
        assert child.request("/search/").body == b"found"
    with pytest.raises(HotclubError, match="already has a tree"):
        workspace.branch("changed", {})
    with pytest.raises(HotclubError, match="outside the project"):
        workspace.branch("bad", {"../../escape.py": ""})


def test_analyze_is_done_on_the_clone(root: Path, workspace: Workspace) -> None:
    with workspace.child(analyze=True) as child:
        (clone,) = (child.run / "databases").glob("*.sqlite3")
        assert rows(clone, "sqlite_stat1") > 0
        assert child.request("/search/").status == 200
    with workspace.child() as child, pytest.raises(sqlite3.OperationalError):
        rows(next((child.run / "databases").glob("*.sqlite3")), "sqlite_stat1")


def test_the_manifest_sees_what_changed(root: Path, home: Path, workspace: Workspace) -> None:
    assert workspace.untouched() == []
    (root / "data.txt").write_text("DATA")
    (root / "new.txt").touch()
    (root / "media" / "cover.txt").unlink()
    os.chmod(root / "manage.py", 0o400)
    (home / ".ssh" / "id").write_text("stolen and sold")
    (root / "db.sqlite3-journal").touch()
    mode = os.stat(workspace.tree / "manage.py").st_mode & 0o777
    assert workspace.untouched() == [
        f"{home}/.ssh/id was changed",
        f"{root}/data.txt was changed",
        f"{root}/db.sqlite3-journal was added",
        f"{root}/manage.py: its mode was changed from {mode:o} to 400",
        f"{root}/media/cover.txt was removed",
        f"{root}/new.txt was added",
    ]


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("django.db.backends.mysql", "Error loading MySQLdb module.; install its driver"),
        ("django.db.backends.oracle", "works with PostgreSQL, MariaDB and SQLite"),
    ],
)
def test_other_databases_are_refused(root: Path, engine: str, said: str) -> None:
    append(root, f'DATABASES["default"] = {{"ENGINE": "{engine}", "NAME": "library"}}')
    with pytest.raises(HotclubError, match=said) as raised:
        Workspace.create(Project.find(root))
    assert engine in str(raised.value)


def test_an_sqlite_database_that_is_too_big(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTCLUB_DATABASE_LIMIT", "100K")
    with pytest.raises(HotclubError, match="HOTCLUB_DATABASE_LIMIT=1G to copy it all the") as no:
        Workspace.create(Project.find(root))
    assert str(root / "db.sqlite3") in str(no.value)
    monkeypatch.delenv("HOTCLUB_DATABASE_LIMIT")
    monkeypatch.setattr(_room, "COPIES_AT_ONCE", 1 << 40)
    with pytest.raises(HotclubError, match="MiB are free; set TMPDIR to a directory with more"):
        Workspace.create(Project.find(root))


def test_a_driver_that_is_not_installed(root: Path) -> None:
    """The driver of a wrapper around PostgreSQL's backend, as several packages have one."""
    (root / "psqlmore").mkdir()
    (root / "psqlmore" / "base.py").write_text("import no_such_driver")
    append(root, 'DATABASES["default"] = {"ENGINE": "psqlmore", "NAME": "library"}')
    with pytest.raises(HotclubError, match="No module named 'no_such_driver'; install its driver"):
        Workspace.create(Project.find(root))


def test_databases_that_hold_nothing_are_refused(root: Path, tmp_path: Path) -> None:
    append(root, 'DATABASES["default"]["NAME"] = ":memory:"')
    with pytest.raises(HotclubError, match="in memory"):
        Workspace.create(Project.find(root))
    append(root, 'DATABASES["default"]["NAME"] = BASE_DIR / "none.sqlite3"')
    with pytest.raises(HotclubError, match="has not been created; run `manage.py migrate`") as no:
        Workspace.create(Project.find(root))
    assert str(root / "none.sqlite3") in str(no.value)
    assert not (root / "none.sqlite3").exists()
    (root / "none.sqlite3").write_text("this is no database, and is long enough to be read" * 20)
    with pytest.raises(HotclubError, match="cannot be copied: file is not a database"):
        Workspace.create(Project.find(root))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_dummy_database_is_no_hindrance(root: Path) -> None:
    append(root, 'DATABASES["other"] = {}')
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        assert list(child.setup["databases"]) == ["default"]


def test_an_editable_installation_leads_to_the_copy(root: Path, tmp_path: Path) -> None:
    """A project below a repository's top, which is on the path as a ``.pth`` file puts it."""
    repository = root.parent
    (repository / ".git").mkdir()
    (repository / "shelf.py").touch()
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        f"import sys; sys.path += [{str(repository)!r}, {str(root)!r}]"
    )
    append(
        root,
        "import sys; sys.path.remove(str(BASE_DIR))\n"
        "import library, shelf; SECRET_KEY = library.__file__ + ' ' + shelf.__file__\n"
        "assert '/trees/main/library/library/' in library.__file__, library.__file__\n"
        "assert '/trees/main/shelf.py' in shelf.__file__, shelf.__file__\n",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(site))
        with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
            assert child.request("/authors/author-1/").status == 200
            assert str(workspace.tree).endswith("/trees/main/library")


def test_missing_migrations(root: Path) -> None:
    (root / "books/migrations/0002_more.py").write_text(
        "from django.db import migrations\nclass Migration(migrations.Migration):\n"
        "    dependencies = [('books', '0001_initial')]\n"
    )
    with Workspace.create(Project.find(root)) as workspace:
        with pytest.raises(AgentError, match=r"1 migration has .*books.0002_more") as raised:
            workspace.child()
        assert raised.value.kind == "migrations"


def test_a_site_can_be_served(workspace: Workspace) -> None:
    site = workspace.site()
    code = (
        "import io, hotclub.agent.site as site\n"
        "environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/writes/', 'SERVER_NAME': 'localhost',"
        " 'SERVER_PORT': '80', 'wsgi.input': io.BytesIO(), 'wsgi.url_scheme': 'http'}\n"
        "print(b''.join(site.application(environ, lambda *a: print(a[0]))))"
    )
    done = subprocess.run(
        [workspace.project.python, "-c", code], cwd=site.tree, env=dict(site.environ),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["200 OK", "b'4'"]
    assert workspace.untouched() == []


def test_running_python_in_a_project_leaves_no_bytecode(root: Path) -> None:
    run(root, "manage.py", "check")
    assert not list(root.rglob("__pycache__"))
