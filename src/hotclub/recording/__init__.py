"""Reading recordings. The driver's side: no Django, nothing of the project's, only the file."""

from ._merge import merge
from ._meta import write_meta
from ._passing import passes
from ._plans import add_plans
from ._reader import Recording
from ._rows import Batch, Body, Note, Place, Process, Query, Request, Span, is_safe

__all__ = [
    "Batch",
    "Body",
    "Note",
    "Place",
    "Process",
    "Query",
    "Recording",
    "Request",
    "Span",
    "add_plans",
    "is_safe",
    "merge",
    "passes",
    "write_meta",
]
