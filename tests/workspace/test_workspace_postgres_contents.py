"""What of a PostgreSQL database is in its copy, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hotclub.errors import HotclubError
from hotclub.workspace.postgres import _private
from tests.postgres_server import TestServer
from tests.workspace.sample_postgres import Original, copied, rows

KEPT = """
CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION postgres_fdw;
CREATE EXTENSION pageinspect;
CREATE SCHEMA "Other One" AUTHORIZATION app;
CREATE TYPE "Other One".mood AS ENUM ('fine', 'so so');
CREATE TABLE "Other One".moods (id int GENERATED ALWAYS AS IDENTITY, mood "Other One".mood,
  twice int GENERATED ALWAYS AS (7 * 2) STORED, tags hstore, name text COLLATE "C");
INSERT INTO "Other One".moods (mood, tags, name) VALUES ('so so', 'a=>1', 'Ä'), ('fine', NULL, 'b');
CREATE INDEX trigrams ON books_author USING gin (name gin_trgm_ops);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM books_author;
CREATE TABLE secrets (n int); INSERT INTO secrets VALUES (1), (2), (3);
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY; ALTER TABLE secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY small ON secrets TO reader USING (n < 2);
CREATE POLICY mine ON secrets TO app USING (n < 3);
CREATE SEQUENCE steps INCREMENT 5; SELECT nextval('steps'), nextval('steps');
SELECT lo_from_bytea(4711, 'large');
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1');
CREATE USER MAPPING FOR app SERVER elsewhere OPTIONS (user 'app', password 'secret');
CREATE TABLE closed (n int); CREATE SCHEMA hidden; CREATE TABLE hidden.it (n int);
ALTER DATABASE original SET search_path = "$user", public, "Other One";
ALTER ROLE app IN DATABASE original SET work_mem = '7MB';
ALTER TABLE "Other One".moods OWNER TO app; ALTER MATERIALIZED VIEW counted OWNER TO app;
ALTER SEQUENCE steps OWNER TO app; ALTER LARGE OBJECT 4711 OWNER TO app;
GRANT SELECT ON secrets TO app;
"""
SEEN = {
    "SELECT id, mood, twice, tags->'a' FROM moods ORDER BY name": ["2|fine|14|", "1|so so|14|1"],
    "SELECT n FROM counted": ["3"],
    "SELECT nextval('steps')": ["11"],
    "SELECT encode(lo_get(4711), 'escape')": ["large"],
    "SHOW search_path": ['"$user", public, "Other One"'],
    "SHOW work_mem": ["7MB"],
    "SELECT count(*) FROM pg_indexes WHERE indexname = 'trigrams'": ["1"],
    "SELECT similarity('author', 'authors') > 0.5": ["t"],
    "SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user": ["app|f"],
    "SELECT count(*) FROM pg_user_mappings": ["0"],
    "SELECT to_regclass('closed'), to_regclass('hidden.it')": ["|"],
    "SELECT tableowner FROM pg_tables WHERE tablename = 'moods'": ["app"],
    "SELECT polname, polroles::regrole[]::text FROM pg_policy ORDER BY 1": [
        "mine|{app}", "small|{reader}",
    ],
    "SELECT count(*) FROM secrets": ["3"],
    "INSERT INTO books_author (name, slug) VALUES ('n', 'n') RETURNING id": ["4"],
}  # fmt: skip


def test_what_is_kept_and_what_is_not(original: Original, filled: TestServer) -> None:
    # Row security keeps pg_dump of the project's role from reading: the table is not forced on it.
    more = KEPT.replace("ALTER TABLE secrets FORCE ROW LEVEL SECURITY;", "")
    with copied(original(more=more + "ALTER TABLE secrets OWNER TO app;")) as copies:
        clone = copies.clone(analyze=False)["default"]
        assert {sql: rows(clone, sql) for sql in SEEN} == SEEN
        (note,) = copies.notes
        assert "public.closed" in note and "hidden" in note and "may not be read by app" in note
        assert copies.changes() == []


def test_row_security_that_binds_the_project_s_role(original: Original) -> None:
    with (
        pytest.raises(HotclubError, match="row-level security.*BYPASSRLS"),
        copied(original(more=KEPT)),
    ):
        pass


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        (
            "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'",
            ["a", "ä", "z"],
        ),
        ("ENCODING 'LATIN1' LOCALE 'C'", ["a", "z", "ä"]),
    ],
)
def test_encoding_and_collation_are_kept(
    original: Original, filled: TestServer, clauses: str, expected: list[str]
) -> None:
    address = original()
    filled.sql("DROP DATABASE original;")
    filled.sql(f"CREATE DATABASE original TEMPLATE template0 OWNER app {clauses};")
    filled.sql(
        "CREATE TABLE letters (letter text); INSERT INTO letters VALUES ('z'), ('ä'), ('a');"
        "ALTER TABLE letters OWNER TO app;", "original",
    )  # fmt: skip
    facts = (
        "SELECT pg_encoding_to_char(encoding), datcollate, datlocprovider FROM pg_database "
        "WHERE datname = current_database()"
    )
    with copied(address) as copies:
        clone = copies.clone(analyze=False)["default"]
        assert rows(clone, "SELECT letter FROM letters ORDER BY 1") == expected
        assert rows(clone, facts) == filled.sql(f"{facts};", "original")


@pytest.mark.parametrize("user", ["app", "maker"])
def test_an_extension_that_is_not_installed_here(
    original: Original, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """Beside the original, where it is; on a private server with a note, if nothing is lost."""
    lacks: Callable[..., list[str]] = lambda *_: ["hstore"]  # noqa: E731
    monkeypatch.setattr(_private.Private, "lacks", lacks)
    with copied(original(user, more="CREATE EXTENSION hstore;")) as copies:
        (note,) = copies.notes
        assert "the extension hstore is not installed here" in note
        assert ("was copied on its own server" in note) == (user == "maker")
        clone = copies.clone(analyze=False)["default"]
        assert rows(clone, "SELECT count(*) FROM books_author") == ["3"]


@pytest.mark.parametrize("user", ["app", "maker"])
def test_a_collation_that_is_not_installed_here(
    original: Original, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """Beside the original as well; else the copy sorts otherwise, and that is said."""
    create = _private.Private.create

    def elsewhere(self: _private.Private, what: Any, locale: str | None = None) -> str:
        if locale is None:
            self.run("CREATE DATABASE x TEMPLATE template0 LOCALE 'xx_XX.utf8';")
        return create(self, what, locale)

    monkeypatch.setattr(_private.Private, "create", elsewhere)
    with copied(original(user)) as copies:
        (note,) = copies.notes
        assert 'invalid locale name: "xx_XX.utf8"' in note
        assert ("was copied on its own server" in note) == (user == "maker")
        assert ("the copy sorts by C.UTF-8" in note) == (user == "app")


REFUSES = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE 'not here'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
EXECUTE FUNCTION refuse();
"""


def test_a_table_lost_for_an_extension(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    create = _private.Private.create

    def refusing(self: _private.Private, what: Any, locale: str | None = None) -> str:
        name = create(self, what, locale)
        self.run(REFUSES, name)
        return name

    monkeypatch.setattr(_private.Private, "create", refusing)
    more = "CREATE EXTENSION hstore; CREATE TABLE tagged (t hstore); GRANT ALL ON tagged TO app;"
    lost = "lacks 1 of its relations .public.tagged.: not here"
    with pytest.raises(HotclubError, match=lost), copied(original(more=more)):
        pass
