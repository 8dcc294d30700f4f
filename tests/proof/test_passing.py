"""All fixes are tried on all requests; who is to blame is looked for on those that fail."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from hotclub.proof._passing import passing


def page(label: str, method: str = "GET") -> Any:
    return SimpleNamespace(label=label, method=method)


def fix(name: str, *labels: str) -> Any:
    """A fix with findings in the requests with these labels."""
    evidence = SimpleNamespace(requests=labels)
    return SimpleNamespace(name=name, findings=[SimpleNamespace(evidence=evidence)])


class Trials:
    """Trials in which fixes fail on requests by their names; what is tried where is in ``tried``.

    ``alone`` says whether they fail too where there are only some of the requests; ``doubted``
    which of these are in doubt, by label, until the old tree has run once more; with ``queries``
    failing is no different answer but more queries.
    """

    def __init__(
        self,
        requests: Sequence[Any],
        bad: dict[str, str],
        alone: bool = True,
        doubted: Sequence[str] = (),
        queries: bool = False,
    ) -> None:
        self.requests = requests
        self.bad = bad
        self.alone = alone
        self.doubted = doubted
        self.queries = queries
        self.tried: list[tuple[list[str], list[str]]] = []

    def on(self, positions: Sequence[int]) -> Trials:
        requests = [self.requests[n] for n in positions]
        few = Trials(requests, self.bad if self.alone else {}, queries=self.queries)
        few.tried = self.tried
        return few

    def doubtful(self, fixes: Sequence[Any]) -> list[int]:
        return [n for n, one in enumerate(self.requests) if one.label in self.doubted]

    def complaints(self, fixes: Sequence[Any]) -> dict[int, str]:
        self.tried.append(([fix.name for fix in fixes], [one.label for one in self.requests]))
        names = {fix.name for fix in fixes}
        return {
            number: f"{one.label} differs"
            for number, one in enumerate(self.requests)
            if self.bad.get(one.label) in names
        }

    def difference(self, fixes: Sequence[Any]) -> str | None:
        found = self.complaint(fixes)
        return None if self.queries else found

    def complaint(self, fixes: Sequence[Any]) -> str | None:
        return next(iter(self.complaints(fixes).values()), None)


def run(trials: Trials, fixes: Sequence[Any]) -> tuple[list[str], list[tuple[str, str]]]:
    given: Any = trials
    kept, rejected = passing(given, fixes)
    return [one.name for one in kept], [(one.fix.name, one.reason) for one in rejected]


PAGES = [page("a"), page("post", "POST"), page("b"), page("c")]
ALL = ["a", "post", "b", "c"]


def test_all_that_pass_are_tried_once() -> None:
    trials = Trials(PAGES, {})
    assert run(trials, [fix("one"), fix("two")]) == (["one", "two"], [])
    assert trials.tried == [(["one", "two"], ALL)]


def test_who_is_to_blame_is_looked_for_where_it_failed() -> None:
    trials = Trials(PAGES, {"b": "two"})
    fixes = [fix("one"), fix("two", "b"), fix("three")]
    assert run(trials, fixes) == (["one", "three"], [("two", "b differs")])
    few = ["post", "b"]  # with what writes, which the page may show
    assert trials.tried == [
        (["one", "two", "three"], ALL),
        (["one", "two", "three"], few),
        (["one", "three"], few),  # the others pass in one go
        (["one", "three", "two"], few),
        (["one", "three"], ALL),
    ]


def test_nobody_is_suspected() -> None:
    trials = Trials(PAGES, {"a": "one", "c": "three"})
    fixes = [fix("one"), fix("two"), fix("three"), fix("four")]
    kept, rejected = run(trials, fixes)
    assert (kept, sorted(rejected)) == (
        ["two", "four"],
        [("one", "a differs"), ("three", "c differs")],
    )
    assert sum(where == ALL for _, where in trials.tried) == 2


def test_what_fails_only_after_all_the_others_is_looked_for_there() -> None:
    trials = Trials(PAGES, {"b": "two"}, alone=False)
    assert run(trials, [fix("one"), fix("two")]) == (["one"], [("two", "b differs")])


def test_nothing_to_try_runs_nothing() -> None:
    trials = Trials(PAGES, {})
    assert run(trials, []) == ([], [])
    assert trials.tried == []


def test_few_in_doubt_are_looked_at_before_the_old_tree_runs_on_all_again() -> None:
    requests = [*PAGES, *[page(f"more {number}") for number in range(4)]]
    trials = Trials(requests, {"b": "two"}, doubted=["b"])

    def on(positions: Sequence[int]) -> Trials:
        trials.doubted = ()  # without the one to blame there is no doubt
        return Trials.on(trials, positions)

    trials.on = on  # type: ignore[method-assign]
    assert run(trials, [fix("one"), fix("two", "b")]) == (["one"], [("two", "b differs")])
    assert trials.tried[0][1] == ["post", "b"]
    everywhere = [one.label for one in requests]
    assert [one for one in trials.tried if one[1] == everywhere] == [(["one"], everywhere)]


def test_few_in_doubt_that_pass_alone_are_tried_with_all_the_others() -> None:
    requests = [PAGES[0], *[page(f"more {number}") for number in range(4)]]
    trials = Trials(requests, {"a": "two"}, alone=False, doubted=["a"])
    assert run(trials, [fix("one"), fix("two")]) == (["one"], [("two", "a differs")])
    assert trials.tried[0][1] == ["a"]


def test_more_queries_alone_are_no_reason() -> None:
    """A page asked alone may fill a cache that another has filled before."""
    requests = [PAGES[0], *[page(f"more {number}") for number in range(4)]]
    trials = Trials(requests, {}, doubted=["a"], queries=True)
    alone = Trials(requests[:1], {"a": "one"}, queries=True)
    trials.on = lambda _: alone  # type: ignore[method-assign]
    assert run(trials, [fix("one", "a")]) == (["one"], [])
    assert alone.tried and len(trials.tried) == 1


def test_many_in_doubt_are_not_looked_at_alone() -> None:
    trials = Trials(PAGES, {}, doubted=["a", "b"])
    assert run(trials, [fix("one")]) == (["one"], [])
    assert trials.tried == [(["one"], ALL)]
