"""Copies of PostgreSQL databases: dumped once, cloned for every run, gone at the end."""

from __future__ import annotations

from hotclub.workspace.postgres._address import LIBPQ, Address
from hotclub.workspace.postgres._copies import Clone, Copies
from hotclub.workspace.postgres._variables import dropped_options, redirected

__all__ = [
    "LIBPQ",
    "Address",
    "Clone",
    "Copies",
    "dropped_options",
    "redirected",
]
