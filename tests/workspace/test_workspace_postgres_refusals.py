"""PostgreSQL databases that cannot be copied: what is said, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.workspace import _room
from hotclub.workspace._databases import size_limit
from hotclub.workspace.postgres import Address, _binaries, _client, _private
from tests.postgres_server import TestServer, binaries
from tests.workspace.sample_postgres import INITIALISE, Original, copied


def refusal(address: Address, limit: int = 1 << 30) -> str:
    """What is said of a database."""
    with pytest.raises(HotclubError) as raised, copied(address, limit=limit):
        pass
    return str(raised.value)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("password", "wrong", "the password for .* was not accepted.*PASSWORD, .PGPASSWORD"),
        ("name", "nowhere", "does not exist.*create it and run `manage.py migrate`"),
        ("port", "9", "cannot be reached.*refused.*is it running"),
        ("host", "/nowhere", "cannot be reached.*No such file"),
        ("host", "no.such.host.invalid", "has a name that nobody knows here"),
        ("password", "", "the password for .* no password supplied"),
    ],
)
def test_a_database_that_cannot_be_opened(
    original: Original, setting: str, value: str, said: str
) -> None:
    message = refusal(original(**{setting: value}))
    assert re.search(said, message, re.S), message
    assert "Traceback" not in message and "\n" not in message


def test_a_database_that_is_too_big(original: Original) -> None:
    message = refusal(original(), limit=2 << 20)
    assert re.search(
        r"original on .* holds \d+ MiB, more than the 2 MiB .* HOTCLUB_DATABASE_LIMIT=1G to copy "
        r"it .*, let `--sample-databases` of doctor and fix take a sample of its rows, or point",
        message,
    )


def test_a_limit() -> None:
    assert [size_limit(text) for text in ("", "7", "20G", " 3 m", "1TiB")] == [
        8 << 30, 7, 20 << 30, 3 << 20, 1 << 40,
    ]  # fmt: skip
    with pytest.raises(HotclubError, match="HOTCLUB_DATABASE_LIMIT=much is no size; write 20G"):
        size_limit("much")


def test_no_place_for_a_copy(original: Original, beside: None) -> None:
    message = refusal(original())
    assert re.search(
        r"no server programs of PostgreSQL \d+ .* the role app may not create databases on its "
        r"server; `apt install postgresql-\d+` .* `ALTER ROLE app CREATEDB`",
        message,
    )


def test_no_programs(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    address = original()
    monkeypatch.setattr(_binaries, "find", lambda: [])
    assert "no PostgreSQL programs here (psql, pg_dump, pg_restore); `apt install" in refusal(
        address
    )


def test_programs_that_are_too_old(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    address = original()
    (real,) = [one for one in _binaries.find() if one.directory == binaries()]
    old = _binaries.Binaries(9, real.directory, True)
    monkeypatch.setattr(_binaries, "find", lambda: [old])
    message = refusal(address)
    assert f"is a PostgreSQL {real.major}, and the newest pg_dump here is 9" in message
    assert f"postgresql-client-{real.major}" in message


def test_no_room(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    address = original()
    monkeypatch.setattr(_room, "COPIES_AT_ONCE", 1 << 40)
    assert "MiB are free; set TMPDIR to a directory with more" in refusal(address)


def test_a_server_that_does_not_start(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    address = original()
    monkeypatch.setattr(_private, "_SETTINGS", ("no_such_setting=1",))
    message = refusal(address)
    assert "there is no place for a copy" in message
    assert "postgres does not start and says: " in message and "no_such_setting" in message


def test_programs_that_cannot_be_run(
    original: Original, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = original()
    real = _binaries.find()[-1]
    for name in ("psql", "pg_dump", "pg_restore", "postgres"):
        (tmp_path / name).symlink_to(real.directory / name)
    (tmp_path / "initdb").write_text("#!/bin/sh\n")
    broken = _binaries.Binaries(real.major, tmp_path, True)
    monkeypatch.setattr(_binaries, "find", lambda: [broken])
    monkeypatch.setattr(_private.Private, "_initialise", INITIALISE)
    assert f"{tmp_path}/initdb cannot be run: Permission denied" in refusal(address)


def test_tables_held_locked(
    original: Original, filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = original()
    monkeypatch.setattr(_client, "LOCK_WAIT_MS", 100)
    with filled.session("original", "BEGIN; LOCK TABLE django_session; SELECT 'held';", "held"):
        message = refusal(address)
    assert "something holds its tables locked" in message
