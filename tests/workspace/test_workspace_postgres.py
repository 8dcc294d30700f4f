"""A project on PostgreSQL in a workspace: copied, cloned for every run, and untouched."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from hotclub.project import Project
from hotclub.workspace import Child, Workspace
from tests.postgres_server import PASSWORD, TestServer
from tests.workspace.sample_postgres import Library, Original, copied, url
from tests.workspace.sample_postgres import rows as query
from tests.workspace.sample_project import PYTHON, append


def rows(child: Child, sql: str) -> list[list[str]]:
    """What a query gives in the child's database."""
    found: list[list[str]] = json.loads(child.request("/shown/", query=f"sql={quote(sql)}").body)[
        "rows"
    ]
    return found


@pytest.mark.parametrize("user, place", [("app", ""), ("maker", "beside")])
def test_a_view_that_writes_changes_only_its_own_run(
    library: Library, filled: TestServer, user: str, place: str, request: pytest.FixtureRequest
) -> None:
    root = library(user)
    if place:
        request.getfixturevalue(place)
    before = filled.written("original")
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child(run="a") as child:
            answers = [child.request("/writes/").body for _ in range(2)]
            assert child.setup["databases"]["default"]["vendor"] == "postgresql"
            clone = child.setup["databases"]["default"]["name"]
            assert (clone in filled.names()) == bool(place)
        assert clone not in filled.names()
        with workspace.child(run="b") as child:
            assert child.request("/writes/").body == b"4"
            assert rows(child, "SELECT max(id) FROM books_author") == [["4"]]
        assert answers == [b"4", b"5"]
        assert workspace.untouched() == []
        assert workspace.refusals() == []
        if place:
            assert "was copied on its own server" in "".join(workspace.notes)
        else:
            assert workspace.notes == []
    assert filled.written("original") == before
    assert filled.sql("SELECT count(*) FROM books_author;", "original") == ["3"]


def test_the_child_never_gets_the_original_s_address(
    library: Library, filled: TestServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = library()
    (tmp_path / "services").write_text(f"[main]\nhost=127.0.0.1\nport={filled.port}\n")
    original = {
        "DATABASE_URL": url(filled, "original") + "?sslmode=disable&connect_timeout=3",
        "REPLICA_URL": url(filled, "original").replace("postgres:", "postgresql+psycopg:"),
        "POSTGRES_PASSWORD": PASSWORD,
        "DB_PORT": str(filled.port),
        "PGHOST": "127.0.0.1",
        "PGHOSTADDR": "127.0.0.1",
        "PGPORT": str(filled.port),
        "PGDATABASE": "original",
        "PGPASSWORD": PASSWORD,
        "PGSSLMODE": "require",
        "PGSERVICE": "main",
        "PGSERVICEFILE": str(tmp_path / "services"),
        "PGPASSFILE": str(tmp_path / "passwords"),
    }
    for name, value in original.items():
        monkeypatch.setenv(name, value)
    append(root, 'DATABASES["default"]["OPTIONS"] = {"sslmode": "disable", "service": "main"}')
    dotenv = f'import os; os.environ.setdefault("REPORTS_URL", {url(filled, "original")!r})\n'
    (root / "manage.py").write_text(dotenv + (root / "manage.py").read_text())
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        seen = json.loads(child.request("/shown/").body)
        assert child.request("/search/").status == 200
        environ, settings = seen["environ"], seen["databases"]["default"]
        everything = json.dumps([environ, settings])
        for trace in (f":{filled.port}", f'"{filled.port}"', "original", quote(PASSWORD, safe="")):
            assert trace not in everything.replace(os.environ["PYTEST_CURRENT_TEST"], "")
        assert json.dumps(PASSWORD)[1:-1] not in everything
        assert settings["HOST"].startswith("/") and settings["NAME"].startswith("hotclub_")
        assert settings["OPTIONS"] == "{}" or "service" not in settings["OPTIONS"]
        assert environ["DATABASE_URL"].endswith(f"/{settings['NAME']}?connect_timeout=3")
        assert environ["REPLICA_URL"].startswith("postgresql+psycopg://app:")
        assert environ["REPORTS_URL"] == environ["DATABASE_URL"].partition("?")[0]
        assert environ["PGDATABASE"] == settings["NAME"] == seen["rows"][0][0]
        done = subprocess.run(
            [PYTHON, "-c", "import psycopg, os\n"
             "for address in ('', 'service=main', os.environ['DATABASE_URL']):\n"
             "    print(psycopg.connect(address).info.dbname)"],
            env=environ, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == [settings["NAME"]] * 3
        outside = f"import psycopg; psycopg.connect({url(filled, 'original')!r})"
        refused = subprocess.run([PYTHON, "-c", outside], env=environ, capture_output=True)
        assert refused.returncode == 1
        assert workspace.refusals() == [f"connect 127.0.0.1:{filled.port}"]


ANALYZED = "SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'books_author'"


def test_analyze_is_done_on_the_clone(original: Original) -> None:
    with copied(original()) as copies:
        for analyze in (False, True, False):
            clone = copies.clone(analyze)["default"]
            assert query(clone, ANALYZED) == ["ft"[analyze]]


def test_the_copy_can_be_served_and_measured_with_statistics(library: Library) -> None:
    script = (
        "from wsgiref.util import setup_testing_defaults as fill\n"
        "from hotclub.agent.site import application\n"
        "for path in ('/whoami/', '/shown/'):\n"
        "    environ = {'PATH_INFO': path, 'HTTP_HOST': HOST, 'HTTP_COOKIE': COOKIE}\n"
        "    environ['QUERY_STRING'] = QUERY\n"
        "    fill(environ)\n"
        "    print(b''.join(application(environ, lambda *a: print(a[0]))))\n"
    )
    with Workspace.create(Project.find(library())) as workspace:
        recording = workspace.path("recordings", "light.hclb")
        with workspace.child(recording=recording, depth="light") as child:
            assert rows(child, ANALYZED) == [["True"]]
        site = workspace.site(users=["staff"])
        known = (site.host, site.headers["staff"]["Cookie"], f"sql={quote(ANALYZED)}")
        done = subprocess.run(
            [PYTHON, "-c", f"HOST, COOKIE, QUERY = {known!r}\n{script}"],
            env=site.environ, cwd=site.tree, capture_output=True, text=True,
        )  # fmt: skip
        assert done.stdout.startswith("200 OK\nb'boss "), done.stderr
        assert '{"rows": [["True"]]' in done.stdout
        assert workspace.refusals() == []


def test_two_aliases_of_one_database_share_a_copy(
    library: Library, filled: TestServer, root: Path
) -> None:
    project = library()
    append(
        project,
        'DATABASES["spelled"] = DATABASES["default"] | {"HOST": "localhost"}\n'
        'DATABASES["replica"] = DATABASES["default"] | {"HOST": "replica.example.com",\n'
        '                                               "TEST": {"MIRROR": "default"}}\n'
        'DATABASES["other"] = DATABASES["default"] | {"NAME": "library"}\n'
        'DATABASES["file"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "f.db"}\n'
        'DATABASES["mirror"] = DATABASES["file"] | {"TEST": {"MIRROR": "file"}}',
    )
    subprocess.run([PYTHON, "manage.py", "migrate", "--database=file"], cwd=project, check=True,
                   capture_output=True)  # fmt: skip
    with Workspace.create(Project.find(project)) as workspace, workspace.child() as child:
        seen = json.loads(child.request("/shown/").body)["databases"]
        names = {alias: os.path.basename(database["NAME"]) for alias, database in seen.items()}
        assert names["default"] == names["spelled"] == names["replica"]
        assert names["other"] not in ("library", names["default"])
        assert names["file"] == names["mirror"] == "file.sqlite3"
        assert workspace.untouched() == []


def test_what_changes_in_the_original_is_seen(original: Original, filled: TestServer) -> None:
    with copied(original()) as copies:
        assert copies.changes() == []
        filled.sql(
            "UPDATE books_author SET name = 'X' WHERE id = 1; CREATE TABLE new (id int);"
            "DELETE FROM books_book WHERE id = 1; SELECT nextval('books_book_id_seq');",
            "original",
        )
        where = f"the database original on 127.0.0.1:{filled.port}"
        assert copies.changes() == [
            f"{where}: columns of public.new was added",
            f"{where}: sequence public.books_book_id_seq was changed (3 before, 4 now)",
            f"{where}: table public.books_author was changed",
            f"{where}: table public.books_book was changed (3 rows before, 2 rows now)",
        ]
