"""A project that has been proved once, and what a second run would make of it.

The first proof is a real one. Whether a later one would be made anew is told by a stand-in.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from hotclub.fix.model import Fix
from hotclub.project import Project
from hotclub.proof import Cache, Proof
from hotclub.proof.cache import _cache
from hotclub.workspace import Workspace
from tests.proof import shelves

TEMPLATES = """
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates",
              "DIRS": [BASE_DIR / "pages"]}]
STATICFILES = BASE_DIR / "static"
"""
VIEW = """
import datetime
import os
import requirement
from django.conf import settings
from django.shortcuts import render as rendered

def shown(request):
    css = os.stat(settings.STATICFILES / "site.css").st_size
    rows = Book.objects.order_by("-title")
    return rendered(request, "shown.html", {"rows": rows, "css": css > 0})
"""
PAGE = "{% load l10n %}{% for b in rows %}{{ b.title }} by {{ b.editor.name }}; {% endfor %}"
EDIT = (
    'Book.objects.order_by("-title")',
    'Book.objects.order_by("-title").select_related("editor")',
)


class Place(NamedTuple):
    root: Path
    requirements: Path
    kept: Path


def fill(root: Path) -> None:
    """The project, with a page that is a template, a file that is only looked at, and some that
    nothing has to do with."""
    shelves.create(root)
    with open(root / "site_settings.py", "a") as settings, open(root / shelves.VIEWS, "a") as views:
        settings.write(TEMPLATES)
        views.write(VIEW)
    with open(root / "urls.py", "a") as urls:
        urls.write('urlpatterns.append(path("shown/", views.shown))\n')
    for name, text in {
        "pages/shown.html": PAGE, "pages/unused.html": "never rendered", "static/site.css": "a {}",
        "books/tests.py": "print('never imported')\n", "notes/plan.md": "never read",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The project and a first proof of it."""
    top = tmp_path_factory.mktemp("proved")
    place = Place(top / "library", top / "requirements", top / "kept")
    for directory in (place.root, place.requirements):
        directory.mkdir()
    (place.requirements / "requirement.py").write_text("VERSION = 1\n")
    fill(place.root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(place.requirements))
        _, proof = run(place)
    assert proof.kept and not proof.proved
    return place


@pytest.fixture
def place(proved: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """As it was after the first proof; afterwards it is so again."""
    kept = proved.root.parent / "as it was"
    for path in (proved.root, proved.requirements, proved.kept):
        shutil.copytree(path, kept / path.name)
    monkeypatch.setenv("PYTHONPATH", str(proved.requirements))
    yield proved
    for path in (proved.root, proved.requirements, proved.kept):
        shutil.rmtree(path)
        shutil.move(kept / path.name, path)
    shutil.rmtree(kept)


def run(
    place: Place, fixes: Sequence[Fix] = (), targets: Sequence[str] = ("/shown/", "/authors/")
) -> tuple[Cache, Proof]:
    cache = Cache(place.kept)
    wanted = fixes or [shelves.fix(*EDIT, "/shown/", "editor")]
    with Workspace.create(Project.find(place.root)) as workspace:
        proof = cache.prove(
            workspace, wanted, [shelves.request(target) for target in targets],
            render=shelves.render, progress=lambda what, done, total: None,
        )  # fmt: skip
    return cache, proof


def anew(place: Place, **asked: Sequence[str]) -> str | None:
    """What is said of it if the proof would be made anew; None if it is not."""
    calls = []

    def prove(workspace: Workspace, fixes: Sequence[Fix], *_: object, **__: object) -> Proof:
        calls.append(fixes)
        return Proof(tuple(fixes), (), (), {})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_cache, "prove", prove)
        cache, proof = run(place, **asked)
    assert bool(calls) != bool(proof.proved)
    return " ".join(cache.said) if calls else None


def change(path: Path) -> None:
    with open(path, "a") as file:
        file.write("\n")
