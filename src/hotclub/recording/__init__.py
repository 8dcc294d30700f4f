"""Reading recordings. The driver's side: no Django, nothing of the project's, only the file."""

from ._merge import merge
from ._reader import Recording
from ._rows import Batch, Body, Place, Process, Query, Request, Span

__all__ = ["Batch", "Body", "Place", "Process", "Query", "Recording", "Request", "Span", "merge"]
