"""Proofs of earlier runs: used where nothing is different, and nowhere else."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hotclub.project import Project
from hotclub.proof.cache import _cache, _ground
from hotclub.proof.cache._files import Files
from hotclub.proof.model import Verdict
from hotclub.workspace import Workspace
from tests.proof import shelves
from tests.proof.cached import EDIT, Place, anew, change, place, proved, run

__all__ = ["place", "proved"]


def test_nothing_changed(place: Place) -> None:
    cache, proof = run(place)
    assert proof.proved
    assert [page.label for page in proof.pages] == ["GET /shown/", "GET /authors/"]
    assert (proof.pages[0].queries_before, proof.pages[0].queries_after) == (7, 1)
    assert proof.pages[0].timing is not None
    assert "select_related" in proof.sources[shelves.VIEWS]
    assert cache.said == []


@pytest.mark.parametrize("name", ["pages/unused.html", "books/tests.py", "notes/plan.md"])
def test_a_file_that_nothing_read_changed(place: Place, name: str) -> None:
    change(place.root / name)
    assert anew(place) is None


def test_files_that_nothing_looked_for_came(place: Place) -> None:
    (place.root / "notes" / "new.md").write_text("new")
    (place.root / "hotclub.patch").write_text("written by the first run")
    (place.root / "books" / "__pycache__").mkdir()
    assert anew(place) is None


@pytest.mark.parametrize(
    "name",
    ["books/models.py", "books/views.py", "urls.py", "site_settings.py", "pages/shown.html",
     "static/site.css"],
)  # fmt: skip
def test_a_file_that_was_read_or_looked_at_changed(place: Place, name: str) -> None:
    change(place.root / name)
    told = anew(place)
    assert told is not None
    if name != shelves.VIEWS:  # there the edit is another one
        assert f"{name} has changed" in told


def test_a_file_that_was_looked_for_came(place: Place) -> None:
    (place.root / "requirement.py").write_text("VERSION = 2\n")
    assert anew(place) is not None


def test_a_file_went(place: Place) -> None:
    (place.root / "static" / "site.css").unlink()
    assert "static/site.css has changed" in (anew(place) or "")


def test_a_requirement_changed(place: Place) -> None:
    change(place.requirements / "requirement.py")
    assert "requirement.py has changed" in (anew(place) or "")


def test_something_was_installed(place: Place) -> None:
    (place.requirements / "another-1.0.dist-info").mkdir()
    assert f"{place.requirements} has changed" in (anew(place) or "")


def test_a_row_changed(place: Place) -> None:
    with sqlite3.connect(place.root / "db.sqlite3") as db:
        db.execute("UPDATE books_author SET name = 'another' WHERE id = 1")
    db.close()
    assert "the database default has changed" in (anew(place) or "")


def test_the_environment_changed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "OLDPWD", "PYENV_DIR", "SSH_CLIENT"):
        monkeypatch.setenv(name, "another")
    assert anew(place) is None
    monkeypatch.setenv("SHOP_MODE", "another")
    assert "the environment has changed" in (anew(place) or "")


@pytest.mark.parametrize("name", ["HISTORY_DAYS", "LESSON_LIMIT", "SSH_HOST", "TERM_MONTHS"])
def test_a_variable_of_the_project_is_in_the_environment(name: str) -> None:
    assert _ground._environment({name: "20", "TERM": "xterm", "LESS": "-R"}) == {name: "20"}


def test_hotclub_changed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = _ground._of_tree
    monkeypatch.setattr(_ground, "_of_tree", lambda top: f"another {real(top)}")
    assert "hotclub has changed" in (anew(place) or "")


def test_hotclub_is_all_that_its_processes_had(place: Place) -> None:
    with Workspace.create(Project.find(place.root)) as workspace:
        before = _ground._of_tree(workspace.root / "agent")
        change(workspace.root / "agent" / "hotclub" / "libhotclub_guard.so")
        assert _ground._of_tree(workspace.root / "agent") != before


def test_other_requests_and_other_edits(place: Place) -> None:
    assert anew(place, targets=("/shown/",)) is not None
    assert anew(place, targets=("/shown/?page=2", "/authors/")) is not None
    other = shelves.fix(EDIT[0], 'Book.objects.order_by("-title", "pk")', "/shown/", "editor")
    assert anew(place, fixes=[other]) is not None


def test_too_long_ago(place: Place) -> None:
    (entry,) = place.kept.glob("*.json")
    told = json.loads(entry.read_text())
    entry.write_text(json.dumps({**told, "proved": "2020-01-01T00:00:00+00:00"}))
    assert "30 days" in (anew(place) or "")


def test_two_runs_at_once(place: Place) -> None:
    shutil.rmtree(place.kept)
    proofs = []
    threads = [threading.Thread(target=lambda: proofs.append(run(place)[1])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(proof.kept) for proof in proofs] == [1, 1]
    assert [path.suffix for path in place.kept.iterdir()] == [".json"]
    assert anew(place) is None


def test_what_lost_and_what_is_not_witnessed_is_kept_too(place: Place) -> None:
    lost = shelves.fix(
        'Author.objects.order_by("pk")', 'Author.objects.order_by("-pk")', "/authors/"
    )
    fixes = [shelves.fix(*EDIT, "/shown/"), lost]
    first, second = run(place, fixes)[1], run(place, fixes)[1]
    assert not first.proved and second.proved
    assert [one.reason for one in second.rejected] == [one.reason for one in first.rejected]
    assert second.rejected[0].fix is lost
    assert [one.reason for one in second.reservations] == [o.reason for o in first.reservations]
    assert second.pages == first.pages


def test_what_nobody_noted_is_not_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a built library that is older than the sources."""
    shutil.rmtree(place.kept)
    monkeypatch.setattr("hotclub.workspace._reads.VARIABLE", "HOTCLUB_GUARD_UNKNOWN")
    assert "did not note what it read" in (run(place)[0].said or [""])[0]
    assert not place.kept.exists()
    place.kept.mkdir()


def test_what_had_no_answer_is_not_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the machine was so busy that a page took too long."""
    shutil.rmtree(place.kept)
    hung = Verdict("different", "the changed project failed: /shown/ took longer than 30 s")
    proof = run(place)[1]
    shutil.rmtree(place.kept)
    pages = tuple(replace(page, verdict=hung) for page in proof.pages)
    monkeypatch.setattr(_cache, "prove", lambda *_, **__: replace(proof, pages=pages))
    assert "had no answer" in (run(place)[0].said or [""])[0]
    assert not place.kept.exists()
    place.kept.mkdir()


def test_what_may_have_gone_while_it_went_on(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    files = Files(tmp_path / "tree")
    began = folder.stat().st_mtime + 100
    assert not list(files.younger([f"r{folder}/gone.py"], began))
    os.utime(folder, (began + 1, began + 1))
    assert list(files.younger([f"r{folder}/gone.py"], began)) == [f"{folder}/gone.py"]
    assert not list(files.younger(["r/tmp/by-chance"], began))
