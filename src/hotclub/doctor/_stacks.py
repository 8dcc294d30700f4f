"""What all the stacks of a recording say together.

*Callers.* A manager's method or a helper with several callers is not the place to change: what
one caller needs, the others would pay for. So all recorded stacks are asked how many distinct
places were seen calling each function.

*Passers-by.* Every view runs below the project's middleware, whose ``self.get_response(request)``
is then the outermost place of every stack, and the only one where an installed package did the
work. It made nothing, so it is taken off.

*Tests.* A test that asks for a page calls the view itself: what stands outside of the request is
the test's, and is taken off as well. It is told by the names that test runners look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

from hotclub.doctor._returned import Returned
from hotclub.doctor._sources import Sources
from hotclub.doctor._whose import user_model
from hotclub.doctor.finding import Place as MadeAt
from hotclub.recording import Place, Recording

_OF_TESTS = re.compile(
    r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test[^/]*|[^/]*_tests?|conftest)\.py$"
)
Function = tuple[str, str]
Point = tuple[str, int, int | None]
_ENOUGH = 20
"""Requests that are asked which middleware there is: all have the same."""


class Stacks:
    """Callers and passers-by of one recording."""

    def __init__(
        self,
        stacks: Iterable[tuple[Place, ...]],
        tree: Path,
        middleware: Iterable[str] = (),
        user_model: str = "",
        models: Mapping[Point, Set[str]] | None = None,
    ) -> None:
        self._models = models or {}
        self.user_model = user_model
        self.sources = Sources(tree)
        self.placed: dict[tuple[int | None, bool], tuple[MadeAt, ...]] = {}
        """What whoever asked for a stack has made of it, by its number, which its content gives it,
        and whether a test's part was taken off."""
        self._returned = Returned(tree)
        self._middleware = tuple("." + name for name in middleware)
        self._callers: dict[Function, set[Point]] = {}
        self._passing: set[Point] = set()
        for stack in stacks:
            self._add_passing(stack)
            for depth in range(len(stack)):
                self._add_caller(stack[depth:])

    @classmethod
    def of(cls, recording: Recording, tree: Path) -> Stacks:
        """Read every stack at which a queryset of the recording was made or run.

        ``tree`` is where the sources can be read.
        """
        numbers: dict[bool, set[int | None]] = {True: set(), False: set()}
        middleware: set[str] = set()
        models: dict[Point, set[str]] = {}
        for index, request in enumerate(recording.requests()):
            for batch in recording.batches(request):
                numbers[request.by_test] |= {batch.created_stack, batch.trigger_stack}
                if batch.via == "query":
                    for place in recording.stack(batch.created_stack)[:1]:
                        models.setdefault(_point(place), set()).add(batch.model)
            if index < _ENOUGH:
                spans = recording.spans(request)
                middleware |= {span.name for span in spans if span.kind == "middleware"}
        stacks = [recording.stack(number) for number in numbers[False]]
        stacks += [without_test(recording.stack(number)) for number in numbers[True]]
        return cls(stacks, tree, middleware, user_model(recording), models)

    def callers(self, path: str, qualname: str) -> int:
        """How many distinct places called this function; at least 1."""
        return max(1, len(self._callers.get((path, qualname), ())))

    def models(self, place: MadeAt) -> Set[str]:
        """The models of all querysets that were made at a place."""
        return self._models.get((place.path, place.line, place.column), frozenset())

    def returned(self, made: MadeAt, caller: MadeAt) -> bool:
        """Whether the caller's expression is the queryset that is made in what it calls."""
        return self._returned(made, caller)

    def shared(self, place: MadeAt) -> bool:
        """Whether what is made at this place is made for more than one caller: several were seen,
        or it is in a manager, which has as many as it may have."""
        return self.callers(place.path, place.qualname) > 1 or self.in_manager(place)

    def in_manager(self, place: MadeAt) -> bool:
        """Whether a place is in a manager's or a queryset's class."""
        return self._returned.in_manager(place)

    def constructs(self, place: MadeAt) -> bool:
        """Whether a place is in the constructor of a queryset or a manager: what is made there is
        an expression of whoever constructs one."""
        return place.qualname.endswith((".__init__", ".__new__")) and self.in_manager(place)

    def of_self(self, place: MadeAt) -> bool:
        """Whether a place reads a relation of ``self``, as properties of models do."""
        return self._returned.of_self(place)

    def own(self, stack: tuple[Place, ...]) -> tuple[Place, ...]:
        """The stack without the middleware that merely passed the request on."""
        end = len(stack)
        while end and _point(stack[end - 1]) in self._passing:
            end -= 1
        return stack[:end]

    def _add_passing(self, stack: tuple[Place, ...]) -> None:
        for place in reversed(stack[1:]):
            if not self._is_middleware(place):
                break
            self._passing.add(_point(place))

    def _is_middleware(self, place: Place) -> bool:
        if place.kind not in ("call", "line") or not place.path.endswith(".py"):
            return False
        module = place.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        name = f".{module}.{place.qualname.partition('.')[0]}"
        return any(name.endswith(known) for known in self._middleware)

    def _add_caller(self, stack: tuple[Place, ...]) -> None:
        if len(stack) < 2 or stack[0].kind not in ("call", "line"):
            return
        inner = (stack[0].path, stack[0].qualname)
        outer = next((p for p in stack[1:] if (p.path, p.qualname) != inner), None)
        if outer is not None and not self._is_middleware(outer):
            self._callers.setdefault(inner, set()).add(_point(outer))


def _point(place: Place) -> Point:
    return (place.path, place.line, place.column)


def without_test(stack: tuple[Place, ...]) -> tuple[Place, ...]:
    """The stack up to where a test made the request."""
    end = next((n for n, place in enumerate(stack) if _OF_TESTS.search(place.path)), len(stack))
    return stack[:end]
