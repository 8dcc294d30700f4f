"""The servers on both sides: standbys, other versions, large databases, ways out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from hotclub.project import Project
from hotclub.workspace import Workspace, _piped
from hotclub.workspace.postgres import Address, Copies, _binaries, _evidence
from tests.postgres_server import USERS, TestServer, binaries
from tests.server_process import as_user, free_port
from tests.workspace.sample_postgres import Library, Original, copied, url
from tests.workspace.sample_project import append


def test_the_copy_s_server_reaches_nobody(library: Library, filled: TestServer) -> None:
    root = library(more="CREATE EXTENSION dblink;")
    there = url(filled, "original").replace("'", "''")
    sql = f"SELECT * FROM dblink('{there}', 'SELECT 1') AS t(n int)"
    assert filled.sql(f"{sql};", "original") == ["1"]
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child() as child:
            answer = child.request("/shown/", query=f"sql={quote(sql)}")
        assert answer.error is not None and "could not establish connection" in str(answer.error)
        assert workspace.refusals() == [f"connect 127.0.0.1:{filled.port}"]


def test_a_standby_and_its_primary_share_a_copy(
    library: Library, filled: TestServer, tmp_path: Path
) -> None:
    root = library()
    standby = TestServer(filled.directory / "standby", free_port())
    run = {"cwd": "/", "check": True, "stdout": subprocess.DEVNULL, **as_user(*USERS)}
    subprocess.run([binaries() / "pg_basebackup", "-D", standby.directory / "data", "-R", "-X",
                    "stream", "-c", "fast", "-N"], env=filled.environ(), **run)  # fmt: skip
    options = f"-k {standby.directory} -p {standby.port} -c fsync=off -c listen_addresses=127.0.0.1"
    control = [binaries() / "pg_ctl", "-D", standby.directory / "data", "-w"]
    subprocess.run([*control, "-l", standby.directory / "log", "-o", options, "start"], **run)
    append(
        root,
        f'DATABASES["replica"] = DATABASES["default"] | {{"PORT": "{standby.port}"}}\n'
        'DATABASES = {"replica": DATABASES["replica"], "default": DATABASES["default"]}',
    )
    try:
        with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
            seen = json.loads(child.request("/shown/").body)["databases"]
            assert seen["replica"]["NAME"] == seen["default"]["NAME"]
            assert seen["replica"]["PORT"] == seen["default"]["PORT"]
            assert workspace.notes == [] == workspace.untouched()
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run)
        shutil.rmtree(standby.directory)


def test_a_copy_on_a_newer_version(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    real = _binaries.find()[-1]
    found = [
        _binaries.Binaries(real.major, real.directory, False),
        _binaries.Binaries(real.major + 1, real.directory, True),
    ]
    monkeypatch.setattr(_binaries, "find", lambda: found)
    monkeypatch.setattr(_piped, "TELL_SECONDS", 0.0)
    monkeypatch.setattr(_piped, "POLL_SECONDS", 0.0)
    told: list[str] = []
    copies = Copies(None)
    try:
        copies.copy([original()], told.append)
        assert copies.notes[0].endswith(
            f"is a PostgreSQL {real.major}; its copy is on a {real.major + 1}"
        )
    finally:
        copies.close()
    assert any("MiB, then its indexes" in line for line in told)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (("HASH_LIMIT",), "table public.books_author was changed (3 rows before, 4 rows now)"),
        (
            ("HASH_LIMIT", "COUNT_LIMIT"),
            "table public.books_author was changed (0 inserted, 0 updated, 0 deleted before, "
            "1 inserted, 1 updated, 0 deleted now)",
        ),
    ],
)
def test_what_changes_in_a_large_original_is_seen(
    original: Original,
    filled: TestServer,
    monkeypatch: pytest.MonkeyPatch,
    limits: tuple[str, ...],
    said: str,
) -> None:
    for limit in limits:
        monkeypatch.setattr(_evidence, limit, 0)
    with copied(original()) as copies:
        assert copies.changes() == []
        filled.sql(
            "UPDATE books_author SET name = 'X' WHERE id = 1;"
            "INSERT INTO books_author VALUES (9, 'Y', 'y');",
            "original",
        )
        (change,) = copies.changes()
        assert change.endswith(said)


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("127.0.0.1:{port}:original:app:right", "right"),
        ("*:*:*:*:any\n127.0.0.1:{port}:original:app:late", "any"),
        ("# no\nlocalhost:{port}:original:app:wrong\n*:{port}:*:app:a\\:b\\\\c", "a:b\\c"),
        ("elsewhere:{port}:original:app:wrong", ""),
    ],
)
def test_passwords_of_a_password_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, password: str
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    (tmp_path / "passwords").write_text(line.format(port=5433) + "\n")
    address = Address("default", "original", options={"passfile": str(tmp_path / "passwords")})
    assert address.secret("127.0.0.1", "5433", "app") == password
