"""How large the project's tables are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def rows(models: Iterable[str]) -> dict[str, Any]:
    """Rows of these models' tables, by label; those that cannot be counted are left out."""
    from django.apps import apps
    from django.db import Error

    found = {}
    for label in models:
        try:
            found[label] = apps.get_model(label)._base_manager.count()
        except (LookupError, ValueError, AttributeError, Error):
            continue
    return {"rows": found}
