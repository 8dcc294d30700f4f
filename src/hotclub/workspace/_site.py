"""A tree that is ready to be served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hotclub.workspace._child import Child


@dataclass(frozen=True)
class Site:
    """A tree ready to be served: where to start the server, and in which environment.

    ``hotclub.agent.site:application`` is the application; ``run`` is for logs and the like.
    ``host`` is a name that the project wants to be asked under; ``headers`` holds, for each
    user asked for, what logs that one in.
    """

    tree: Path
    run: Path
    environ: Mapping[str, str]
    host: str
    headers: Mapping[str, Mapping[str, str]]


def headers_of(child: Child, users: Iterable[str]) -> dict[str, dict[str, str]]:
    """What logs each of these users in."""
    found = {}
    for user in users:
        known = child.call("cookies", user=user)
        cookies = "; ".join(f"{name}={value}" for name, value in known["cookies"].items())
        found[user] = {**dict(known["headers"]), **({"Cookie": cookies} if cookies else {})}
    return found
