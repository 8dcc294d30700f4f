"""Copies of trees, media and databases, and the manifest, on plain directories."""

from __future__ import annotations

import ctypes
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.workspace import _clone, _copy, _manifest
from hotclub.workspace._environ import in_copy
from hotclub.workspace._layout import Layout
from hotclub.workspace._locks import held_still
from hotclub.workspace._media import link_media

LIMIT = 1 << 20


def _tree(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(file)
    return root


def _names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_what_is_copied(tmp_path: Path) -> None:
    source = _tree(
        tmp_path / "source", "a.py", "app/b.py", ".git/config", "app/__pycache__/b.pyc", ".env",
        "venv/pyvenv.cfg", "venv/lib/x.py", "node_modules/y.js", "env/settings.py",
    )  # fmt: skip
    os.chmod(source / "a.py", 0o755)
    os.utime(source / "a.py", ns=(10**18, 10**18))
    copied = _copy.copy_tree(source, tmp_path / "copy", LIMIT)
    assert _names(tmp_path / "copy") == {"a.py", "app/b.py", ".env", "env/settings.py"}
    status = os.stat(tmp_path / "copy" / "a.py")
    assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o755, 10**18)
    assert os.readlink(tmp_path / "copy" / "node_modules") == str(source / "node_modules")
    assert copied.notes == [] and copied.databases == []


def test_links_keep_their_meaning(tmp_path: Path) -> None:
    source = _tree(tmp_path / "source", "a.txt", "d/b.txt")
    _tree(tmp_path, "outside.txt")
    links = {
        "relative": "d/b.txt", "absolute": str(source / "a.txt"), "dangling": "nothing",
        "d/up": "../a.txt", "out": "../outside.txt", "away": str(tmp_path / "outside.txt"),
    }  # fmt: skip
    _tree(tmp_path / "environment", "pyvenv.cfg")
    (source / "venv").symlink_to(tmp_path / "environment")
    for name, target in links.items():
        (source / name).symlink_to(target)
    (source / "loop").symlink_to(source)
    copy = tmp_path / "deeper" / "copy"
    _copy.copy_tree(source, copy, LIMIT)
    assert (copy / "relative").resolve() == copy / "d/b.txt"
    assert (copy / "absolute").resolve() == copy / "a.txt" == (copy / "d/up").resolve()
    assert (copy / "out").read_text() == "outside.txt" == (copy / "away").read_text()
    assert (copy / "loop").resolve() == copy
    assert os.readlink(copy / "dangling") == "nothing"
    assert not os.path.lexists(copy / "venv")


def test_what_cannot_be_copied_is_named(tmp_path: Path) -> None:
    source = _tree(tmp_path / "source", "a.txt")
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(source / "socket"))
        copied = _copy.copy_tree(source, tmp_path / "copy", LIMIT)
    assert copied.notes == ["pipe was left out: a named pipe", "socket was left out: a socket"]
    assert _names(tmp_path / "copy") == {"a.txt"}


def _lose_power() -> None:
    """Take from root what lets it read everything (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    source = _tree(tmp_path / "source", "a.txt", "secret.txt", "closed/b.txt")
    os.chmod(source / "secret.txt", 0)
    os.chmod(source / "closed", 0)
    code = (
        "import sys; from pathlib import Path; from hotclub.workspace import _copy\n"
        "print(*_copy.copy_tree(*map(Path, sys.argv[1:]), 1 << 20).notes, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path / "copy")],
        preexec_fn=_lose_power, env={"PYTHONPATH": "src"}, capture_output=True, text=True,
    )  # fmt: skip
    os.chmod(source / "closed", 0o700)
    assert done.stdout.splitlines() == [
        "closed was left out: Permission denied",
        "secret.txt was left out: Permission denied",
    ]
    assert _names(tmp_path / "copy") == {"a.txt"}


def test_too_large_a_tree(tmp_path: Path) -> None:
    source = _tree(tmp_path / "source", "a.txt")
    (source / "dumps").mkdir()
    with open(source / "dumps" / "old.sql", "wb") as file:
        file.truncate(3 << 20)
    with pytest.raises(HotclubError, match=r"largest parts are dumps/old.sql \(3 MiB\)"):
        _copy.copy_tree(source, tmp_path / "copy", LIMIT)
    assert not (tmp_path / "copy").exists()


def test_large_files_are_copied_whole(tmp_path: Path) -> None:
    content = os.urandom((16 << 20) + 7)
    (tmp_path / "a").write_bytes(content)
    _copy.copy_file(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == content


def test_databases_are_not_copied_as_files(tmp_path: Path) -> None:
    source = _tree(tmp_path / "source", "a.txt", "store.db-notes")
    for name in ("store.db", "geo.data"):
        with sqlite3.connect(source / name) as connection:
            connection.execute("CREATE TABLE t (x)")
        connection.close()
    (source / "store.db-wal").touch()
    copied = _copy.copy_tree(source, tmp_path / "copy", LIMIT)
    assert [str(path) for path in copied.databases] == ["geo.data", "store.db"]
    assert _names(tmp_path / "copy") == {"a.txt", "store.db-notes"}
    files = {"default": source / "store.db"}
    assert _clone.others(copied.databases, files, source, tmp_path / "copy") == []
    assert _names(tmp_path / "copy") == {"a.txt", "store.db-notes", "geo.data"}


def test_what_stands_beside_a_project(tmp_path: Path) -> None:
    root = _tree(tmp_path / "repository" / "apps" / "shop", "manage.py")
    _tree(tmp_path / "repository", ".git/HEAD", "assets/logo.svg", "apps/blog/manage.py")
    layout = Layout.of(root)
    top = tmp_path / "copy"
    tree = layout.place(top)
    assert tree == top / "apps" / "shop"
    _copy.copy_tree(root, tree, LIMIT)
    layout.link_siblings(top)
    assert (tree.parent.parent / "assets" / "logo.svg").read_text() == "assets/logo.svg"
    assert (tree.parent / "blog" / "manage.py").exists()
    assert not (top / ".git").exists()
    assert layout.original(tree.parent / "x.db", top) == root.parent / "x.db"
    assert layout.original(Path("/var/x.db"), top) == Path("/var/x.db")


def test_a_project_at_the_top_has_nothing_beside_it(tmp_path: Path) -> None:
    root = _tree(tmp_path / "shop", "manage.py", ".git/HEAD")
    layout = Layout.of(root)
    assert layout.place(tmp_path / "copy") == tmp_path / "copy" / "shop"
    assert layout.original(tmp_path / "copy" / "x.db", tmp_path / "copy") == tmp_path / "x.db"


def test_media_are_linked(tmp_path: Path) -> None:
    source = _tree(tmp_path / "media", "a.png", "deep/er/b.png", "zoo/c.png")
    assert link_media(source, tmp_path / "run") == []
    assert _names(tmp_path / "run") == {"a.png", "deep/er/b.png", "zoo/c.png"}
    (tmp_path / "run" / "deep" / "new.png").write_text("new")
    (tmp_path / "run" / "a.png").unlink()
    assert _names(source) == {"a.png", "deep/er/b.png", "zoo/c.png"}
    (note,) = link_media(source, tmp_path / "few", limit=3)
    assert "more than 3 entries" in note
    assert (tmp_path / "few" / "zoo" / "c.png").exists()
    assert (tmp_path / "few" / "deep" / "er" / "b.png").exists()
    assert link_media(None, tmp_path / "none") == [] and (tmp_path / "none").is_dir()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/srv/shop/data", "/copy/data"),
        ("/srv/shop", "/copy"),
        ("/srv/shop/data:/srv/shop/other:/usr", "/copy/data:/srv/shop/other:/usr"),
        ("sqlite:////srv/shop/data", "sqlite:////copy/data"),
        ("/srv/shopping/data", "/srv/shopping/data"),
    ],
)
def test_paths_in_the_environment(tmp_path: Path, value: str, expected: str) -> None:
    (tmp_path / "data").mkdir()
    assert in_copy(value, Path("/srv/shop"), tmp_path) == expected.replace("/copy", str(tmp_path))


def _crash(database: Path, journal: str) -> None:
    """Leave a database as a process does that is killed in the middle of a transaction."""
    code = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode=' + sys.argv[2]); c.execute('PRAGMA cache_size=1')\n"
        "c.execute('CREATE TABLE t (x)'); c.execute('PRAGMA wal_autocheckpoint=0')\n"
        "c.executemany('INSERT INTO t VALUES (?)', [('kept',)] * 100)\n"
        "c.execute('BEGIN')\n"
        "c.executemany('INSERT INTO t VALUES (?)', [('x' * 2000,)] * 500)\n"
        "c.execute('UPDATE t SET x = x || \"lost\"')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(database), journal], check=False)


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_a_database_that_a_crash_left_behind(tmp_path: Path, journal: str) -> None:
    database = tmp_path / "user" / "a.db"
    database.parent.mkdir()
    _crash(database, journal)
    before = {path.name: path.read_bytes() for path in database.parent.iterdir()}
    assert any(name.endswith(("-wal", "-journal")) for name in before)
    (tmp_path / "master").mkdir()
    masters = _clone.masters({"default": database, "same": database}, tmp_path / "master")
    assert masters["default"] == masters["same"]
    with sqlite3.connect(masters["default"]) as connection:
        assert connection.execute("SELECT x, count(*) FROM t").fetchall() == [("kept", 100)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert {path.name: path.read_bytes() for path in database.parent.iterdir()} == before
    assert not list((tmp_path / "master").glob("*.part*"))


def test_a_database_is_held_still(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    writer = sqlite3.connect(database, timeout=0, isolation_level=None)
    writer.execute("CREATE TABLE t (x)")
    with held_still(database), pytest.raises(sqlite3.OperationalError, match="locked"):
        writer.execute("INSERT INTO t VALUES (1)")
    writer.execute("INSERT INTO t VALUES (1)")
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(HotclubError, match="kept locked by another"), held_still(database, 0.1):
        pass
    writer.execute("COMMIT")
    writer.close()


def test_the_manifest_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(_manifest, "FILE_LIMIT", 10)
    monkeypatch.setattr(_manifest, "TREE_ENTRIES", 3)
    tree = _tree(tmp_path / "tree", "a", "b-much-longer-than-that", "c", "d", "e")
    manifest = _manifest.Manifest.of(tree, tmp_path / "ws")
    assert sorted(path.name for path in manifest.files) == ["a", "b-much-longer-than-that", "c"]
    assert manifest.changes() == []
    status = os.stat(tree / "a")
    (tree / "a").write_text("A")
    os.utime(tree / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tree / "c").unlink()
    (tree / "c").symlink_to("a")
    os.utime(tree / "b-much-longer-than-that")
    assert manifest.changes()[:3] == [
        f"{tree}/a was changed",
        f"{tree}/b-much-longer-than-that: its modification time was changed",
        f"{tree}/c was changed",
    ]
