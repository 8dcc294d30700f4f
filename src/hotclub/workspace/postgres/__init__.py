"""Copies of PostgreSQL databases: dumped once, cloned for every run, gone at the end."""

from __future__ import annotations

from hotclub.workspace.postgres._address import LIBPQ, Address
from hotclub.workspace.postgres._copies import SIZE_LIMIT, Clone, Copies
from hotclub.workspace.postgres._server import Login
from hotclub.workspace.postgres._variables import dropped_options, redirected

__all__ = [
    "LIBPQ",
    "SIZE_LIMIT",
    "Address",
    "Clone",
    "Copies",
    "Login",
    "dropped_options",
    "redirected",
]
