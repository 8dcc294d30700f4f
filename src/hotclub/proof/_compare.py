"""Old, new, old again: is the new answer the old one?

Where both old runs agree, the new one must agree with them to the byte (but for times in headers
that no client heeds). Where they differ, positions of a known structure are blanked, and after that
all three must agree; where that is not enough, exactly the places at which the old runs differ.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hotclub.proof._archives import laid_out
from hotclub.proof._masks import BODY_MASKS, as_read, follows_body, mask_body, mask_header
from hotclub.proof._positions import Elsewhere, masked
from hotclub.proof.model import Answer, Mask, Verdict

MAX_MASKED = 0.05
"""A response of which more than this share is masked proves too little."""

NO_ANSWER = "the changed project failed"
"""It hung, or its process ended: for what it was changed to, or because the machine was busy."""


def compare(old: Answer, new: Answer, again: Answer) -> Verdict:
    """Judge one request by its answers from the old tree, the new one, and the old one again."""
    runs = old, new, again = [
        replace(run, headers=as_read(run.headers)) for run in (old, new, again)
    ]
    if old.failure or again.failure:
        return _failing(old, new, again)
    if new.error:
        return Verdict("different", f"{NO_ANSWER}: {new.error}")
    if any(run.truncated for run in runs):
        return Verdict("unproved", "the response is longer than the replayer reads")
    if old.status != again.status:
        return Verdict("unproved", f"the unchanged project answers {old.status} or {again.status}")
    if new.status != old.status:
        return Verdict("different", f"status {old.status} became {new.status}")
    return _join(_headers(old, new, again), _body(old, new, again), _state(old, new, again))


def _failing(old: Answer, new: Answer, again: Answer) -> Verdict:
    """A page that fails by itself proves nothing, and its text is not looked at: a traceback holds
    line numbers of edited sources, addresses and statements. That it fails by something else, and
    only with the change, is a difference."""
    by_itself = old.failed_by == again.failed_by and old.status
    if by_itself and new.failure and new.failed_by != old.failed_by:
        return Verdict("different", f"what fails has changed: {old.failure} became {new.failure}")
    return Verdict("unproved", f"the unchanged project failed: {old.failure or again.failure}")


def _join(*parts: Verdict) -> Verdict:
    for outcome in ("different", "unproved"):
        for part in parts:
            if part.outcome == outcome:
                return part
    return Verdict("equal", masks=tuple(mask for part in parts for mask in part.masks))


def _state(old: Answer, new: Answer, again: Answer) -> Verdict:
    """What was written: columns in which the old runs agree must be the same in the new one."""
    masks = []
    for column in sorted({*old.state, *new.state, *again.state}):
        before, after = old.state.get(column), new.state.get(column)
        if before != again.state.get(column):
            masks.append(Mask(f"column {column}", 1, 0.0))
        elif before != after:
            return Verdict("different", f"what was written to {column} differs")
    return Verdict("equal", masks=tuple(masks))


def _headers(old: Answer, new: Answer, again: Answer) -> Verdict:
    if old.body != again.body:
        old, new, again = map(_of_the_rest, (old, new, again))
    if old.headers == again.headers:
        if new.headers == old.headers:
            return Verdict("equal")
        return Verdict("different", _header_difference(old, new))
    masks: list[Mask] = []
    columns = [dict(_grouped(run)) for run in (old, new, again)]
    if columns[0].keys() != columns[2].keys():
        return Verdict("unproved", "two runs of the unchanged project send different headers")
    if columns[1].keys() != columns[0].keys():
        return Verdict("different", _header_difference(old, new))
    for name, before in columns[0].items():
        after, again_ = columns[1][name], columns[2][name]
        if before == again_:
            if after != before:
                return Verdict("different", f"header {name}: {before} became {after}")
            continue
        blanked = [_blank_header(name, values) for values in (before, after, again_)]
        if blanked[0][0] != blanked[2][0]:
            if not _alike(before, after, again_):
                return Verdict("unproved", f"header {name} differs between runs of the same tree")
            masks.append(Mask(f"header {name}", 1, 0.0))
            continue
        if blanked[1][0] != blanked[0][0]:
            return Verdict("different", f"header {name}: {before} became {after}")
        masks.extend(Mask(label, 1, 0.0) for label in blanked[0][1])
    return Verdict("equal", masks=tuple(masks))


def _of_the_rest(run: Answer) -> Answer:
    """The answer without what its headers say of an unsteady body: two lengths are equal by
    chance."""
    headers = ((name, "" if follows_body(name) else value) for name, value in run.headers)
    return replace(run, headers=tuple(headers))


def _alike(*runs: tuple[str, ...]) -> bool:
    """Whether a header's values differ only where those of the old runs do, in half of their
    text at most: a file's name with the time in it, not another value."""
    old, new, again = (", ".join(run).encode() for run in runs)
    try:
        found = masked(old, new, again)
    except Elsewhere:
        return False
    return found is not None and found[1] * 2 <= len(old)


def _grouped(run: Answer) -> list[tuple[str, tuple[str, ...]]]:
    groups: dict[str, list[str]] = {}
    for name, value in run.headers:
        groups.setdefault(name.title(), []).append(value)
    return [(name, tuple(values)) for name, values in groups.items()]


def _blank_header(name: str, values: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    blanked, labels = [], []
    for value in values:
        mask = mask_header(name, value)
        blanked.append(mask[0] if mask else value)
        if mask:
            labels.append(mask[1])
    return tuple(blanked), labels


def _header_difference(old: Answer, new: Answer) -> str:
    gone = [pair for pair in old.headers if pair not in new.headers]
    come = [pair for pair in new.headers if pair not in old.headers]
    if not gone and not come:
        return "headers are in another order"
    return f"headers changed: {gone or 'nothing'} became {come or 'nothing'}"


def _body(old: Answer, new: Answer, again: Answer) -> Verdict:
    if old.body == again.body:
        if new.body == old.body:
            return Verdict("equal")
        return Verdict("different", _body_difference(old.body, new.body))
    return _archive(old, new, again) or _unsteady(old, new, again)


def _archive(old: Answer, new: Answer, again: Answer) -> Verdict | None:
    """The verdict on what the archives hold, if all three are one."""
    opened = []
    for run in (old, new, again):
        held = laid_out(run.body)
        if held is None:
            return None
        opened.append(replace(run, body=held))
    verdict = _body(*opened)
    dates = Mask("dates of an archive's entries", 1, 0.0)
    return replace(verdict, masks=(dates, *verdict.masks))


def _unsteady(old: Answer, new: Answer, again: Answer) -> Verdict:
    """The verdict on a page whose old runs differ."""
    for size in range(1, len(BODY_MASKS) + 1):
        for names in combinations(BODY_MASKS, size):
            verdict = _masked_body(old, new, again, names)
            if verdict is not None:
                return verdict
    return _by_position(old, new, again)


def _by_position(old: Answer, new: Answer, again: Answer) -> Verdict:
    """The verdict when only places at which the old runs differ are masked."""
    try:
        found = masked(old.body, new.body, again.body)
    except Elsewhere:
        before, after = (mask_body(run.body, BODY_MASKS)[0] for run in (old, new))
        return Verdict("different", _body_difference(before, after))
    if found is None:
        return Verdict("unproved", "the page differs between any two runs of the unchanged project")
    places, size = found
    share = size / max(len(old.body), 1)
    if share > MAX_MASKED:
        return Verdict("unproved", f"{share:.0%} of the response differs between any two runs")
    return Verdict("equal", masks=(Mask("what differs by itself", places, share),))


def _masked_body(old: Answer, new: Answer, again: Answer, names: tuple[str, ...]) -> Verdict | None:
    """The verdict with these masks; ``None`` when they do not make the old runs agree."""
    before, counts, size = mask_body(old.body, names)
    if before != mask_body(again.body, names)[0]:
        return None
    after = mask_body(new.body, names)[0]
    if after != before:
        return Verdict("different", _body_difference(before, after))
    share = size / max(len(old.body), 1)
    if share > MAX_MASKED:
        return Verdict("unproved", f"{share:.0%} of the response had to be masked ({counts})")
    return Verdict("equal", masks=tuple(Mask(n, c, share) for n, c in counts.items()))


def _body_difference(before: bytes, after: bytes) -> str:
    position = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, position - 20)
    return (
        f"body differs at byte {position}: "
        f"{before[start : position + 40]!r} became {after[start : position + 40]!r}"
    )
