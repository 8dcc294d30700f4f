"""What the views answer with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse


def text(items: Iterable[Any]) -> HttpResponse:
    """One line for each."""
    return HttpResponse("\n".join(map(str, items)))
