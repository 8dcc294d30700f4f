"""HC601: connections that are kept and that are not, with a real server."""

from __future__ import annotations

from pathlib import Path

from shelves import recorded, seen_in, written

from tests import postgres_server

VIEWS = """
def titles(request):
    return HttpResponse([book.title for book in Book.objects.filter(pk__lt=3)])

def nothing(request):
    return HttpResponse()
"""


def codes(root: Path, **settings: object) -> dict[str, list[str]]:
    path = recorded(root, ["/titles/", "/nothing/"], **settings)
    found: dict[str, list[str]] = {}
    for seen in seen_in(path, root):
        found.setdefault(seen.code, []).append(seen.request.path)
        if seen.code == "HC601":
            assert seen.trigger[0].path == "config/settings.py"
            line = (root / "config/settings.py").read_text().splitlines()[seen.trigger[0].line - 1]
            assert line.strip().startswith("DATABASES")
            assert "CONN_MAX_AGE of default (postgresql) is 0" in seen.detail
    return found


def test_a_connection_for_each_request(tmp_path: Path) -> None:
    with postgres_server.running() as server:
        database = {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "boss",
            "HOST": str(server.directory), "PORT": server.port,
        }  # fmt: skip
        root = written(tmp_path / "closed", VIEWS)
        assert codes(root, DATABASES={"default": database})["HC601"] == ["/titles/"]
        root = written(tmp_path / "kept", VIEWS)
        server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
        database["CONN_MAX_AGE"] = 60
        assert "HC601" not in codes(root, DATABASES={"default": database})


def test_a_file_is_no_server(tmp_path: Path) -> None:
    assert "HC601" not in codes(written(tmp_path, VIEWS))
