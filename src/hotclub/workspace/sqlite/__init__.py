"""Copies of SQLite databases: whole, or of those that are too big a sample."""

from __future__ import annotations

from hotclub.workspace.sqlite._copies import Copies

__all__ = ["Copies"]
