"""The pages of the tests; filled in by those that need one."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []
