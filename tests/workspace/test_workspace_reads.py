"""What children read, as paths of the project and outside of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.workspace import Workspace
from tests.workspace.sample_project import append


def test_nothing_is_noted_unasked(workspace: Workspace) -> None:
    with workspace.child():
        pass
    assert not list(workspace.root.glob("runs/*/reads"))


def test_a_child_that_notes_nothing_is_not_passed_over(root: Path) -> None:
    with Workspace.create(Project.find(root)) as workspace:
        assert workspace.noted.begin()
        with workspace.child():
            pass
        assert workspace.noted.reads() is not None
        (workspace.root / "agent" / "hotclub" / "libhotclub_guard.so").unlink()
        with workspace.child():
            pass
        assert workspace.noted.reads() is None


@pytest.mark.parametrize("environ, known", [("None", True), ("{}", False)])
def test_programs_that_note_nothing_are_not_passed_over(
    root: Path, environ: str, known: bool
) -> None:
    append(root, f"__import__('subprocess').run(['/bin/true'], env={environ})")
    with Workspace.create(Project.find(root)) as workspace:
        assert workspace.noted.begin()
        with workspace.child():
            pass
        assert (workspace.noted.reads() is not None) is known


def test_files_of_the_project_and_others(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.txt"
    outside.write_text("read")
    append(root, f"open({str(outside)!r}).close()")
    append(root, "__import__('os').listdir(BASE_DIR / 'library')")
    append(root, "__import__('os').path.exists(BASE_DIR / 'absent.txt')")
    with Workspace.create(Project.find(root)) as workspace:
        assert workspace.noted.begin()
        with workspace.child() as child:
            assert child.request("/search/").status == 200
        with workspace.child(workspace.branch("another", {"added.py": ""})):
            pass
        reads = workspace.noted.reads()
    assert reads is not None
    assert {("r", "library/settings.py"), ("r", "library"), ("s", "absent.txt")} <= reads.inside
    assert ("r", str(outside)) in reads.outside
    assert not [path for _, path in reads.inside if path.startswith("/")]
    assert not [path for _, path in reads.outside if path.startswith(str(workspace.root))]
    assert any(path.endswith("django/apps/registry.py") for _, path in reads.outside)
    assert not [path for _, path in reads.outside if "/__pycache__/" in path]
    assert any("libsqlite3" in path for _, path in reads.outside), "mapped by the loader itself"


def test_media_are_where_the_user_has_them(root: Path, tmp_path: Path) -> None:
    with Workspace.create(Project.find(root)) as workspace:
        assert workspace.noted.begin()
        with workspace.child() as child:
            assert child.request("/media/").body == b"cover.txt a cover"
        found = workspace.noted.reads()
        assert found is not None
        assert {("r", "media"), ("r", "media/cover.txt")} <= found.inside
    (root / "media").rename(tmp_path / "media")
    append(root, f"MEDIA_ROOT = {str(tmp_path / 'media')!r}")
    with Workspace.create(Project.find(root)) as workspace:
        assert workspace.noted.begin()
        with workspace.child() as child:
            assert child.request("/media/").body == b"cover.txt a cover"
        reads = workspace.noted.reads()
    assert reads is not None
    assert ("r", str(tmp_path / "media" / "cover.txt")) in reads.outside
