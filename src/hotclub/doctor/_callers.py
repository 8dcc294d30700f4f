"""Who called the function that makes a queryset.

A manager's method or a helper with several callers is not the place to change: what one caller
needs, the others would pay for. So all recorded stacks are asked how many distinct places were
seen calling the innermost frame's function.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotclub.recording import Place, Recording

Function = tuple[str, str]


class Callers:
    """For each project function seen as an innermost frame: the places that called it."""

    def __init__(self, stacks: Iterable[tuple[Place, ...]]) -> None:
        self._places: dict[Function, set[tuple[str, int, int | None]]] = {}
        for stack in stacks:
            self._add(stack)

    @classmethod
    def of(cls, recording: Recording) -> Callers:
        """Read every stack at which a queryset of the recording was made."""
        numbers = {
            batch.created_stack
            for request in recording.requests()
            for batch in recording.batches(request)
        }
        return cls(recording.stack(number) for number in numbers)

    def count(self, path: str, qualname: str) -> int:
        """How many distinct places called this function; at least 1."""
        return max(1, len(self._places.get((path, qualname), ())))

    def _add(self, stack: tuple[Place, ...]) -> None:
        if len(stack) < 2 or stack[0].kind not in ("call", "line"):
            return
        inner = (stack[0].path, stack[0].qualname)
        outer = next((p for p in stack[1:] if (p.path, p.qualname) != inner), None)
        if outer is not None:
            self._places.setdefault(inner, set()).add((outer.path, outer.line, outer.column))
