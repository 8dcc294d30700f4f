"""label-studio; its database lies below ``HOME``."""

from __future__ import annotations

import shutil
from pathlib import Path

from truth.projects._kit import Kit

REQUIREMENTS = ("label-studio==1.23.0", "setuptools")


def build(kit: Kit, fresh: bool) -> Path:
    """The checkout; the directory of its ``manage.py``."""
    kit.environ.update(HOME=str(kit.directory / "home"), PYTHONPATH=str(kit.tree))
    kit.manage = "label_studio/manage.py"
    if fresh:
        shutil.rmtree(kit.tree, ignore_errors=True)
        kit.tree.mkdir()
        kit.take("label_studio")
        kit.fill()
        kit.commit()
    return kit.tree / "label_studio"
