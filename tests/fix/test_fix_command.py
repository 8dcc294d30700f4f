"""The whole command on a real project: diagnosed, planned, proved, written, taken back."""

from __future__ import annotations

import subprocess

import pytest
from playwright.sync_api import expect

from tests.fix import library
from tests.fix.here import QUICK, Here
from tests.report.browser import opened


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return library.create(tmp_path_factory.mktemp("template") / "library")


@pytest.fixture
def here(template, tmp_path):
    return Here(template, tmp_path)


@pytest.mark.slow
def test_shown_then_written_then_taken_back(here):
    here.commit()
    shown = here.hotclub("--diff", *QUICK)
    assert shown.returncode == 0, shown.stderr
    assert (
        '+    found = Book.objects.titled().order_by("pk").select_related("author")' in shown.stdout
    )
    assert library.contents(here.root) == here.before, "--diff writes nothing"

    page = here.cache.parent / "fix.html"
    done = here.hotclub("--html", str(page), *QUICK)
    assert done.returncode == 0, done.stderr
    assert (here.root / "books/views.py").read_text() == library.fixed()
    with opened(page.as_uri()) as shown:
        assert "25 → 1" in shown.text(".pages")
        for fix in shown.tab.locator("details.fix > summary").all():
            fix.click()
        added = shown.tab.locator(".diff .added", has_text='.select_related("author")')
        expect(added).to_have_count(1)
        assert shown.text(".outcome") == "proved"
    assert shown.errors == []
    assert "25 → 1" in done.stdout, "queries of the first page"
    assert "7 → 2" in done.stdout, "queries of the second page"
    assert "books/views.py |   4 ++--" in done.stdout
    changed = {**here.before, "books/views.py": library.fixed().encode()}
    assert library.contents(here.root) == changed

    nothing = here.hotclub("--force", *QUICK)
    assert nothing.returncode == 0, nothing.stderr
    assert "Nothing to fix" in nothing.stdout

    undone = here.hotclub("--undo")
    assert undone.returncode == 0, undone.stderr
    assert "restored books/views.py" in undone.stdout
    assert library.contents(here.root) == here.before
    again = here.hotclub("--undo")
    assert again.returncode == 2
    assert "there is no fix" in again.stderr


@pytest.mark.slow
def test_without_git_a_patch_is_written(here):
    done = here.hotclub(*QUICK)
    assert done.returncode == 0, done.stderr
    patch = here.root / "hotclub.patch"
    assert str(patch) in done.stdout
    assert library.contents(here.root) == {**here.before, "hotclub.patch": patch.read_bytes()}
    subprocess.run(["patch", "-p1", "-i", patch], cwd=here.root, check=True, capture_output=True)
    assert (here.root / "books/views.py").read_text() == library.fixed()


def test_uncommitted_work_stops_it_before_the_proof(here):
    here.commit()
    with open(here.root / "books/views.py", "a") as file:
        file.write("# mine\n")
    before = library.contents(here.root)
    done = here.hotclub(*QUICK)
    assert done.returncode == 2
    assert "books/views.py: not committed to git" in done.stderr
    assert "Traceback" not in done.stderr
    assert "replaying" not in done.stderr
    assert library.contents(here.root) == before


@pytest.mark.slow
def test_findings_that_are_left_give_one(here):
    views = here.root / "books/views.py"
    text = library.FILES["books/views.py"]
    views.write_text(text.replace('order_by("pk")', 'order_by("pk").defer("author")', 1))
    done = here.hotclub("--write", *QUICK)
    assert done.returncode == 1, done.stderr
    assert "leaves out the key author" in done.stdout
    assert '.prefetch_related("books"):' in views.read_text()


@pytest.mark.parametrize("arguments", [["--diff", "--undo"], ["nowhere"], ["--max-seconds", "x"]])
def test_mistakes_are_told_in_words(arguments, here):
    done = here.hotclub(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
