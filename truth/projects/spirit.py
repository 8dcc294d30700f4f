"""A forum of django-spirit's, its package beside the site that it made."""

from __future__ import annotations

import shutil
from pathlib import Path

from truth.projects._kit import Kit

REQUIREMENTS = ("django-spirit==0.14.3", "Django==5.2.*", "setuptools")


def build(kit: Kit, fresh: bool) -> Path:
    """The forum; its directory."""
    if fresh:
        shutil.rmtree(kit.tree, ignore_errors=True)
        kit.tree.mkdir()
        kit.take("spirit")
        template = kit.tree / "spirit" / "extra" / "project_template"
        start = ("startproject", "--template", template, "forum", kit.tree)
        kit.run(kit.python, "-m", "django", *start)
        (kit.tree / "__init__.py").unlink(missing_ok=True)
        kit.django("spiritinstall")
        kit.fill()
        kit.commit("media/\nstatic/\nst_search/\n")
    return kit.tree
