"""Copies of MariaDB and MySQL databases: dumped once, cloned for every run, gone at the end."""

from __future__ import annotations

from hotclub.workspace.mysql._address import Address
from hotclub.workspace.mysql._copies import Clone, Copies
from hotclub.workspace.mysql._variables import dropped_options, redirected

__all__ = ["Address", "Clone", "Copies", "dropped_options", "redirected"]
