"""What hotclub says when it cannot go on."""

from __future__ import annotations


class HotclubError(Exception):
    """A mistake or a state of the world that the user can mend.

    The message says what happened, where, and what to do; the command line prints it
    after ``hotclub:`` without a traceback and exits with :attr:`exit_code`.
    """

    exit_code = 2
