"""What only deep recordings notice: how querysets and their instances were used, and what else
was done that costs nothing to see and would cost too much to see in production.

A trace of a deep recording has `Notes`, a batch of one may have `Noted`; both are None in light
recordings. `_noted` writes them down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._batches import Batch, Invisible

if TYPE_CHECKING:
    from ._places import Stack
    from ._state import Trace

USE = "_hotclub_use"  # on a queryset: what was done with it
_EVENTS_MAX = 16


class Use(Invisible):
    """What was done with one queryset object, in order; the same thing at one place once.

    An event is what was done, where, whether the rows were there already, and how it came out:
    whether there was anything, for those that asked.
    """

    __slots__ = ("trace", "batch", "query", "model", "events", "more")

    def __init__(self, trace: Trace, queryset: Any) -> None:
        self.trace = trace
        self.batch: Batch | None = None  # once it was evaluated
        self.query = queryset._query
        self.model = queryset.model
        self.events: dict[tuple[str, Stack, bool, bool | None], None] = {}
        self.more = False

    def add(self, what: str, stack: Stack, evaluated: bool, answer: bool | None = None) -> None:
        """Take down an event, if it says anything new."""
        if len(self.events) < _EVENTS_MAX:
            self.events[what, stack, evaluated, answer] = None
        else:
            self.more = True


class Noted(Invisible):
    """How the instances of one batch were used."""

    __slots__ = ("reads", "sizes", "weighed", "opaque", "columns", "heavy")

    def __init__(self) -> None:
        self.reads: dict[str, int] = {}  # column → how often one of an instance was read
        self.sizes: dict[str, int] = {}  # column → bytes, of the instances that were weighed
        self.weighed = 0
        self.opaque = False  # read in ways that nobody sees: pickled, copied, by its own __init__
        self.columns = 0
        self.heavy: tuple[str, ...] = ()  # columns to be weighed


class Notes:
    """Of one trace: uses of querysets, and things that were done, by what and where."""

    __slots__ = ("uses", "done", "locked", "entered")

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.done: dict[tuple[str, Batch | None, str, Stack], int] = {}
        self.locked = False  # whether rows were locked, so that nobody else changes them
        self.entered: list[int] = []  # of each atomic block that is open: the spans before it

    def add(self, kind: str, name: str, stack: Stack, batch: Batch | None = None) -> None:
        """Count something that was done."""
        key = (kind, batch, name, stack)
        self.done[key] = self.done.get(key, 0) + 1


def use_of(queryset: Any, trace: Trace) -> Use:
    """The queryset's use in this request."""
    use: Use | None = queryset.__dict__.get(USE)
    if use is None or use.trace is not trace:
        use = queryset.__dict__[USE] = Use(trace, queryset)
        if trace.notes is not None:
            trace.notes.uses.append(use)
    return use


def noted(batch: Batch) -> Noted:
    """What is noted of a batch of a deep recording."""
    if batch.noted is None:
        batch.noted = Noted()
    return batch.noted
