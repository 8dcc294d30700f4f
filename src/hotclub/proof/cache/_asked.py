"""What a proof was asked for: edits and requests, by what of them decides the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hotclub.fix.model import Fix
from hotclub.proof._passing import touched
from hotclub.proof._steps import steps
from hotclub.proof._trial import Render
from hotclub.proof.cache._ground import digest
from hotclub.proof.model import Request


def edits(
    fixes: Sequence[Fix], requests: Sequence[Request], render: Render, tree: Path
) -> tuple[str, ...]:
    """A name for each edit, in their order: what it writes, how it is judged, and where it shows.

    The numbers of its findings are not in it: they are others each time.
    """
    return tuple(
        digest(
            [
                dict(render([fix], tree)),
                [fix.kind, fix.is_index, fix.must_gain, [one.tested for one in fix.findings]],
                [[one.code, one.index is None, one.spare is None] for one in fix.findings],
                steps(fix),
                touched(fix, requests),
            ]
        )
        for fix in fixes
    )


def name(named: Iterable[str], requests: Iterable[Request]) -> str:
    """What the proof of these edits on these requests is called."""
    asked = [
        [one.label, one.method, one.path, one.query, one.headers, one.body, one.user]
        for one in requests
    ]
    return digest([sorted(named), asked])
