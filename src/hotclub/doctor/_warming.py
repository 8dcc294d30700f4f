"""The process that measures, warmed up while the crawl is still going on.

What is measured has to have been asked for once: modules imported, templates compiled, caches
filled. Which requests those are is known only after the crawl, but a processor that the crawl
leaves idle has nothing to do before that. So of each route the request with the most queries so far
is asked there as well: findings are shown by such. What was not foreseen is warmed up later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from hotclub.doctor._beside import processors
from hotclub.doctor._seen import WARM
from hotclub.doctor.crawl import Visit, Worker
from hotclub.errors import HotclubError
from hotclub.workspace import AgentError

_PAUSE = 0.02


@contextmanager
def warming(
    worker: Worker, visits: Sequence[Visit], seconds: float, busy: int = 1
) -> Iterator[set[str]]:
    """Follow the visits as the crawl adds them, until the block ends; the labels of those that were
    asked for. Each may take so many ``seconds``. Nobody follows where so many processors are
    ``busy`` and there are no more."""
    asked: set[str] = set()
    over = Event()
    thread = Thread(target=_follow, args=(worker, visits, seconds, over, asked), daemon=True)
    if processors() > busy:
        thread.start()
    try:
        yield asked
    finally:
        over.set()
        if thread.is_alive():
            thread.join()


def _follow(
    worker: Worker, visits: Sequence[Visit], seconds: float, over: Event, asked: set[str]
) -> None:
    most: dict[str, int] = {}
    at = 0
    while not over.is_set():
        if at == len(visits):
            over.wait(_PAUSE)
            continue
        visit = visits[at]
        target = visit.target
        at += 1
        if target.writes or not visit.replayable or visit.queries <= most.get(target.route, 0):
            continue
        most[target.route] = visit.queries
        try:
            worker.ask(target, label=f"{WARM}|{target.label}", seconds=seconds)
        except (AgentError, HotclubError):
            continue  # it is not in `asked`: what is measured is warmed up then, or fails aloud
        asked.add(target.label)
