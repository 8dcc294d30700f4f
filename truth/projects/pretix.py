"""pretix, with settings of its own: SQLite, no Redis, no Celery."""

from __future__ import annotations

from pathlib import Path

from truth.projects._kit import Kit

REQUIREMENTS = ("pretix==2026.8.0", "Django==5.2.*", "setuptools")
