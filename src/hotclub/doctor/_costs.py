"""Milliseconds: what a finding costs in a request, and what is left of that once it is fixed.

They come from light recordings only. The deep crawl knows *what* is slow, but recording that
much is slow itself. The same things are found in both by their keys.

What is left after a fix is estimated as one load like those that were seen, plus the instances
it would bring, at the price an instance had in the big evaluations of the same recording. With
a join there is no load of its own, so only the instances remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from hotclub.doctor._seen import Seen, Sighting, label_of, site_of
from hotclub.doctor.finding import SINGLE_VALUED
from hotclub.doctor.rules import LOOPS
from hotclub.recording import is_safe

Key = tuple[object, ...]
INSTANCE_NS = 25_000
"""Price of an instance where no evaluation was big enough to tell."""
_BIG = 20
_LOOPS = frozenset(rule.CODE for rule in LOOPS)
_OK = range(200, 300)


@dataclass(frozen=True)
class Cost:
    """Per request, in milliseconds: the median over the requests a finding was seen in."""

    cost_ms: float = 0.0
    gain_ms: float = 0.0
    by_label: Mapping[str, float] = field(default_factory=dict)
    measured: bool = False


@dataclass
class _Sample:
    """One finding in one light request."""

    duration_ns: int = 0
    left_ns: float = 0.0


class Costs:
    """What the light recordings say; empty where there are none."""

    def __init__(self) -> None:
        self._samples: dict[Key, dict[str, list[_Sample]]] = {}
        self._statements: dict[tuple[str, int], list[int]] = {}
        self._sites: dict[tuple[str, object], list[int]] = {}
        self._instance: list[float] = []
        self._asked: set[str] = set()

    def add(self, requests: Iterable[Seen]) -> None:
        """Take in measured requests of a light recording (not those that warmed up)."""
        held = list(requests)
        for seen in held:
            self._instance += _instance_prices(seen)
        for seen in held:
            self._add_loops(seen)
            self._add_statements(seen)
            self._add_sites(seen)
            if is_safe(seen.request.method) and (seen.request.status or 0) in _OK:
                self._asked.add(label_of(seen.request))

    @property
    def instance_ns(self) -> float:
        """What loading one instance costs in a big evaluation."""
        return median(self._instance) if self._instance else INSTANCE_NS

    def of(self, keys: Iterable[Key], by_label: Mapping[str, Sequence[Sighting]]) -> Cost:
        """The cost of the finding that has these keys, seen in these requests of the crawl."""
        if any(key[-1] is not None for key in keys):
            return self._of_duplicates(by_label)
        if any(sighting.site is not None for seen in by_label.values() for sighting in seen):
            return self._of_sites(by_label)
        cost: dict[str, float] = {}
        left: dict[str, float] = {}
        for key in keys:
            for label, samples in self._samples.get(key, {}).items():
                if label in by_label:
                    spent = median(sample.duration_ns for sample in samples) / 1e6
                    cost[label] = cost.get(label, 0.0) + spent
                    kept = median(sample.left_ns for sample in samples) / 1e6
                    left[label] = left.get(label, 0.0) + kept
        if not cost:
            return Cost()
        gain = max(0.0, median(cost.values()) - median(left.values()))
        return Cost(median(cost.values()), gain, cost, True)

    def cold(self, keys: Iterable[Key], labels: Iterable[str]) -> bool:
        """Whether a loop with these keys, which the crawl saw in these requests, was in none of
        them when they were made again, warm."""
        keys = set(keys)
        again = self._asked.intersection(labels)
        if not again or any(key[0] not in _LOOPS for key in keys):
            return False
        warm = {_loop(key) for key, found in self._samples.items() if again & found.keys()}
        return not warm & {_loop(key) for key in keys}

    def _of_duplicates(self, by_label: Mapping[str, Sequence[Sighting]]) -> Cost:
        """Light recordings hold no values, so a query costs its statement's median."""
        cost, gain = {}, {}
        for label, sightings in by_label.items():
            price = self._statements.get((label, sightings[0].statement or 0))
            if price:
                cost[label] = median(price) * sum(s.queries for s in sightings) / 1e6
                gain[label] = cost[label] * sightings[0].share
        if not cost:
            return Cost()
        return Cost(median(cost.values()), median(gain.values()), cost, True)

    def _of_sites(self, by_label: Mapping[str, Sequence[Sighting]]) -> Cost:
        """What making the rows took, and what of that the instances were that nobody needs."""
        cost: dict[str, float] = {}
        gain: dict[str, float] = {}
        for label, sightings in by_label.items():
            for sighting in sightings:
                times = self._sites.get((label, sighting.site))
                if times:
                    spent = median(times)
                    spared = min(spent, sighting.spared * self.instance_ns)
                    cost[label] = cost.get(label, 0.0) + spent / 1e6
                    gain[label] = gain.get(label, 0.0) + spared / 1e6
        if not cost:
            return Cost()
        return Cost(median(cost.values()), median(gain.values()), cost, True)

    def _add_sites(self, seen: Seen) -> None:
        label = label_of(seen.request)
        for batch in seen.batches:
            if batch.via in ("query", "lazy") and batch.created_stack is not None:
                times = self._sites.setdefault((label, site_of(seen, batch)), [])
                times.append(batch.duration_ns // max(1, batch.loads))

    def _add_loops(self, seen: Seen) -> None:
        label = label_of(seen.request)
        samples: dict[Key, _Sample] = {}
        for rule in LOOPS:
            for sighting in rule.look(seen):
                sample = samples.setdefault(sighting.key, _Sample())
                sample.duration_ns += sighting.duration_ns
                sample.left_ns += self._left(sighting)
        for key, sample in samples.items():
            self._samples.setdefault(key, {}).setdefault(label, []).append(sample)

    def _left(self, sighting: Sighting) -> float:
        one = sighting.duration_ns / max(1, sighting.loads)
        instances = sighting.rows * self.instance_ns
        joined = all(step.kind in SINGLE_VALUED for step in sighting.path)
        return min(sighting.duration_ns, instances + (0 if joined else one))

    def _add_statements(self, seen: Seen) -> None:
        label = label_of(seen.request)
        for query in seen.queries:
            parent = seen.spans.get(query.span.parent_id or 0)
            span = parent if parent is not None and parent.kind == "fetch" else query.span
            price = self._statements.setdefault((label, query.statement_id), [])
            price.append(span.duration_ns // max(1, span.count))


def _loop(key: Key) -> Key:
    """What a loop's key says of the relation, wherever it is loaded."""
    return (key[0], key[3])


def _instance_prices(seen: Seen) -> list[float]:
    return [
        batch.duration_ns / batch.size
        for batch in seen.batches
        if batch.parent is None and batch.via == "query" and batch.size >= _BIG
    ]
