"""A parser that, told an option that it does not have, says which one may be meant."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import Any


class Parser(argparse.ArgumentParser):
    """argparse's, with the nearest name in the message for an unknown option."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As the original, but an unknown option is refused at once."""
        namespace, extras = super().parse_known_args(args, namespace)
        for word in extras:
            if word.startswith("-") and word != "-":
                self._refuse(word.partition("=")[0])
        return namespace, extras

    def _refuse(self, option: str) -> None:
        near = nearest(option, self._option_string_actions)
        hint = f"; did you mean {near}?" if near else f"; see «{self.prog} --help»"
        self.error(f"there is no option {option}{hint}")


def nearest(name: str, known: Sequence[str] | Any, cutoff: float = 0.6) -> str | None:
    """The known name that looks most like this one, None when none does."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None
