"""A command that ends with the driver, however that ends, although it knows nothing of it.

A shell stands between: it waits for the driver's end of a pipe to close and then ends the command.
"""

from __future__ import annotations

from collections.abc import Sequence

_SCRIPT = """
exec 3<&0 </dev/null
"$@" 3<&- & command=$!
{ read -r _ <&3; %s; } & watch=$!
wait $command; status=$?
kill $watch
exit $status
"""


def watched(command: Sequence[str], end: str) -> list[str]:
    """The command with that shell before it, whose standard input is to be the pipe.

    ``end`` is what the shell does then: ``$command`` is the command's process, ``0`` the group.
    """
    return ["/bin/sh", "-c", _SCRIPT % end, "hotclub", *command]
