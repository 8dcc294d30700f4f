"""Replaying what was asked for elsewhere: the most frequent first, few of each route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qsl

from hotclub.doctor.crawl import Crawl, Target, Worker
from hotclub.doctor.crawl import destructive as is_destructive
from hotclub.doctor.diagnosis import Options, Progress
from hotclub.doctor.exercise._logs import Asked, Key, read_log
from hotclub.doctor.exercise._recorded import is_recording, read_recording
from hotclub.doctor.exercise._run import ask

_AT_ONCE = 1000


def ask_again(
    worker: Worker, seen: Crawl, file: Path, options: Options, progress: Progress
) -> None:
    """Ask for what a log or a recording holds, within the options' limits.

    Raises:
        HotclubError: the file cannot be read, or is neither.
    """
    writes: list[Target] = []
    if is_recording(file):
        asked, writes = read_recording(file)
    else:
        asked = read_log(file, progress)
    seen.notes += [*asked.notes]
    chosen = _choose(worker, seen, asked, options.samples)
    told = f"{file.name}: {asked.counts.total()} requests for {len(asked.counts)} URLs, of which "
    seen.notes.append(f"{told}{len(chosen)} are replayed, the most frequent of each route")
    ask(worker, seen, [*writes, *chosen], options, progress, file.name, counted=True)


def _choose(worker: Worker, seen: Crawl, asked: Asked, samples: int) -> list[Target]:
    """Of each route as many URLs as there are samples, those asked for most; in the order of how
    often the route was asked for."""
    routes = _routes(worker, asked.counts)
    total: Counter[str] = Counter()
    kinds: dict[str, dict[object, list[Key]]] = {}
    for key, count in asked.counts.most_common():
        pattern = routes.get(key[0])
        route = seen.routes.get(pattern)
        if route is None or route.destructive or is_destructive(key[0], key[1]):
            continue
        total[route.pattern] += count
        kinds.setdefault(route.pattern, {}).setdefault(_kind(key), []).append(key)
    found = []
    for pattern, _ in total.most_common():
        keys = list(islice(_alternating(list(kinds[pattern].values())), samples))
        found += [target for key in keys for target in _as_somebody(key, pattern, seen)]
    return found


def _kind(key: Key) -> object:
    """Pages that differ in the values of their query alone are the same to us."""
    return frozenset(name for name, _ in parse_qsl(key[1], keep_blank_values=True)), key[2]


def _alternating(lists: Sequence[list[Key]]) -> Iterable[Key]:
    """The first of each list, then the second of each."""
    for number in range(max(map(len, lists), default=0)):
        yield from (one[number] for one in lists if number < len(one))


def _as_somebody(key: Key, pattern: str, seen: Crawl) -> list[Target]:
    """As whom a recording names; a log names nobody, so everybody has a look."""
    path, query, user = key
    users = [user] if user in seen.users and user is not None else seen.users
    return [Target(path, query, one, pattern) for one in users]


def _routes(worker: Worker, counts: Counter[Key]) -> dict[str, str]:
    """The pattern of the route that each path takes; none for those that take none."""
    paths = list({key[0] for key in counts})
    found = {}
    for start in range(0, len(paths), _AT_ONCE):
        some = paths[start : start + _AT_ONCE]
        patterns = worker.call("resolve", paths=some)["routes"]
        found.update({path: one for path, one in zip(some, patterns, strict=True) if one})
    return found
