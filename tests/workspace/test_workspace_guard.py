"""Nothing leaves the workspace: connections, writes into home, writes into the user's tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import AgentError, Workspace
from tests.workspace.sample_project import append

CALL = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"


def test_a_view_that_calls_out_is_refused(shared: Workspace) -> None:
    with shared.child() as child:
        assert child.request("/calls-out/").body.startswith(b"refused: ")
    assert any("192.0.2.1" in line for line in shared.refusals())


def test_settings_that_call_out_are_refused(root: Path) -> None:
    append(root, f"try:\n    {CALL}\nexcept OSError:\n    pass")
    with Workspace.create(Project.find(root)) as workspace:
        assert any("192.0.2.1" in line for line in workspace.refusals())
        with workspace.child() as child:
            assert child.request("/search/").status == 200


def test_settings_that_need_to_call_out_say_so(root: Path) -> None:
    append(root, CALL)
    with pytest.raises(AgentError) as raised:
        Workspace.create(Project.find(root))
    assert (raised.value.kind, raised.value.file) == ("import", "library/settings.py")
    assert raised.value.code == CALL


def test_programs_that_call_out_are_refused(root: Path) -> None:
    append(root, "import subprocess, sys")
    append(root, f'CALLED = subprocess.run([sys.executable, "-c", "{CALL}"]).returncode')
    append(root, "assert CALLED != 0")
    with Workspace.create(Project.find(root)) as workspace:
        assert any("192.0.2.1" in line for line in workspace.refusals())


STATEMENTS = [
    "open({path!r}, 'a').close()",
    "__import__('pathlib').Path({path!r}).write_text('mine')",
    "__import__('os').rename(__file__, {path!r})",
    "__import__('os').symlink('/', {path!r})",
    "__import__('os').mkdir({path!r})",
    "__import__('os').remove({victim!r})",
    "__import__('os').chmod({victim!r}, 0o777)",
    "__import__('os').truncate({victim!r}, 0)",
    "__import__('os').utime({victim!r})",
    "__import__('sqlite3').connect({path!r}).execute('CREATE TABLE t (x)')",
    "__import__('subprocess').run(['sh', '-c', 'echo mine > ' + {path!r}], check=True)",
    "__import__('subprocess').run(['rm', '-f', {victim!r}], check=True)",
]


@pytest.mark.parametrize("place", ["home", "tree"])
def test_settings_that_write_outside_are_refused(root: Path, home: Path, place: str) -> None:
    outside = home if place == "home" else root
    victim = home / ".ssh" / "id" if place == "home" else root / "data.txt"
    names = {"path": str(outside / "new"), "victim": str(victim)}
    append(root, "DONE = []")
    for number, statement in enumerate(STATEMENTS):
        code = statement.format(**names)
        append(root, f"try:\n    {code}\n    DONE.append({number})\nexcept Exception:\n    pass")
    append(root, "assert DONE == [], DONE")
    before = victim.read_bytes(), victim.stat().st_mtime_ns, victim.stat().st_mode
    with Workspace.create(Project.find(root)) as workspace:
        assert workspace.untouched() == []
        said = " ".join(workspace.refusals())
        assert names["path"] in said and names["victim"] in said
    assert (victim.read_bytes(), victim.stat().st_mtime_ns, victim.stat().st_mode) == before
    assert not (outside / "new").exists()


def test_media_are_not_written_through_their_links(root: Path, tmp_path: Path) -> None:
    media = tmp_path / "uploads"
    (root / "media").rename(media)
    append(root, f"MEDIA_ROOT = {str(media)!r}")
    append(
        root,
        "def overwrites(request):\n"
        "    with open(os.path.join(settings.MEDIA_ROOT, 'cover.txt'), 'w') as file:\n"
        "        file.write('mine')\n",
        "books/views.py",
    )
    append(root, "urlpatterns += [path('over/', views.overwrites)]", "library/urls.py")
    with Workspace.create(Project.find(root)) as workspace:
        with workspace.child() as child:
            assert child.request("/media/").body == b"cover.txt a cover"
            assert child.request("/writes/").status == 200
            answer = child.request("/over/")
            assert answer.status == 500
            assert answer.error is not None and answer.error["type"] == "PermissionError"
        assert workspace.untouched() == []
    assert [path.name for path in media.iterdir()] == ["cover.txt"]


def test_a_home_that_settings_write_to_is_the_runs_own(root: Path, home: Path) -> None:
    append(root, "from pathlib import Path; (Path.home() / '.libraryrc').write_text('mine')")
    with Workspace.create(Project.find(root)) as workspace, workspace.child() as child:
        assert (child.run / "home" / ".libraryrc").read_text() == "mine"
        assert workspace.untouched() == []
        assert workspace.refusals() == []
    assert sorted(path.name for path in home.iterdir()) == [".ssh"]
