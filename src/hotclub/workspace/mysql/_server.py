"""What the two kinds of server that copies can be on have in common."""

from __future__ import annotations

import os

from hotclub.workspace._login import Login
from hotclub.workspace.mysql._client import Client, identifier
from hotclub.workspace.mysql._original import Original

ANALYZE = """
SELECT CONCAT('ANALYZE TABLE `', REPLACE(TABLE_NAME, '`', '``'), '`;')
FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE';
"""


class Server:
    """A server that copies are on; ``is_private`` tells whether it is for nothing else."""

    is_private = False
    client: Client

    def __init__(self) -> None:
        self.token = os.urandom(4).hex()

    @property
    def allow(self) -> list[str]:
        """What the guard lets children reach: entries for ``HOTCLUB_GUARD_ALLOW``."""
        raise NotImplementedError

    def login(self, original: Original, name: str) -> Login:
        """What Django's settings for a copy are to hold."""
        raise NotImplementedError

    def public_login(self, original: Original, name: str) -> Login:
        """The same for the environment, where programs expect a host and a port."""
        return self.login(original, name)

    def create(self, original: Original, name: str) -> None:
        """An empty database with the original's encoding and collation."""
        charset, collation = original.facts["charset"], original.facts["collation"]
        clauses = f"CHARACTER SET {charset} COLLATE {collation}"
        self.client.run(f"CREATE DATABASE {identifier(name)} {clauses};")

    def analyze(self, name: str) -> None:
        """Take statistics of a database's tables."""
        self.client.run(self.client.run(ANALYZE, name), name)

    def drop(self, name: str) -> None:
        """Remove a run's database."""
        raise NotImplementedError

    def close(self) -> None:
        """Remove all copies."""
        raise NotImplementedError
