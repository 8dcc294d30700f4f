"""What is read of somebody's server: nothing can be written, and nothing stays behind."""

from __future__ import annotations

import pytest

from hotclub.workspace.postgres import _binaries
from hotclub.workspace.postgres._client import ServerError, read
from tests.postgres_server import TestServer

SETTINGS = "SELECT current_setting('{}') FROM generate_series(1, 1);"
LEFT = "default_transaction_read_only", "lock_timeout", "statement_timeout"


def lines(server: TestServer, sql: str) -> list[str]:
    return read(_binaries.find()[0], server.environ(), sql)


def test_nothing_can_be_written(postgres: TestServer) -> None:
    with pytest.raises(ServerError, match="read-only transaction"):
        lines(postgres, "CREATE TABLE left_behind (id int);")


def test_the_session_is_left_as_it_was(postgres: TestServer) -> None:
    """Behind a pool of connections somebody else goes on in it."""
    settings = "".join(SETTINGS.format(name) for name in LEFT)
    within, after = lines(postgres, settings), lines(postgres, f"COMMIT;{settings}BEGIN;")
    assert within == ["off", "20s", "0"]
    assert after == [postgres.sql(SETTINGS.format(name))[0] for name in LEFT]
    assert after[1] == "0", "or the test would show nothing"


def test_all_is_read_at_one_moment(postgres: TestServer) -> None:
    moment = "SELECT pg_current_snapshot(), transaction_timestamp();"
    assert len(set(lines(postgres, f"{moment}SELECT pg_sleep(0.01) IS NULL;{moment}"))) == 2
    assert lines(postgres, SETTINGS.format("transaction_isolation")) == ["repeatable read"]
