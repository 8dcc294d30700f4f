"""What ``wagtail start`` makes, with a blog beside it and Wagtail's own source in the checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

from truth.projects._kit import Kit

REQUIREMENTS = ("wagtail==8.0", "Django==5.2.*", "setuptools")
_SETTINGS = '\nINSTALLED_APPS += ["blog", "wagtail.contrib.settings"]\n'


def build(kit: Kit, fresh: bool) -> Path:
    """The site."""
    if fresh:
        shutil.rmtree(kit.tree, ignore_errors=True)
        kit.tree.mkdir()
        kit.take("wagtail")
        template = kit.tree / "wagtail" / "project_template"
        start = ("startproject", "--template", template, "-e", "html,rst,py", "-n", "Dockerfile")
        kit.run(kit.python, "-m", "django", *start, "mysite", kit.tree)
        shutil.copytree(kit.site / "blog", kit.tree / "blog")
        base = kit.tree / "mysite" / "settings" / "base.py"
        base.write_text(base.read_text() + _SETTINGS)
        kit.django("makemigrations", "blog", "-v", "0")
        kit.fill()
        kit.commit("media/\n")
    return kit.tree
