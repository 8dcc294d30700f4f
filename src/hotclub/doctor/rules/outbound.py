"""HC604: somebody else's server asked while a transaction is open.

The copy that is crawled reaches nobody, so the attempt is the evidence. While it lasts in
production, the transaction holds its locks and its connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._placed import placed

CODE = "HC604"
TITLE = "another server asked inside a transaction"
ADVICE = "ask before the transaction, or after it: transaction.on_commit(), or a task"


def look(seen: Seen) -> Iterator[Sighting]:
    """Every place of one request that tried to."""
    told: set[object] = set()
    for note in seen.notes:
        places = seen.stack(note.stack_id)
        if note.kind != "outbound" or not places or not places[0].in_project:
            continue
        host, _, aliases = note.name.partition(" ")
        if (host, places) not in told:  # looked up, then connected to
            told.add((host, places))
            detail = f"{host} while {aliases.replace(',', ', ')} was in a transaction"
            words = {"code": CODE, "title": TITLE, "advice": ADVICE, "detail": detail}
            yield placed(seen, places, {**words, "shape": "outbound"}, loads=note.count, saves=0)
