"""The answers of a new tree held against the old one's: what one run of that settles, and what
needs a second one, which tells what differs by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotclub.proof._compare import compare
from hotclub.proof._steps import Seen, Step
from hotclub.proof.model import Answer, Verdict


@dataclass(frozen=True)
class Answers:
    """All answers of one tree: on the database as it is, and after ``ANALYZE``."""

    plain: list[Answer]
    analyzed: list[Answer]
    told: tuple[str, ...] = ()
    """Why rows could not be added, step by step."""
    seen: Sequence[Mapping[Step, Seen]] = ()
    """Which rows the eager loading of a new tree has met, request by request."""


class Held:
    """``new`` answers held against ``old`` ones."""

    def __init__(self, old: Answers, new: Answers) -> None:
        self.old = old
        self.new = new
        plain = map(_settled, old.plain, new.plain)
        analyzed = map(_settled, old.analyzed, new.analyzed)
        self._settled = [
            _both(first, second) if first and second else None
            for first, second in zip(plain, analyzed, strict=True)
        ]

    @property
    def doubtful(self) -> list[int]:
        """Positions of the requests that cannot be judged by one old run."""
        return [number for number, verdict in enumerate(self._settled) if verdict is None]

    def verdicts(self, again: Answers | None) -> list[Verdict]:
        """The verdicts, those in doubt by the old tree's answers ``again``."""
        return [
            verdict if verdict is not None else self._by(again, number)
            for number, verdict in enumerate(self._settled)
        ]

    def _by(self, again: Answers | None, number: int) -> Verdict:
        assert again is not None  # who has doubts brings it
        old, new = self.old, self.new
        return _both(
            compare(old.plain[number], new.plain[number], again.plain[number]),
            compare(old.analyzed[number], new.analyzed[number], again.analyzed[number]),
        )


def _settled(old: Answer, new: Answer) -> Verdict | None:
    """The verdict, if the old tree need not answer once more: there is nothing that this could
    excuse, or the page proves nothing whatever it answers."""
    verdict = compare(old, new, old)
    return None if verdict.outcome == "different" else verdict


def _both(plain: Verdict, analyzed: Verdict) -> Verdict:
    if plain.outcome != "equal" or analyzed.outcome == "equal":
        return plain
    return Verdict(analyzed.outcome, f"after ANALYZE: {analyzed.reason}", analyzed.masks)
