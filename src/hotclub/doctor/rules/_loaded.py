"""What there is to say about rows that were loaded for a loop to take little of."""

from __future__ import annotations

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._consumed import Consumer
from hotclub.doctor.rules._evaluation import evaluation

VALUES = 0.2
"""Of an instance's price, what a bare value still costs."""


def loaded(
    seen: Seen, consumer: Consumer, code: str, title: str, advice: str, kept: float = 0.0
) -> Sighting:
    """One sighting; `kept` is the part of the instances' price that is left."""
    batch = consumer.batch
    read = ", ".join(sorted(consumer.reads.reads)) or "nothing"
    of = f"{consumer.reads.columns} columns"
    detail = f"{batch.size:,} of {batch.model} were made, of whose {of} only {read} was read"
    words = {"code": code, "title": title, "advice": advice, "detail": detail}
    return evaluation(seen, batch, consumer.places, batch.size * (1 - kept), words)
