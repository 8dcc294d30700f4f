"""The command line: ``hotclub …``, ``python -m hotclub …`` and ``manage.py hotclub …``."""

from hotclub.cli.main import main

__all__ = ["main"]
