"""A sample of a database that is too big to copy: all its tables, and of the big ones some rows.

What is here is the same for every kind of database: how many rows are taken, which of them, and in
which order what they name is brought after them. The databases' own rooms have the SQL.
"""

from __future__ import annotations

from hotclub.workspace.sampling._asked import Asked
from hotclub.workspace.sampling._closure import Source, take
from hotclub.workspace.sampling._plan import Plan
from hotclub.workspace.sampling._shape import Link, Shape, Table, generic_column
from hotclub.workspace.sampling._wanted import SAMPLE_BYTES, Wanted
from hotclub.workspace.sampling._words import Sampled

__all__ = [
    "SAMPLE_BYTES",
    "Asked",
    "Link",
    "Plan",
    "Sampled",
    "Shape",
    "Source",
    "Table",
    "Wanted",
    "generic_column",
    "take",
]
