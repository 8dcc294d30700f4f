"""MariaDB databases that cannot be copied: what is said, and what to do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hotclub.errors import HotclubError
from hotclub.workspace import _room
from hotclub.workspace.mysql import Address, _binaries, _client, _copies, _original, _private
from tests.mariadb_server import TestServer, program
from tests.workspace.sample_mariadb import INITIALISE, MariaOriginal, maria_copied


def refusal(address: Address, limit: int = 1 << 30) -> str:
    """What is said of a database."""
    with pytest.raises(HotclubError) as raised, maria_copied(address, limit=limit):
        pass
    return str(raised.value)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("password", "wrong", "the password for .* was not accepted.*set the right USER and"),
        ("name", "nowhere", "may not use nowhere on .*GRANT SELECT, SHOW VIEW, TRIGGER ON nowhere"),
        ("port", "9", "cannot be reached.*is it running, and are these its HOST and PORT"),
        ("socket", "/nowhere", "cannot be reached.*/nowhere"),
        ("host", "no.such.host.invalid", "has a name that nobody knows here"),
        ("user", "nobody", "the password for .* was not accepted"),
    ],
)
def test_a_database_that_cannot_be_opened(
    maria_original: MariaOriginal, setting: str, value: str, said: str
) -> None:
    message = refusal(maria_original(**{setting: value}))
    assert re.search(said, message, re.S), message
    assert "Traceback" not in message and "\n" not in message


def test_a_connection_that_cannot_be_encrypted() -> None:
    error = _client.failed("ERROR 2026 (HY000): TLS/SSL error: No such file or directory (2)")
    message = str(_client.explained(Address("default", "shop", "db"), error))
    assert message == (
        "the connection to shop on db (DATABASES['default']) cannot be encrypted: TLS/SSL error: "
        "No such file or directory (2); are the files and the mode of OPTIONS['ssl'] right?"
    )


def test_a_database_that_does_not_exist(
    maria_original: MariaOriginal, maria_filled: TestServer
) -> None:
    address = maria_original()
    maria_filled.sql("DROP DATABASE original;")
    assert "does not exist: " in (said := refusal(address)) and "`manage.py migrate`" in said


def test_a_database_that_is_too_big(maria_original: MariaOriginal) -> None:
    message = refusal(maria_original(), limit=64 << 10)
    assert re.search(r"holds \d+ MiB, more than the 0 MiB .* HOTCLUB_DATABASE_LIMIT=1G", message)
    assert "let `--sample-databases` of doctor and fix take a sample" in message


def test_no_place_for_a_copy(maria_original: MariaOriginal, maria_beside: None) -> None:
    message = refusal(maria_original())
    assert re.search(
        r"no place for a copy of original on .*, a MariaDB .*server is not installed here, and on "
        r"its own server: Access denied .* `apt install mariadb-server` .* `GRANT ALL ON "
        r"`hotclub\\_%`\.\* TO` the account app",
        message,
    )


def test_no_programs(maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch) -> None:
    address = maria_original()
    assert _binaries.find("/nowhere") is None
    monkeypatch.setattr(_copies._binaries, "find", lambda: None)
    assert "no MariaDB programs here (mariadb, mariadb-dump); `apt install" in refusal(address)


def test_a_server_that_is_too_old(
    maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = maria_original()
    monkeypatch.setattr(_original, "OLDEST", {True: (99, 1), False: (99, 1)})
    assert re.search(r"is a MariaDB \d+\.\d+.*hotclub copies from 99.1 on", refusal(address))


def test_a_server_here_that_is_older_than_the_original(
    maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = maria_original()
    real = _binaries.find()
    assert real is not None and real.server
    old = _binaries.Binaries(real.client, real.dump, True, real.server, real.installer, (10, 4))
    monkeypatch.setattr(_copies._binaries, "find", lambda: old)
    assert "the server here is a MariaDB 10.4, older than it" in refusal(address)


def test_no_room(maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch) -> None:
    address = maria_original()
    monkeypatch.setattr(_room, "COPIES_AT_ONCE", 1 << 40)
    assert "MiB are free; set TMPDIR to a directory with more" in refusal(address)


def test_a_server_that_does_not_start(
    maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = maria_original()
    monkeypatch.setattr(_private, "_SETTINGS", {"innodb_data_file_path": "nonsense"})
    monkeypatch.setattr(_private.Private, "_initialise", INITIALISE)
    message = refusal(address)
    assert "there is no place for a copy" in message
    assert re.search(r"mariadb-install-db fails|mariadbd does not start and says: ", message)


def test_what_may_not_be_read(maria_original: MariaOriginal, maria_filled: TestServer) -> None:
    """An account that may read tables, but no views, triggers or routines."""
    maria_original("reader", "CREATE VIEW v AS SELECT id FROM books_author;")
    address = maria_original("reader")
    with maria_copied(address) as copies:
        (note,) = copies.notes
        assert "not in the copy: " in note and "GRANT SHOW VIEW, TRIGGER" in note
    maria_filled.sql("REVOKE SELECT ON original.* FROM reader@'127.0.0.1';"
                     "GRANT SELECT (id) ON original.books_book TO reader@'127.0.0.1';")  # fmt: skip
    try:
        assert "`GRANT SELECT, SHOW VIEW, TRIGGER ON original.* TO`" in refusal(address)
    finally:
        maria_filled.sql("REVOKE SELECT (id) ON original.books_book FROM reader@'127.0.0.1';"
                         "GRANT SELECT ON original.* TO reader@'127.0.0.1';")  # fmt: skip


def test_tables_held_locked(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = maria_original()
    monkeypatch.setattr(_client, "LOCK_WAIT_SECONDS", 1)
    held = subprocess.Popen(
        [program("mariadb", "mysql"), "--no-defaults", f"--socket={maria_filled.socket}", "-uroot",
         "-nN", "original"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert held.stdin is not None and held.stdout is not None
    with held:
        held.stdin.write(b"LOCK TABLE django_session WRITE; SELECT 'held';\n")
        held.stdin.flush()
        assert held.stdout.readline() == b"held\n"
        message = refusal(address)
        held.stdin.close()
    assert "something holds its tables locked" in message


def test_an_option_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "my.cnf"
    file.write_text(
        "# mine\n[client]\nuser = ann\npassword='a b#c'\nssl-ca=/ca.pem\nhost=db.example.com\n"
        "[mysqld]\nuser=mysql\n[reports]\nport = 3307\n"
    )
    given = {"host": "", "port": "", "user": "", "password": "", "options": {
        "read_default_file": "/seen/my.cnf", "read_default_group": "reports"}}  # fmt: skip
    found = Address.of("default", {"name": "shop", "connection": given}, lambda path: file)
    assert found == Address("default", "shop", "db.example.com", "3307", "ann", "a b#c",
                            ssl={"ssl_ca": "/ca.pem"})  # fmt: skip
    assert "a b#c" not in repr(found) and found.where == "shop on db.example.com:3307"


@pytest.mark.parametrize(
    ("given", "options", "place"),
    [
        ("/run/x", {}, ("", "/run/x")),
        ("db", {}, ("db", "")),
        ("db", {"unix_socket": "/run/y"}, ("", "/run/y")),
        ("db", {"host": "other"}, ("other", "")),
    ],
)
def test_what_wins(given: str, options: dict[str, str], place: tuple[str, str]) -> None:
    connection = {"host": given, "port": "", "user": "", "password": "", "options": options}
    found = Address.of("default", {"name": "shop", "connection": connection}, Path)
    assert (found.host, found.socket) == place


@pytest.mark.parametrize(
    ("ssl", "mariadb", "arguments"),
    [
        ({}, True, []),
        ({"ssl_mode": "DISABLED"}, True, ["--skip-ssl"]),
        ({"ssl_disabled": "True"}, False, ["--ssl-mode=DISABLED"]),
        ({"ssl_mode": "REQUIRED"}, True, ["--ssl"]),
        ({"ssl_mode": "REQUIRED"}, False, ["--ssl-mode=REQUIRED"]),
        ({"ssl_ca": "/ca"}, True, ["--ssl-ca=/ca", "--ssl"]),
        ({"ssl_mode": "VERIFY_IDENTITY"}, True, ["--ssl", "--ssl-verify-server-cert"]),
        ({"ssl_verify_cert": "True"}, False, ["--ssl-mode=VERIFY_CA"]),
    ],
)
def test_how_the_connection_is_encrypted(
    ssl: dict[str, str], mariadb: bool, arguments: list[str]
) -> None:
    address = Address("default", "shop", ssl=ssl)
    assert address.arguments(mariadb) == ["--no-defaults", *arguments]


def test_a_way_to_log_in_that_the_programs_here_do_not_have() -> None:
    """As MariaDB's client says it of a MySQL; there is no such server in any test."""
    said = (
        "ERROR 2059 (HY000): Authentication plugin 'caching_sha2_password' cannot be loaded: "
        "cannot open shared object file\n"
    )
    message = str(_client.explained(Address("default", "shop", "db"), _client.failed(said)))
    assert message.startswith("the client programs here cannot log in to shop on db")
    assert "'caching_sha2_password' cannot be loaded" in message and "mysqldump" in message
