"""What became of the tests, read off what they tell while they run, and put into words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_WORST = ("failed", "passed", "skipped")
_NAMED = 3
_IN_CLASS = re.compile(r"\w+ \((.+)\)")


@dataclass
class Outcomes:
    """How many tests there are, and what became of each that ended."""

    found: int = 0
    ended: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    """Of those that failed."""
    _read: int = 0

    def listen(self, file: Path) -> None:
        """Read what has been told since; a line that is not whole yet is left."""
        try:
            with open(file, "rb") as opened:
                opened.seek(self._read)
                text = opened.read()
        except OSError:
            return
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))

    def _take(self, event: dict[str, object]) -> None:
        if isinstance(event.get("found"), int):
            self.found = max(self.found, int(str(event["found"])))
            return
        test, outcome = str(event["test"]), str(event["outcome"])
        self.ended[test] = min(outcome, self.ended.get(test, outcome), key=_WORST.index)
        if outcome == "failed":
            self.why.setdefault(test, str(event["why"]))

    @property
    def failed(self) -> list[str]:
        """The tests that failed, and what else failed around them."""
        return [test for test, outcome in self.ended.items() if outcome == "failed"]

    @property
    def runnable(self) -> list[str]:
        """How a test runner is asked for those: ``setUpClass (shop.tests.Cart)`` is that class."""
        found = {test: _IN_CLASS.fullmatch(test) for test in self.failed}
        return list(dict.fromkeys(inside[1] if inside else test for test, inside in found.items()))

    @property
    def total(self) -> int:
        """Tests that there are, as far as is known."""
        return max(self.found, len(self.ended))

    @property
    def silent(self) -> bool:
        """Whether nothing was heard of any test."""
        return not self.found and not self.ended

    def listed(self, tests: Iterable[str]) -> str:
        """A few of them with what they failed with."""
        tests = list(tests)
        shown = [f"{test} ({self.why[test]})" if self.why[test] else test for test in tests]
        more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
        return "; ".join(shown[:_NAMED]) + more
