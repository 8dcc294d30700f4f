"""What there is to be found, and what there is not; each case says so itself."""

from . import (
    absent,
    admin,
    api,
    chained,
    compound,
    eager,
    forms,
    forward,
    generic,
    gets,
    many,
    pages,
    peers,
    permissions,
    reverse,
    single,
)
from ._case import CASES as ALL

__all__ = [
    "ALL", "absent", "admin", "api", "chained", "compound", "eager", "forms", "forward", "generic",
    "gets", "many", "pages", "peers", "permissions", "reverse", "single",
]  # fmt: skip
