"""HC603: a session written to the database by every request, changed or not."""

from __future__ import annotations

from collections.abc import Iterator

from hotclub.doctor._seen import Seen, Sighting
from hotclub.doctor.rules._setting import place_of, sighting
from hotclub.recording import Query

CODE = "HC603"
TITLE = "the session saved by every request"
NAME = "SESSION_SAVE_EVERY_REQUEST"
ADVICE = f"leave {NAME} off: a session that changes is saved anyway"
_ENGINES = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")


def look(seen: Seen) -> Iterator[Sighting]:
    """The session's writes in a request that only reads."""
    session = seen.settings.get("session", {})
    if not session.get("save_every_request") or session.get("engine") not in _ENGINES:
        return
    place = place_of(seen, NAME)
    writes = [q for q in seen.queries if _writes_session(q)]
    if place is not None and writes and seen.request.method in ("GET", "HEAD"):
        detail = f"{len(writes)} of the request's {len(seen.queries)} queries wrote the session"
        words = {"code": CODE, "title": TITLE, "advice": ADVICE, "detail": detail}
        yield sighting(seen, place, words, writes)


def _writes_session(query: Query) -> bool:
    return "django_session" in (query.sql or "") and query.span.name in ("INSERT", "UPDATE")
