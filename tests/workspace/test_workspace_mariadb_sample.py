"""Taking a sample of a MariaDB database that is too big to copy."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence

import pytest

from hotclub.errors import HotclubError
from hotclub.project import Project
from hotclub.workspace import Wanted, Workspace
from hotclub.workspace.mysql import _client, _dump
from hotclub.workspace.mysql._sample import Rows
from hotclub.workspace.sampling import Link, Table, _closure
from tests.mariadb_server import TestServer
from tests.workspace.sample_mariadb import MariaLibrary, MariaOriginal, maria_copied, rows
from tests.workspace.sample_mariadb_shop import KEYS, ROWS, SHOP, TABLES, counted, one, sampled


def test_the_same_database_gives_the_same_sample(maria_original: MariaOriginal) -> None:
    given = maria_original(more=SHOP)
    found = []
    for _ in range(2):
        with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
            found.append({t: sorted(rows(clone, f"SELECT * FROM {t}")) for t in TABLES})
    assert found[0] == found[1] and len(found[0]["line"]) > ROWS // 2


def test_everything_is_of_one_moment(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others commit once it has begun is not in it, and they need not wait for it."""
    truly = _dump.structure

    def meanwhile(*given: object) -> None:
        truly(*given)  # type: ignore[arg-type]
        change = "DROP TRIGGER refuse; INSERT INTO nothing VALUES (1, 2000); "
        change += "INSERT INTO line VALUES (9999, 2024, NULL); DELETE FROM profile;"
        maria_filled.sql(change, "original")

    def altered(rows_here: Rows) -> list[Link]:
        change = "SET lock_wait_timeout = 5; ALTER TABLE event ADD COLUMN more INT;"
        maria_filled.sql(change, "original")  # it has been read, and is let go
        return list(generic(rows_here))

    generic = Rows.generic
    monkeypatch.setattr(_dump, "structure", meanwhile)
    monkeypatch.setattr(Rows, "generic", altered)
    with sampled(maria_original) as copies, one(copies) as clone:
        assert counted(clone, "nothing", "event") == {"nothing": 0, "event": ROWS}
        assert rows(clone, "SELECT MAX(id) FROM line") == ["9010"]
        assert counted(clone, "profile")["profile"] > ROWS // 2
        assert any("profile" in change for change in copies.changes())


def test_a_chain_of_rows_is_cut(
    maria_original: MariaOriginal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_closure, "PASSES", 5)
    chains = "".join(
        f"CREATE TABLE {name} (id INT PRIMARY KEY, `before` INT {null},"
        f" FOREIGN KEY (`before`) REFERENCES {name} (id));"
        f"INSERT INTO {name} SELECT seq, {first} FROM seq_1_to_500;"
        for name, null, first in (
            ("version", "NULL", "NULLIF(seq - 1, 0)"),
            ("block", "NOT NULL", "GREATEST(seq - 1, 1)"),
        )
    )
    with sampled(maria_original, chains) as copies, one(copies) as clone:
        for table in ("version", "block"):
            sql = f"SELECT COUNT(*) FROM {table} t LEFT JOIN {table} p ON p.id = t.before"
            sql += " WHERE t.before IS NOT NULL AND p.id IS NULL"
            assert rows(clone, sql) == ["0"]
        assert counted(clone, "version")["version"] >= ROWS // 2
        assert len(copies.notes) == 2
        assert re.search(r"[\d,]+ rows of block were left out: the chain", copies.notes[0])
        assert re.search(r"\d+ rows of version have no before: the", copies.notes[1])


@pytest.mark.parametrize("kind", ["VARCHAR(40) COLLATE utf8mb4_bin", "INT UNSIGNED"])
def test_generic_keys_are_followed(maria_original: MariaOriginal, kind: str) -> None:
    nobody = "'nobody'" if kind.startswith("VARCHAR") else "0"
    more = f"""
    CREATE TABLE books_note (id INT PRIMARY KEY, content_type_id INT NOT NULL,
      object_id {kind} NOT NULL,
      FOREIGN KEY (content_type_id) REFERENCES django_content_type (id));
    INSERT INTO books_author (id, name, slug)
      SELECT seq, 'author', CONCAT('many-', seq) FROM seq_100_to_900;
    INSERT INTO books_note
      SELECT seq, (SELECT id FROM django_content_type WHERE model = 'author'),
      IF(seq % 9 = 0, {nobody}, 100 + seq) FROM seq_1_to_700;
    """
    followed = (
        "SELECT COUNT(*), COUNT(a.id) FROM books_note n LEFT JOIN books_author a "
        f"ON CAST(a.id AS CHAR) = n.object_id WHERE n.object_id <> {nobody}"
    )
    with sampled(maria_original, more) as copies, one(copies) as clone:
        (counts,) = rows(clone, followed)
        notes, authors = map(int, counts.split("\t"))
        assert notes == authors > 10 and copies.notes == []


def test_keys_that_lead_nowhere(maria_original: MariaOriginal) -> None:
    """Of a key that was not looked at the sample has what the original has."""
    more = """
    CREATE TABLE tagged (id INT PRIMARY KEY, author_id INT);
    CREATE TABLE tag (id INT PRIMARY KEY); INSERT INTO tag SELECT seq * 2 FROM seq_1_to_200;
    SET foreign_key_checks = 0;
    ALTER TABLE tagged ADD FOREIGN KEY (author_id) REFERENCES tag (id);
    INSERT INTO tagged SELECT seq, seq FROM seq_1_to_500;
    """
    with sampled(maria_original, more) as copies, one(copies) as clone:
        nowhere = "SELECT SUM(t.id IS NULL), SUM(author_id % 2 = 1 OR author_id > 400) FROM tagged"
        (counts,) = rows(clone, f"{nowhere} LEFT JOIN tag t ON t.id = author_id")
        lost, odd = counts.split("\t")
        assert lost == odd != "0" and copies.notes == []


def test_a_sample_keeps_to_a_size(maria_original: MariaOriginal) -> None:
    """Only what is too big is sampled, where no number of rows is asked for."""
    large = "CREATE TABLE large AS SELECT seq, REPEAT('x', 300) AS x FROM seq_1_to_20000;"
    given = maria_original(more=f"{SHOP}{large} ANALYZE TABLE large, line, orders;")
    with maria_copied(given, wanted=Wanted()) as copies, one(copies) as clone:
        assert copies.samples == []
        assert counted(clone, "large") == {"large": 20000}
    with maria_copied(given, limit=4 << 20, wanted=Wanted()) as copies:
        (told,) = copies.samples
        assert 100 <= told.rows < 20000 and told.rows % 10 ** (len(str(told.rows)) - 2) == 0


def test_a_sample_that_is_too_big_itself(maria_original: MariaOriginal) -> None:
    with (
        pytest.raises(HotclubError, match="a sample of .* with 5,000 rows of each table holds about"
                      ".* give --sample-rows a smaller number, or set HOTCLUB_DATABASE_LIMIT"),
        sampled(maria_original, count=5000, limit=1 << 20),
    ):  # fmt: skip
        pass


def test_beside_the_original(
    maria_original: MariaOriginal, maria_beside: None, maria_filled: TestServer
) -> None:
    given = maria_original("maker", more=SHOP)
    with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
        assert ROWS // 2 < counted(clone, "line")["line"] < 6 * ROWS
        assert len(copies.samples) == 1
        assert maria_filled.sql("SELECT COUNT(*) FROM line;", "original") == ["9010"]


def test_an_account_that_only_reads(maria_original: MariaOriginal) -> None:
    """It sees what names what, too."""
    given = maria_original("reader", more=SHOP)
    with maria_copied(given, wanted=Wanted(ROWS)) as copies, one(copies) as clone:
        for key, dangling in KEYS.items():
            assert rows(clone, f"SELECT COUNT(*) FROM {dangling}") == ["0"], key
        assert counted(clone, "line")["line"] > ROWS // 2


def test_tables_held_locked(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = maria_original(more=SHOP)
    monkeypatch.setattr(_client, "LOCK_WAIT_SECONDS", 1)
    monkeypatch.setattr("hotclub.workspace.mysql._snapshot.LOCK_WAIT_SECONDS", 1)
    held = threading.Thread(
        target=maria_filled.sql, args=("LOCK TABLES line WRITE; SELECT SLEEP(6);", "original")
    )
    held.start()
    try:
        while not maria_filled.sql("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO "
                                   "LIKE 'SELECT SLEEP(6%';"):  # fmt: skip
            pass
        with (
            pytest.raises(HotclubError, match="something holds its tables locked"),
            maria_copied(given, wanted=Wanted(ROWS)),
        ):
            pass
    finally:
        held.join()


def test_a_table_that_is_altered_while_it_is_read(
    maria_original: MariaOriginal, maria_filled: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = maria_original(more=SHOP)
    truly = Rows.whole

    def meanwhile(rows_here: Rows, tables: Sequence[Table]) -> None:
        maria_filled.sql("ALTER TABLE line FORCE;", "original")
        truly(rows_here, tables)

    monkeypatch.setattr(Rows, "whole", meanwhile)
    with (
        pytest.raises(HotclubError, match="cannot be read: Table definition has changed"),
        maria_copied(given, wanted=Wanted(ROWS)),
    ):
        pass


def test_a_project_on_a_sample(maria_library: MariaLibrary, maria_filled: TestServer) -> None:
    root = maria_library(
        more="INSERT INTO books_author (name, slug) "
        "SELECT 'a', CONCAT('many-', seq) FROM seq_1_to_400;"
    )
    before = maria_filled.contents("original")
    with Workspace.create(Project.find(root), sample=Wanted(30)) as workspace:
        (told,) = workspace.samples
        assert re.search(r"books_author 3\d of about", str(told))
        with workspace.child() as child:
            assert child.request("/").status == 200
            seen = json.loads(child.request("/shown/").body)
            everything = json.dumps([seen["environ"], seen["databases"]])
            assert f":{maria_filled.port}" not in everything
        assert workspace.untouched() == [] and workspace.refusals() == []
    assert maria_filled.contents("original") == before
