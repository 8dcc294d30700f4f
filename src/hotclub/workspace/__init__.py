"""A copy of a project, its databases and its home, and the processes that run there.

Everything the doctor, the fixer and the proof do to a project happens in a workspace. What
the user has is only ever read; :meth:`Workspace.untouched` says whether that held.
"""

from __future__ import annotations

from hotclub.workspace._asked import Asked
from hotclub.workspace._child import Child
from hotclub.workspace._command import Command, Room
from hotclub.workspace._errors import AgentError, ChildDied, ChildError, ChildTimeout
from hotclub.workspace._migrated import MIGRATE_SECONDS, Masters, Migrated
from hotclub.workspace._reads import Reads
from hotclub.workspace._response import Response
from hotclub.workspace._site import Site
from hotclub.workspace._workspace import Workspace
from hotclub.workspace.sampling import Wanted

__all__ = [
    "MIGRATE_SECONDS",
    "AgentError",
    "Asked",
    "Child",
    "ChildDied",
    "ChildError",
    "ChildTimeout",
    "Command",
    "Masters",
    "Migrated",
    "Reads",
    "Response",
    "Room",
    "Site",
    "Wanted",
    "Workspace",
]
