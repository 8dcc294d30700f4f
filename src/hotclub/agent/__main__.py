"""``python -m hotclub.agent``: the worker, started by a workspace in the project's interpreter."""

from __future__ import annotations

from hotclub.agent.worker._main import main

if __name__ == "__main__":
    main()
