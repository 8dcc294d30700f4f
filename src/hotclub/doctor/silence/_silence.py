"""From all findings to those that are reported, and what to say of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hotclub.doctor.diagnosis import Diagnosis
from hotclub.doctor.finding import Finding, Place
from hotclub.doctor.silence._baseline import Baseline, identify
from hotclub.doctor.silence._comments import Comment, comments
from hotclub.doctor.silence._select import matches

_ByLine = dict[tuple[str, int], list[Comment]]
_NAMED = 3
NOT_SELECTED, IGNORED, BASELINE = "not_selected", "ignored", "baseline"


@dataclass(frozen=True)
class Selection:
    """Codes to report (all where there is none), codes to leave out, findings that are known."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: Baseline | None = None

    def wants(self, code: str) -> bool:
        """Whether findings of this code are asked for."""
        wanted = not self.select or matches(code, self.select)
        return wanted and not (self.ignore and matches(code, self.ignore))


def silence(diagnosis: Diagnosis, tree: Path, selection: Selection) -> Diagnosis:
    """The diagnosis with the findings that are to be reported, and notes on what silences
    nothing any more. ``tree`` is where the project's sources can be read.
    """
    found, wrong = comments(tree)
    at = _by_line(found)
    used: set[Comment] = set()
    left: list[Finding] = []
    suppressed: list[tuple[str, Finding]] = []
    counts = Counter({NOT_SELECTED: 0, IGNORED: 0, BASELINE: 0})

    def silenced(finding: Finding) -> str:
        meant = _meant(finding, at)
        used.update(meant)
        return _reason(finding, bool(meant), tree, selection)

    for finding in diagnosis.findings:
        reason = silenced(finding)
        counts[reason] += 1
        if not reason:
            left.append(finding)
        elif reason != NOT_SELECTED:
            suppressed.append((reason, finding))
    potential = tuple(finding for finding in diagnosis.potential if not silenced(finding))
    del counts[""]
    unused = [c for c in found if c not in used and any(map(selection.wants, c.codes))]
    notes = (*wrong, *map(_unused, unused), *_stale(selection))
    return replace(
        diagnosis,
        findings=tuple(left),
        potential=potential,
        notes=(*diagnosis.notes, *notes),
        silenced=dict(counts),
        suppressed=tuple(suppressed),
    )


def _reason(finding: Finding, ignored: bool, tree: Path, selection: Selection) -> str:
    """Why the finding is not reported; empty when it is."""
    if not selection.wants(finding.code):
        return NOT_SELECTED
    if ignored:
        return IGNORED
    known = selection.baseline is not None and selection.baseline.knows(identify(finding, tree))
    return BASELINE if known else ""


def reported(findings: Iterable[Finding], tree: Path, selection: Selection) -> tuple[Finding, ...]:
    """Those that nothing silences, where the rest is not asked for; only the files that they
    speak of are read."""
    listed = tuple(findings)
    paths = {path for finding in listed for path, _ in _lines(finding)}
    at = _by_line(comments(tree, paths)[0])
    return tuple(
        finding
        for finding in listed
        if not _reason(finding, bool(_meant(finding, at)), tree, selection)
    )


def _by_line(found: Iterable[Comment]) -> _ByLine:
    at: _ByLine = {}
    for comment in found:
        at.setdefault((comment.path, comment.line), []).append(comment)
    return at


def _meant(finding: Finding, at: _ByLine) -> set[Comment]:
    """The comments that silence it."""
    near = (comment for key in _lines(finding) for comment in at.get(key, ()))
    return {comment for comment in near if matches(finding.code, comment.codes)}


def _lines(finding: Finding) -> Iterator[tuple[str, int]]:
    """The lines on which a comment speaks of the finding: those of its expression, of the helpers
    that it calls, and of what triggered it."""
    places: Iterable[Place] = (
        *finding.expression[: 1 + finding.climbed],
        *finding.trigger[:1],
    )
    for place in places:
        if place.in_project:
            for line in range(place.line, (place.end_line or place.line) + 1):
                yield place.path, line


def _unused(comment: Comment) -> str:
    listed = ", ".join(comment.codes)
    return f"{comment.path}:{comment.line}: ignore[{listed}] silenced nothing in this run"


def _stale(selection: Selection) -> Iterator[str]:
    """What the baseline holds and this run did not find."""
    if selection.baseline is None:
        return
    gone = [one for one in selection.baseline.stale() if selection.wants(one.code)]
    if gone:
        shown = "; ".join(map(str, gone[:_NAMED])) + ("; ..." if len(gone) > _NAMED else "")
        what = "1 finding" if len(gone) == 1 else f"{len(gone)} findings"
        yield (
            f"{what} of {selection.baseline.path} not seen in this run: {shown}; "
            "--write-baseline writes it anew"
        )
