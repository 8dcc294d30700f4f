"""Names, statements and plans, each once in the page: spans refer to them by number."""

from __future__ import annotations


class Texts:
    """The texts in the order in which they were first asked for."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The text's number, the same whenever it comes again."""
        if text not in self._numbers:
            self._numbers[text] = len(self.listed)
            self.listed.append(text)
        return self._numbers[text]
