"""Writing into real files, taking it back, git and patches."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from hotclub.errors import HotclubError
from hotclub.fix import Change, Destination, changes, last_fix, undo, write_patch

OLD, NEW = b"old\r\n\xc3\xa9\n", b"new\r\n\xc3\xa9\n"
CHANGES = (Change("a.py", OLD, NEW), Change("shop/b.py", OLD, NEW))


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    for change in CHANGES:
        path = root / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change.before)
    return root


@pytest.fixture
def destination(root, tmp_path):
    return Destination(root, tmp_path / "cache", write=True)


def contents(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def git(root, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", *identity, "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(root):
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    return root


def test_put_and_undo(root, destination):
    before = contents(root)
    destination.put(CHANGES)
    assert contents(root) == {"a.py": NEW, "shop/b.py": NEW}
    assert undo(destination.cache, root) == ("a.py", "shop/b.py")
    assert contents(root) == before


def test_undo_goes_back_one_fix_at_a_time(root, destination):
    destination.put(CHANGES[:1])
    destination.put((Change("a.py", NEW, b"newer\n"),))
    undo(destination.cache, root)
    assert (root / "a.py").read_bytes() == NEW
    undo(destination.cache, root)
    assert (root / "a.py").read_bytes() == OLD
    with pytest.raises(HotclubError, match="no fix of"):
        undo(destination.cache, root)


def test_the_tree_before_the_last_fix(root, destination):
    assert last_fix(destination.cache, root) == {}
    destination.put(CHANGES)
    assert last_fix(destination.cache, root) == {"a.py": OLD.decode(), "shop/b.py": OLD.decode()}
    (root / "a.py").write_bytes(b"mine\n")
    assert last_fix(destination.cache, root) == {}, "what is there now is not that fix's"


@pytest.mark.parametrize("edit", ["write", "unlink"])
def test_undo_refuses_when_a_file_has_changed_since(edit, root, destination):
    destination.put(CHANGES)
    if edit == "write":
        (root / "shop/b.py").write_bytes(b"mine\n")
    else:
        (root / "shop/b.py").unlink()
    before = contents(root)
    with pytest.raises(HotclubError, match=r"shop/b\.py has changed since"):
        undo(destination.cache, root)
    assert contents(root) == before, "the other file is not touched either"


def test_undo_after_a_crash_between_two_files(root, destination):
    destination.put(CHANGES)
    (root / "shop/b.py").write_bytes(OLD)  # as if it had never been reached
    assert undo(destination.cache, root) == ("a.py",)
    assert contents(root) == {"a.py": OLD, "shop/b.py": OLD}


def test_undo_of_a_damaged_record(root, destination):
    destination.put(CHANGES)
    record = next((destination.cache / "fixes").iterdir())
    record.write_text(record.read_text()[:-20])
    with pytest.raises(HotclubError, match="is damaged"):
        undo(destination.cache, root)
    assert contents(root)["a.py"] == NEW


def test_records_are_for_their_owner_only(root, destination):
    destination.put(CHANGES)
    record = next((destination.cache / "fixes").iterdir())
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_mode_and_links_stay(root, destination, tmp_path):
    (root / "a.py").chmod(0o750)
    (root / "shop/b.py").rename(root / "real.py")
    (root / "shop/b.py").symlink_to("../real.py")
    destination.put(CHANGES)
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o750
    assert (root / "shop/b.py").is_symlink()
    assert (root / "real.py").read_bytes() == NEW


def test_nothing_is_written_when_one_file_is_not_what_was_proved(root, destination):
    (root / "shop/b.py").write_bytes(b"edited meanwhile\n")
    before = contents(root)
    with pytest.raises(HotclubError, match=r"shop/b\.py changed while the proof was running"):
        destination.put(CHANGES)
    assert contents(root) == before
    with pytest.raises(HotclubError, match="no fix of"):
        undo(destination.cache, root)


def test_nothing_is_written_when_it_could_not_be_taken_back(root, tmp_path):
    (tmp_path / "cache").write_text("a file where a directory should be")
    before = contents(root)
    with pytest.raises(HotclubError, match="no file was changed"):
        Destination(root, tmp_path / "cache", write=True).put(CHANGES)
    assert contents(root) == before


def test_a_failure_in_the_middle_is_rolled_back(root, destination, monkeypatch):
    real, calls = os.replace, []

    def fails_third(source, target):
        calls.append(target)
        if len(calls) == 3:  # the record, the first file, and then the disk is full
            raise OSError(28, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", fails_third)
    before = contents(root)
    with pytest.raises(HotclubError, match="No space left on device; no file was changed"):
        destination.put(CHANGES)
    assert contents(root) == before, "no temporary file is left either"


def test_only_what_differs_is_a_change(root):
    sources = {"a.py": OLD.decode(), "shop/b.py": NEW.decode()}
    assert changes(sources, root) == CHANGES[1:]


def test_files_are_edited_in_a_clean_repository(repository, tmp_path):
    destination = Destination(repository, tmp_path / "cache")
    assert destination.edits
    destination.put(CHANGES)
    assert git(repository, "diff", "--stat").count("| 2 +-") == 2


@pytest.mark.parametrize("state", ["changed", "staged", "untracked", "ignored"])
def test_uncommitted_work_is_not_edited(state, repository, tmp_path):
    path = repository / "a.py"
    if state in ("changed", "staged"):
        path.write_bytes(OLD + b"# mine\n")
    if state == "staged":
        git(repository, "add", "a.py")
    if state in ("untracked", "ignored"):
        git(repository, "rm", "-q", "--cached", "a.py")
        (repository / ".gitignore").write_text("a.py\n" if state == "ignored" else "")
        git(repository, "add", ".gitignore")
        git(repository, "commit", "-qm", "without it")
    destination = Destination(repository, tmp_path / "cache")
    before = contents(repository)
    with pytest.raises(HotclubError, match=r"a\.py: not committed to git.*--force"):
        destination.check(["a.py", "shop/b.py"])
    with pytest.raises(HotclubError, match="nothing was changed"):
        destination.put((Change("a.py", path.read_bytes(), NEW),))
    assert contents(repository) == before
    Destination(repository, tmp_path / "cache", force=True).put(
        (Change("a.py", path.read_bytes(), NEW),)
    )
    assert path.read_bytes() == NEW


def test_other_uncommitted_work_is_no_hindrance(repository, tmp_path):
    (repository / "a.py").write_bytes(b"mine\n")
    Destination(repository, tmp_path / "cache").check(["shop/b.py"])


def test_names_that_git_would_take_for_patterns(repository, tmp_path):
    (repository / "a*.py").write_bytes(OLD)
    with pytest.raises(HotclubError, match=r"a\*\.py: not committed"):
        Destination(repository, tmp_path / "cache").check(["a*.py"])


def test_a_repository_below_its_top(repository, tmp_path):
    destination = Destination(repository / "shop", tmp_path / "cache")
    assert destination.edits
    destination.check(["b.py"])
    (repository / "shop/b.py").write_bytes(b"mine\n")
    with pytest.raises(HotclubError, match=r"b\.py: not committed"):
        destination.check(["b.py"])


def test_without_git_there_is_a_patch(root, tmp_path):
    assert not Destination(root, tmp_path / "cache").edits
    sources = {change.path: change.after.decode() for change in CHANGES}
    patch = write_patch(sources, root, tmp_path)
    assert patch == tmp_path / "hotclub.patch"
    assert contents(root)["a.py"] == OLD, "only the patch is written"
    subprocess.run(["patch", "-p1", "-d", root, "-i", patch], check=True, capture_output=True)
    assert contents(root) == {"a.py": NEW, "shop/b.py": NEW}


def test_a_patch_overwrites_nothing(root, tmp_path):
    (tmp_path / "hotclub.patch").write_text("somebody's own\n")
    sources = {"a.py": NEW.decode()}
    first = write_patch(sources, root, tmp_path)
    assert first.name == "hotclub-2.patch"
    assert write_patch(sources, root, tmp_path) == first, "the same patch is written once"
    assert (tmp_path / "hotclub.patch").read_text() == "somebody's own\n"


def test_no_git_on_the_path(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not Destination(repository, tmp_path / "cache").edits
