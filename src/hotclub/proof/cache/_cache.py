"""Taking a proof from the cache, and putting one there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hotclub.errors import HotclubError
from hotclub.fix.model import Fix
from hotclub.proof._compare import NO_ANSWER
from hotclub.proof._prove import once, prove
from hotclub.proof._trial import Progress, Render
from hotclub.proof.cache import _asked, _entry, _store
from hotclub.proof.cache._files import Files
from hotclub.proof.cache._ground import Ground, ground, other
from hotclub.proof.model import Proof, Request
from hotclub.workspace import Workspace

DAYS = 30
"""Older proofs are made again: pages show what is of this week, and the clock is in no digest."""


class Cache:
    """Proofs of one project, kept in a directory. What there is to say is added to ``said``."""

    def __init__(self, directory: Path) -> None:
        self.said: list[str] = []
        self._directory = directory

    def prove(
        self,
        workspace: Workspace,
        fixes: Sequence[Fix],
        requests: Sequence[Request],
        *,
        render: Render,
        progress: Progress,
    ) -> Proof:
        """As :func:`hotclub.proof.prove`, or as it was when nothing was different from now.

        Raises:
            HotclubError: the unchanged project cannot be run.
        """
        progress("looking for a proof made before", 0, 0)
        requests = once(requests)
        named = _asked.edits(fixes, requests, render, workspace.tree)
        name = _asked.name(named, requests)
        try:
            now = ground(workspace)
        except HotclubError as error:
            self.said.append(f"The proof is not kept: {error}")
            return prove(workspace, fixes, requests, render=render, progress=progress)
        by_name = dict(zip(named, fixes, strict=True))
        found = self._found(name, now, workspace, by_name, render)
        if found is not None:
            return found
        began = time.time()
        noting = workspace.noted.begin()
        proof = prove(workspace, fixes, requests, render=render, progress=progress)
        if _had_no_answer(proof):
            self.said.append("The proof is not kept: a page had no answer, maybe by chance.")
        elif noting and len(by_name) == len(fixes):
            self._keep(
                name, proof, dict(zip(map(id, fixes), named, strict=True)), now, workspace, began
            )
        return proof

    def _found(
        self,
        name: str,
        now: Ground,
        workspace: Workspace,
        fixes: Mapping[str, Fix],
        render: Render,
    ) -> Proof | None:
        """What is there and still holds."""
        try:
            entry = _store.load(self._directory, name)
            if entry is None:
                return None
            proof = _entry.read(entry["proof"], entry["proved"], fixes, render, workspace.tree)
            changed = _changed(entry, now, workspace.tree)
        except (_store.Unusable, ValueError, KeyError, TypeError, AttributeError) as error:
            self.said.append(f"A proof in {self._directory} was ignored: {error}")
            return None
        if changed:
            self.said.append(f"Proved anew: since {_day(proof.proved)}, {changed}.")
            return None
        return proof

    def _keep(
        self,
        name: str,
        proof: Proof,
        named: Mapping[int, str],
        now: Ground,
        workspace: Workspace,
        began: float,
    ) -> None:
        reads = workspace.noted.reads()
        if reads is None:
            self.said.append("The proof is not kept: a process of it did not note what it read.")
            return
        files = Files(workspace.tree)
        digests = files.digests(reads)
        moved = next(files.younger(digests, began), "")
        if moved:
            self.said.append(f"The proof is not kept: {moved} was written while it went on.")
            return
        entry = {
            "proved": datetime.fromtimestamp(began, timezone.utc).isoformat(timespec="seconds"),
            "ground": now,
            "files": digests,
            "proof": _entry.written(proof, named),
        }
        try:
            kept = _store.save(self._directory, name, entry)
        except OSError as error:
            self.said.append(f"The proof is not kept in {self._directory}: {error.strerror}")
            return
        if not kept:
            self.said.append("The proof is not kept: it read too many files.")


def _changed(entry: Mapping[str, Any], now: Ground, tree: Path) -> str:
    """What is not as it was, in words; empty if everything is."""
    age = datetime.now(timezone.utc) - datetime.fromisoformat(entry["proved"])
    if not timedelta() <= age <= timedelta(days=DAYS):
        return f"more than {DAYS} days have passed"
    part = other(entry["ground"], now)
    file = part or next(Files(tree).changed(entry["files"]), "")
    return f"{file} has changed" if file else ""


def _had_no_answer(proof: Proof) -> bool:
    said = [one.reason for one in proof.rejected] + [one.reason for one in proof.reservations]
    said += [page.verdict.reason for page in proof.pages]
    return any(NO_ANSWER in reason for reason in said)


def _day(moment: str) -> str:
    return moment.partition("T")[0]
