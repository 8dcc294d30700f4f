"""The copied project as a WSGI application that any server can run.

``hotclub.agent.site:application``, in the environment that :meth:`Workspace.site` gives: the
same redirections as for a child, but real randomness, and no wires to a driver.
"""

from __future__ import annotations

import json
import os
from typing import Any

from hotclub.agent.worker import _guarded, _paths
from hotclub.agent.worker._start import start


def _load() -> Any:
    with open(os.environ["HOTCLUB_AGENT_CONFIG"], encoding="utf-8") as file:
        config = json.load(file)
    _guarded.install()
    _paths.enter(config)
    return start(config).application


application = _load()
