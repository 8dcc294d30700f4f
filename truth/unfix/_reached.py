"""Which of the calls are ever run, and by which requests: a copy in which each tells.

``X.select_related("a")`` becomes ``__import__("truth_probe").at(7, X).select_related("a")``, and
every request is made twice. The second time gives the numbers of queries to compare with: caches
that live as long as the process are warm then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hotclub.doctor import Request
from hotclub.recording import Recording
from hotclub.workspace import Child, ChildError, Workspace
from truth.unfix._removals import OPTION, Removal

_PROBE = """\
import os

_log = os.open(os.environ["TRUTH_PROBE_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_written = set()


def at(number, value):
    os.write(_log, b"%d\\n" % number)
    query = getattr(value, "__dict__", {}).get("_query")
    site = getattr(query, "__dict__", {}).get("_hotclub_site")
    if site is not None and (number, site) not in _written:
        _written.add((number, site))
        for kind, code, offset in site.triples:
            if kind == 1:
                line = list(code.co_positions())[offset // 2][0] or 0
                name = getattr(code, "co_qualname", code.co_name)
                text = f"{number}\\t{code.co_filename}\\t{line}\\t{name}\\n"
                os.write(_log, text.encode())
    return value
"""
SECONDS = 20.0
Site = tuple[str, int, str]
"""Path, line and name."""


@dataclass
class Reached:
    """What one run of all requests showed."""

    queries: dict[str, int] = field(default_factory=dict)
    """Of each request that answers 2xx, by label."""
    sizes: dict[str, int] = field(default_factory=dict)
    by_removal: dict[str, list[str]] = field(default_factory=dict)
    """Labels of the requests that run it, by the removal's key."""
    made: dict[str, set[Site]] = field(default_factory=dict)
    """Where the querysets were made that it was called on, by the removal's key: the places of
    the project on the stack."""
    imported: list[str] = field(default_factory=list)
    """Keys of those that are run while modules are imported."""

    def note_made(self, on: Iterable[Removal], place: Site) -> None:
        """A place on the stack at which a queryset was made that these stand on."""
        for one in on:
            self.made.setdefault(one.key, set()).add(place)

    def note(self, ran: Iterable[Removal], label: str) -> None:
        """A request that runs these."""
        for one in ran:
            self.by_removal.setdefault(one.key, []).append(label)


@contextmanager
def probing(workspace: Workspace) -> Iterator[Path]:
    """The environment that a copy with probes needs; the file that they write to."""
    directory = workspace.root / "probe"
    directory.mkdir(exist_ok=True)
    (directory / "truth_probe.py").write_text(_PROBE)
    log = directory / "log"
    log.write_bytes(b"")
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (before, str(directory))))
    os.environ["TRUTH_PROBE_LOG"] = str(log)
    try:
        yield log
    finally:
        os.environ["PYTHONPATH"] = before
        del os.environ["TRUTH_PROBE_LOG"]


def probed(tree: Path, found: Sequence[Removal]) -> dict[str, str]:
    """The sources in which every call tells that it is run."""
    inserts: dict[str, set[tuple[int, int, int]]] = {}
    numbers: dict[tuple[str, tuple[int, int]], int] = {}
    for number, removal in enumerate(found):
        at = (removal.path, removal.receiver)
        if removal.method != OPTION and at not in numbers:
            numbers[at] = number
            inserts.setdefault(removal.path, set()).add((*removal.receiver, number))
    sources = {}
    for path, spans in inserts.items():
        text = (tree / path).read_bytes().decode("utf-8-sig")
        marks = [(start, -end, f'__import__("truth_probe").at({n}, ') for start, end, n in spans]
        marks += [(end, -start, ")") for start, end, _ in spans]
        for offset, _, what in sorted(marks, key=_from_the_end, reverse=True):
            text = text[:offset] + what + text[offset:]
        sources[path] = text
    return sources


def _from_the_end(mark: tuple[int, int, str]) -> tuple[int, int, int]:
    """At one place what closes stands before what opens, the outer one opening first."""
    at, other, what = mark
    return at, what != ")", other if what != ")" else other


def reach(
    workspace: Workspace,
    found: Sequence[Removal],
    requests: Sequence[Request],
    crawled: Path,
) -> Reached:
    """Make every request twice on a copy with probes."""
    result = Reached()
    told = _by_number(found)
    with probing(workspace) as log:
        tree = workspace.branch("probed", probed(workspace.tree, found))
        recording = workspace.path("recordings", "probed.hclb")
        with asking(workspace, tree, "probed", recording) as ask:
            ask.child()
            at_import = _numbers(log)[0]
            for turn in range(2):
                for request in requests:
                    answer = ask(request)
                    ran, sites = _numbers(log)
                    if answer is not None:
                        result.queries[request.label], result.sizes[request.label] = answer
                        result.note(told(ran) if turn == 0 else (), request.label)
                    for number, path, line, name in sites:
                        result.note_made(told([number]), (os.path.relpath(path, tree), line, name))
    imported = {one.key for one in told(at_import)}
    _add_imported(result, found, imported, crawled)
    return result


def _add_imported(
    result: Reached, found: Sequence[Removal], imported: Set[str], crawled: Path
) -> None:
    """What is run once and for all: the requests whose querysets were made there."""
    never = [one for one in found if one.key not in result.by_removal]
    early = [one for one in never if one.key in imported or one.method == OPTION]
    result.imported = [one.key for one in early]
    for key, labels in _made_at(early, crawled).items():
        result.by_removal[key] = [label for label in labels if label in result.queries]


def _by_number(found: Sequence[Removal]) -> Callable[[Iterable[int]], list[Removal]]:
    """Gives the removals of the calls that probes with these numbers stand at."""
    calls: dict[tuple[str, tuple[int, int]], list[Removal]] = {}
    for one in found:
        calls.setdefault((one.path, one.receiver), []).append(one)
    return lambda numbers: [one for n in numbers for one in calls[found[n].path, found[n].receiver]]


def _numbers(log: Path) -> tuple[set[int], list[tuple[int, str, int, str]]]:
    """What the probes wrote since they were asked last: which were run, and on what."""
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    os.truncate(log, 0)
    sites = [(int(row[0]), row[1], int(row[2]), row[3]) for row in rows if len(row) > 1]
    return {int(row[0]) for row in rows}, sites


def _made_at(found: Iterable[Removal], recording: Path) -> dict[str, list[str]]:
    """The requests with a queryset that was made where a removal stands."""
    by_path: dict[str, list[Removal]] = {}
    for one in found:
        by_path.setdefault(one.path, []).append(one)
    result: dict[str, list[str]] = {}
    if not by_path:
        return result
    with Recording.open(recording) as recorded:
        for request in recorded.requests():
            places = {
                (place.path, place.line, place.kind, place.qualname)
                for batch in recorded.batches(request)
                for place in recorded.stack(batch.created_stack)
            }
            for path, line, kind, qualname in places:
                for one in by_path.get(path, ()):
                    first, last = one.statement
                    if first <= line <= last or (kind == "class" and qualname == one.function):
                        labels = result.setdefault(one.key, [])
                        if request.label and request.label not in labels:
                            labels.append(request.label)
    return result


class Asking:
    """Makes requests on a tree; one that costs the process is given up."""

    def __init__(self, workspace: Workspace, tree: Path, run: str, recording: Path | None) -> None:
        self._workspace, self._tree, self._run = workspace, tree, run
        self._recording = recording
        self._child: Child | None = None
        self._asked = 0

    def child(self) -> Child:
        """The process, started when it is first needed."""
        if self._child is None:
            self._child = self._workspace.child(
                tree=self._tree, run=self._run, recording=self._recording, depth="deep"
            )
            self._child.call("users")
        return self._child

    def __call__(self, request: Request) -> tuple[int, int] | None:
        """Queries and bytes of a 2xx; None for anything else."""
        self._asked += 1
        try:
            response = self.child().request(
                request.path, query=request.query, user=request.user,
                label=request.label, index=self._asked, seconds=SECONDS,
            )  # fmt: skip
        except ChildError:
            self._child = None
            return None
        return (response.queries, response.size) if 200 <= response.status < 300 else None

    def close(self) -> None:
        if self._child is not None:
            self._child.close()


@contextmanager
def asking(
    workspace: Workspace, tree: Path, run: str, recording: Path | None = None
) -> Iterator[Asking]:
    """Requests on a tree, with or without a recording."""
    ask = Asking(workspace, tree, run, recording)
    try:
        yield ask
    finally:
        ask.close()
